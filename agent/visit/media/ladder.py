"""How large and how often the picture goes out, from what the line tells. Pure: no clock inside.

A rung is a width, a rate and a bit rate. One step down follows at once what says that the line is
full: the receiver's estimate falls (REMB), packets are lost in numbers, the way there and back
grows long, or nothing is heard any more. One step up follows every 0.7 s in which nothing did.

REMB is draft-alvestrand-rmcat-remb-03; that 2 % lost is nothing and 10 % much is from
draft-ietf-rmcat-gcc-02, section 6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

TICK_S = 0.2
"""How often `step` is meant to be asked; it may be asked at any other pace."""
OVERHEAD = 0.8
"""Of what the receiver says it can take: the rest is left for sound, and for a queue to drain."""
_CLIMB_S = 0.7
_HOLD_S = 1.0
_UP_AGAIN_S = 9.0  # so long after a fall, at the latest, the top is reached on a clean line
_SOON_S = 3.0  # a fall within so long after a climb was the climb's own
_WARNED_S = 2.0  # after an estimate that fell and still has room
_DEAF_S = 0.7  # what is heard just after a step down is still of the time before
_MEMORY_S = 0.7  # of what was asked for again
_LOST, _AGAIN, _ENOUGH_PACKETS = 0.14, 0.18, 15.0
_BURST, _BURST_SHARE = 8, 0.25  # asked for again in one step: a queue that has just run over
_FELL = 0.97
_LATE_S, _LATE_SHARE = 0.15, 0.5
_FORGET = 0.35  # a second: how fast a longer way is taken for the usual one
_SILENT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What is sent at most: pixels across, pictures a second, bits a second."""

    width: int
    fps: int
    bitrate: int

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the size for a camera's picture: its shape kept, both sides even."""
        wide = min(self.width, width)
        return max(wide // 2 * 2, 2), max(round(height * wide / width / 2) * 2, 2)


RUNGS = (
    Rung(width=240, fps=8, bitrate=80_000),
    Rung(width=320, fps=10, bitrate=120_000),
    Rung(width=320, fps=15, bitrate=180_000),
    Rung(width=400, fps=15, bitrate=260_000),
    Rung(width=480, fps=20, bitrate=380_000),
    Rung(width=640, fps=24, bitrate=560_000),
    Rung(width=640, fps=30, bitrate=900_000),
)
FIRST = len(RUNGS) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What was learned of the line since the last step.

    Parameters
    ----------
    passed_s : float
    sent, again : int
        Packets sent, and packets that the receiver asked for once more (NACK).
    lost : float or None, 0 to 1
        Of a receiver report that came; None: none came.
    remb_bps : int or None
        The newest estimate of the receiver, if one came.
    rtt_s : float or None
        There and back, if it was measured.
    heard : bool
        Whether anything at all was heard of the receiver.
    """

    passed_s: float
    sent: int = 0
    again: int = 0
    lost: float | None = None
    remb_bps: int | None = None
    rtt_s: float | None = None
    heard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Where on the ladder a call is, and what it remembers of its line."""

    at: int = FIRST
    hold_s: float = _HOLD_S
    full_at: int = len(RUNGS)
    full_s: float = 0.0
    climbed_s: float = _SOON_S
    fell_s: float = _DEAF_S
    silent_s: float = 0.0
    remb_bps: int | None = None
    rtt_s: float | None = None
    rtt_before_s: float | None = None
    usual_rtt_s: float | None = None
    sent: float = 0.0
    again: float = 0.0

    @property
    def rung(self) -> Rung:
        """Return what to send."""
        return RUNGS[self.at]


def step(ladder: Ladder, line: Line) -> Ladder:
    """Take in what was learned; return the ladder with the rung for now."""
    seen = _learned(ladder, line)
    room_bps = _room(ladder, seen, line)
    if room_bps is None:
        return _climbed(
            replace(seen, hold_s=max(seen.hold_s, _WARNED_S)) if _fell(ladder, line) else seen
        )
    below = [at for at in range(seen.at) if RUNGS[at].bitrate <= room_bps]
    at = max(below, default=0)
    full_at = _full_at(seen)
    return replace(
        seen,
        at=at,
        hold_s=_HOLD_S,
        full_at=full_at,
        full_s=_UP_AGAIN_S - _CLIMB_S * (len(RUNGS) - full_at),
        climbed_s=_SOON_S,
        fell_s=0.0 if at < seen.at else seen.fell_s,
        sent=0.0,
        again=0.0,
        silent_s=min(seen.silent_s, _SILENT_S / 2),
    )


def _learned(ladder: Ladder, line: Line) -> Ladder:
    kept = max(1 - line.passed_s / _MEMORY_S, 0.0)
    rtt_s = ladder.rtt_s if line.rtt_s is None else line.rtt_s
    usual_s = ladder.usual_rtt_s
    if rtt_s is not None:
        nearer = (rtt_s - usual_s) * min(_FORGET * line.passed_s, 1.0) if usual_s else 0.0
        usual_s = rtt_s if usual_s is None else min(rtt_s, usual_s + max(nearer, 0.0))
    return replace(
        ladder,
        hold_s=max(ladder.hold_s - line.passed_s, 0.0),
        full_s=max(ladder.full_s - line.passed_s, 0.0),
        climbed_s=min(ladder.climbed_s + line.passed_s, _SOON_S),
        fell_s=min(ladder.fell_s + line.passed_s, _DEAF_S),
        silent_s=0.0 if line.heard or not line.sent else ladder.silent_s + line.passed_s,
        remb_bps=ladder.remb_bps if line.remb_bps is None else line.remb_bps,
        rtt_s=rtt_s,
        rtt_before_s=ladder.rtt_before_s if line.rtt_s is None else ladder.rtt_s,
        usual_rtt_s=usual_s,
        sent=ladder.sent * kept + line.sent,
        again=ladder.again * kept + line.again,
    )


def _room(before: Ladder, seen: Ladder, line: Line) -> float | None:
    """Return how many bits a second the line has room for, if it says that it is full."""
    if _fell(before, line) and seen.remb_bps is not None and seen.remb_bps < seen.rung.bitrate:
        return _told_room(seen, seen.remb_bps)
    if seen.fell_s < _DEAF_S:
        return None
    lost = line.lost is not None and line.lost >= _LOST
    again = seen.sent >= _ENOUGH_PACKETS and seen.again >= _AGAIN * seen.sent
    late = line.rtt_s is not None and _is_late(seen)
    burst = line.again >= _BURST and line.again >= _BURST_SHARE * line.sent
    if lost or again or burst or late or seen.silent_s >= _SILENT_S:
        return 0.6 * seen.rung.bitrate
    return None


def _full_at(seen: Ladder) -> int:
    """Return the lowest rung that is to be left alone for a while.

    It is one that a line with this estimate has no room for, or the one that was just climbed to.
    """
    known = seen.remb_bps or 0
    above = [at for at, rung in enumerate(RUNGS) if at > 0 and rung.bitrate * OVERHEAD > known]
    own = seen.at if seen.climbed_s < _SOON_S else len(RUNGS) - 1
    return max(min([*above, own]), 1)


def _told_room(seen: Ladder, remb_bps: int) -> float:
    """Return the room that an estimate leaves.

    An estimate is of what came, so after a time of sending little it is little as well: just after
    a climb, where the larger picture's first packets alone can make it fall, all of it may be used.
    """
    return remb_bps if seen.climbed_s < _SOON_S else OVERHEAD * remb_bps


def _fell(before: Ladder, line: Line) -> bool:
    """Tell whether the receiver's estimate went down, which it does for a full line only."""
    if line.remb_bps is None or before.remb_bps is None:
        return False
    return line.remb_bps < _FELL * before.remb_bps


def _is_late(seen: Ladder) -> bool:
    """Tell whether the way has grown long: twice, for once may be a busy machine's own doing."""
    if seen.rtt_s is None or seen.rtt_before_s is None or seen.usual_rtt_s is None:
        return False
    least_s = min(seen.rtt_s, seen.rtt_before_s)
    return least_s > seen.usual_rtt_s * (1 + _LATE_SHARE) + _LATE_S


def _climbed(seen: Ladder) -> Ladder:
    if seen.hold_s > 0 or seen.at == len(RUNGS) - 1 or seen.silent_s > 1.0 or _is_late(seen):
        return seen
    if seen.full_s > 0 and seen.at + 1 >= seen.full_at:
        return seen  # that rung was too much a moment ago
    return replace(seen, at=seen.at + 1, hold_s=_CLIMB_S, climbed_s=0.0)

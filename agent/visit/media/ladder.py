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
_HOLD_S, _LONGEST_HOLD_S = 1.0, 4.0
_SOON_S = 3.0  # a fall within so long after a climb was the climb's own
_WARNED_S = 2.0  # after an estimate that fell and still has room
_DEAF_S = 0.7  # what is heard just after a step down is still of the time before
_MEMORY_S = 0.7  # of what was asked for again
_LOST, _AGAIN, _ENOUGH_PACKETS = 0.14, 0.18, 15.0
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
    Rung(width=640, fps=30, bitrate=820_000),
    Rung(width=640, fps=30, bitrate=1_200_000),
)
FIRST = len(RUNGS) - 2


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
    penalty_s: float = _HOLD_S
    climbed_s: float = _SOON_S
    fell_s: float = _DEAF_S
    silent_s: float = 0.0
    remb_bps: int | None = None
    rtt_s: float | None = None
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
    own_fault = seen.climbed_s < _SOON_S
    penalty_s = min(seen.penalty_s * 2, _LONGEST_HOLD_S) if own_fault else _HOLD_S
    return replace(
        seen,
        at=at,
        hold_s=max(penalty_s, seen.hold_s if at == seen.at else 0.0),
        penalty_s=penalty_s,
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
        climbed_s=min(ladder.climbed_s + line.passed_s, _SOON_S),
        fell_s=min(ladder.fell_s + line.passed_s, _DEAF_S),
        silent_s=0.0 if line.heard or not line.sent else ladder.silent_s + line.passed_s,
        remb_bps=ladder.remb_bps if line.remb_bps is None else line.remb_bps,
        rtt_s=rtt_s,
        usual_rtt_s=usual_s,
        sent=ladder.sent * kept + line.sent,
        again=ladder.again * kept + line.again,
    )


def _room(before: Ladder, seen: Ladder, line: Line) -> float | None:
    """Return how many bits a second the line has room for, if it says that it is full."""
    if _fell(before, line) and seen.remb_bps is not None and seen.remb_bps < seen.rung.bitrate:
        return OVERHEAD * seen.remb_bps
    if seen.fell_s < _DEAF_S:
        return None
    lost = line.lost is not None and line.lost >= _LOST
    again = seen.sent >= _ENOUGH_PACKETS and seen.again >= _AGAIN * seen.sent
    late = line.rtt_s is not None and _is_late(seen)
    if lost or again or late or seen.silent_s >= _SILENT_S:
        return 0.6 * seen.rung.bitrate
    return None


def _fell(before: Ladder, line: Line) -> bool:
    """Tell whether the receiver's estimate went down, which it does for a full line only."""
    if line.remb_bps is None or before.remb_bps is None:
        return False
    return line.remb_bps < _FELL * before.remb_bps


def _is_late(seen: Ladder) -> bool:
    if seen.rtt_s is None or seen.usual_rtt_s is None:
        return False
    return seen.rtt_s > seen.usual_rtt_s * (1 + _LATE_SHARE) + _LATE_S


def _climbed(seen: Ladder) -> Ladder:
    if seen.hold_s > 0 or seen.at == len(RUNGS) - 1 or seen.silent_s > 1.0 or _is_late(seen):
        return seen
    return replace(seen, at=seen.at + 1, hold_s=_CLIMB_S, climbed_s=0.0)

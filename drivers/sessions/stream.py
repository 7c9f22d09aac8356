"""Watch an oximeter that streams over Bluetooth: one reading for each finger put in.

A packet shows a sample, or why there is none. Samples go through the stable window; what it keeps
is recorded. The visit ends when the finger is taken out after a reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.sessions import stable
from drivers.sessions.session import (
    Command,
    Finish,
    Meeting,
    Outcome,
    Record,
    Session,
    Subscribe,
    Write,
    refusal,
)
from drivers.sessions.stable import StableWindow

SILENT_S = 10.0
STAY_S = 540.0  # the link allows a visit ten minutes; what comes later is the next visit's
NO_FINGER_S = 60.0  # an oximeter nobody wears must not keep a connection from other meters


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one packet shows: a sample, or none; and whether a finger is in."""

    sample: stable.Sample | None
    finger: bool


Cut = Callable[[bytes], list[bytes]]


def whole(data: bytes) -> list[bytes]:
    """Take each notification as the packet it is."""
    return [data]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """How an oximeter streams.

    Parameters
    ----------
    uuid : str
        The characteristic that notifies.
    source : str
        The name under which the sample that stands for a window is recorded.
    rate_hz : float
        How many packets with numbers it sends in a second, at most: too high a figure makes the
        window longer than it need be, too low a figure would make it too short.
    look : callable
        Says what a packet shows, None when it is of another kind; never raises.
    cutter : callable
        Makes what cuts the notifications of one visit into packets.
    start, stay, stop : Write or None
        What must be written before it streams, after every `stay_after` packets lest it stops, and
        when enough is seen.
    """

    uuid: str
    source: str
    rate_hz: float
    look: Callable[[bytes], Sight | None]
    cutter: Callable[[], Cut] = lambda: whole
    start: Write | None = None
    stay: Write | None = None
    stay_after: int = 0
    stop: Write | None = None

    def session(self, meeting: Meeting) -> Session:
        """Return the session of one visit."""
        del meeting
        return StreamSession(self)


class StreamSession:
    """One visit to an oximeter that streams."""

    def __init__(self, stream: Stream) -> None:
        """Keep how it streams; nothing is asked yet."""
        self._stream = stream
        self._cut = stream.cutter()
        self._window = StableWindow(stream.rate_hz)
        self._most = round(STAY_S * stream.rate_hz)
        self._most_without = round(NO_FINGER_S * stream.rate_hz)
        self._seen = 0
        self._without_finger = 0

    @property
    def wait_s(self) -> float:
        """Return how long an oximeter that streams may be silent."""
        return SILENT_S

    def begin(self) -> list[Command]:
        """Listen; then have it start, if it must be told."""
        return [Subscribe(uuid=self._stream.uuid), *_said(self._stream.start)]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take a notification; look at every packet in it."""
        del uuid
        commands: list[Command] = []
        for packet in self._cut(data):
            sight = self._stream.look(packet)
            commands += [] if sight is None else self._looked(sight)
            if commands and isinstance(commands[-1], Finish):
                break
        return commands

    def failed(self, att_error: int) -> list[Command]:
        """End with what the error means; once a reading is there, none matters."""
        return [Finish(outcome=Outcome.COMPLETE) if self._window.given else refusal(att_error)]

    def silent(self) -> list[Command]:
        """End: a streaming oximeter is silent when it is off."""
        return [self._finish("the oximeter is silent")]

    def gone(self) -> list[Command]:
        """End: it switched itself off, as they do without a finger."""
        return [self._finish("the oximeter left before its numbers stood still")]

    def _looked(self, sight: Sight) -> list[Command]:
        self._seen += 1
        self._without_finger = 0 if sight.finger else self._without_finger + 1
        if self._seen == self._most:
            return self._leave("the numbers did not stand still")
        return [*self._stay(), *self._judged(sight)]

    def _judged(self, sight: Sight) -> list[Command]:
        if sight.sample is not None:
            kept = self._window.take(sight.sample)
            return [] if kept is None else [Record(source=self._stream.source, data=kept)]
        self._window.broke()
        enough = self._window.given or self._without_finger >= self._most_without
        if self._without_finger and enough:
            return self._leave("no finger is in the oximeter")
        return []

    def _stay(self) -> list[Command]:
        after = self._stream.stay_after
        return [] if not after or self._seen % after else _said(self._stream.stay)

    def _leave(self, why: str) -> list[Command]:
        return [*_said(self._stream.stop), self._finish(why)]

    def _finish(self, why: str) -> Finish:
        if self._window.given:
            return Finish(outcome=Outcome.COMPLETE)
        return Finish(outcome=Outcome.PARTIAL, why=why)


def _said(write: Write | None) -> list[Command]:
    return [] if write is None else [write]

"""Watch a Viatom ring: it is asked what its sensors show every two seconds, as others ask it.

What it keeps of a night is not read: a summary of hours is no reading of a moment.
"""

from __future__ import annotations

from drivers.codecs import viatom
from drivers.sessions import stable
from drivers.sessions.session import (
    Command,
    Finish,
    Meeting,
    Outcome,
    Record,
    Subscribe,
    Write,
    refusal,
)
from drivers.sessions.stable import StableWindow
from vitals.errors import DecodeError

SOURCE = "viatom-sample"
TO_RING = "8b00ace7-eb0b-49b0-bbe9-9aee0a26e1a3"
FROM_RING = "0734594a-a8e7-4b1a-a6b1-cd5243059a57"
ASK_EVERY_S = 2.0
UNANSWERED = 5  # then it is gone
NOT_WORN = 15  # answers, half a minute: then it is left alone
MOST_ANSWERS = 250  # the link allows a visit ten minutes


class ViatomSession:
    """One visit: a reading when its numbers stand still, another every five minutes."""

    def __init__(self, meeting: Meeting) -> None:
        """Start with nothing seen."""
        del meeting
        self._framer = viatom.Framer()
        self._window = StableWindow(1 / ASK_EVERY_S)
        self._unanswered = 0
        self._not_worn = 0
        self._answers = 0

    @property
    def wait_s(self) -> float:
        """Return how long after an answer it is asked again."""
        return ASK_EVERY_S

    def begin(self) -> list[Command]:
        """Listen, and ask for the first time."""
        return [Subscribe(uuid=FROM_RING), self._ask()]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take a notification, or the beginning of an answer that has more."""
        del uuid
        commands: list[Command] = []
        for frame in self._framer.feed(data):
            commands += self._answered(frame)
            if commands and isinstance(commands[-1], Finish):
                break
        return commands

    def failed(self, att_error: int) -> list[Command]:
        """End with what the error means."""
        return [refusal(att_error)]

    def silent(self) -> list[Command]:
        """Ask again; nothing else comes unasked."""
        self._unanswered += 1
        if self._unanswered > UNANSWERED:
            return [self._finish("the oximeter does not answer")]
        self._framer.broke()
        return [self._ask()]

    def gone(self) -> list[Command]:
        """End: it was taken off, or out of reach."""
        return [self._finish("the oximeter left before its numbers stood still")]

    def _ask(self) -> Write:
        return Write(uuid=TO_RING, data=viatom.ASK_SENSORS)

    def _answered(self, frame: bytes) -> list[Command]:
        try:
            sent = viatom.decode_sensors(frame)
        except DecodeError:
            return []  # an answer to another program's question
        self._unanswered = 0
        self._answers += 1
        self._not_worn = 0 if sent.worn else self._not_worn + 1
        if self._not_worn and (self._window.given or self._not_worn == NOT_WORN):
            return [self._finish("the oximeter is not worn")]
        if self._answers == MOST_ANSWERS:
            return [self._finish("the numbers did not stand still")]
        return self._judged(sent, frame)

    def _judged(self, sent: viatom.Sensors, frame: bytes) -> list[Command]:
        percent, bpm = sent.saturation_percent, sent.pulse_bpm
        if percent is None or bpm is None or not sent.worn:
            self._window.broke()
            return []
        sample = stable.Sample(saturation_percent=percent, pulse_bpm=bpm, octets=frame)
        kept = self._window.take(sample)
        return [] if kept is None else [Record(source=SOURCE, data=kept)]

    def _finish(self, why: str) -> Finish:
        if self._window.given:
            return Finish(outcome=Outcome.COMPLETE)
        return Finish(outcome=Outcome.PARTIAL, why=why)

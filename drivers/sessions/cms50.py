"""Watch a Contec CMS50D+ until its samples stand still: one reading for each finger put in.

Its stored nights are not read: they begin at a time the device does not keep (its readers ask the
user for it), and a reading without a time is no reading of that night.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.codecs import cms50
from drivers.sessions import stable
from drivers.sessions.session import (
    SERIAL,
    Command,
    Finish,
    Meeting,
    Outcome,
    Record,
    Write,
)
from drivers.sessions.stable import StableWindow
from vitals.errors import DecodeError

SOURCE = "cms50-sample"
OLD_SOURCE = "cms50-old-sample"
SILENT_S = 3.0
STAY_AFTER = round(5 * cms50.RATE_HZ)  # samples: timegrid/CMS50Dplus7 says AF every 5 s
MOST_SAMPLES = round(600 * cms50.RATE_HZ)  # then the link looks whether the hub wants anything else


class Cms50Session:
    """One finger in a CMS50D+, with firmware 7 (`started` by a command) or an older one."""

    def __init__(
        self, source: str, framer: cms50.Framer, decode: Callable[[bytes], cms50.Sample]
    ) -> None:
        """Keep how to read the stream; nothing is asked yet."""
        self._source = source
        self._framer = framer
        self._decode = decode
        self._window = StableWindow(cms50.RATE_HZ)
        self._samples = 0

    @property
    def wait_s(self) -> float:
        """Return how long a device that sends sixty times a second may be silent."""
        return SILENT_S

    def begin(self) -> list[Command]:
        """Ask for live samples; an older device sends them unasked."""
        return self._say(cms50.START_LIVE)

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take a piece of the stream."""
        del uuid
        commands: list[Command] = []
        for packet in self._framer.feed(data):
            commands += self._sampled(packet)
            if commands and isinstance(commands[-1], Finish):
                break
        return commands

    def failed(self, att_error: int) -> list[Command]:
        """End: a serial line answers no call with an error."""
        return [Finish(outcome=Outcome.REFUSED, why=f"unexpected error 0x{att_error:02x}")]

    def silent(self) -> list[Command]:
        """End: the device is off, or nothing is on the cable."""
        return [self._finish("the oximeter is silent")]

    def gone(self) -> list[Command]:
        """End: the cable was pulled."""
        return [self._finish("the cable was pulled")]

    def _sampled(self, packet: bytes) -> list[Command]:
        if packet[0] == cms50.LEAVING:
            return [self._finish("the oximeter ended the link")]
        try:
            sample = self._decode(packet)
        except DecodeError:
            return []  # an answer to a command, or out of step
        self._samples += 1
        if self._samples == MOST_SAMPLES:
            return self._leave()
        return [*self._judged(sample, packet), *self._stay()]

    def _judged(self, sample: cms50.Sample, packet: bytes) -> list[Command]:
        percent, bpm = sample.saturation_percent, sample.pulse_bpm
        if percent is None or bpm is None or not sample.measuring:
            self._window.broke()
            return self._leave() if self._window.given else []
        kept = self._window.take(
            stable.Sample(saturation_percent=percent, pulse_bpm=bpm, octets=packet)
        )
        return [] if kept is None else [Record(source=self._source, data=kept)]

    def _stay(self) -> list[Command]:
        return [] if self._samples % STAY_AFTER else self._say(cms50.STAY)

    def _leave(self) -> list[Command]:
        return [*self._say(cms50.STOP_LIVE), Finish(outcome=Outcome.COMPLETE)]

    def _finish(self, why: str) -> Finish:
        if self._window.given:
            return Finish(outcome=Outcome.COMPLETE)
        return Finish(outcome=Outcome.PARTIAL, why=why)

    def _say(self, number: int) -> list[Command]:
        if self._source == OLD_SOURCE:
            return []
        return [Write(uuid=SERIAL, data=cms50.command(number))]


def cms50_session(meeting: Meeting) -> Cms50Session:
    """Return the session of a device with firmware 7."""
    del meeting
    return Cms50Session(SOURCE, cms50.Framer(cms50.OCTETS, starts_high=False), cms50.decode)


def old_cms50_session(meeting: Meeting) -> Cms50Session:
    """Return the session of a device with an older firmware."""
    del meeting
    framer = cms50.Framer(cms50.OLD_OCTETS, starts_high=True)
    return Cms50Session(OLD_SOURCE, framer, cms50.decode_old)

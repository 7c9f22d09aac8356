"""Puts a session's frames together: a measurement and the context that may follow it, or never."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from drivers.codecs import glucose_context
from drivers.driver import Driver
from drivers.frame import Frame
from vitals.reading import Reading

_Item = TypeVar("_Item")
MAX_WAITING = 1024  # more than any glucose meter's memory (Accu-Chek Guide: 720 records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Says that a frame alone makes no reading: it waits for another, or it is evidence."""

    waits: bool


class Assembler:
    """Makes readings of one session's frames. Pure; one for each session.

    A measurement is handed out at once, even when its context is still to come: it must be on
    disk before anything else. When the context comes the same reading is handed out again, whole.
    At most `MAX_WAITING` measurements and contexts are remembered; the oldest is forgotten first.
    """

    def __init__(self, driver: Driver) -> None:
        """Start a session with nothing seen."""
        self._driver = driver
        self._readings: dict[int, Reading] = {}
        self._contexts: dict[int, Frame] = {}
        self._unsure: dict[int, Frame] = {}  # measurements that mean nothing without a context

    def take(self, frame: Frame) -> Reading | Nothing:
        """Turn a frame into the reading it makes or completes.

        Raises
        ------
        DecodeError, ImpossibleReadingError
            As the driver's decoder does.
        """
        if frame.uuid in self._driver.context:
            return self._context(frame)
        decode = self._driver.notify.get(frame.uuid)
        reading = decode(frame) if decode else None
        if reading is None:
            return Nothing(waits=False)
        if self._driver.live:
            reading = replace(reading, timing=replace(reading.timing, live=True))
        if reading.sequence is None or not self._driver.context:
            return reading
        early = self._contexts.pop(reading.sequence, None)
        if early is not None:
            return self._driver.context[early.uuid](reading, early)
        _remember(self._readings, reading.sequence, reading)
        if self._driver.context_required and reading.context_follows:
            _remember(self._unsure, reading.sequence, frame)
            return Nothing(waits=True)
        return reading

    def leftovers(self) -> list[Frame]:
        """Return contexts whose measurement never came, and measurements that needed one."""
        return [*self._contexts.values(), *self._unsure.values()]

    def _context(self, frame: Frame) -> Reading | Nothing:
        sequence = glucose_context.decode(frame.data).sequence
        reading = self._readings.get(sequence)
        if reading is None:
            _remember(self._contexts, sequence, frame)
            return Nothing(waits=True)
        whole = self._driver.context[frame.uuid](reading, frame)
        self._readings[sequence] = whole
        self._unsure.pop(sequence, None)
        return whole


def _remember(waiting: dict[int, _Item], sequence: int, item: _Item) -> None:
    waiting[sequence] = item
    while len(waiting) > MAX_WAITING:
        del waiting[next(iter(waiting))]

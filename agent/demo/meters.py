"""The demo's household: a cuff and a glucose meter that are used again and again."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Self

from agent.clock import HubClock
from drivers.decode import describe
from drivers.links.ble import Backend
from drivers.virtual import frames
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.script import Script
from drivers.virtual.sender import VirtualBloodPressure
from vitals.errors import DecodeError

_HISTORY = 24
_REMEMBERED = 50
_PAUSE_S = (1.0, 3.0)
_CALM_S = (20.0, 28.0)  # where somebody looks at the screen: a reading would cover what is due
_SEED = 20261123
_MEALS = (1, 2, 3, 4)
_SPIKE = 7  # every so many readings the meters do something that real ones do


class Household:
    """Virtual meters on a virtual radio, measuring until told to stop. The books are theirs."""

    def __init__(self, *, calm: bool = False) -> None:
        """Put a cuff and a meter with stored history on the table; `calm` measures seldom."""
        self._pause_s = _CALM_S if calm else _PAUSE_S
        self._random = random.Random(_SEED)  # noqa: S311 - made-up readings, not secrets
        self._clock = HubClock()
        self._radio = VirtualRadio()
        self._cuff = VirtualBloodPressure()
        self._meter = VirtualGlucose(
            script=Script(drops_after=(9,)), clock=frames.date_time_octets(self._now())
        )
        self._measuring: asyncio.Task[None] | None = None
        self._sequence = 0
        self._told: deque[tuple[str, bytes]] = deque(maxlen=_REMEMBERED)

    async def __aenter__(self) -> Self:
        """Switch everything on; the glucose meter already holds records."""
        await self._radio.__aenter__()
        for meter in (self._cuff, self._meter):
            await self._radio.add(meter)
        for published in frames.GLUCOSE:
            await self._meter.measure(published.data)
            self._sequence = frames.sequence_of(published.data)
        start = self._now() - timedelta(hours=2 * _HISTORY)
        for number in range(_HISTORY):
            await self._measure_glucose(start + timedelta(hours=2 * number))
        for published in frames.BLOOD_PRESSURE:
            await self._cuff.measure(published.data)
        self._measuring = asyncio.create_task(self._live(), name="household")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Switch everything off."""
        await self.stop_measuring()
        await self._radio.__aexit__()

    @property
    def backend(self) -> Backend:
        """Return the radio the hub listens on."""
        return self._radio.backend

    @property
    def taken(self) -> int:
        """Return how many records the meters made, tests and failures included."""
        return len(self._cuff.taken) + len(self._meter.taken)

    def latest(self, count: int) -> list[str]:
        """Return the newest records in words, newest first."""
        return [_words(uuid, data) for uuid, data in list(self._told)[-count:][::-1]]

    def all_read(self) -> bool:
        """Tell whether no meter holds anything it has not handed over."""
        return not self._cuff.has_something() and not self._meter.has_something()

    async def stop_measuring(self) -> None:
        """Take no more readings; what the meters hold they still hand over."""
        if self._measuring is not None:
            self._measuring.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._measuring

    async def _live(self) -> None:
        taken = 0
        while True:
            await asyncio.sleep(self._random.uniform(*self._pause_s))
            taken += 1
            if taken % 2:
                await self._measure_pressure(taken)
            else:
                await self._measure_glucose(self._now(), control=taken % (2 * _SPIKE) == 0)

    async def _measure_pressure(self, taken: int) -> None:
        frame = frames.blood_pressure(
            self._random.randint(105, 165),
            self._random.randint(62, 98),
            self._random.randint(55, 95),
            self._now(),
        )
        # Now and then a cuff loses its link half-way and sends a frame cut short.
        frame = frame[:-1] if taken % (2 * _SPIKE + 1) == 0 else frame
        self._told.append(("2a35", frame))
        await self._cuff.measure(frame)

    async def _measure_glucose(self, at: datetime, *, control: bool = False) -> None:
        self._sequence += 1
        with_meal = not control and self._random.random() < 0.5  # noqa: PLR2004 - every other one
        record = frames.glucose(
            self._sequence,
            self._random.randint(72, 240),
            at,
            context_follows=with_meal,
            control_solution=control,
        )
        context = (
            frames.meal_context(self._sequence, self._random.choice(_MEALS)) if with_meal else None
        )
        self._told.append(("2a18", record))
        await self._meter.measure(record, context)

    def _now(self) -> datetime:
        return self._clock().at.astimezone(UTC)


def _words(uuid: str, data: bytes) -> str:
    try:
        return describe(uuid, data)[0]
    except DecodeError as error:
        return f"unreadable, kept as evidence: {error.message}"

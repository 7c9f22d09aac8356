"""Either of two real FHIR servers, with a patient of one test's own, and readings for it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from agent.demo.server import put
from drivers.frame import Frame
from drivers.readings import blood_pressure_reading, glucose_reading, with_context
from drivers.virtual import frames
from sync.record import Measured, measured
from tests.fakes.sink import NOON
from vitals.reading import MeterIdentity

_PATIENTS = itertools.count(1)
_START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
CUFF = MeterIdentity(address="C1:00:00:00:00:01", driver="standard-blood-pressure")
METER = MeterIdentity(address="C2:00:00:00:00:02", driver="standard-glucose")


class Server:
    """One of the two servers, with a patient of this test's own."""

    def __init__(self, base_url: str, *, takes_our_ids: bool = True) -> None:
        self.base_url = base_url
        self.takes_our_ids = takes_our_ids
        self.patient = f"Patient/p-{next(_PATIENTS)}"
        put(base_url, {"resourceType": "Patient", "id": self.patient.partition("/")[2]})

    def pressures(self, count: int) -> list[Measured]:
        return [self.pressure(number) for number in range(count)]

    def pressure(self, number: int) -> Measured:
        at = _START + timedelta(hours=number)
        data = frames.blood_pressure(110 + number % 60, 70, 60, at)
        frame = Frame(uuid="2a35", data=data, received=NOON, meter=CUFF)
        return measured(blood_pressure_reading(frame), self.patient)

    def poison(self, number: int) -> Measured:
        """Return a reading no server takes: received at an offset of 30 s, which FHIR forbids.

        Only a reading whose own time is unknown (year 0) tells when it was received.
        """
        odd = replace(NOON, at=NOON.at.astimezone(timezone(timedelta(seconds=30))))
        data = frames.blood_pressure(110, 70, 60, _START)
        data = data[:7] + bytes(7) + data[14:]
        frame = Frame(uuid="2a35", data=data, received=odd, meter=CUFF)
        return replace(
            measured(blood_pressure_reading(frame), self.patient), id=self.pressure(number).id
        )

    def meal(self, number: int) -> Measured:
        at = _START + timedelta(hours=number)
        record = frames.glucose(number, 104, at, context_follows=True)
        reading = glucose_reading(Frame(uuid="2a18", data=record, received=NOON, meter=METER))
        context = Frame(
            uuid="2a34", data=frames.meal_context(number, 2), received=NOON, meter=METER
        )
        return measured(with_context(reading, context), self.patient)

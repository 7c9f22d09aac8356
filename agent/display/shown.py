"""A reading as the screen shows it: pure, every digit as measured, nothing worked out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from agent.screen.values import Doing, Shown
from sync.fhir.timing import effective
from sync.record import MAIN_QUANTITY
from vitals.quantity import GLUCOSE_QUANTITIES, Quantity
from vitals.reading import Flag, Kind, Reading, Value

DOING: Mapping[Kind, Doing] = {
    Kind.BLOOD_PRESSURE: Doing.BLOOD_PRESSURE,
    Kind.GLUCOSE: Doing.GLUCOSE,
    Kind.OXYGEN_SATURATION: Doing.OXYGEN,
    Kind.BODY_TEMPERATURE: Doing.TEMPERATURE,
    Kind.BODY_WEIGHT: Doing.WEIGHT,
    Kind.BODY_COMPOSITION: Doing.WEIGHT,
    Kind.CAMERA: Doing.CAMERA,
}
_DOUBTS = frozenset({Flag.DEMO, Flag.TESTING})


def shown(
    reading: Reading, seq: int, zone: tzinfo, boot_offsets: Mapping[str, int]
) -> Shown | None:
    """Return a reading in large type; None for one without a number or a place on the screen.

    The moment is the best estimate that also goes to the server; where nobody can know it, the
    moment the hub heard it, because the screen shows it as it comes.
    """
    doing = DOING.get(reading.kind)
    written = _written(reading)
    if doing is None or written is None or _DOUBTS & reading.flags:
        return None
    text, unit = written
    at: datetime = effective(reading.timing, zone, boot_offsets).at or reading.timing.received.at
    return Shown(seq=seq, doing=doing, value=text, unit=unit, at=at.astimezone(zone), sent=False)


def _written(reading: Reading) -> tuple[str, str] | None:
    if reading.kind is Kind.BLOOD_PRESSURE:
        upper, lower = (reading.values.get(q) for q in (Quantity.SYSTOLIC, Quantity.DIASTOLIC))
        if upper is None or lower is None or upper.known is None or lower.known is None:
            return None
        return f"{upper.known:f}/{lower.known:f}", upper.unit.text
    value = _main(reading)
    if value is None or value.known is None:
        return None
    return f"{value.known:f}", value.unit.text


def _main(reading: Reading) -> Value | None:
    if reading.kind is Kind.GLUCOSE:
        found = [value for q, value in reading.values.items() if q in GLUCOSE_QUANTITIES]
        return found[0] if found else None
    if reading.kind is Kind.BODY_COMPOSITION:
        return reading.values.get(Quantity.BODY_WEIGHT)
    main = MAIN_QUANTITY.get(reading.kind)
    return reading.values.get(main) if main else None


def trend_point(one: Shown) -> float:
    """Return the number that a trend is drawn by: of two, the first."""
    return float(one.value.partition("/")[0])

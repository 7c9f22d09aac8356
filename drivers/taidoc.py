"""What a record of a TaiDoc or FORA meter means, whatever line it came by. Pure."""

from __future__ import annotations

from drivers.codecs import taidoc
from drivers.frame import Frame
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Absent,
    Context,
    DeviceTime,
    Flag,
    Kind,
    Reading,
    Timing,
    Value,
)

SERVICE = "00001523-1212-efde-1523-785feabcd123"
CHARACTERISTIC = "00001524-1212-efde-1523-785feabcd123"


def glucose_reading(frame: Frame, user: int | None = None) -> Reading:
    """Turn one record of a glucose meter into a reading.

    Raises
    ------
    DecodeError
        When it is not two sound answers, or marked as something other than a meal's.
    ImpossibleReadingError
        When the number is outside what is physically possible.
    """
    sent = taidoc.decode_glucose(frame.data)
    control = sent.control_solution
    quantity = Quantity.GLUCOSE_CONTROL_SOLUTION if control else Quantity.GLUCOSE
    return Reading(
        kind=Kind.GLUCOSE,
        values={quantity: Value(number=sent.mg_per_dl, unit=Unit.MG_PER_DL)},
        timing=_timing(frame, sent.time),
        meter=frame.meter,
        frames=(frame.raw,),
        user_slot=user,
        context=Context(meal=sent.meal),
    )


def pressure_reading(
    frame: Frame, user: int | None = None, *, wide: bool = False
) -> Reading | None:
    """Turn one record of a cuff into a reading, None when the measurement failed.

    Raises
    ------
    DecodeError
        When it is not two sound answers.

    Notes
    -----
    No mean pressure is computed. The sources tell kinds of irregular heartbeat apart by the same
    two bits, and not alike; so the reading says only that the cuff marks one.
    """
    sent = taidoc.decode_pressure(frame.data, wide=wide)
    if sent.failed:
        return None
    return Reading(
        kind=Kind.BLOOD_PRESSURE,
        values={
            Quantity.SYSTOLIC: Value(number=sent.systolic, unit=Unit.MMHG),
            Quantity.DIASTOLIC: Value(number=sent.diastolic, unit=Unit.MMHG),
            Quantity.MEAN_ARTERIAL: Value(number=Absent.NAN, unit=Unit.MMHG),
            Quantity.PULSE_RATE: Value(number=sent.pulse, unit=Unit.PER_MINUTE),
        },
        timing=_timing(frame, sent.time),
        meter=frame.meter,
        frames=(frame.raw,),
        user_slot=user,
        flags=frozenset({Flag.IRREGULAR_PULSE}) if sent.irregular else frozenset(),
    )


def either_reading(frame: Frame, user: int | None = None) -> Reading | None:
    """Turn one record of a meter that keeps blood pressure and glucose into a reading."""
    if taidoc.is_pressure(frame.data):
        return pressure_reading(frame, user, wide=True)
    return glucose_reading(frame, user)


def _timing(frame: Frame, time: DeviceTime) -> Timing:
    return Timing(received=frame.received, device_time=time, clock_check=frame.clock_check)

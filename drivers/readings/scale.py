"""Weight Measurement (2A9D) and Body Composition Measurement (2A9C) → Reading."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from drivers.codecs import body_composition, weight
from drivers.frame import Frame
from drivers.readings.common import timing
from vitals.quantity import Quantity, Unit
from vitals.reading import Flag, Kind, Reading, Value

_NO_FLAGS: frozenset[Flag] = frozenset()
_FAILED = frozenset({Flag.WEIGHING_FAILED})


def weight_reading(frame: Frame) -> Reading:
    """Turn a Weight Measurement (2A9D) into a reading; pounds stay pounds.

    Raises
    ------
    DecodeError
        When the octets break the characteristic's rules.
    ImpossibleReadingError
        When they keep them but cannot be a person's weight.

    Notes
    -----
    An unsuccessful weighing (0xFFFF) is a reading without a value: somebody did step on the scale.
    """
    sent = weight.decode_measurement(frame.data)
    values = {}
    if sent.weight is not None:
        values[Quantity.BODY_WEIGHT] = Value(number=sent.weight, unit=sent.flags.unit)
        if sent.bmi is not None and sent.height is not None:
            values[Quantity.BODY_MASS_INDEX] = Value(number=sent.bmi, unit=Unit.KG_PER_M2)
            values[Quantity.BODY_HEIGHT] = Value(number=sent.height, unit=sent.flags.height_unit)
    return Reading(
        kind=Kind.BODY_WEIGHT,
        values=values,
        timing=timing(frame, sent.time),
        meter=frame.meter,
        frames=(frame.raw,),
        user_slot=_slot(sent.user_id),
        flags=_NO_FLAGS if values else _FAILED,
    )


def composition_reading(frame: Frame) -> Reading | None:
    """Turn a Body Composition Measurement (2A9C) into a reading.

    None for an empty packet, and for one of two: `composition_of_packets` takes both. For
    analysers that send the weight nowhere else; raises as `weight_reading` does.
    """
    sent = body_composition.decode_measurement(frame.data)
    return None if sent.is_stub or sent.is_half else _composition(frame, sent)


def composition_of_packets(frame: Frame) -> Reading:
    """Turn the two packets of one measurement, one after another, into a reading."""
    return _composition(frame, body_composition.decode_packets(frame.data))


def composition_beside_weight(frame: Frame) -> Reading | None:
    """Do as `composition_reading`, without weight and height: the scale sends those in 2A9D."""
    reading = composition_reading(frame)
    return None if reading is None else _beside_weight(reading)


def packets_beside_weight(frame: Frame) -> Reading:
    """Do as `composition_of_packets`, without weight and height."""
    return _beside_weight(composition_of_packets(frame))


def _composition(frame: Frame, sent: body_composition.Measurement) -> Reading:
    mass, height = sent.flags.unit, sent.flags.height_unit
    metabolism = sent.basal_metabolism_kj
    measured: dict[Quantity, tuple[Decimal | None, Unit]] = {
        Quantity.BODY_FAT: (sent.fat_percent, Unit.PERCENT),
        Quantity.BASAL_METABOLISM: (
            None if metabolism is None else Decimal(metabolism),
            Unit.KILOJOULE,
        ),
        Quantity.MUSCLE_PERCENTAGE: (sent.muscle_percent, Unit.PERCENT),
        Quantity.MUSCLE_MASS: (sent.muscle_mass, mass),
        Quantity.FAT_FREE_MASS: (sent.fat_free_mass, mass),
        Quantity.SOFT_LEAN_MASS: (sent.soft_lean_mass, mass),
        Quantity.BODY_WATER_MASS: (sent.body_water_mass, mass),
        Quantity.IMPEDANCE: (sent.impedance_ohm, Unit.OHM),
        Quantity.BODY_WEIGHT: (sent.weight, mass),
        Quantity.BODY_HEIGHT: (sent.height, height),
    }
    values = {
        quantity: Value(number=number, unit=unit)
        for quantity, (number, unit) in measured.items()
        if number is not None
    }
    return Reading(
        kind=Kind.BODY_COMPOSITION,
        values=values,
        timing=timing(frame, sent.time),
        meter=frame.meter,
        frames=(frame.raw,),
        user_slot=_slot(sent.user_id),
        flags=_NO_FLAGS if values else _FAILED,
    )


def _beside_weight(reading: Reading) -> Reading:
    elsewhere = {Quantity.BODY_WEIGHT, Quantity.BODY_HEIGHT}
    values = {what: value for what, value in reading.values.items() if what not in elsewhere}
    return replace(reading, values=values, flags=reading.flags if values else _FAILED)


def _slot(user_id: int | None) -> int | None:
    return None if user_id == weight.UNKNOWN_USER else user_id

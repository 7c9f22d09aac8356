"""Which quantities each kind of measuring may report."""

from __future__ import annotations

from collections.abc import Mapping

from vitals.context import Kind
from vitals.quantity import GLUCOSE_QUANTITIES, Quantity

PRESSURES = frozenset({Quantity.SYSTOLIC, Quantity.DIASTOLIC, Quantity.MEAN_ARTERIAL})
EXPECTED: Mapping[Kind, frozenset[Quantity]] = {
    Kind.BLOOD_PRESSURE: PRESSURES | {Quantity.PULSE_RATE},
    Kind.GLUCOSE: GLUCOSE_QUANTITIES,
    Kind.OXYGEN_SATURATION: frozenset(
        {
            Quantity.OXYGEN_SATURATION,
            Quantity.OXIMETER_PULSE_RATE,
            Quantity.PULSE_AMPLITUDE_INDEX,
        }
    ),
    Kind.BODY_TEMPERATURE: frozenset({Quantity.BODY_TEMPERATURE}),
    Kind.BODY_WEIGHT: frozenset(
        {Quantity.BODY_WEIGHT, Quantity.BODY_MASS_INDEX, Quantity.BODY_HEIGHT}
    ),
    Kind.BODY_COMPOSITION: frozenset(
        {
            Quantity.BODY_FAT,
            Quantity.BODY_WEIGHT,
            Quantity.BODY_HEIGHT,
            Quantity.FAT_FREE_MASS,
            Quantity.SOFT_LEAN_MASS,
            Quantity.BODY_WATER_MASS,
            Quantity.MUSCLE_PERCENTAGE,
            Quantity.MUSCLE_MASS,
            Quantity.IMPEDANCE,
            Quantity.BASAL_METABOLISM,
        }
    ),
    Kind.HEART_RATE: frozenset({Quantity.HEART_RATE}),
    Kind.CAMERA: frozenset(
        {
            Quantity.CAMERA_PULSE_RATE,
            Quantity.CAMERA_RESPIRATORY_RATE,
            Quantity.CAMERA_SDNN,
            Quantity.CAMERA_RMSSD,
        }
    ),
}

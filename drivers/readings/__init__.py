"""Frame → Reading: what the decoded fields mean as a vital sign. Pure, like the codecs.

A time stays what the device said and a number keeps its written precision; units change only by
powers of ten, which is exact.
"""

from __future__ import annotations

from drivers.readings.cgm import cgm_reading
from drivers.readings.enhanced_pressure import enhanced_pressure_reading
from drivers.readings.glucose import (
    concentration,
    glucose_reading,
    user_facing_time,
    with_context,
)
from drivers.readings.heart_rate import heart_rate_reading
from drivers.readings.oximeter import continuous_reading, spot_reading
from drivers.readings.pressure import blood_pressure_reading
from drivers.readings.scale import (
    composition_beside_weight,
    composition_of_packets,
    composition_reading,
    packets_beside_weight,
    weight_reading,
)
from drivers.readings.thermometer import temperature_reading

__all__ = [
    "blood_pressure_reading",
    "cgm_reading",
    "composition_beside_weight",
    "composition_of_packets",
    "composition_reading",
    "concentration",
    "continuous_reading",
    "enhanced_pressure_reading",
    "glucose_reading",
    "heart_rate_reading",
    "packets_beside_weight",
    "spot_reading",
    "temperature_reading",
    "user_facing_time",
    "weight_reading",
    "with_context",
]

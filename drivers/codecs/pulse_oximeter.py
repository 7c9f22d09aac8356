"""Pulse Oximeter Service (1822): spot check 2A5E, continuous 2A5F, features 2A60.

Layouts: Bluetooth GATT Specification Supplement, PLX Spot-Check Measurement, PLX Continuous
Measurement, PLX Features.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from drivers.codecs import date_time
from drivers.codecs.cursor import Cursor
from drivers.codecs.ieee11073 import Number, read_sfloat
from vitals.reading import DeviceTime


class SpotFlags(IntFlag):
    """Which fields follow in a spot check, and whether its time means anything."""

    TIME = 1 << 0
    MEASUREMENT_STATUS = 1 << 1
    SENSOR_STATUS = 1 << 2
    PULSE_AMPLITUDE_INDEX = 1 << 3
    CLOCK_NOT_SET = 1 << 4


class ContinuousFlags(IntFlag):
    """Which fields follow in a continuous measurement."""

    FAST = 1 << 0
    SLOW = 1 << 1
    MEASUREMENT_STATUS = 1 << 2
    SENSOR_STATUS = 1 << 3
    PULSE_AMPLITUDE_INDEX = 1 << 4


class MeasurementStatus(IntFlag):
    """How far the oximeter trusts what it measured."""

    ONGOING = 1 << 5
    EARLY_ESTIMATED = 1 << 6
    VALIDATED = 1 << 7
    FULLY_QUALIFIED = 1 << 8
    FROM_STORAGE = 1 << 9
    DEMO = 1 << 10
    TESTING = 1 << 11
    CALIBRATION_ONGOING = 1 << 12
    UNAVAILABLE = 1 << 13
    QUESTIONABLE = 1 << 14
    INVALID = 1 << 15


class SensorStatus(IntFlag):
    """What the device and its sensor noticed."""

    EXTENDED_DISPLAY_UPDATE = 1 << 0
    EQUIPMENT_MALFUNCTION = 1 << 1
    SIGNAL_IRREGULARITY = 1 << 2
    INADEQUATE_SIGNAL = 1 << 3
    POOR_SIGNAL = 1 << 4
    LOW_PERFUSION = 1 << 5
    ERRATIC_SIGNAL = 1 << 6
    NONPULSATILE = 1 << 7
    QUESTIONABLE_PULSE = 1 << 8
    SIGNAL_ANALYSIS_ONGOING = 1 << 9
    SENSOR_INTERFERENCE = 1 << 10
    SENSOR_UNCONNECTED_TO_USER = 1 << 11
    UNKNOWN_SENSOR = 1 << 12
    SENSOR_DISPLACED = 1 << 13
    SENSOR_MALFUNCTION = 1 << 14
    SENSOR_DISCONNECTED = 1 << 15


class Feature(IntFlag):
    """What an oximeter can do (2A60)."""

    MEASUREMENT_STATUS = 1 << 0
    SENSOR_STATUS = 1 << 1
    STORAGE = 1 << 2
    TIMESTAMP = 1 << 3
    FAST = 1 << 4
    SLOW = 1 << 5
    PULSE_AMPLITUDE_INDEX = 1 << 6
    MULTIPLE_BONDS = 1 << 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Saturation in percent and pulse rate per minute, measured together."""

    spo2: Number
    pulse_rate: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What may follow the numbers; None is "not sent"."""

    measurement_status: MeasurementStatus | None
    sensor_status: SensorStatus | None
    pulse_amplitude_index: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Everything in one 2A5E frame."""

    flags: SpotFlags
    normal: Pair
    time: DeviceTime | None
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuous:
    """Everything in one 2A5F frame: about one a second."""

    flags: ContinuousFlags
    normal: Pair
    fast: Pair | None
    slow: Pair | None
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Everything in 2A60; the masks say which status bits this oximeter can set."""

    features: Feature
    measurement_support: MeasurementStatus | None
    sensor_support: SensorStatus | None


def decode_spot(data: bytes) -> Spot:
    """Decode a PLX Spot-Check Measurement (2A5E), 5 to 19 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "spot check")
    flags = SpotFlags(cursor.u8("flags"))
    spot = Spot(
        flags=flags,
        normal=_pair(cursor, ""),
        time=date_time.read(cursor, "time stamp") if SpotFlags.TIME in flags else None,
        quality=_quality(
            cursor,
            measurement=SpotFlags.MEASUREMENT_STATUS in flags,
            sensor=SpotFlags.SENSOR_STATUS in flags,
            amplitude=SpotFlags.PULSE_AMPLITUDE_INDEX in flags,
        ),
    )
    cursor.end()
    return spot


def decode_continuous(data: bytes) -> Continuous:
    """Decode a PLX Continuous Measurement (2A5F), 5 to 20 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "continuous measurement")
    flags = ContinuousFlags(cursor.u8("flags"))
    measurement = Continuous(
        flags=flags,
        normal=_pair(cursor, ""),
        fast=_pair(cursor, "fast ") if ContinuousFlags.FAST in flags else None,
        slow=_pair(cursor, "slow ") if ContinuousFlags.SLOW in flags else None,
        quality=_quality(
            cursor,
            measurement=ContinuousFlags.MEASUREMENT_STATUS in flags,
            sensor=ContinuousFlags.SENSOR_STATUS in flags,
            amplitude=ContinuousFlags.PULSE_AMPLITUDE_INDEX in flags,
        ),
    )
    cursor.end()
    return measurement


def decode_features(data: bytes) -> Features:
    """Decode PLX Features (2A60), 2 to 7 octets; raises DecodeError as the others do."""
    cursor = Cursor(data, "oximeter features")
    features = Feature(cursor.u16("features"))
    found = Features(
        features=features,
        measurement_support=MeasurementStatus(cursor.u16("measurement status support"))
        if Feature.MEASUREMENT_STATUS in features
        else None,
        sensor_support=_sensor(cursor, "sensor status support")
        if Feature.SENSOR_STATUS in features
        else None,
    )
    cursor.end()
    return found


def _pair(cursor: Cursor, which: str) -> Pair:
    return Pair(
        spo2=read_sfloat(cursor, f"{which}saturation"),
        pulse_rate=read_sfloat(cursor, f"{which}pulse rate"),
    )


def _quality(cursor: Cursor, *, measurement: bool, sensor: bool, amplitude: bool) -> Quality:
    return Quality(
        measurement_status=MeasurementStatus(cursor.u16("measurement status"))
        if measurement
        else None,
        sensor_status=_sensor(cursor, "sensor status") if sensor else None,
        pulse_amplitude_index=read_sfloat(cursor, "pulse amplitude index") if amplitude else None,
    )


def _sensor(cursor: Cursor, field: str) -> SensorStatus:
    return SensorStatus(int.from_bytes(cursor.octets(3, field), "little"))

"""Glucose frames, built octet by octet from the layout, and mistakes other decoders make.

Layout: Bluetooth GATT Specification Supplement, Glucose Measurement (and Context).
"""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, integers

from drivers.codecs import glucose, glucose_context
from vitals.errors import DecodeError
from vitals.quantity import Unit

HEAD = struct.pack("<HHBBBBB", 6, 2020, 4, 13, 16, 38, 10)  # sequence number and base time


@given(
    offset=booleans(),
    sample=booleans(),
    moles=booleans(),
    status=booleans(),
    follows=booleans(),
    minutes=integers(-32768, 32767),
    type_code=integers(0, 15),
    location=integers(0, 15),
)
def test_each_flag_brings_its_field_in_its_place(  # noqa: PLR0913 - one argument a flag or field
    *,
    offset: bool,
    sample: bool,
    moles: bool,
    status: bool,
    follows: bool,
    minutes: int,
    type_code: int,
    location: int,
) -> None:
    flags = offset | sample << 1 | moles << 2 | status << 3 | follows << 4
    frame = bytes([flags]) + HEAD
    frame += struct.pack("<h", minutes) if offset else b""
    frame += bytes.fromhex("78b0") + bytes([location * 16 + type_code]) if sample else b""
    frame += struct.pack("<H", 1 << 8) if status else b""

    sent = glucose.decode_measurement(frame)

    assert (sent.sequence, str(sent.base_time)) == (6, "2020-04-13T16:38:10")
    assert sent.time_offset_min == (minutes if offset else None)
    assert sent.status == (glucose.Status.TEMPERATURE_TOO_LOW if status else None)
    assert (glucose.Flags.CONTEXT_FOLLOWS in sent.flags) is follows
    assert (sent.sample is not None) is sample
    if sent.sample:
        assert str(sent.sample.concentration) == "0.00120"
        assert (sent.sample.type_code, sent.sample.location_code) == (type_code, location)


def test_the_type_is_the_low_nibble_and_the_location_the_high_one() -> None:
    # Old nRF Connect has them swapped. Capture: react-native-ble-plx issue 652.
    sent = glucose.decode_measurement(bytes.fromhex("030600e407040d10260a000078b0f1"))
    assert sent.sample is not None
    assert sent.sample.type_code == glucose.SampleType.CAPILLARY_WHOLE_BLOOD
    assert sent.sample.location_code == glucose.SampleLocation.NOT_AVAILABLE


def test_a_concentration_that_was_not_sent_is_not_read() -> None:
    # xDrip always reads it. Vector: Nordic's iOS nRF Toolbox, GLSParsingTest.
    assert glucose.decode_measurement(bytes.fromhex("000100e90705150a1e2d")).sample is None


def test_a_status_bit_of_the_second_octet_is_seen() -> None:
    # Decoders that read one octet of status (obniz) miss bits 8 to 11.
    frame = bytes([0x08]) + HEAD + bytes.fromhex("0008")
    assert glucose.decode_measurement(frame).status == glucose.Status.TIME_FAULT


@given(reserved=integers(1, 7))
def test_reserved_flags_are_kept_and_bring_no_field(reserved: int) -> None:
    frame = bytes([reserved << 5]) + HEAD
    assert int(glucose.decode_measurement(frame).flags) == reserved << 5
    with pytest.raises(DecodeError, match="longer"):
        glucose.decode_measurement(frame + b"\0")


@pytest.mark.parametrize(("octets", "unknown"), [("ff7f", True), ("0080", True), ("fe7f", False)])
def test_an_offset_out_of_range_is_no_number_of_minutes(octets: str, *, unknown: bool) -> None:
    # SIG characteristic definition of Glucose Measurement: 0x7FFF overrun, 0x8000 underrun
    frame = bytes([0x01]) + HEAD + bytes.fromhex(octets)
    assert glucose.decode_measurement(frame).offset_is_unknown is unknown


@given(flags=integers(0, 255))
def test_each_context_flag_brings_its_field_in_its_place(flags: int) -> None:
    has = [bool(flags & 1 << bit) for bit in range(8)]
    frame = struct.pack("<BH", flags, 513)
    frame += b"\xb3" if has[7] else b""
    frame += b"\x02" + bytes.fromhex("3cd0") if has[0] else b""  # lunch, 0.060 kg
    frame += b"\x05" if has[1] else b""
    frame += b"\x41" if has[2] else b""
    frame += struct.pack("<HB", 65535, 80) if has[3] else b""
    frame += b"\x01" + bytes.fromhex("04d0") if has[4] else b""  # 0.004
    frame += bytes.fromhex("59f1") if has[6] else b""  # 34.5

    sent = glucose_context.decode(frame)

    assert sent.sequence == 513
    assert sent.extended_flags == (0xB3 if has[7] else None)
    assert sent.carbohydrate == (
        glucose_context.Carbohydrate(id_code=2, mass_kg=Decimal("0.060")) if has[0] else None
    )
    assert sent.meal_code == (5 if has[1] else None)
    assert (sent.tester_code, sent.health_code) == ((1, 4) if has[2] else (None, None))
    assert sent.exercise == (
        glucose_context.Exercise(duration_s=65535, intensity_percent=80) if has[3] else None
    )
    unit = Unit.LITRE if has[5] else Unit.KILOGRAM
    assert sent.medication == (
        glucose_context.Medication(id_code=1, amount=Decimal("0.004"), unit=unit)
        if has[4]
        else None
    )
    assert sent.hba1c_percent == (Decimal("34.5") if has[6] else None)


def test_the_tester_is_the_low_nibble_and_the_health_the_high_one() -> None:
    # Adapted from Nordic's GlucoseMeasurementContextDataCallbackTest: professional, minor issue
    sent = glucose_context.decode(bytes.fromhex("ff0000b303640004123c003204d2e459f1"))
    assert sent.tester_code == glucose_context.Tester.HCP
    assert sent.health_code == glucose_context.Health.MINOR

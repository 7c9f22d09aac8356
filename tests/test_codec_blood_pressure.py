"""Blood pressure frames, built octet by octet from the layout, and mistakes other decoders make.

Layout: Bluetooth GATT Specification Supplement, Blood Pressure Measurement.
"""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis.strategies import binary, booleans, integers

from drivers.codecs import blood_pressure
from drivers.codecs.blood_pressure import PulseRange, Status
from vitals.errors import DecodeError
from vitals.quantity import Unit
from vitals.reading import Absent, DeviceTime

mmhg = integers(0, 299)  # with exponent 0, an SFLOAT is its own number


@given(
    pressures=binary(min_size=3, max_size=3),
    kpa=booleans(),
    time=booleans(),
    pulse=booleans(),
    user=booleans(),
    status=booleans(),
)
def test_each_flag_brings_its_field_in_its_place(  # noqa: PLR0913 - one argument a flag
    *, pressures: bytes, kpa: bool, time: bool, pulse: bool, user: bool, status: bool
) -> None:
    flags = kpa | time << 1 | pulse << 2 | user << 3 | status << 4
    frame = struct.pack("<BHHH", flags, *pressures)
    frame += struct.pack("<HBBBBB", 2026, 5, 19, 19, 48, 22) if time else b""
    frame += struct.pack("<H", 67) if pulse else b""
    frame += bytes([3]) if user else b""
    frame += struct.pack("<H", 0b100) if status else b""

    sent = blood_pressure.decode_measurement(frame)

    assert [sent.systolic, sent.diastolic, sent.mean] == [Decimal(octet) for octet in pressures]
    assert sent.flags.unit is (Unit.KPA if kpa else Unit.MMHG)
    expected = DeviceTime(year=2026, month=5, day=19, hour=19, minute=48, second=22)
    assert sent.details.time == (expected if time else None)
    assert sent.details.pulse_rate == (Decimal(67) if pulse else None)
    assert sent.details.user_id == (3 if user else None)
    assert sent.details.status == (Status.IRREGULAR_PULSE if status else None)
    assert sent.details.pulse_range is (PulseRange.IN_RANGE if status else None)


@pytest.mark.parametrize(
    ("octet", "range_"),
    [
        (0b00000, PulseRange.IN_RANGE),
        (0b01000, PulseRange.ABOVE),
        (0b10000, PulseRange.BELOW),
        (0b11000, PulseRange.RESERVED),
    ],
)
def test_the_pulse_range_is_one_field_of_two_bits(octet: int, range_: PulseRange) -> None:
    sent = blood_pressure.decode_measurement(struct.pack("<BHHHH", 0x10, 120, 80, 93, octet))
    assert sent.details.pulse_range is range_


@given(reserved=integers(1, 7))
def test_reserved_flags_are_kept_and_bring_no_field(reserved: int) -> None:
    frame = struct.pack("<BHHH", reserved << 5, 120, 80, 93)
    assert int(blood_pressure.decode_measurement(frame).flags) == reserved << 5
    # In the enhanced measurement bit 5 brings four octets; they are not explained here.
    with pytest.raises(DecodeError, match="longer"):
        blood_pressure.decode_measurement(frame + bytes(4))


def test_reserved_status_bits_are_kept() -> None:
    sent = blood_pressure.decode_measurement(struct.pack("<BHHHH", 0x10, 120, 80, 93, 0xFFC4))
    assert sent.details.status is not None
    assert int(sent.details.status) == 0xFFC4


def test_the_exponent_is_signed_not_15() -> None:
    # obniz UA651BLE reads exponent 0xF as 15; its own protocol comment says B0 F0 is 17.6 kPa.
    sent = blood_pressure.decode_measurement(bytes.fromhex("15b0f06ef081f03c000000"))
    assert [sent.systolic, sent.diastolic, sent.mean] == list(
        map(Decimal, ("17.6", "11.0", "12.9"))
    )


def test_the_exponent_has_no_bias() -> None:
    # bluetooth-sig 0.6.0 takes 8 off the exponent: 120 mmHg came out as 0.0000012.
    assert blood_pressure.decode_measurement(bytes.fromhex("0078005000 5d00")).systolic == Decimal(
        120
    )


def test_nan_is_absent_and_never_2047() -> None:
    # boso medicus after an aborted measurement (blood-pressure-monitor-fl issue 80).
    sent = blood_pressure.decode_measurement(bytes.fromhex("16ff07ff07ff07e80706170e230aff070000"))
    assert sent.systolic is sent.diastolic is sent.mean is sent.details.pulse_rate is Absent.NAN


def test_the_pulse_is_found_without_a_time_before_it() -> None:
    # Decoders with fixed offsets (medisanabp_ble) read it seven octets too late.
    sent = blood_pressure.decode_measurement(bytes.fromhex("0480005000ff074800"))
    assert sent.details.pulse_rate == Decimal(72)
    assert sent.details.time is None


def test_a_status_of_one_octet_is_refused() -> None:
    # obniz UA651BLE reads one; the field has two.
    with pytest.raises(DecodeError, match="status"):
        blood_pressure.decode_measurement(struct.pack("<BHHHB", 0x10, 120, 80, 93, 0))


@given(cuff=mmhg)
def test_an_intermediate_pressure_is_no_systolic_pressure(cuff: int) -> None:
    sent = blood_pressure.decode_cuff_pressure(struct.pack("<BHHH", 0, cuff, 0x07FF, 0x07FF))
    assert sent.cuff_pressure == Decimal(cuff)
    assert not hasattr(sent, "systolic")


@pytest.mark.parametrize(
    ("octets", "sentence", "at"),
    [
        ("", "The blood pressure measurement is cut inside flags", 0),
        ("007800", "cut inside diastolic", 3),
        ("0478005000 5d00", "cut inside pulse rate", 7),
        ("007800 5000 5d00 aa", "longer than its fields explain, by 1", 7),
    ],
)
def test_a_refusal_says_which_field_and_which_octet(octets: str, sentence: str, at: int) -> None:
    with pytest.raises(DecodeError, match=sentence) as caught:
        blood_pressure.decode_measurement(bytes.fromhex(octets))
    assert caught.value.at == at
    assert f"(at octet {at})" in str(caught.value)
    assert caught.value.code == "DEC-01"

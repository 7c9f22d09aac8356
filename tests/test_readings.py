"""What a frame means as a vital sign. Frames are vectors, or laid out by hand."""

from __future__ import annotations

import struct
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from drivers.codecs import blood_pressure, glucose
from drivers.driver import Decode
from drivers.frame import Frame
from drivers.readings import blood_pressure_reading, glucose_reading
from tests.fakes.heard import METER, NOON, ROCHE_120, cuff, frame, meter, numbers
from vitals.errors import DecodeError
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Absent,
    ClockCheck,
    Context,
    DeviceTime,
    Flag,
    ImpossibleReadingError,
    Kind,
    RawFrame,
    SampleLocation,
    Value,
)

DECODES: dict[str, Decode] = {"2a35": blood_pressure_reading, "2a18": glucose_reading}

# boso medicus after an aborted measurement (blood-pressure-monitor-fl issue 80).
BOSO_FAILED = "16ff07ff07ff07e80706170e230aff070000"


def test_a_blood_pressure_keeps_every_number_as_written() -> None:
    reading = cuff("15b0f06ef081f03c000000")  # obniz UA651BLE: 17.6 kPa
    assert reading.kind is Kind.BLOOD_PRESSURE
    assert numbers(reading) == {
        Quantity.SYSTOLIC: "17.6",
        Quantity.DIASTOLIC: "11.0",
        Quantity.MEAN_ARTERIAL: "12.9",
        Quantity.PULSE_RATE: "60",
    }


def test_kilopascals_stay_kilopascals_and_the_pulse_is_per_minute() -> None:
    units = {q: value.unit for q, value in cuff("15b0f06ef081f03c000000").values.items()}
    assert units.pop(Quantity.PULSE_RATE) is Unit.PER_MINUTE
    assert set(units.values()) == {Unit.KPA}


def test_a_reading_keeps_its_frame_its_meter_and_both_clocks() -> None:
    raw = bytes.fromhex("167d0057006400ea07051313301643000400")
    check = ClockCheck(
        device=DeviceTime(year=2026, month=5, day=19, hour=12, minute=0, second=0), hub=NOON
    )
    reading = blood_pressure_reading(
        Frame(uuid="2a35", data=raw, received=NOON, meter=METER, clock_check=check)
    )
    assert reading.frames == (RawFrame(source="2a35", data=raw),)
    assert reading.meter is METER
    assert reading.timing.received is NOON
    assert reading.timing.clock_check is check
    assert str(reading.timing.device_time) == "2026-05-19T19:48:22"


def test_a_cuff_without_a_clock_gives_no_device_time() -> None:
    assert cuff("0480005000ff074800").timing.device_time is None


def test_a_time_that_names_no_moment_does_not_cost_the_measurement() -> None:
    reading = cuff(struct.pack("<BHHHHBBBBB", 0x02, 120, 80, 93, 0, 0, 0, 18, 26, 32))
    assert reading.timing.device_time is not None
    assert reading.timing.device_time.local is None
    assert numbers(reading)[Quantity.SYSTOLIC] == "120"


def test_a_mean_that_was_not_sent_is_absent_and_not_computed() -> None:
    mean = cuff("0480005000ff074800").values[Quantity.MEAN_ARTERIAL]
    assert mean == Value(number=Absent.NAN, unit=Unit.MMHG)


def test_a_failed_measurement_is_a_reading_without_numbers() -> None:
    reading = cuff(BOSO_FAILED)
    assert not reading.has_number
    assert {value.number for value in reading.values.values()} == {Absent.NAN}
    assert len(reading.values) == 4
    assert reading.flags == frozenset()


@pytest.mark.parametrize(("user", "slot"), [(0, 0), (1, 1), (254, 254), (255, None)])
def test_a_user_is_a_slot_and_255_is_nobody(user: int, slot: int | None) -> None:
    assert cuff(struct.pack("<BHHHB", 0x08, 120, 80, 93, user)).user_slot == slot


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (0x0000, set()),
        (0x0001, {Flag.BODY_MOVEMENT}),
        (0x0002, {Flag.CUFF_LOOSE}),
        (0x0004, {Flag.IRREGULAR_PULSE}),
        (0x0008, {Flag.PULSE_RATE_ABOVE_RANGE}),
        (0x0010, {Flag.PULSE_RATE_BELOW_RANGE}),
        (0x0018, set()),  # the reserved code of the two-bit pulse range
        (0x0020, {Flag.IMPROPER_POSITION}),
        (0xFFC0, set()),  # reserved bits
        (0x0012, {Flag.CUFF_LOOSE, Flag.PULSE_RATE_BELOW_RANGE}),  # Nordic's callback test
    ],
)
def test_what_the_cuff_noticed_becomes_flags(status: int, flags: set[Flag]) -> None:
    assert cuff(struct.pack("<BHHHH", 0x10, 120, 80, 93, status)).flags == flags


def test_an_impossible_pressure_is_refused() -> None:
    # Nordic's BPSParsingTest: 121 "kPa" would be 908 mmHg.
    with pytest.raises(ImpossibleReadingError, match="physically possible"):
        cuff("1f790051006a00e90705150a1e2d4800010600")


def test_an_intermediate_cuff_pressure_never_becomes_a_reading() -> None:
    with pytest.raises(ImpossibleReadingError, match="not a result"):
        blood_pressure_reading(frame("2a36", "00b400ff07ff07"))


def test_a_roche_capture_gives_what_its_display_showed() -> None:
    reading = meter(ROCHE_120)
    assert reading.kind is Kind.GLUCOSE
    assert reading.sequence == 6
    assert numbers(reading) == {Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD: "120"}
    assert reading.values[Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD].unit is Unit.MG_PER_DL
    assert reading.context == Context()
    assert not reading.context_follows


def test_moles_become_millimoles_with_the_digits_that_were_written() -> None:
    reading = meter("061200e9070601070f0037c011")  # 0.0055 mol/L
    value = reading.values[Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD]
    assert (str(value.number), value.unit) == ("5.5", Unit.MMOL_PER_L)
    assert reading.context.sample_location is SampleLocation.FINGER


def test_a_result_above_the_meter_is_no_number_but_a_flag() -> None:
    reading = meter("0b2000e9070a1a021e00c4fffe07f12000")
    value = reading.values[Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD]
    assert value == Value(number=Absent.POSITIVE_INFINITY, unit=Unit.MG_PER_DL)
    assert reading.flags == {Flag.RESULT_TOO_HIGH}


def test_the_offset_stays_beside_the_base_time_and_moves_the_users_clock() -> None:
    time = meter("0b2000e9070a1a021e00c4fffe07f12000").timing.device_time
    assert time is not None
    assert (time.hour, time.offset_min) == (2, -60)
    assert time.local == datetime(2025, 10, 26, 1, 30)  # noqa: DTZ001 - a meter sends no zone


@pytest.mark.parametrize("octets", ["ff7f", "0080"])
def test_an_offset_out_of_range_is_left_out_and_flagged(octets: str) -> None:
    # SIG characteristic definition of Glucose Measurement: 0x7FFF overrun, 0x8000 underrun
    reading = meter(f"030600e407040d10260a{octets}78b0f1")
    assert reading.timing.device_time is not None
    assert reading.timing.device_time.offset_min == 0
    assert reading.flags == {Flag.TIME_FAULT}


@pytest.mark.parametrize(
    ("code", "quantity"),
    [
        (0, Quantity.GLUCOSE),
        (1, Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD),
        (2, Quantity.GLUCOSE_CAPILLARY_PLASMA),
        (3, Quantity.GLUCOSE_VENOUS_WHOLE_BLOOD),
        (4, Quantity.GLUCOSE_VENOUS_PLASMA),
        (5, Quantity.GLUCOSE_ARTERIAL_WHOLE_BLOOD),
        (6, Quantity.GLUCOSE_ARTERIAL_PLASMA),
        (7, Quantity.GLUCOSE_UNDETERMINED_WHOLE_BLOOD),
        (8, Quantity.GLUCOSE_UNDETERMINED_PLASMA),
        (9, Quantity.GLUCOSE_INTERSTITIAL_FLUID),
        (10, Quantity.GLUCOSE_CONTROL_SOLUTION),
        (11, Quantity.GLUCOSE),
        (15, Quantity.GLUCOSE),
    ],
)
def test_the_sample_type_decides_what_was_measured(code: int, quantity: Quantity) -> None:
    data = bytes.fromhex("030600e407040d10260a000078b0") + bytes([0xF0 | code])
    assert set(meter(data).values) == {quantity}


@pytest.mark.parametrize(
    ("code", "location"),
    [
        (0, None),
        (1, SampleLocation.FINGER),
        (2, SampleLocation.ALTERNATE_SITE),
        (3, SampleLocation.EARLOBE),
        (5, SampleLocation.SUBCUTANEOUS),
        (6, None),
        (15, None),
    ],
)
def test_the_sample_location_is_context(code: int, location: SampleLocation | None) -> None:
    data = bytes.fromhex("030600e407040d10260a000078b0") + bytes([code << 4 | 1])
    assert meter(data).context.sample_location is location


@pytest.mark.parametrize("nibbles", ["4a", "fa", "41"])
def test_control_solution_in_either_nibble_is_never_the_patients_blood(nibbles: str) -> None:
    assert set(meter(f"022200e9070a1a021f005ab0{nibbles}").values) == {
        Quantity.GLUCOSE_CONTROL_SOLUTION
    }


@pytest.mark.parametrize(
    ("bit", "flag"),
    list(
        enumerate(
            [
                Flag.BATTERY_LOW,
                Flag.SENSOR_FAULT,
                Flag.SAMPLE_TOO_SMALL,
                Flag.STRIP_INSERTION_ERROR,
                Flag.WRONG_STRIP,
                Flag.RESULT_TOO_HIGH,
                Flag.RESULT_TOO_LOW,
                Flag.TEMPERATURE_TOO_HIGH,
                Flag.TEMPERATURE_TOO_LOW,
                Flag.READ_INTERRUPTED,
                Flag.GENERAL_FAULT,
                Flag.TIME_FAULT,
            ]
        )
    ),
)
def test_what_the_meter_noticed_becomes_a_flag_even_without_a_value(bit: int, flag: Flag) -> None:
    data = bytes.fromhex("080100e90705150a1e2d") + struct.pack("<H", 1 << bit)
    reading = meter(data)
    assert reading.flags == {flag}
    assert not reading.values


def test_a_record_without_value_and_status_is_no_reading() -> None:
    with pytest.raises(ImpossibleReadingError, match="needs a status"):
        meter("000100e90705150a1e2d")  # Nordic's GLSParsingTest


@pytest.mark.parametrize("uuid", DECODES)
@given(data=binary(max_size=64))
def test_noise_never_crashes(uuid: str, data: bytes) -> None:
    with suppress(DecodeError, ImpossibleReadingError):
        DECODES[uuid](frame(uuid, data))


@given(flags=integers(0, 255), values=binary(min_size=18, max_size=18))
def test_a_blood_pressure_that_is_built_holds_all_three_pressures(
    flags: int, values: bytes
) -> None:
    length = 7 + 7 * bool(flags & 2) + 2 * bool(flags & 4) + bool(flags & 8) + 2 * bool(flags & 16)
    with suppress(ImpossibleReadingError):
        reading = cuff((bytes([flags]) + values)[:length])
        assert len(reading.values) == 3 + bool(flags & 4)


@pytest.mark.parametrize("status", [blood_pressure.Status, glucose.Status])
def test_every_status_bit_has_a_flag_of_its_name(
    status: type[blood_pressure.Status | glucose.Status],
) -> None:
    assert {bit.name for bit in status} <= {flag.name for flag in Flag}

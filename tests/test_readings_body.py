"""Thermometers, scales and straps: units as they were sent, failures as failures.

Frames are those of the projects named beside them; the rest is laid out by hand from the GATT
Specification Supplement.
"""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from drivers.readings import (
    composition_beside_weight,
    composition_reading,
    heart_rate_reading,
    temperature_reading,
    weight_reading,
)
from tests.fakes.heard import frame, numbers
from vitals.errors import DecodeError
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, BodySite, Flag, ImpossibleReadingError, Kind, Reading

# StanfordSpezi/SpeziBluetooth: 36.97 Celsius in the armpit, 2025-05-21 10:30:45
ARMPIT = "06710e00fee90705150a1e2d01"
# 24.5 % fat, user 2, 8200 kJ, 500.0 ohm, 80.025 kg, 1.750 m
ANALYSED = "0c0ef5000208208813853ed606"


def temperature(octets: str) -> Reading:
    return temperature_reading(frame("2a1c", octets))


def weighed(octets: str) -> Reading:
    return weight_reading(frame("2a9d", octets.replace(" ", "")))


def analysed(octets: str) -> Reading:
    reading = composition_reading(frame("2a9c", octets.replace(" ", "")))
    assert reading is not None
    return reading


def test_a_temperature_keeps_its_unit_its_site_and_its_time() -> None:
    reading = temperature(ARMPIT)
    assert numbers(reading) == {Quantity.BODY_TEMPERATURE: "36.97"}
    assert reading.values[Quantity.BODY_TEMPERATURE].unit is Unit.CELSIUS
    assert reading.context.body_site is BodySite.ARMPIT
    assert str(reading.timing.device_time) == "2025-05-21T10:30:45"


def test_fahrenheit_stays_fahrenheit() -> None:
    # 0xFF0003DA is 986e-1
    reading = temperature("01da0300ff")
    assert numbers(reading) == {Quantity.BODY_TEMPERATURE: "98.6"}
    assert reading.values[Quantity.BODY_TEMPERATURE].unit is Unit.FAHRENHEIT


def test_a_site_without_a_meaning_is_unknown() -> None:
    assert temperature("046d0100ff0a").context.body_site is None
    assert temperature("006d0100ff").context.body_site is None


def test_a_temperature_that_is_not_a_number_is_kept_as_none() -> None:
    value = temperature("00ffff7f00").values[Quantity.BODY_TEMPERATURE]
    assert value.number is Absent.NAN


def test_an_intermediate_temperature_is_no_result() -> None:
    with pytest.raises(ImpossibleReadingError, match="intermediate"):
        temperature_reading(frame("2a1e", ARMPIT))


def test_no_body_is_hotter_than_fire() -> None:
    with pytest.raises(ImpossibleReadingError, match="body-temperature"):
        temperature("0064000002")  # 100e2


def test_a_weight_has_the_step_of_its_unit() -> None:
    assert numbers(weighed("00 803e")) == {Quantity.BODY_WEIGHT: "80.000"}
    pounds = weighed("01 1446")  # 17940 steps of 0.01 lb
    assert numbers(pounds) == {Quantity.BODY_WEIGHT: "179.40"}
    assert pounds.values[Quantity.BODY_WEIGHT].unit is Unit.POUND


def test_bmi_and_height_come_from_the_scale_and_are_never_worked_out() -> None:
    reading = weighed("08 803e 0501 d606")
    assert numbers(reading) == {
        Quantity.BODY_WEIGHT: "80.000",
        Quantity.BODY_MASS_INDEX: "26.1",
        Quantity.BODY_HEIGHT: "1.750",
    }
    assert set(weighed("00 803e").values) == {Quantity.BODY_WEIGHT}


def test_an_imperial_height_is_in_inches() -> None:
    height = weighed("09 1446 0501 b102").values[Quantity.BODY_HEIGHT]
    assert (str(height.number), height.unit) == ("68.9", Unit.INCH)


def test_a_failed_weighing_is_told_without_a_number() -> None:
    reading = weighed("02 ffff ea07050c123600")
    assert not reading.values
    assert reading.flags == {Flag.WEIGHING_FAILED}
    assert str(reading.timing.device_time) == "2026-05-12T18:54:00"


def test_a_failed_weighing_has_no_height_either() -> None:
    assert not weighed("08 ffff 0501 d606").values


def test_a_user_of_the_scale_is_a_slot_and_255_is_nobody() -> None:
    assert weighed("04 803e 02").user_slot == 2
    assert weighed("04 803e ff").user_slot is None
    assert analysed("0400f500ff").user_slot is None


def test_an_analysis_keeps_everything_it_was_sent() -> None:
    reading = analysed(ANALYSED)
    assert reading.kind is Kind.BODY_COMPOSITION
    assert reading.user_slot == 2
    assert numbers(reading) == {
        Quantity.BODY_FAT: "24.5",
        Quantity.BASAL_METABOLISM: "8200",
        Quantity.IMPEDANCE: "500.0",
        Quantity.BODY_WEIGHT: "80.025",
        Quantity.BODY_HEIGHT: "1.750",
    }


def test_masses_in_pounds_stay_in_pounds() -> None:
    reading = analysed("e101f500" + "0a00" + "0b00" + "0c00" + "0d00")
    masses = {
        Quantity.MUSCLE_MASS: "0.10",
        Quantity.FAT_FREE_MASS: "0.11",
        Quantity.SOFT_LEAN_MASS: "0.12",
        Quantity.BODY_WATER_MASS: "0.13",
    }
    assert numbers(reading) == {Quantity.BODY_FAT: "24.5", **masses}
    assert {reading.values[mass].unit for mass in masses} == {Unit.POUND}


def test_a_scale_that_sends_the_weight_itself_does_not_send_it_twice() -> None:
    reading = composition_beside_weight(frame("2a9c", ANALYSED))
    assert reading is not None
    assert set(reading.values) == {
        Quantity.BODY_FAT,
        Quantity.BASAL_METABOLISM,
        Quantity.IMPEDANCE,
    }
    assert reading.user_slot == 2


def test_an_empty_packet_of_a_scale_is_no_reading() -> None:
    # Beurer BF720: 35 of 36 indications are like this (KristianP26/ble-scale-sync issue 168).
    for octets in ("00000000", "0200" + "0000" + "ea07050c123600"):
        assert composition_reading(frame("2a9c", octets)) is None
        assert composition_beside_weight(frame("2a9c", octets)) is None


def test_a_failed_analysis_is_told_without_a_number() -> None:
    reading = analysed("0400ffff02")
    assert not reading.values
    assert reading.flags == {Flag.WEIGHING_FAILED}


def strap(octets: str) -> Reading | None:
    return heart_rate_reading(frame("2a37", octets))


@pytest.mark.parametrize(
    ("octets", "rate"),
    [
        ("0055", "85"),  # NordicSemiconductor/Android-BLE-Common-Library
        ("06aa", "170"),  # NordicSemiconductor/IOS-nRF-Toolbox
        ("170101", "257"),  # two octets where the flags say so
        ("194b00380404043804", "75"),
    ],
)
def test_a_heart_rate_is_as_wide_as_its_flags_say(octets: str, rate: str) -> None:
    reading = strap(octets)
    assert reading is not None
    assert numbers(reading) == {Quantity.HEART_RATE: rate}


@pytest.mark.parametrize("octets", ["0000", "0600", "0455", "055500"])
def test_a_strap_that_measures_nothing_gives_no_reading(octets: str) -> None:
    assert strap(octets) is None


@given(raw=integers(0, 0xFFFE), imperial=integers(0, 1))
def test_every_weight_a_scale_can_send_is_a_reading(raw: int, imperial: int) -> None:
    reading = weight_reading(frame("2a9d", struct.pack("<BH", imperial, raw)))
    number = reading.values[Quantity.BODY_WEIGHT].known
    assert number is not None
    # 200 steps of 0.005 kg are a kilogram, 100 steps of 0.01 lb are a pound.
    assert number * (100 if imperial else 200) == raw


@pytest.mark.parametrize(
    "decode", [temperature_reading, weight_reading, composition_reading, heart_rate_reading]
)
@given(data=binary(max_size=40))
def test_noise_never_crashes(decode: object, data: bytes) -> None:
    assert callable(decode)
    with suppress(DecodeError, ImpossibleReadingError):
        decode(frame("2a00", data))

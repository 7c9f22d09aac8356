"""Characteristics of which no source shows a frame: made by hand from their published layouts.

Layouts: Bluetooth GATT Specification Supplement. Mistakes that other decoders made stand here too.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.codecs import body_composition, current_time, user_data, weight
from drivers.codecs.health_sensor import Assembly, Segment
from drivers.decode import fields
from vitals.errors import DecodeError
from vitals.quantity import Unit
from vitals.reading import DeviceTime

MADE = {
    # source 1 (NTP), accuracy 8 eighths, 2 days and 3 hours ago
    ("2a14", "01080203"): {
        "source": 1,
        "accuracy_eighths_s": 8,
        "days_since": 2,
        "hours_since": 3,
    },
    ("2a1d", "03"): {"site": "ear"},
    ("2a1d", "0a"): {"site": "reserved_10"},
    ("2a1e", "00f70000ff"): {"flags": 0, "value": "24.7", "unit": "Cel"},
    ("2a21", "2c01"): {"seconds": 300},
    # an EUI-64 is little-endian on air; the guide prints it the other way round
    ("2a23", "34920e0100196000"): {"eui64": "00-60-19-00-01-0E-92-34"},
    ("2a24", "55412d3635310000"): {"text": "UA-651"},
    ("2a25", "ff4142"): {"text": "\ufffdAB"},
    ("2a2a", "00020012"): {"raw": "00020012"},
    ("2a38", "01"): {"location": "chest"},
    ("2a50", "0177010200 0301".replace(" ", "")): {
        "vendor_source": 1,
        "vendor_id": 0x0177,
        "product_id": 2,
        "product_version": 0x0103,
    },
    ("2a99", "05000000"): {"increment": 5},
    ("2a9a", "ff"): {"user": 255},
    ("2a9b", "07100200"): {
        "features": ["timestamp", "multiple_users", "basal_metabolism"],
        "mass_resolution": 2,
        "height_resolution": 4,
    },
    # 24.5 % fat, 500.0 ohm, 80.005 kg
    ("2a9c", "0006f50088138 53e".replace(" ", "")): {
        "flags": 0x0600,
        "raw_fat": 245,
        "fat_pct": "24.5",
        "impedance_ohm": "500.0",
        "weight_kg": "80.025",
    },
    ("2a9e", "07000000"): {
        "features": ["timestamp", "multiple_users", "bmi"],
        "weight_resolution": 0,
        "height_resolution": 0,
    },
    ("2a9f", "0201a80d"): {"opcode": 2, "user": 1, "consent": 3496},
    ("2a9f", "200205"): {
        "opcode": 32,
        "request_opcode": 2,
        "result": "not_authorised",
        "parameter": "",
    },
    ("2aa4", "03"): {"opcode": "delete_mine_le", "authorisation_code": ""},
    ("2aa4", "0631323334"): {"opcode": "delete_all_le", "authorisation_code": "31323334"},
    ("2aa5", "10"): {"features": ["delete_mine_le"]},
    ("2aa5", "110001"): {
        "features": ["delete_mine", "delete_mine_le", "delete_all_but_mine_le"],
    },
    # a battery, on the mains, charging with constant current, low; 15 %, service required
    ("2bed", "062303" + "0f" + "01"): {
        "flags": 6,
        "battery_present": True,
        "wired_power": "yes",
        "wireless_power": "no",
        "charge_state": "charging",
        "charge_level": "low",
        "charging_type": 1,
        "faults": [],
        "percent": 15,
        "service_required": "yes",
        "battery_fault": False,
    },
    ("2bed", "010050" + "0600"): {
        "flags": 1,
        "battery_present": False,
        "wired_power": "no",
        "wireless_power": "no",
        "charge_state": "unknown",
        "charge_level": "unknown",
        "charging_type": 0,
        "faults": ["battery", "other"],
        "identifier": 6,
    },
    ("2bf4", "01"): {"code": "start_live"},
    ("2bf4", "83"): {"code": "reserved_131"},
    ("2bff", "03414200303100"): {"flags": 3, "label": "AB", "device_identifier": "01"},
}


@pytest.mark.parametrize(("uuid", "octets"), MADE)
def test_a_frame_has_the_fields_of_its_layout(uuid: str, octets: str) -> None:
    assert fields(uuid, bytes.fromhex(octets)) == MADE[uuid, octets]


@pytest.mark.parametrize(
    ("uuid", "octets"),
    [
        ("2a19", "65"),  # 101 percent
        ("2a19", ""),
        ("2aa4", ""),
        ("2aa5", ""),
        ("2aa5", "00000000"),
        ("2bed", "0000"),
        ("2bed", "02000065"),  # 101 percent
        ("2bf4", ""),
        ("2bf4", "0101"),
        ("2a23", "00"),
        ("2a9f", "06"),  # no such opcode
        ("2a9f", "0201"),
        ("2a21", "01"),
        ("2bff", "014142"),  # a text without its end
        ("2aa8", "6e9e0116"),
        ("2b36", "0305003 42b".replace(" ", "")),  # a record of nothing
        ("2b8b", "03"),
        ("2b8b", "0302190023000000"),  # a discrete observation
        ("2b8b", "03010a000400000000000000"),  # a duration, which is not read
    ],
)
def test_what_breaks_its_layout_is_refused(uuid: str, octets: str) -> None:
    with pytest.raises(DecodeError):
        fields(uuid, bytes.fromhex(octets))


def test_a_stored_observation_has_its_record_number_in_front() -> None:
    # 98 % saturation, as in the vectors of 2B8B, behind the record number 7
    stored = "03" + "07000000" + "0119002300b84b02003a0014462ec200060801200262000000"
    found = fields("2bdd", bytes.fromhex(stored))
    assert (found["record"], found["value"], found["type_mdc"]) == (7, "98", 150456)


def test_a_weight_is_in_steps_that_no_feature_changes() -> None:
    # SpeziBluetooth multiplied by the feature's resolution; the step is fixed at 0.005 kg.
    assert weight.mass(16000, Unit.KILOGRAM) == Decimal("80.000")
    assert str(weight.mass(17940, Unit.POUND)) == "179.40"
    assert str(weight.length(1750, Unit.METRE)) == "1.750"


def test_an_empty_packet_of_a_scale_is_known_as_one() -> None:
    # Beurer BF720: 35 of 36 body-composition indications hold nothing.
    assert body_composition.decode_measurement(bytes(4)).is_stub
    assert body_composition.decode_measurement(bytes.fromhex("00020000 0000")).is_stub
    assert not body_composition.decode_measurement(bytes.fromhex("0000f500")).is_stub


def test_a_failed_analysis_has_no_fat() -> None:
    assert body_composition.decode_measurement(bytes.fromhex("0000ffff")).fat_percent is None


def test_a_clock_is_set_with_its_day_of_week_and_why() -> None:
    # 2026-11-23 is a Monday.
    noon = DeviceTime(year=2026, month=11, day=23, hour=12, minute=0, second=0)
    assert current_time.encode(noon).hex() == "ea070b170c0000" + "01" + "00" + "02"
    assert current_time.decode(current_time.encode(noon)).time == noon


def test_a_day_that_does_not_exist_sets_no_clock() -> None:
    with pytest.raises(ValueError, match="day"):
        current_time.encode(DeviceTime(year=2026, month=2, day=30, hour=1, minute=0, second=0))


def test_consent_is_a_code_of_four_digits() -> None:
    assert user_data.consent(1, 3496).hex() == "0201a80d"
    for user, code in ((255, 1), (-1, 1), (1, 10_000), (1, -1)):
        with pytest.raises(ValueError, match="consent code"):
            user_data.consent(user, code)


def segment(number: int, payload: bytes, *, first: bool = False, last: bool = False) -> Segment:
    return Segment(first=first, last=last, number=number, payload=payload)


def test_segments_become_one_observation() -> None:
    assembly = Assembly()
    assert assembly.take(segment(63, b"a", first=True)) is None
    assert assembly.take(segment(0, b"b")) is None
    assert assembly.take(segment(1, b"c", last=True)) == b"abc"


def test_a_gap_between_segments_makes_no_observation() -> None:
    assembly = Assembly()
    assembly.take(segment(0, b"a", first=True))
    assert assembly.take(segment(2, b"c", last=True)) is None
    assert assembly.take(segment(3, b"d", last=True)) is None
    assert assembly.take(segment(9, b"e", first=True, last=True)) == b"e"

"""What a reading becomes in FHIR. Codes and shapes: HL7 PHD IG 2.0.0, FHIR R4, LOINC, UCUM."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from drivers.virtual import frames
from sync.fhir import encode
from tests.fakes.fhir_cases import (
    BP,
    CUFF_CLOCK,
    DISPLAY,
    RECEIVED,
    Json,
    as_sent,
    glucose,
    mapped,
    pressure,
)
from vitals.reading import HubTime


def codes(concept: Json) -> list[tuple[str, str]]:
    return [(one["system"], one["code"]) for one in concept["coding"]]


def test_a_blood_pressure_is_one_panel_with_components_in_mmhg() -> None:
    panel = as_sent(mapped(pressure(BP)).observations[0])
    assert codes(panel["code"]) == [
        ("urn:iso:std:iso:11073:10101", "150020"),
        ("http://loinc.org", "85354-9"),
    ]
    assert [codes(part["code"])[1][1] for part in panel["component"]] == [
        "8480-6",
        "8462-4",
        "8478-0",
    ]
    assert [part.get("valueQuantity") for part in panel["component"]] == [
        {"value": 128, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        {"value": 82, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        None,
    ]
    # The cuff sent no mean (NaN): it stays unknown, nobody computes it.
    assert panel["component"][2]["dataAbsentReason"]["coding"][0]["code"] == "not-a-number"


def test_the_pulse_of_a_cuff_is_a_heart_rate_of_its_own() -> None:
    pulse = as_sent(mapped(pressure(BP)).observations[1])
    assert codes(pulse["code"]) == [
        ("urn:iso:std:iso:11073:10101", "149546"),
        ("http://loinc.org", "8867-4"),
    ]
    assert pulse["valueQuantity"]["value"] == 71
    assert pulse["valueQuantity"]["code"] == "/min"


def test_the_identifier_is_the_guides_own_made_of_what_the_device_said() -> None:
    # 2026-11-23T08:09:30 is 848736570 s after 2000-01-01T00:00:00.
    panel, pulse = mapped(pressure(BP, CUFF_CLOCK)).observations
    system = "http://hl7.org/fhir/uv/phd/StructureDefinition/PhdBaseObservation"
    assert panel["identifier"][0] == {
        "system": system,
        "value": "0022094B1A7C-pat-1-150020-848736570",
    }
    assert pulse["identifier"][0]["value"] == "0022094B1A7C-pat-1-149546-848736570"


def test_a_slow_clock_is_corrected_and_both_clocks_are_told() -> None:
    made = mapped(pressure(BP, CUFF_CLOCK))
    assert made.observations[0]["effectiveDateTime"] == "2026-11-23T08:15:30.120-05:00"
    stamp = made.prerequisites[2]
    assert stamp["effectiveDateTime"] == "2026-11-23T08:16:02.120-05:00"
    assert stamp["valueDateTime"] == "2026-11-23T08:10:02-05:00"
    assert codes(stamp["code"]) == [("urn:iso:std:iso:11073:10101", "67975")]
    link = made.observations[0]["extension"][1]
    assert link["url"].endswith("/CoincidentTimeStampReference")
    assert link["valueReference"]["reference"] == f"Observation/{stamp['id']}"


def test_correcting_a_clock_does_not_change_who_the_reading_is() -> None:
    assert pressure(BP).id == pressure(BP, CUFF_CLOCK).id


def test_a_time_without_a_clock_check_is_the_homes_local_time() -> None:
    panel = mapped(pressure(BP)).observations[0]
    assert panel["effectiveDateTime"] == "2026-11-23T08:09:30.000-05:00"


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        # 2026-10-25 01:30 UTC and after: Berlin goes back from 03:00 to 02:00.
        (datetime(2026, 10, 25, 2, 30), "2026-10-25T02:30:00.000+02:00"),  # noqa: DTZ001
        # 2026-03-29: Berlin jumps from 02:00 to 03:00; a clock that did not shows 02:30.
        (datetime(2026, 3, 29, 2, 30), "2026-03-29T03:30:00.000+02:00"),  # noqa: DTZ001
    ],
)
def test_the_hours_of_a_change_of_summer_time_have_one_meaning(
    local: datetime, expected: str
) -> None:
    record = pressure(frames.blood_pressure(128, 82, 71, local))
    panel = mapped(record, zone=ZoneInfo("Europe/Berlin")).observations[0]
    assert panel["effectiveDateTime"] == expected


@pytest.mark.parametrize(
    "local",
    [
        datetime(2000, 1, 1, 0, 5),  # noqa: DTZ001 - a clock never set
        datetime(2026, 11, 25, 8, 0),  # noqa: DTZ001 - two days ahead
    ],
)
def test_a_time_that_cannot_be_true_is_unknown_and_never_replaced(local: datetime) -> None:
    panel = as_sent(mapped(pressure(frames.blood_pressure(128, 82, 71, local))).observations[0])
    assert "effectiveDateTime" not in panel
    [unknown] = panel["_effectiveDateTime"]["extension"]
    assert unknown["valueCode"] == "unknown"
    assert panel["issued"] == "2026-11-23T13:16:02.120+00:00"


def test_a_year_of_zero_is_an_unknown_time() -> None:
    panel = mapped(pressure(BP[:7] + bytes(7) + BP[14:])).observations[0]
    assert "effectiveDateTime" not in panel


def test_without_a_device_time_the_time_of_receipt_is_told() -> None:
    # obniz UA651BLE: 17.6 kPa over 11.0 kPa, no time stamp.
    panel = mapped(pressure(bytes.fromhex("15b0f06ef081f03c000000"))).observations[0]
    assert panel["effectiveDateTime"] == "2026-11-23T08:16:02.120-05:00"


def test_a_hub_whose_clock_was_wrong_is_put_right_afterwards() -> None:
    early = HubTime(
        at=datetime(1970, 1, 1, 0, 1, 30, tzinfo=UTC),
        boot_id="boot-1",
        boottime_ns=90_000_000_000,
        synchronised=False,
    )
    record = pressure(bytes.fromhex("15b0f06ef081f03c000000"))
    timing = replace(record.reading.timing, received=early)
    record = replace(record, reading=replace(record.reading, timing=timing))
    # Boot at 2026-11-23T13:00:00Z, learned when the clock was set: 1795438800 s after 1970.
    offsets = {"boot-1": 1_795_438_800_000_000_000}
    panel = mapped(record, zone=UTC, boot_offsets=offsets).observations[0]
    assert panel["effectiveDateTime"] == "2026-11-23T13:01:30.000+00:00"


def test_kilopascals_become_mmhg_and_are_told_as_sent() -> None:
    panel = as_sent(mapped(pressure(bytes.fromhex("15b0f06ef081f03c000000"))).observations[0])
    # 17.6 / 0.133322 = 132.01, 11.0 / 0.133322 = 82.507, 12.9 / 0.133322 = 96.758
    assert [str(part["valueQuantity"]["value"]) for part in panel["component"]] == [
        "132.0",
        "82.5",
        "96.8",
    ]
    assert "17.6 kPa" in panel["note"][0]["text"]


def test_a_failed_attempt_is_told_with_its_reasons_and_no_number() -> None:
    # boso medicus after movement: derdilla/blood-pressure-monitor-fl issue 80
    record = pressure(frames.BLOOD_PRESSURE[0].data)
    panel, pulse = (as_sent(one) for one in mapped(record).observations)
    assert all("valueQuantity" not in part for part in panel["component"])
    assert pulse["dataAbsentReason"]["coding"][0]["code"] == "not-a-number"


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("fe07", "positive-infinity"),
        ("0208", "negative-infinity"),
        ("0008", "error"),
        ("0108", "error"),
        ("ff07", "not-a-number"),
    ],
)
def test_every_special_float_survives_as_its_reason(word: str, reason: str) -> None:
    record = pressure(bytes.fromhex("00" + word + "5000" + "ff07"))
    [panel] = mapped(record).observations
    assert panel["component"][0]["dataAbsentReason"]["coding"][0]["code"] == reason


def test_a_doubtful_reading_goes_as_it_came_and_is_marked() -> None:
    # NordicSemiconductor/IOS-nRF-Toolbox BPSParsingTest: 72 over 81
    panel = as_sent(mapped(pressure(bytes.fromhex("00480051004000"))).observations[0])
    assert [part["valueQuantity"]["value"] for part in panel["component"]] == [72, 81, 64]
    assert panel["interpretation"][0]["coding"][0]["code"] == "questionable"
    assert "The hub doubts" in panel["note"][0]["text"]


def test_glucose_keeps_its_written_precision() -> None:
    # dotintent/react-native-ble-plx issue 652: 0.00120 kg/L, the meter showed 120
    [one] = mapped(glucose(frames.GLUCOSE[0].data)).observations
    assert b'"value":120,' in encode(one)
    # Capillary whole blood, mg/dL
    assert codes(one["code"]) == [
        ("urn:iso:std:iso:11073:10101", "160184"),
        ("http://loinc.org", "41653-7"),
    ]


def test_written_zeros_survive() -> None:
    data = bytes.fromhex("06" + "0100" + "ea070b17080000" + "c8b0" + "11")
    [one] = mapped(glucose(data)).observations
    # SFLOAT 0xB0C8 is 200e-5 mol/L, three digits: 2.00 mmol/L
    assert b'"value":2.00,' in encode(one)
    assert codes(one["code"])[1] == ("http://loinc.org", "14743-9")


def test_a_meal_makes_a_compound_observation() -> None:
    record = glucose(
        frames.glucose(6, 104, DISPLAY, context_follows=True), frames.meal_context(6, 1)
    )
    one = as_sent(mapped(record).observations[0])
    assert "valueQuantity" not in one
    value, meal = one["component"]
    assert value["valueQuantity"]["value"] == 104
    assert codes(meal["code"]) == [("urn:iso:std:iso:11073:10101", "8417864")]
    assert codes(meal["valueCodeableConcept"]) == [("urn:iso:std:iso:11073:10101", "8417868")]


def test_bedtime_goes_as_text_because_its_code_is_disputed() -> None:
    record = glucose(
        frames.glucose(6, 104, DISPLAY, context_follows=True), frames.meal_context(6, 5)
    )
    meal = mapped(record).observations[0]["component"][1]["valueCodeableConcept"]
    assert meal == {"text": "bedtime"}


def test_a_result_beyond_the_meters_range_is_a_limit_and_no_plain_number() -> None:
    # Flags 0x0a: concentration and status; status bit 5, result too high; 600e-5 kg/L
    data = bytes.fromhex("0a" + "0100" + "ea070b17080000" + "58b2" + "11" + "2000")
    one = as_sent(mapped(glucose(data)).observations[0])
    assert one["valueQuantity"]["comparator"] == ">"
    # A limit is no doubt about the measurement: nothing else is claimed.
    assert "interpretation" not in one
    assert "result too high" in one["note"][0]["text"]


def test_a_mean_of_zero_is_no_mean() -> None:
    # NordicSemiconductor/Android-BLE-Common-Library uses 0 in fields it does not fill.
    panel = as_sent(mapped(pressure(bytes.fromhex("00800050000000"))).observations[0])
    assert panel["component"][2]["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert "0 for the mean" in panel["note"][0]["text"]


def test_a_meter_is_described_with_all_it_told() -> None:
    device = mapped(glucose(frames.GLUCOSE[0].data)).prerequisites[1]
    assert device["manufacturer"] == "Example Medical"
    assert {"00-60-19-00-01-0E-92-34", "00-60-19-0E-92-34"} <= {
        one["value"] for one in device["identifier"]
    }
    assert device["version"][0]["value"] == "1.04"


def test_an_amendment_says_that_it_is_one() -> None:
    record = replace(pressure(BP), amends=True)
    assert mapped(record).observations[0]["status"] == "amended"


def test_mapping_a_reading_twice_gives_the_same_octets() -> None:
    once, again = mapped(pressure(BP, CUFF_CLOCK)), mapped(pressure(BP, CUFF_CLOCK))
    assert [encode(one) for one in once.observations] == [encode(one) for one in again.observations]


def test_no_address_and_no_patient_is_in_any_id() -> None:
    made = mapped(pressure(BP, CUFF_CLOCK))
    for one in (*made.prerequisites, *made.observations):
        assert "4B1A7C" not in one["id"].upper()
        assert "pat-1" not in one["id"]
        assert len(one["id"]) <= 64


def test_an_offset_of_seconds_cannot_reach_the_effective_time() -> None:
    odd = replace(RECEIVED, at=RECEIVED.at.astimezone(timezone(timedelta(seconds=30))))
    record = pressure(bytes.fromhex("15b0f06ef081f03c000000"))
    timing = replace(record.reading.timing, received=odd)
    record = replace(record, reading=replace(record.reading, timing=timing))
    assert mapped(record).observations[0]["effectiveDateTime"] == "2026-11-23T08:16:02.120-05:00"


def test_a_cuff_that_several_people_share_belongs_to_none_of_them() -> None:
    record = pressure(BP)
    assert mapped(record).prerequisites[1]["patient"]["reference"] == "Patient/pat-1"
    shared = replace(record, reading=replace(record.reading, user_slot=1))
    assert "patient" not in mapped(shared).prerequisites[1]
    assert mapped(shared).observations[0]["subject"]["reference"] == "Patient/pat-1"

"""What the camera estimated, as FHIR: marked so that nobody takes it for a measurement."""

from __future__ import annotations

import json

import fhirkit
import pytest

from sync.record import measured
from tests.fakes.fhir_cases import RECEIVED, Json, as_sent, mapped
from tests.fakes.fhir_numbers import NOT_SEEN, SEEN
from vitals.rppg.frame import Locks
from vitals.rppg.reading import Circumstances, reading
from vitals.rppg.result import Refusal, Result

OBSERVATIONS = [as_sent(one) for one in mapped(SEEN).observations]
PULSE, *REST = OBSERVATIONS
(REFUSED,) = (as_sent(one) for one in mapped(NOT_SEEN).observations)
DEVICES = [as_sent(one) for one in mapped(SEEN).prerequisites]
EVERYTHING = [*OBSERVATIONS, REFUSED, *DEVICES]


def codings(one: Json) -> dict[str, str]:
    return {c["system"]: c["code"] for c in one["code"].get("coding", [])}


@pytest.mark.parametrize("resource", EVERYTHING)
def test_every_resource_is_valid_r4(resource: Json) -> None:
    issues = fhirkit.validate(json.dumps(resource, default=float))
    assert [f"{i.path}: {i.message}" for i in issues if i.severity == "error"] == []


def test_an_estimate_is_preliminary_tagged_and_by_a_method_of_its_own() -> None:
    for one in [*OBSERVATIONS, REFUSED]:
        assert one["status"] == "preliminary"
        assert one["method"]["coding"][0]["code"] == "rppg-face-camera"
        assert one["meta"]["tag"][0]["code"] == "contactless-estimate"
        assert "Not a cleared medical measurement" in one["note"][0]["text"]


def test_an_estimate_is_never_coded_as_a_personal_health_devices() -> None:
    for one in [*OBSERVATIONS, REFUSED]:
        assert "urn:iso:std:iso:11073:10101" not in codings(one)
        assert not any("/uv/phd/" in profile for profile in one["meta"].get("profile", []))
        categories = {c["code"] for k in one["category"] for c in k["coding"]}
        assert "phd" not in categories


def test_the_pulse_comes_first_under_the_code_servers_search_by() -> None:
    assert codings(PULSE) == {"http://loinc.org": "8867-4"}
    assert (PULSE["valueQuantity"]["value"], PULSE["valueQuantity"]["code"]) == (72, "/min")
    breathing = next(one for one in REST if "9279-1" in codings(one).values())
    assert breathing["valueQuantity"]["value"] == 15


def test_quality_is_in_percent_the_only_unit_the_profile_allows_there() -> None:
    parts = {part["code"]["text"]: part["valueQuantity"] for part in PULSE["component"]}
    assert {name: (q["value"], q["code"]) for name, q in parts.items()} == {
        "signal-quality-index": (97, "%"),
        "valid-frames": (91, "%"),
    }


def test_a_refusal_has_a_reason_and_no_number() -> None:
    assert "valueQuantity" not in REFUSED
    assert REFUSED["dataAbsentReason"]["coding"][0]["code"] == "error"
    assert REFUSED["dataAbsentReason"]["text"] == "The picture was too poor: too dark, moving"


def test_the_software_stands_on_the_camera_and_the_camera_at_the_hub() -> None:
    hub, camera, software = DEVICES
    assert camera["parent"]["reference"] == f"Device/{hub['id']}"
    assert software["parent"]["reference"] == f"Device/{camera['id']}"
    assert PULSE["device"]["reference"] == f"Device/{software['id']}"
    assert {one["value"] for one in software["version"]} == {"1.2", "ab" * 8}
    gateway = next(e for e in PULSE["extension"] if e["url"].endswith("observation-gatewayDevice"))
    assert gateway["valueReference"]["reference"] == f"Device/{hub['id']}"
    assert "not a cleared medical device" in json.dumps(software)


def test_every_estimate_has_an_id_of_its_own() -> None:
    assert len({one["id"] for one in OBSERVATIONS}) == len(OBSERVATIONS)


def test_what_the_estimator_itself_writes_is_read_whole() -> None:
    made = reading(
        Result(pulse_rate_bpm=71.96, respiratory_rate_bpm=15.04, confidence=0.97),
        Circumstances(address="usb-1", frames_per_s=29.97, valid_share=0.91, locks=Locks()),
        RECEIVED,
    )
    pulse, breathing = (as_sent(one) for one in mapped(measured(made, "Patient/p")).observations)
    assert str(pulse["valueQuantity"]["value"]) == "72.0"
    assert str(breathing["valueQuantity"]["value"]) == "15.0"
    assert pulse["component"][0]["valueQuantity"]["value"] == 97
    refused = reading(
        Result(reasons=(Refusal.TOO_DARK,)),
        Circumstances(address="usb-1", frames_per_s=29.97, valid_share=0.0, locks=Locks()),
        RECEIVED,
    )
    (none,) = (as_sent(one) for one in mapped(measured(refused, "Patient/p")).observations)
    assert none["dataAbsentReason"]["text"] == "The picture was too poor: too dark"

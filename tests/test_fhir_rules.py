"""Every resource we make follows the profiles, and every fault planted in one is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

import fhirkit
import pytest

from drivers.virtual import frames
from tests.fakes.fhir_cases import BP, CUFF_CLOCK, DISPLAY, Json, as_sent, glucose, mapped, pressure
from tests.fakes.fhir_numbers import NUMBERS
from tests.fakes.fhir_rules import faults

RECORDS = {
    "blood pressure": pressure(BP, CUFF_CLOCK),
    "kilopascals": pressure(bytes.fromhex("15b0f06ef081f03c000000")),
    "failed attempt": pressure(frames.BLOOD_PRESSURE[0].data),
    "year zero": pressure(BP[:7] + bytes(7) + BP[14:]),
    "glucose": glucose(frames.GLUCOSE[0].data),
    "meal": glucose(
        frames.glucose(6, 104, DISPLAY, context_follows=True), frames.meal_context(6, 2)
    ),
    "no concentration": glucose(bytes.fromhex("08" + "0100" + "ea070b17080000" + "0400")),
    **NUMBERS,
}
EVERYTHING = [
    (f"{name}: {one['resourceType']} {place}", as_sent(one))
    for name, record in RECORDS.items()
    for place, one in enumerate((*mapped(record).prerequisites, *mapped(record).observations))
]


@pytest.mark.parametrize("resource", [r for _, r in EVERYTHING], ids=[n for n, _ in EVERYTHING])
def test_every_resource_follows_the_profiles(resource: Json) -> None:
    assert faults(resource) == []


@pytest.mark.parametrize("resource", [r for _, r in EVERYTHING], ids=[n for n, _ in EVERYTHING])
def test_every_resource_is_valid_r4(resource: Json) -> None:
    issues = fhirkit.validate(json.dumps(resource, default=float))
    assert [f"{i.path}: {i.message}" for i in issues if i.severity == "error"] == []


CUFF_DEVICE = as_sent(mapped(pressure(BP, CUFF_CLOCK)).prerequisites[1])
PANEL, PULSE = (as_sent(one) for one in mapped(pressure(BP, CUFF_CLOCK)).observations)
ABSENT = {"coding": [{"system": "urn:x", "code": "error"}]}
PLANTED: dict[str, tuple[Json, Callable[[Json], object]]] = {
    "a LOINC code under SNOMED": (
        PULSE,
        lambda r: r["code"]["coding"][1].update(system="http://snomed.info/sct"),
    ),
    "no status": (PANEL, lambda r: r.pop("status")),
    "a status of no value set": (PANEL, lambda r: r.update(status="done")),
    "an impossible date": (PANEL, lambda r: r.update(effectiveDateTime="2026-02-30T25:61:00Z")),
    "a date without offset": (PANEL, lambda r: r.update(effectiveDateTime="2026-02-28T10:00:00")),
    "no components": (PANEL, lambda r: r.pop("component")),
    "bpm for /min": (PULSE, lambda r: r["valueQuantity"].update(code="bpm")),
    "mmHg for mm[Hg]": (
        PANEL,
        lambda r: r["component"][0]["valueQuantity"].update(code="mmHg"),
    ),
    "a subject of another type": (PANEL, lambda r: r.update(subject={"reference": "Medication/1"})),
    "a subject that is no reference": (PANEL, lambda r: r.update(subject={"reference": "no ref"})),
    "no gateway": (PANEL, lambda r: r.pop("extension")),
    "a value and a reason for none": (PULSE, lambda r: r.update(dataAbsentReason=ABSENT)),
    "an element that does not exist": (PANEL, lambda r: r.update(effectivedatetime="x")),
    "two values": (PULSE, lambda r: r.update(valueString="72")),
    "text for a number": (PULSE, lambda r: r["valueQuantity"].update(value="72")),
    "no device": (PANEL, lambda r: r.pop("device")),
    "a 16-bit MDC code": (PULSE, lambda r: r["code"]["coding"][0].update(code="18474")),
    "a meter without a maker": (CUFF_DEVICE, lambda r: r.pop("manufacturer")),
    "a meter without a model": (CUFF_DEVICE, lambda r: r.pop("modelNumber")),
    "a meter of another type": (
        CUFF_DEVICE,
        lambda r: r["type"]["coding"][0].update(code="531981"),
    ),
    "no PHD category": (PANEL, lambda r: r["category"].pop()),
    "no vital-signs category": (PANEL, lambda r: r["category"].pop(0)),
    "a lone H": (
        PANEL,
        lambda r: r.update(interpretation=[{"coding": [{"system": "urn:v3", "code": "H"}]}]),
    ),
}


@pytest.mark.parametrize("name", list(PLANTED))
def test_every_planted_fault_is_found(name: str) -> None:
    resource, plant = PLANTED[name]
    broken = copy.deepcopy(resource)
    plant(broken)
    issues = fhirkit.validate(json.dumps(broken, default=float))
    assert faults(broken) or any(issue.severity == "error" for issue in issues)

"""Code systems, and the small pieces every resource is built of. Plain dicts, R4 (4.0.1).

Pieces that never change are made once and shared between resources: read them, never change them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from sync.record import READING_IDENTIFIER, logical_id
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, Value

Json = dict[str, Any]

MDC = "urn:iso:std:iso:11073:10101"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
PHD = "http://hl7.org/fhir/uv/phd"
DEVICE_IDENTIFIER = "urn:hearth:device"
DATA_ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
PHD_CATEGORY = f"{PHD}/CodeSystem/PhdObservationCategories"
MEASUREMENT_STATUS = "http://hl7.org/fhir/uv/pocd/CodeSystem/measurement-status"
ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
GATEWAY_EXTENSION = "http://hl7.org/fhir/StructureDefinition/observation-gatewayDevice"
COINCIDENT_EXTENSION = f"{PHD}/StructureDefinition/CoincidentTimeStampReference"


def coding(system: str, code: str, display: str = "") -> Json:
    """Return a Coding, without a display when there is none."""
    found: Json = {"system": system, "code": code}
    if display:
        found["display"] = display
    return found


def concept(*codings: Json, text: str = "") -> Json:
    """Return a CodeableConcept of these codings."""
    found: Json = {"coding": list(codings)} if codings else {}
    if text:
        found["text"] = text
    return found


def mdc(code: int, display: str = "") -> Json:
    """Return an MDC Coding: always the 32-bit code, term codes repeat across partitions."""
    return coding(MDC, str(code), display)


def reference(resource_type: str, resource_id: str) -> Json:
    """Return a relative literal Reference."""
    return {"reference": f"{resource_type}/{resource_id}"}


def quantity(value: Value) -> Json:
    """Return a Quantity with the number as it was written; `value` must hold a number."""
    return {
        "value": value.number,
        "unit": value.unit.text,
        "system": UCUM,
        "code": value.unit.ucum,
    }


@cache
def absent(reason: Absent) -> Json:
    """Return the dataAbsentReason of a special float (PHD IG 2.0.0)."""
    return concept(coding(DATA_ABSENT_REASON, reason.data_absent_reason))


@cache
def measured_code(measure: Quantity, unit: Unit) -> Json:
    """Return what was measured: MDC, and LOINC beside it, where there are."""
    term = measure.term
    codings = [mdc(term.mdc, term.mdc_name)] if term.mdc else []
    if loinc := term.loinc.get(unit):
        name = term.loinc_text
        if unit is Unit.MMOL_PER_L:
            name = name.replace("[Mass/volume]", "[Moles/volume]")  # validators compare displays
        codings.append(coding(LOINC, loinc, name))
    codings += [coding(LOINC, *also) for also in term.loinc_also]
    return concept(*codings, text="" if codings else term.text)


def own_identifier(value: str) -> Json:
    """Return our identifier of an Observation: a hash, fit for a URL."""
    return {"system": READING_IDENTIFIER, "value": value}


@lru_cache(maxsize=256)
def device_reference(address_or_hub: str) -> Json:
    """Return a Reference to a Device by what its id is made of."""
    return reference("Device", device_id(address_or_hub))


@lru_cache(maxsize=256)
def device_id(address_or_hub: str) -> str:
    """Return the logical id of a Device: a hash, because addresses do not belong in URLs."""
    return logical_id(DEVICE_IDENTIFIER, address_or_hub)

"""An early-warning score as an Observation derived from what it was computed of (FHIR R4). Pure.

Codes: SNOMED CT, UK edition, as NHS profiles use them. The score is computed by the hub, so no PHD
profile claims it; it names inputs, parts and rule, so that anybody can work it out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.fhir.codes import (
    GATEWAY_EXTENSION,
    OBSERVATION_CATEGORY,
    UCUM,
    Json,
    coding,
    concept,
    device_reference,
)
from sync.record import logical_id
from vitals.scores import Parameter, Score

_SNOMED = "http://snomed.info/sct"
_PREFIX = "Royal College of Physicians NEWS2 (National Early Warning Score 2)"
_TOTAL = "1104051000000101"
_PARTS: Mapping[Parameter, tuple[str, str]] = {
    Parameter.RESPIRATION: ("1104301000000104", "respiration rate score"),
    Parameter.OXYGEN: ("1104331000000105", "air or oxygen score"),
    Parameter.SYSTOLIC: ("1104341000000101", "systolic blood pressure score"),
    Parameter.PULSE: ("1104351000000103", "pulse score"),
    Parameter.CONSCIOUSNESS: ("1104361000000100", "consciousness score"),
    Parameter.TEMPERATURE: ("1104371000000107", "temperature score"),
}
_SATURATION: Mapping[bool, tuple[str, str]] = {
    False: ("1104311000000102", "oxygen saturation scale 1 score"),
    True: ("1104321000000108", "oxygen saturation scale 2 score"),
}
_NOTE = (
    "Computed by the hub in the home from readings of the last 24 hours and from what was typed. "
    "NEWS2 was made for acutely ill adults in hospital; nobody should act on it alone."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For whom, by which hub and request, and when (FHIR instant)."""

    hub_id: str
    patient: str
    request: str
    at: str


def score(asked: Asked, found: Score, readings: Sequence[str]) -> Json:
    """Return the score as an Observation; the same inputs make the same one.

    Parameters
    ----------
    readings : sequence of str
        The ids of the readings that went into it.
    """
    parts = {**_PARTS, Parameter.OXYGEN_SATURATION: _SATURATION[found.hypercapnic]}
    name = logical_id("urn:hearth:score", f"{asked.hub_id}|{asked.request}|{asked.at}")
    return {
        "resourceType": "Observation",
        "id": name,
        "extension": [{"url": GATEWAY_EXTENSION, "valueReference": device_reference(asked.hub_id)}],
        "identifier": [{"system": "urn:hearth:score", "value": name}],
        "basedOn": [{"reference": asked.request}],
        "status": "final",
        "category": [concept(coding(OBSERVATION_CATEGORY, "survey"))],
        "code": concept(coding(_SNOMED, _TOTAL, f"{_PREFIX} total score")),
        "subject": {"reference": asked.patient},
        "effectiveDateTime": asked.at,
        "device": device_reference(asked.hub_id),
        "valueQuantity": _points(found.total),
        "interpretation": [concept(text=f"NEWS2 clinical risk: {found.band.value}")],
        "note": [{"text": _NOTE}],
        "derivedFrom": [{"reference": f"Observation/{one}"} for one in readings],
        "component": [
            {
                "code": concept(coding(_SNOMED, code, f"{_PREFIX} - {text}")),
                "valueQuantity": _points(found.parts[parameter]),
            }
            for parameter, (code, text) in parts.items()
        ],
    }


def _points(number: int) -> Json:
    return {"value": number, "unit": "{score}", "system": UCUM, "code": "{score}"}

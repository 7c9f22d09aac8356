"""What the care team sends becomes values, or says why it cannot; nothing is guessed or dropped.

The resources follow the examples of FHIR R4 (hl7.org/fhir/R4: careplan-example, servicerequest,
medicationrequest0301, appointment-example, questionnaire-example, communication-example).
"""

from __future__ import annotations

from typing import Any

from sync.messages import (
    NotUnderstood,
)

LOINC = "http://loinc.org"


def resource(kind: str, **parts: object) -> dict[str, Any]:
    return {"resourceType": kind, "id": "x1", "meta": {"versionId": "3"}, **parts}


def why(found: object) -> tuple[str, str]:
    assert isinstance(found, NotUnderstood), found
    return found.path, found.why


WEIGH_

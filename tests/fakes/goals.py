"""Rules as a care team writes them: Goal of FHIR R4, shaped after its goal-example."""

from __future__ import annotations

from typing import Any

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
SYSTOLIC, WEIGHT = "8480-6", "29463-7"


def quantity(value: float, code: str, comparator: str = "") -> dict[str, Any]:
    """Return a Quantity in UCUM."""
    found: dict[str, Any] = {"value": value, "unit": code, "system": UCUM, "code": code}
    return found | ({"comparator": comparator} if comparator else {})


def target(loinc: str, **detail: object) -> dict[str, Any]:
    """Return a target of what this code measures."""
    return {"measure": {"coding": [{"system": LOINC, "code": loinc}]}, **detail}


def goal(
    name: str,
    *targets: dict[str, Any],
    rule: str = "limit",
    patient: str = "Patient/p",
    **more: object,
) -> dict[str, Any]:
    """Return a rule; `rule` empty for a goal that is none."""
    category = [{"coding": [{"system": "urn:hearth:rule", "code": rule}]}] if rule else []
    return {
        "resourceType": "Goal",
        "id": name,
        "lifecycleStatus": "active",
        "category": category,
        "description": {"text": "Pressure at home"},
        "subject": {"reference": patient},
        "target": list(targets),
        **more,
    }


def most(value: float, loinc: str = SYSTOLIC, unit: str = "mm[Hg]") -> dict[str, Any]:
    """Return a target that a number is no more than this."""
    return target(loinc, detailQuantity=quantity(value, unit, "<="))


def within_days(value: float, days: float, loinc: str = WEIGHT, unit: str = "kg") -> dict[str, Any]:
    """Return a target that a number changes by no more than this in so many days."""
    due = {"value": days, "unit": "d", "system": UCUM, "code": "d"}
    return target(loinc, detailQuantity=quantity(value, unit), dueDuration=due)

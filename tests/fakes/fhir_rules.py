"""What no free validator checks: the rules of PHD IG 2.0.0 and the R4 vital-signs profiles.

Written from the profiles' own tables: PhdBaseObservation, PhdCompoundNumericObservation,
PhdCoincidentTimeStampObservation, PhdDevice, PhgDevice (hl7.fhir.uv.phd 2.0.0), `bp` and
`heartrate` (FHIR 4.0.1) and the value set ucum-vitals-common.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

MDC = "urn:iso:std:iso:11073:10101"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
_UNITS = {
    "8480-6": {"mm[Hg]"},
    "8462-4": {"mm[Hg]"},
    "8867-4": {"/min"},
    "2708-6": {"%"},
    "8310-5": {"Cel", "[degF]"},
    "29463-7": {"g", "kg", "[lb_av]"},
    "8302-2": {"cm", "[in_i]"},
    "39156-5": {"kg/m2"},
}
_VITAL_SIGNS = {"85354-9", "8867-4", "2708-6", "8310-5", "29463-7", "8302-2", "39156-5"}
_WITHOUT_TERM = {"muscle", "muscle mass", "impedance", "basal metabolism"}
_VITALS_COMMON = {
    *("%", "cm", "[in_i]", "kg", "g", "[lb_av]", "Cel", "[degF]", "mm[Hg]", "/min"),
    *("kg/m2", "m2"),
}
_STATUSES = {"final", "amended", "preliminary", "entered-in-error"}
_REFERENCE = re.compile(r"(Patient|Device|Observation)/[A-Za-z0-9.\-]{1,64}")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

Json = dict[str, Any]


def faults(resource: Json) -> list[str]:
    """Return what is wrong with a resource; nothing when it follows every rule."""
    return [
        rule.__name__.removeprefix("_")
        for rule in _RULES[resource["resourceType"]]
        if not rule(resource)
    ]


def _is_coincident(one: Json) -> bool:
    return any("CoincidentTimeStampObservation" in url for url in one["meta"]["profile"])


def _codes(one: Json, system: str) -> set[str]:
    return {c["code"] for c in one.get("code", {}).get("coding", []) if c.get("system") == system}


def _parts(one: Json) -> Iterator[Json]:
    yield one
    yield from one.get("component", [])


def _status(one: Json) -> bool:
    return one.get("status") in _STATUSES


def _gateway_once(one: Json) -> bool:
    links = [x for x in one.get("extension", []) if x["url"].endswith("observation-gatewayDevice")]
    return _is_coincident(one) or len(links) == 1


def _one_phd_category(one: Json) -> bool:
    codes = [c["code"] for k in one.get("category", []) for c in k["coding"]]
    return _is_coincident(one) or codes.count("phd") == 1


def _vital_sign_category(one: Json) -> bool:
    codes = [c["code"] for k in one.get("category", []) for c in k["coding"]]
    return not _codes(one, LOINC) & _VITAL_SIGNS or codes.count("vital-signs") == 1


def _mdc_is_32_bit(one: Json) -> bool:
    if one["code"].get("text") in _WITHOUT_TERM:  # the binding is extensible: a warning, mdc-1
        return not one["code"].get("coding")
    return any(code.isdigit() and int(code) > 0xFFFF for code in _codes(one, MDC))


def _systems_fit_codes(one: Json) -> bool:
    codings = [c for part in _parts(one) for c in part["code"].get("coding", [])]
    return all(
        (c["system"] == LOINC) == bool(re.fullmatch(r"\d{3,6}-\d", c["code"])) for c in codings
    )


def _effective(one: Json) -> bool:
    if "effectiveDateTime" in one:
        return bool(_DATE_TIME.fullmatch(one["effectiveDateTime"]))
    return "_effectiveDateTime" in one and bool(_DATE_TIME.fullmatch(one.get("issued", "")))


def _references(one: Json) -> bool:
    wanted = [one.get("subject"), one.get("device")]
    return all(x and _REFERENCE.fullmatch(x.get("reference", "")) for x in wanted)


def _quantities(one: Json) -> bool:
    for part in _parts(one):
        if (found := part.get("valueQuantity")) is None:
            continue
        if found.get("system") != UCUM or not isinstance(found.get("value"), int | float | Decimal):
            return False
        allowed = set().union(*(_UNITS.get(code, set()) for code in _codes(part, LOINC)))
        if allowed and found.get("code") not in allowed:
            return False
    return True


def _component_units(one: Json) -> bool:
    if not _codes(one, LOINC) & _VITAL_SIGNS:
        return True
    units = [c["valueQuantity"]["code"] for c in one.get("component", []) if "valueQuantity" in c]
    return set(units) <= _VITALS_COMMON


def _value_or_reason(one: Json) -> bool:
    compound = any("Compound" in url for url in one["meta"]["profile"])
    counted = one.get("component", [{}]) if compound else [one]
    return all(
        sum(1 for key in part if key.startswith("value")) + ("dataAbsentReason" in part) == 1
        for part in counted
    )


def _pressure_components(one: Json) -> bool:
    if "85354-9" not in _codes(one, LOINC):
        return True
    found = [_codes(part, LOINC) for part in one.get("component", [])]
    return {"8480-6"} in found and {"8462-4"} in found and "valueQuantity" not in one


def _interpretation(one: Json) -> bool:
    codings = [c["system"] for k in one.get("interpretation", []) for c in k["coding"]]
    return not codings or "http://hl7.org/fhir/uv/pocd/CodeSystem/measurement-status" in codings


def _device(one: Json) -> bool:
    gateway = any(url.endswith("PhgDevice") for url in one["meta"]["profile"])
    kind = "531981" if gateway else "65573"
    return (
        _codes({"code": one.get("type", {})}, MDC) == {kind}
        and bool(one.get("identifier"))
        and bool(one.get("specialization"))
        and bool(one.get("version"))
        and (gateway or bool(one.get("manufacturer") and one.get("modelNumber")))
        and "parent" not in one
    )


_RULES: dict[str, tuple[Callable[[Json], bool], ...]] = {
    "Observation": (
        _status,
        _gateway_once,
        _one_phd_category,
        _vital_sign_category,
        _mdc_is_32_bit,
        _systems_fit_codes,
        _effective,
        _references,
        _quantities,
        _component_units,
        _value_or_reason,
        _pressure_components,
        _interpretation,
    ),
    "Device": (_device,),
}

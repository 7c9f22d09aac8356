"""Oximeters, thermometers, scales and straps as FHIR: an Observation for each number they sent.

The first is the reading's own; the others have ids made of its. Profiles: PHD IG 2.0.0 and, where
R4 has one for the vital sign, that one too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from sync.fhir.codes import Json, concept, mdc, measured_code
from sync.fhir.mapper import CORE, EXAM, NUMERIC, NUMERIC_META, VITAL_SIGN, Mapper, reason, result
from sync.record import MAIN_QUANTITY
from vitals.quantity import Quantity, Unit
from vitals.reading import BodySite, Flag, Kind, Value

_PROFILES = {
    Quantity.OXYGEN_SATURATION: "oxygensat",
    Quantity.OXIMETER_PULSE_RATE: "heartrate",
    Quantity.HEART_RATE: "heartrate",
    Quantity.BODY_TEMPERATURE: "bodytemp",
    Quantity.BODY_WEIGHT: "bodyweight",
    Quantity.BODY_HEIGHT: "bodyheight",
    Quantity.BODY_MASS_INDEX: "bmi",
}
_METAS: Mapping[Quantity, Json] = {
    quantity: {"profile": [NUMERIC, f"{CORE}/{profile}"]} for quantity, profile in _PROFILES.items()
}
_CM_PER_M = 2  # powers of ten
_UNITS = {Kind.BODY_TEMPERATURE: Unit.CELSIUS, Kind.BODY_WEIGHT: Unit.KILOGRAM}
_SUPPLEMENTAL = (68193, "MDC_ATTR_SUPPLEMENTAL_TYPES")
_SPOT = (150588, "MDC_MODALITY_SPOT")
_SITES: Mapping[BodySite, tuple[int, str]] = {
    BodySite.MOUTH: (188424, "MDC_TEMP_ORAL"),
    BodySite.ARMPIT: (188496, "MDC_TEMP_AXILLA"),
    BodySite.EAR: (188428, "MDC_TEMP_EAR"),
    BodySite.TYMPANUM: (150392, "MDC_TEMP_TYMP"),
    BodySite.RECTUM: (188420, "MDC_TEMP_RECT"),
    BodySite.FINGER: (188432, "MDC_TEMP_FINGER"),
    BodySite.GASTROINTESTINAL: (188456, "MDC_TEMP_GIT"),
    BodySite.TOE: (188448, "MDC_TEMP_TOE"),
}


def numbers(mapper: Mapper) -> list[Json]:
    """Return an Observation for each quantity of the reading, the main one first."""
    reading = mapper.reading
    main = MAIN_QUANTITY[reading.kind]
    if main not in reading.values and not reading.has_number:
        return [_without_value(mapper, main)]
    ordered = sorted(reading.values, key=lambda quantity: quantity is not main)
    return [
        _one(mapper, quantity, reading.values[quantity], own=place == 0)
        for place, quantity in enumerate(ordered)
    ]


def _one(mapper: Mapper, measure: Quantity, value: Value, *, own: bool) -> Json:
    code = measure.term.mdc
    resource_id = mapper.record.id if own else mapper.part_id(str(code or measure.value))
    sent = _for_profile(value)
    vital = measure in _METAS
    category = VITAL_SIGN if vital else EXAM
    observation = mapper.base(resource_id, code, _METAS.get(measure, NUMERIC_META), category)
    observation["code"] = measured_code(measure, value.unit)
    observation.update(result(sent))
    _add_site(observation, mapper.reading.context.body_site, measure)
    if measure is Quantity.OXYGEN_SATURATION:
        spot = concept(mdc(*_SPOT))
        observation["component"] = [
            {"code": concept(mdc(*_SUPPLEMENTAL)), "valueCodeableConcept": spot}
        ]
    if Flag.NOT_VALIDATED in mapper.reading.flags:
        observation["status"] = "preliminary"
    mapper.finish(observation, [])
    return observation


def _without_value(mapper: Mapper, measure: Quantity) -> Json:
    meta = _METAS.get(measure, NUMERIC_META)
    observation = mapper.base(mapper.record.id, measure.term.mdc, meta, VITAL_SIGN)
    unit = _UNITS.get(mapper.reading.kind, Unit.PERCENT)
    observation["code"] = measured_code(measure, unit)
    observation["dataAbsentReason"] = reason("error")
    mapper.finish(observation, [])
    return observation


def _for_profile(value: Value) -> Value:
    """Return a height in cm, which the vital-signs profile demands: a shift of the point."""
    if value.unit is not Unit.METRE or not isinstance(value.number, Decimal):
        return value
    return replace(value, number=value.number.scaleb(_CM_PER_M), unit=Unit.CENTIMETRE)


def _add_site(observation: Json, site: BodySite | None, measure: Quantity) -> None:
    if site is None or measure is not Quantity.BODY_TEMPERATURE:
        return
    known = _SITES.get(site)
    observation["bodySite"] = concept(
        *([mdc(*known)] if known else []), text=site.value.replace("-", " ")
    )

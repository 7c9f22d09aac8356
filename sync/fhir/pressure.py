"""Blood pressure as FHIR: the panel, and the pulse as an Observation of its own."""

from __future__ import annotations

from decimal import Decimal

from sync.fhir.codes import LOINC, PHD, Json, coding, concept, mdc, measured_code
from sync.fhir.mapper import CORE, NUMERIC, VITAL_SIGN, Mapper, reason, result
from vitals.quantity import Quantity, Unit
from vitals.reading import Guide, Value

KPA_PER_MMHG = Decimal("0.133322")  # NIST SP 811, appendix B.8
_PULSE_MDC = Quantity.PULSE_RATE.term.mdc
_PANEL_MDC = 150020
_PANEL = concept(
    mdc(_PANEL_MDC, "MDC_PRESS_BLD_NONINV"),
    coding(LOINC, "85354-9", "Blood pressure panel with all children optional"),
)
_PANEL_META: Json = {
    "profile": [f"{PHD}/StructureDefinition/PhdCompoundNumericObservation", f"{CORE}/bp"]
}
_PULSE_META: Json = {"profile": [NUMERIC, f"{CORE}/heartrate"]}
PROTOCOL = "urn:hearth:protocol"
_PROTOCOL = (
    ("rest_s", "rest-before", "Quiet sitting before the first reading, in seconds"),
    ("number", "reading-in-set", "Which reading of a guided set this is"),
    ("since_previous_s", "since-previous", "Seconds after the reading before it in the set"),
)
_PRESSURES = tuple(
    (measure, measured_code(measure, Unit.MMHG))
    for measure in (Quantity.SYSTOLIC, Quantity.DIASTOLIC, Quantity.MEAN_ARTERIAL)
)


def blood_pressure(mapper: Mapper) -> list[Json]:
    """Return the blood-pressure panel, and the pulse where the cuff sent one."""
    panel = mapper.base(mapper.record.id, _PANEL_MDC, _PANEL_META, VITAL_SIGN)
    panel["code"] = _PANEL
    values = mapper.reading.values
    sent = [(measure, code, values[measure]) for measure, code in _PRESSURES]
    panel["component"] = [{"code": code, **result(in_mmhg(value))} for _, code, value in sent]
    notes = []
    if values[Quantity.MEAN_ARTERIAL].known == 0:
        # Many cuffs send 0 for a mean they do not measure; nobody's is 0.
        panel["component"][-1] = {"code": _PRESSURES[-1][1], "dataAbsentReason": reason("unknown")}
        notes.append("The device sent 0 for the mean arterial pressure.")
    in_kpa = [(measure, value) for measure, _, value in sent if value.unit is Unit.KPA]
    panel["component"] += _protocol(mapper.reading.context.guide)
    mapper.finish(panel, notes + (_kpa_notes(in_kpa) if in_kpa else []))
    pulse = values.get(Quantity.PULSE_RATE)
    return [panel] if pulse is None else [panel, _pulse(mapper, pulse)]


def _protocol(guide: Guide | None) -> list[Json]:
    """Return how a guided pressure was taken, one component a fact; none for any other.

    Whole numbers, because a vital sign's component may not carry a Quantity in seconds (FHIR R4,
    vital signs profile: the units of components are bound to ucum-vitals-common).
    """
    told = ((code, text, getattr(guide, name, None)) for name, code, text in _PROTOCOL)
    return [
        {"code": concept(coding(PROTOCOL, code, text)), "valueInteger": value}
        for code, text, value in told
        if value is not None
    ]


def _pulse(mapper: Mapper, value: Value) -> Json:
    pulse = mapper.base(mapper.part_id(str(_PULSE_MDC)), _PULSE_MDC, _PULSE_META, VITAL_SIGN)
    pulse["code"] = measured_code(Quantity.PULSE_RATE, value.unit)
    pulse.update(result(value))
    mapper.finish(pulse, [])
    return pulse


def in_mmhg(value: Value) -> Value:
    """Return a pressure in mmHg, which the vital-signs profile demands, with as many decimals."""
    if value.unit is not Unit.KPA:
        return value
    if value.known is None:
        return Value(number=value.number, unit=Unit.MMHG)
    exact = value.known / KPA_PER_MMHG
    return Value(number=exact.quantize(value.known), unit=Unit.MMHG)


def _kpa_notes(in_kpa: list[tuple[Quantity, Value]]) -> list[str]:
    sent = [
        f"{measure.term.text} {value.known} kPa"
        for measure, value in in_kpa
        if value.known is not None
    ]
    if not sent:
        return []
    return [f"Sent by the device as {', '.join(sent)}; converted at 1 mmHg = {KPA_PER_MMHG} kPa."]

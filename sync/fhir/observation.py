"""A reading as FHIR Observations: PHD IG 2.0.0 together with the R4 vital-signs profiles."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sync.fhir.codes import (
    ABSENT_EXTENSION,
    COINCIDENT_EXTENSION,
    DATA_ABSENT_REASON,
    GATEWAY_EXTENSION,
    LOINC,
    MEASUREMENT_STATUS,
    OBSERVATION_CATEGORY,
    PHD,
    PHD_CATEGORY,
    Json,
    absent,
    coding,
    concept,
    device_reference,
    mdc,
    measured_code,
    own_identifier,
    quantity,
    reference,
)
from sync.fhir.device import HubFacts
from sync.fhir.timing import Effective
from sync.record import PHD_IDENTIFIER, READING_IDENTIFIER, Measured, logical_id, phd_identifier
from vitals.quantity import Quantity, Unit
from vitals.reading import Flag, Meal, Value

KPA_PER_MMHG = Decimal("0.133322")  # NIST SP 811, appendix B.8
_PULSE_MDC = Quantity.PULSE_RATE.term.mdc
_PANEL_MDC = 150020
_PANEL = concept(
    mdc(_PANEL_MDC, "MDC_PRESS_BLD_NONINV"),
    coding(LOINC, "85354-9", "Blood pressure panel with all children optional"),
)
_CORE = "http://hl7.org/fhir/StructureDefinition"
_PANEL_META: Json = {
    "profile": [f"{PHD}/StructureDefinition/PhdCompoundNumericObservation", f"{_CORE}/bp"]
}
_PULSE_META: Json = {
    "profile": [f"{PHD}/StructureDefinition/PhdNumericObservation", f"{_CORE}/heartrate"]
}
_NUMERIC_META: Json = {"profile": [f"{PHD}/StructureDefinition/PhdNumericObservation"]}
_COMPOUND_META: Json = {"profile": [f"{PHD}/StructureDefinition/PhdCompoundObservation"]}
_PHD_CATEGORY = concept(coding(PHD_CATEGORY, "phd"))
_VITAL_SIGN = [concept(coding(OBSERVATION_CATEGORY, "vital-signs")), _PHD_CATEGORY]
_LABORATORY = [concept(coding(OBSERVATION_CATEGORY, "laboratory")), _PHD_CATEGORY]
_PRESSURES = tuple(
    (measure, measured_code(measure, Unit.MMHG))
    for measure in (Quantity.SYSTOLIC, Quantity.DIASTOLIC, Quantity.MEAN_ARTERIAL)
)
_DOUBTFUL = frozenset(
    {
        Flag.IMPLAUSIBLE,
        Flag.BODY_MOVEMENT,
        Flag.CUFF_LOOSE,
        Flag.IMPROPER_POSITION,
        Flag.SENSOR_FAULT,
        Flag.SAMPLE_TOO_SMALL,
        Flag.STRIP_INSERTION_ERROR,
        Flag.WRONG_STRIP,
        Flag.TEMPERATURE_TOO_HIGH,
        Flag.TEMPERATURE_TOO_LOW,
        Flag.READ_INTERRUPTED,
        Flag.GENERAL_FAULT,
    }
)
# Beyond its range a meter sends the limit itself: a comparator, never a plain number.
_LIMITS = {Flag.RESULT_TOO_HIGH: ">", Flag.RESULT_TOO_LOW: "<"}
_UNKNOWN = concept(coding(DATA_ABSENT_REASON, "unknown"))
_QUESTIONABLE = concept(coding(MEASUREMENT_STATUS, "questionable"))
_MEAL = (8417864, "MDC_CTXT_GLU_MEAL")
# Bedtime has two codes in the sources; until one is settled it goes as text.
_MEALS: Mapping[Meal, tuple[int, str]] = {
    Meal.PREPRANDIAL: (8417868, "MDC_CTXT_GLU_MEAL_PREPRANDIAL"),
    Meal.POSTPRANDIAL: (8417872, "MDC_CTXT_GLU_MEAL_POSTPRANDIAL"),
    Meal.FASTING: (8417876, "MDC_CTXT_GLU_MEAL_FASTING"),
    Meal.CASUAL: (8417880, "MDC_CTXT_GLU_MEAL_CASUAL"),
}


class Mapper:
    """Builds the Observations of one reading."""

    def __init__(
        self, record: Measured, *, hub: HubFacts, when: Effective, coincident_id: str | None
    ) -> None:
        """Keep what all of them share."""
        self._record = record
        self._reading = record.reading
        self._hub = hub
        self._when = when
        self._coincident_id = coincident_id

    def blood_pressure(self) -> list[Json]:
        """Return the blood-pressure panel, and the pulse as an Observation of its own."""
        panel = self._base(self._record.id, _PANEL_MDC, _PANEL_META, _VITAL_SIGN)
        panel["code"] = _PANEL
        values = self._reading.values
        sent = [(measure, code, values[measure]) for measure, code in _PRESSURES]
        panel["component"] = [{"code": code, **_value(in_mmhg(value))} for _, code, value in sent]
        notes = []
        if values[Quantity.MEAN_ARTERIAL].known == 0:
            # Many cuffs send 0 for a mean they do not measure; nobody's is 0.
            panel["component"][-1] = {"code": _PRESSURES[-1][1], "dataAbsentReason": _UNKNOWN}
            notes.append("The device sent 0 for the mean arterial pressure.")
        in_kpa = [(measure, value) for measure, _, value in sent if value.unit is Unit.KPA]
        self._finish(panel, notes + (_kpa_notes(in_kpa) if in_kpa else []))
        pulse = values.get(Quantity.PULSE_RATE)
        return [panel] if pulse is None else [panel, self._pulse(pulse)]

    def _pulse(self, value: Value) -> Json:
        resource_id = logical_id(READING_IDENTIFIER, f"{self._record.id}|{_PULSE_MDC}")
        pulse = self._base(resource_id, _PULSE_MDC, _PULSE_META, _VITAL_SIGN)
        pulse["code"] = measured_code(Quantity.PULSE_RATE, value.unit)
        pulse.update(_value(value))
        self._finish(pulse, [])
        return pulse

    def glucose(self) -> list[Json]:
        """Return the glucose concentration, with its meal as a component where it is known."""
        measure, value = next(iter(self._reading.values.items()), (Quantity.GLUCOSE, None))
        meal = self._reading.context.meal
        meta = _COMPOUND_META if meal else _NUMERIC_META
        glucose = self._base(self._record.id, measure.term.mdc, meta, _LABORATORY)
        unit = value.unit if value else Unit.MG_PER_DL
        glucose["code"] = measured_code(measure, unit)
        result = _value(value) if value else {"dataAbsentReason": _error()}
        for flag, comparator in _LIMITS.items():
            if flag in self._reading.flags and "valueQuantity" in result:
                result["valueQuantity"]["comparator"] = comparator
        if meal:
            # A compound observation has its value among its components, not beside them.
            own = {"code": measured_code(measure, unit), **result}
            glucose["component"] = [own, _meal(meal)]
        else:
            glucose.update(result)
        self._finish(glucose, [])
        return [glucose]

    def _base(self, resource_id: str, code: int, meta: Json, category: list[Json]) -> Json:
        record = self._record
        identifiers = [own_identifier(resource_id)]
        if phd := phd_identifier(self._reading, record.patient, code):
            identifiers.insert(0, {"system": PHD_IDENTIFIER, "value": phd})
        hub = device_reference(self._hub.id)
        extensions: list[Json] = [{"url": GATEWAY_EXTENSION, "valueReference": hub}]
        if self._coincident_id:
            clock = reference("Observation", self._coincident_id)
            extensions.append({"url": COINCIDENT_EXTENSION, "valueReference": clock})
        base: Json = {
            "resourceType": "Observation",
            "id": resource_id,
            "meta": meta,
            "extension": extensions,
            "identifier": identifiers,
            "status": "amended" if record.amends else "final",
            "category": category,
            "code": {},
            "subject": {"reference": record.patient},
        }
        base.update(self._effective())
        base["device"] = device_reference(self._reading.meter.address)
        return base

    def _effective(self) -> Json:
        received = self._reading.timing.received.at
        if self._when.at is not None:
            return {"effectiveDateTime": self._when.at.isoformat(timespec="milliseconds")}
        # Nobody knows when: say so, and say when the hub heard of it. Nothing is invented.
        unknown = {"url": ABSENT_EXTENSION, "valueCode": "unknown"}
        return {
            "_effectiveDateTime": {"extension": [unknown]},
            "issued": received.isoformat(timespec="milliseconds"),
        }

    def _finish(self, observation: Json, notes: list[str]) -> None:
        flags = self._reading.flags
        if not flags and not notes:
            return
        if flags & _DOUBTFUL:
            observation["interpretation"] = [_QUESTIONABLE]
        told = sorted(flag.value.replace("-", " ") for flag in flags - {Flag.IMPLAUSIBLE})
        texts = list(notes)
        if told:
            texts.append(f"The device reported: {', '.join(told)}.")
        if Flag.IMPLAUSIBLE in flags:
            texts.append("The hub doubts this reading: its numbers contradict each other.")
        if texts:
            observation["note"] = [{"text": text} for text in texts]


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


def _value(value: Value) -> Json:
    if isinstance(value.number, Decimal):
        return {"valueQuantity": quantity(value)}
    return {"dataAbsentReason": absent(value.number)}


def _meal(meal: Meal) -> Json:
    known = _MEALS.get(meal)
    value = concept(mdc(*known)) if known else concept(text=meal.value)
    return {"code": concept(mdc(*_MEAL)), "valueCodeableConcept": value}


def _error() -> Json:
    return concept(coding(DATA_ABSENT_REASON, "error"))

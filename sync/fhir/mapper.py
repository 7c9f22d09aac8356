"""What every Observation of a reading has in common: who, when, by which device, and how sure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sync.fhir.codes import (
    ABSENT_EXTENSION,
    COINCIDENT_EXTENSION,
    DATA_ABSENT_REASON,
    GATEWAY_EXTENSION,
    MEASUREMENT_STATUS,
    OBSERVATION_CATEGORY,
    PHD,
    PHD_CATEGORY,
    Json,
    absent,
    coding,
    concept,
    device_reference,
    own_identifier,
    quantity,
    reference,
)
from sync.fhir.device import HubFacts
from sync.fhir.origin import origin
from sync.fhir.timing import Effective
from sync.record import PHD_IDENTIFIER, READING_IDENTIFIER, Measured, logical_id, phd_identifier
from vitals.reading import Flag, Value

CORE = "http://hl7.org/fhir/StructureDefinition"
NUMERIC = f"{PHD}/StructureDefinition/PhdNumericObservation"
NUMERIC_META: Json = {"profile": [NUMERIC]}
_PHD = concept(coding(PHD_CATEGORY, "phd"))
VITAL_SIGN = [concept(coding(OBSERVATION_CATEGORY, "vital-signs")), _PHD]
LABORATORY = [concept(coding(OBSERVATION_CATEGORY, "laboratory")), _PHD]
EXAM = [concept(coding(OBSERVATION_CATEGORY, "exam")), _PHD]
DOUBTFUL = frozenset(
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
        Flag.NOT_VALIDATED,
        Flag.SIGNAL_POOR,
        Flag.LOW_PERFUSION,
        Flag.NOT_WORN,
        Flag.INTERFERENCE,
        Flag.CALIBRATION_DUE,
    }
)
UNVOUCHED = "Nobody had confirmed the hub's clock: the time may be wrong."
_QUESTIONABLE = concept(coding(MEASUREMENT_STATUS, "questionable"))


class Mapper:
    """Builds the Observations of one reading."""

    def __init__(
        self,
        record: Measured,
        *,
        hub: HubFacts,
        when: Effective,
        heard: datetime,
        coincident_id: str | None,
    ) -> None:
        """Keep what all of them share."""
        self.record = record
        self.reading = record.reading
        self._hub = hub
        self._when, self._heard = when, heard
        self._coincident_id = coincident_id
        self._origin = origin(self.reading, hub)

    def part_id(self, name: str) -> str:
        """Return the logical id of a second Observation made of the same reading."""
        return logical_id(READING_IDENTIFIER, f"{self.record.id}|{name}")

    def base(self, resource_id: str, code: int, meta: Json, category: list[Json]) -> Json:
        """Return an Observation without its code and value; `code` is its MDC code, 0 for none."""
        record = self.record
        identifiers = [own_identifier(resource_id)]
        if code and (phd := phd_identifier(self.reading, record.patient, code)):
            identifiers.insert(0, {"system": PHD_IDENTIFIER, "value": phd})
        hub = device_reference(self._hub.id)
        extensions: list[Json] = [{"url": GATEWAY_EXTENSION, "valueReference": hub}]
        if self._coincident_id:
            clock = reference("Observation", self._coincident_id)
            extensions.append({"url": COINCIDENT_EXTENSION, "valueReference": clock})
        base: Json = {
            "resourceType": "Observation",
            "id": resource_id,
            "meta": {"source": self._origin} | meta,
            "extension": extensions,
            "identifier": identifiers,
            "status": "amended" if record.amends else "final",
            "category": category,
            "code": {},
            "subject": {"reference": record.patient},
        }
        base.update(self._effective())
        base["device"] = device_reference(self.reading.meter.address)
        return base

    def _effective(self) -> Json:
        if self._when.at is not None:
            return {"effectiveDateTime": self._when.at.isoformat(timespec="milliseconds")}
        # Nobody knows when: say so, and say when the hub heard of it. Nothing is invented.
        unknown = {"url": ABSENT_EXTENSION, "valueCode": "unknown"}
        return {
            "_effectiveDateTime": {"extension": [unknown]},
            "issued": self._heard.isoformat(timespec="milliseconds"),
        }

    def finish(self, observation: Json, notes: list[str]) -> None:
        """Add what the device, or our own doubt, said about the whole reading."""
        flags = self.reading.flags
        if not self._when.vouched:
            notes = [*notes, UNVOUCHED]
        if not flags and not notes:
            return
        if flags & DOUBTFUL:
            observation["interpretation"] = [_QUESTIONABLE]
        told = sorted(flag.value.replace("-", " ") for flag in flags - {Flag.IMPLAUSIBLE})
        texts = list(notes)
        if told:
            texts.append(f"The device reported: {', '.join(told)}.")
        if Flag.IMPLAUSIBLE in flags:
            texts.append("The hub doubts this reading: its numbers contradict each other.")
        if texts:
            observation["note"] = [{"text": text} for text in texts]


def result(value: Value) -> Json:
    """Return a value as valueQuantity, or why there is none as dataAbsentReason."""
    if isinstance(value.number, Decimal):
        return {"valueQuantity": quantity(value)}
    return {"dataAbsentReason": absent(value.number)}


def reason(code: str) -> Json:
    """Return a dataAbsentReason of this code."""
    return concept(coding(DATA_ABSENT_REASON, code))

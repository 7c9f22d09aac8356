"""What waits to go up: a reading with its identity, or a frame that could not be read.

The identity is computed once, at ingest, from what the device itself said: no corrected clock, no
transport and no retry can change it. The same reading read twice is the same record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vitals.quantity import Quantity
from vitals.reading import DeviceTime, HubTime, Kind, MeterIdentity, RawFrame, Reading

PHD_IDENTIFIER = "http://hl7.org/fhir/uv/phd/StructureDefinition/PhdBaseObservation"
READING_IDENTIFIER = "urn:hearth:reading"
MAX_PHD_IDENTIFIER = 128  # microsoft/iomt-fhir PR 187: one server compares no more than this
_EPOCH_2000 = datetime(2000, 1, 1)  # noqa: DTZ001 - seconds as the device reported them, zoneless
_MDC_BLOOD_PRESSURE = 150020

MAIN_QUANTITY: Mapping[Kind, Quantity] = {
    Kind.OXYGEN_SATURATION: Quantity.OXYGEN_SATURATION,
    Kind.BODY_TEMPERATURE: Quantity.BODY_TEMPERATURE,
    Kind.BODY_WEIGHT: Quantity.BODY_WEIGHT,
    Kind.BODY_COMPOSITION: Quantity.BODY_FAT,
    Kind.HEART_RATE: Quantity.HEART_RATE,
    Kind.CAMERA: Quantity.CAMERA_PULSE_RATE,
}
"""What a reading of this kind is about, whatever else came with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A reading on its way to one patient's chart.

    `id` is a legal FHIR logical id (a letter, then 63 hex digits). `patient` is a relative
    reference ("Patient/123"). `amends` is set when an earlier version of the same reading, without
    the context that came later, was already acknowledged.
    """

    id: str
    patient: str
    reading: Reading
    amends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A frame that could not become a reading, kept as evidence and never sent as a value."""

    frame: RawFrame
    meter: MeterIdentity
    received: HubTime
    code: str
    why: str


Record = Measured | Unreadable


def adds_only_proof(record: Record) -> bool:
    """Tell whether all that an amendment adds is how a guided pressure was taken.

    That goes to the server as a message of the hub's own too, so where a server lets nobody change
    what it holds, nothing is lost by leaving the reading as it is there.
    """
    amends = isinstance(record, Measured) and record.amends
    return amends and isinstance(record, Measured) and record.reading.context.guide is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record in the outbox, under the number it has there."""

    seq: int
    record: Record


def mdc_type(reading: Reading) -> int:
    """Return the MDC code of the Observation this reading becomes."""
    if reading.kind is Kind.BLOOD_PRESSURE:
        return _MDC_BLOOD_PRESSURE
    if (main := MAIN_QUANTITY.get(reading.kind)) is not None:
        return main.term.mdc
    quantity = next(iter(reading.values), Quantity.GLUCOSE)
    return quantity.term.mdc


def device_part(meter: MeterIdentity) -> str:
    """Return the PHD IG's device part: the Bluetooth address as 12 capitals.

    The IG also allows the System ID, but that is known only once Device Information was read,
    which may be after the first reading; an identity must not change when it is.
    """
    return meter.address.replace(":", "").upper()


def device_seconds(time: DeviceTime | None) -> int | None:
    """Return seconds since 2000-01-01 as the device reported them, or None for no real moment."""
    local = time.local if time else None
    return None if local is None else int((local - _EPOCH_2000).total_seconds())


def logical_id(system: str, value: str) -> str:
    """Return a FHIR logical id: a letter and 63 hex digits of SHA-256 over `system|value`."""
    return "h" + hashlib.sha256(f"{system}|{value}".encode()).hexdigest()[:63]


def phd_identifier(reading: Reading, patient: str, mdc: int | None = None) -> str | None:
    """Return the conditional-create identifier of PHD IG 2.0.0, None without a device time.

    Form: device-patient-type-timestamp. The timestamp is what the device said, before any
    correction, so a clock set right later does not make a second reading.
    """
    seconds = device_seconds(reading.timing.device_time)
    if seconds is None:
        return None
    patient_id = patient.rpartition("/")[2]
    text = f"{device_part(reading.meter)}-{patient_id}-{mdc or mdc_type(reading)}-{seconds}"
    return text if len(text) <= MAX_PHD_IDENTIFIER else None


def reading_id(reading: Reading, patient: str) -> str:
    """Return the logical id of this reading for this patient.

    Made of device, patient, type, the device's own time and sequence number, and the values as
    sent. Left out on purpose: the hub's clock, the user-facing time offset (Roche meters send it
    anew after the user sets the clock) and the context (it may come later). Only a device that
    sends neither time nor sequence number is told apart by the instant its frame arrived.
    """
    time = reading.timing.device_time
    moment = (
        ""
        if time is None
        else (f"{time.year}-{time.month}-{time.day}T{time.hour}:{time.minute}:{time.second}")
    )
    if time is None and reading.sequence is None:
        received = reading.timing.received
        moment = f"{received.boot_id}+{received.boottime_ns}"
    values = ",".join(
        f"{quantity.value}={value.number}{value.unit.ucum}"
        for quantity, value in sorted(reading.values.items(), key=lambda item: item[0].value)
    )
    parts = (
        device_part(reading.meter),
        patient,
        str(mdc_type(reading)),
        moment,
        "" if reading.sequence is None else str(reading.sequence),
        "" if reading.user_slot is None else str(reading.user_slot),
        values,
    )
    return logical_id(READING_IDENTIFIER, "|".join(parts))


def measured(reading: Reading, patient: str) -> Measured:
    """Give a reading its identity."""
    return Measured(id=reading_id(reading, patient), patient=patient, reading=reading)

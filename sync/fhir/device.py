"""The hub, the meter and the meter's clock as FHIR resources (PhgDevice, PhdDevice, coincident)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sync.fhir.codes import (
    DATA_ABSENT_REASON,
    DEVICE_IDENTIFIER,
    PHD,
    Json,
    coding,
    concept,
    device_id,
    device_reference,
    mdc,
    own_identifier,
)
from sync.record import logical_id
from vitals.reading import ClockCheck, Kind, MeterIdentity

_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/ContinuaDeviceIdentifiers"
_BLUETOOTH_ADDRESS = "http://hl7.org/fhir/sid/eui-48/bluetooth"
_SYSTEM_ID = "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680"
_TIME_ABSOLUTE = (67975, "MDC_ATTR_TIME_ABS")
_SYNC_METHOD = (68220, "MDC_TIME_SYNC_PROTOCOL")
_SYNC_NONE = (532224, "MDC_TIME_SYNC_NONE")
_SYNC_NTP = (532226, "MDC_TIME_SYNC_NTPV4")
_SPECIALIZATIONS = {
    Kind.BLOOD_PRESSURE: (528391, "MDC_DEV_SPEC_PROFILE_BP"),
    Kind.GLUCOSE: (528401, "MDC_DEV_SPEC_PROFILE_GLUCOSE"),
    Kind.OXYGEN_SATURATION: (528388, "MDC_DEV_SPEC_PROFILE_PULS_OXIM"),
    Kind.BODY_TEMPERATURE: (528392, "MDC_DEV_SPEC_PROFILE_TEMP"),
    Kind.BODY_WEIGHT: (528399, "MDC_DEV_SPEC_PROFILE_SCALE"),
    Kind.BODY_COMPOSITION: (528399, "MDC_DEV_SPEC_PROFILE_SCALE"),  # one scale, one Device
}
_UNKNOWN = "unknown"
_BLUETOOTH = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_GENERIC = (528457, "MDC_DEV_SPEC_PROFILE_GENERIC")
_VERSIONS = {
    "hardware": (531974, "MDC_ID_PROD_SPEC_HW"),
    "software": (531975, "MDC_ID_PROD_SPEC_SW"),
    "firmware": (531976, "MDC_ID_PROD_SPEC_FW"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFacts:
    """What the server should know of this hub: the care team's id for it, and its software."""

    id: str
    software: str


@lru_cache(maxsize=8)
def hub_device(hub: HubFacts) -> Json:
    """Return the hub as a PhgDevice."""
    return {
        "resourceType": "Device",
        "id": device_id(hub.id),
        "meta": {"profile": [f"{PHD}/StructureDefinition/PhgDevice"]},
        "identifier": [{"system": DEVICE_IDENTIFIER, "value": device_id(hub.id)}],
        "status": "active",
        "manufacturer": "Hearth",
        "modelNumber": "hearth-hub",
        "serialNumber": hub.id,
        "type": concept(mdc(531981, "MDC_MOC_VMS_MDS_AHD"), text="Personal health gateway"),
        "specialization": [{"systemType": concept(mdc(*_GENERIC))}],
        "version": [{"type": concept(mdc(*_VERSIONS["software"])), "value": hub.software}],
    }


@lru_cache(maxsize=256)
def meter_device(meter: MeterIdentity, kind: Kind, patient: str) -> Json:
    """Return the meter as a PhdDevice, with as much as is known of it.

    Maker, model and a version are required (PHD IG 2.0.0): what a meter did not tell is "unknown".
    `patient` is empty for a meter that several people share.
    """
    versions = [
        {"type": concept(mdc(*code)), "value": text}
        for name, code in _VERSIONS.items()
        if (text := _clean(getattr(meter, name)))
    ]
    unknown = {"type": concept(mdc(*_VERSIONS["firmware"])), "value": _UNKNOWN}
    device: Json = {
        "resourceType": "Device",
        "id": device_id(meter.address),
        "meta": {"profile": [f"{PHD}/StructureDefinition/PhdDevice"]},
        "identifier": _identifiers(meter),
        "status": "active",
    }
    device["manufacturer"] = _clean(meter.maker) or _UNKNOWN
    device["modelNumber"] = _clean(meter.model) or _UNKNOWN
    if serial := _clean(meter.serial):
        device["serialNumber"] = serial
    if name := _clean(meter.name):
        device["deviceName"] = [{"name": name, "type": "model-name"}]
    device["type"] = concept(mdc(65573, "MDC_MOC_VMS_MDS_SIMP"), text="Personal health device")
    device["specialization"] = [
        {"systemType": concept(mdc(*_SPECIALIZATIONS.get(kind, _GENERIC))), "version": "1"}
    ]
    device["version"] = versions or [unknown]
    device["property"] = [_property(_SYNC_METHOD, _SYNC_NONE)]
    if patient:
        device["patient"] = {"reference": patient}
    return device


def _clean(text: str) -> str:
    """Leave only what a FHIR string may hold: a server refuses a Device for one stray NUL."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _identifiers(meter: MeterIdentity) -> list[Json]:
    own = {"system": DEVICE_IDENTIFIER, "value": device_id(meter.address)}
    if not _BLUETOOTH.fullmatch(meter.address):
        return [own]  # on a wire: no address that anybody else would know it by
    address = {
        "type": concept(coding(_IDENTIFIER_TYPES, "BTMAC")),
        "system": _BLUETOOTH_ADDRESS,
        "value": meter.address.upper().replace(":", "-"),
    }
    if not meter.system_id:
        return [own, address]
    # On air the System ID is little-endian; the guide prints it the other way round.
    eui64 = "-".join(f"{octet:02X}" for octet in reversed(meter.system_id))
    system = {
        "type": concept(coding(_IDENTIFIER_TYPES, "SYSID")),
        "system": _SYSTEM_ID,
        "value": eui64,
    }
    return [own, address, system]


def _property(name: tuple[int, str], value: tuple[int, str]) -> Json:
    return {"type": concept(mdc(*name)), "valueCode": [concept(mdc(*value))]}


def coincident(check: ClockCheck, hub_at: datetime, *, meter: MeterIdentity, hub: HubFacts) -> Json:
    """Return what the meter's clock said when the hub's said `hub_at`.

    Its id comes from the evidence, so that sending it twice stores it once.
    """
    seed = f"{meter.address}|{check.device}|{check.hub.boot_id}|{check.hub.boottime_ns}"
    resource_id = logical_id(DEVICE_IDENTIFIER, seed)
    observation: Json = {
        "resourceType": "Observation",
        "id": resource_id,
        "meta": {"profile": [f"{PHD}/StructureDefinition/PhdCoincidentTimeStampObservation"]},
        "identifier": [own_identifier(resource_id)],
        "status": "final",
        "code": concept(mdc(*_TIME_ABSOLUTE)),
        "subject": device_reference(meter.address),
        "effectiveDateTime": hub_at.isoformat(timespec="milliseconds"),
        "device": device_reference(hub.id),
    }
    local = check.device.local
    if local is None:
        reason = coding(DATA_ABSENT_REASON, "unknown")
        observation["dataAbsentReason"] = concept(reason, text="The meter's clock is not set")
        return observation
    # The meter sends no zone; the guide wants one, so the hub's own is written beside it.
    observation["valueDateTime"] = local.replace(tzinfo=hub_at.tzinfo).isoformat()
    method = _SYNC_NTP if check.hub.synchronised else _SYNC_NONE
    observation["component"] = [
        {"code": concept(mdc(*_SYNC_METHOD)), "valueCodeableConcept": concept(mdc(*method))}
    ]
    if check.uncertainty_ms is not None:
        text = f"The two clocks were read within {check.uncertainty_ms} ms of each other."
        observation["note"] = [{"text": text}]
    return observation

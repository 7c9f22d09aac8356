"""What the camera estimated as FHIR: preliminary, by its own method, never a device's measurement.

R4 vital-signs profiles only: the PHD guide is about devices that communicate a measurement. The
estimate comes from a piece of software (a Device with its version and parameters) on a camera (its
parent) at the hub (the camera's parent). Quality goes in percent, the one unit for it that those
profiles allow in a component.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from sync.fhir.codes import (
    DEVICE_IDENTIFIER,
    OBSERVATION_CATEGORY,
    UCUM,
    Json,
    coding,
    concept,
    device_id,
    device_reference,
    measured_code,
    reference,
)
from sync.fhir.device import HubFacts
from sync.fhir.mapper import CORE, Mapper, reason, result
from vitals.quantity import Quantity, Unit
from vitals.reading import MeterIdentity, Reading

SOURCE = "camera-estimate"
NOTE = (
    "Contactless camera estimate. Not a cleared medical measurement; confirm with a contact device "
    "before acting."
)
_METHODS = "urn:hearth:measurement-method"
_QUALITY = "urn:hearth:signal-quality"
_FLAGS = "urn:hearth:observation-flag"
_SIGNAL = "urn:hearth:contactless-signal"
_METHOD = concept(
    coding(_METHODS, "rppg-face-camera", "Remote photoplethysmography, face video"),
    text="Contactless camera estimate (rPPG)",
)
_PROFILES: Mapping[Quantity, str] = {
    Quantity.CAMERA_PULSE_RATE: f"{CORE}/heartrate",
    Quantity.CAMERA_RESPIRATORY_RATE: f"{CORE}/resprate",
}
_VITAL_SIGN = [concept(coding(OBSERVATION_CATEGORY, "vital-signs"))]
_EXAM = [concept(coding(OBSERVATION_CATEGORY, "exam"))]
_TAG = [coding(_FLAGS, "contactless-estimate")]
_HUNDRED = Decimal(100)


class Estimate(msgspec.Struct, rename={"version": "v"}):
    """What the estimator wrote beside its numbers, as the reading's raw frame holds it (JSON).

    Confidences are probabilities, shares are 0 to 1, `reasons` codes of refusals.
    """

    version: int = 1
    pulse_confidence: float = 0.0
    breathing_confidence: float = 0.0
    seconds: float = 0.0
    frames_per_s: float = 0.0
    valid_share: float = 0.0
    snr_db: float | None = None
    reasons: tuple[str, ...] = ()
    parameters: str = ""


def estimate_of(reading: Reading) -> Estimate:
    """Return what stands beside the numbers; an empty one where it cannot be read."""
    frame = next((one for one in reading.frames if one.source == SOURCE), None)
    if frame is None:
        return Estimate()
    try:
        return msgspec.json.decode(frame.data, type=Estimate)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return Estimate()


def camera(mapper: Mapper) -> list[Json]:
    """Return an Observation for each number, the pulse first; a refusal has none and says why."""
    reading = mapper.reading
    about = estimate_of(reading)
    main = Quantity.CAMERA_PULSE_RATE
    ordered = sorted(reading.values, key=lambda quantity: quantity is not main) or [main]
    return [_one(mapper, quantity, about, own=place == 0) for place, quantity in enumerate(ordered)]


def devices(meter: MeterIdentity, hub: HubFacts, about: Estimate) -> list[Json]:
    """Return the camera and the software that looked through it."""
    seen: Json = {
        "resourceType": "Device",
        "id": device_id(meter.address),
        "identifier": [{"system": DEVICE_IDENTIFIER, "value": device_id(meter.address)}],
        "status": "active",
        "type": concept(text="USB video camera"),
        "parent": device_reference(hub.id),
    }
    name = software_name(meter)
    version = {"type": concept(text="algorithm"), "value": meter.driver_version}
    software: Json = {
        "resourceType": "Device",
        "id": device_id(name),
        "identifier": [{"system": DEVICE_IDENTIFIER, "value": device_id(name)}],
        "status": "active",
        "manufacturer": "Hearth",
        "deviceName": [{"name": "Hearth contactless vitals", "type": "user-friendly-name"}],
        "type": concept(text="Contactless vitals algorithm (software)"),
        "version": [version],
        "property": [
            {
                "type": concept(text="regulatory status"),
                "valueCode": [concept(text="not a cleared medical device")],
            }
        ],
        "parent": device_reference(meter.address),
    }
    if about.parameters:
        parameters = {"type": concept(text="parameters-sha256"), "value": about.parameters}
        software["version"].append(parameters)
    return [seen, software]


def software_name(meter: MeterIdentity) -> str:
    """Name the software on this camera: another version is another Device."""
    return f"{meter.address}|rppg|{meter.driver_version}"


def _one(mapper: Mapper, measure: Quantity, about: Estimate, *, own: bool) -> Json:
    resource_id = mapper.record.id if own else mapper.part_id(measure.value)
    profile = _PROFILES.get(measure)
    meta: Json = {"tag": _TAG} | ({"profile": [profile]} if profile else {})
    one = mapper.base(resource_id, 0, meta, _VITAL_SIGN if profile else _EXAM)
    value = mapper.reading.values.get(measure)
    one["status"] = "preliminary"
    one["code"] = measured_code(measure, value.unit if value else Unit.PER_MINUTE)
    one["method"] = _METHOD
    one["device"] = reference("Device", device_id(software_name(mapper.reading.meter)))
    one["extension"].append(_signal(about))
    one |= result(value) if value else {"dataAbsentReason": _refused(about)}
    breathing = measure is Quantity.CAMERA_RESPIRATORY_RATE
    confidence = about.breathing_confidence if breathing else about.pulse_confidence
    one["component"] = [
        _percent("signal-quality-index", confidence),
        _percent("valid-frames", about.valid_share),
    ]
    mapper.finish(one, [NOTE])
    return one


def _refused(about: Estimate) -> Json:
    why = ", ".join(about.reasons).replace("-", " ")
    return reason("error") | {"text": f"The picture was too poor: {why}" if why else "No estimate"}


def _percent(code: str, share: float) -> Json:
    number = (Decimal(repr(share)) * _HUNDRED).quantize(Decimal(1))
    return {
        "code": concept(coding(_QUALITY, code), text=code),
        "valueQuantity": {"value": number, "unit": "%", "system": UCUM, "code": "%"},
    }


def _signal(about: Estimate) -> Json:
    parts = [
        {"url": "windowSeconds", "valueDecimal": Decimal(repr(round(about.seconds, 1)))},
        {"url": "frameRate", "valueDecimal": Decimal(repr(round(about.frames_per_s, 1)))},
    ]
    if about.snr_db is not None:
        parts.append({"url": "snrDb", "valueDecimal": Decimal(repr(round(about.snr_db, 1)))})
    return {"url": _SIGNAL, "extension": parts}

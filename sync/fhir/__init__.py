"""Readings as FHIR R4 resources: a pure map, plain dicts, numbers as they were written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

import msgspec

from sync.fhir.camera import camera, devices, estimate_of
from sync.fhir.codes import Json
from sync.fhir.device import HubFacts, coincident, hub_device, meter_device
from sync.fhir.glucose import glucose
from sync.fhir.mapper import Mapper
from sync.fhir.numeric import numbers
from sync.fhir.pressure import blood_pressure
from sync.fhir.timing import corrected, effective
from sync.record import Measured
from vitals.reading import Kind

__all__ = ["HubFacts", "Json", "Resources", "corrected", "effective", "encode", "resources"]

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_NO_OFFSETS: Mapping[str, int] = {}
_MAPS: Mapping[Kind, Callable[[Mapper], list[Json]]] = {
    Kind.BLOOD_PRESSURE: blood_pressure,
    Kind.GLUCOSE: glucose,
    Kind.CAMERA: camera,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What one reading is on the server.

    `observations` starts with the main one. `prerequisites` are what they refer to: hub, meter,
    and the coincident time stamp where a clock was corrected; the same for many readings.
    """

    observations: tuple[Json, ...]
    prerequisites: tuple[Json, ...]


def resources(
    measured: Measured,
    *,
    hub: HubFacts,
    zone: tzinfo,
    boot_offsets: Mapping[str, int] = _NO_OFFSETS,
) -> Resources:
    """Map one reading to its resources; doing it again gives the same.

    Parameters
    ----------
    measured : Measured
        The reading with its identity and patient.
    hub : HubFacts
        The hub that heard it.
    zone : tzinfo
        The zone that meters' clocks are set to.
    boot_offsets : mapping
        See `sync.fhir.timing.corrected`.
    """
    reading = measured.reading
    when = effective(reading.timing, zone, boot_offsets)
    # A meter that tells its users apart belongs to no single one of them.
    owner = measured.patient if reading.user_slot is None else ""
    if reading.kind is Kind.CAMERA:
        measuring = devices(reading.meter, hub, estimate_of(reading))
    else:
        measuring = [meter_device(reading.meter, reading.kind, owner)]
    prerequisites = [hub_device(hub), *measuring]
    coincident_id = None
    check = reading.timing.clock_check
    if check is not None and when.shifted:
        hub_at = corrected(check.hub, boot_offsets).astimezone(zone)
        stamp = coincident(check, hub_at, meter=reading.meter, hub=hub)
        coincident_id = stamp["id"]
        prerequisites.append(stamp)
    heard = corrected(reading.timing.received, boot_offsets)
    mapper = Mapper(measured, hub=hub, when=when, heard=heard, coincident_id=coincident_id)
    observations = _MAPS.get(reading.kind, numbers)(mapper)
    return Resources(observations=tuple(observations), prerequisites=tuple(prerequisites))


def encode(resource: Json) -> bytes:
    """Write a resource or Bundle as JSON; a decimal keeps its digits (2.00 stays 2.00)."""
    return _ENCODER.encode(resource)

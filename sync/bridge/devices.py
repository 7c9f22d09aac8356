"""Which Devices a hub may write through the bridge: itself, what hangs below it, its meters. Pure.

A Device's id is a hash of what it is (`sync.fhir.codes.device_id`), so the bridge works out again
what it can: the hub's own Device, its store's, its report and a meter with a Bluetooth address each
have one id alone. What has neither, a meter on a cable, says so by its type; such a Device can take
the place of another like it, and is written anew by its own hub with the next reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sync.fhir.codes import DEVICE_IDENTIFIER, MDC, device_id
from sync.fhir.report import REPORT, report_id
from sync.fhir.visit import KEYS, keys_id

_GATEWAY = "531981"  # MDC_MOC_VMS_MDS_AHD
_METER = "65573"  # MDC_MOC_VMS_MDS_SIMP
_BLUETOOTH = "http://hl7.org/fhir/sid/eui-48/bluetooth"
_EUI48 = re.compile(r"(?:[0-9A-F]{2}-){5}[0-9A-F]{2}")


def is_ours(resource: Mapping[str, Any], hub: str) -> bool:
    """Tell whether a hub may write this Device."""
    own = resource.get("id") or _own_name(resource.get("identifier"))
    kinds = set(_codes(resource.get("type")))
    if any(system == REPORT for system, _ in kinds):
        return own == report_id(hub)
    if _text(resource.get("type")) == KEYS:
        return own == keys_id(hub)
    if (MDC, _GATEWAY) in kinds:
        return own == device_id(hub)
    if not isinstance(own, str) or own in {device_id(hub), report_id(hub), keys_id(hub)}:
        return False  # no name at all; or under its name, and not what stands there
    parent = resource.get("parent")
    if (MDC, _METER) not in kinds:
        # A store, a camera, what looks through it: each says below what it is.
        return isinstance(parent, dict) and isinstance(parent.get("reference"), str)
    addresses = list(_addresses(resource.get("identifier")))
    return all(own in {device_id(one), device_id(one.lower())} for one in addresses)


def _text(concept: object) -> object:
    return concept.get("text") if isinstance(concept, dict) else None


def _codes(concept: object) -> Iterator[tuple[str, str]]:
    found = concept.get("coding") if isinstance(concept, dict) else None
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict):
            yield str(one.get("system")), str(one.get("code"))


def _addresses(identifiers: object) -> Iterator[str]:
    for one in identifiers if isinstance(identifiers, list) else []:
        if isinstance(one, dict) and one.get("system") == _BLUETOOTH:
            value = str(one.get("value"))
            yield value.replace("-", ":") if _EUI48.fullmatch(value) else ""


def _own_name(identifiers: object) -> str:
    """Return the identifier of ours, which is the id that a server that chooses ids leaves out."""
    for one in identifiers if isinstance(identifiers, list) else []:
        if isinstance(one, dict) and one.get("system") == DEVICE_IDENTIFIER:
            return str(one.get("value"))
    return ""

"""What a hub says of itself, as a FHIR R4 Device below its own Device. Pure.

How it is, never how its patient is: no value, no name, no subject. The care team finds them all by
`Device?type=urn:hearth:report|hub`. The time of the last contact is the server's own
(`meta.lastUpdated`), because a hub's clock may be wrong. A Device, because that is what every hub
may write already, over HTTPS too; what decides about a hub is in the register, where none may.
Source: hl7.org/fhir/R4/device.html (property).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sync.fhir.codes import (
    DEVICE_IDENTIFIER,
    Json,
    coding,
    concept,
    device_id,
    device_reference,
)

REPORT = "urn:hearth:report"
REPORT_CODE = "hub"

_METER, _FAULT = "meter", "radio fault"
_TEXTS = frozenset({"software", "at", "started", "oldest", "rung", "ends", "radio", "newest"})
_FLAGS, _COUNTS = frozenset({"synchronised"}), frozenset({"waiting", "parked", "days"})
_MOST = 10**9
_BATTERY, _PERCENT, _HEARD = "battery", "battery percent", "heard"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReport:
    """One meter as the hub last met it.

    Parameters
    ----------
    driver : str
        Which kind it is, as its driver is called.
    device : str
        The logical id of its Device: a hash, two meters of a kind are told apart by it.
    heard : str
        When it was last read (FHIR instant).
    low : bool or None
        What it said of its battery; None for a meter that says nothing.
    percent : int or None
        0 to 100, from meters that tell it.
    """

    driver: str
    device: str
    heard: str = ""
    low: bool | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubReport:
    """How a hub is.

    Parameters
    ----------
    hub : str
        Its id.
    software, rung : str
        Its version, and where its key is kept (`agent.keys.Rung`).
    at, started, oldest, ends : str
        FHIR instants by the hub's own clock: now, its start, when the oldest reading that waits
        was received, when the first of its certificates ends. Empty where there is none.
    synchronised : bool
        Whether a time service has set its clock.
    waiting, parked : int
        Readings the server does not have: on their way, and refused or held for a person.
    radio : str
        "off", "scanning" or "silent".
    faults : tuple of (str, int)
        What the radio suffered from since the start and healed by itself or not, in the words of
        `drivers.healing.history.Fault`, and how often; what never was is left out.
    days : int
        On how many of the last 30 days, in the hub's zone, something was measured.
    newest : str
        The last such day, ISO 8601; empty for none.
    alarms : tuple of str
        Codes that stand now.
    """

    hub: str
    software: str
    at: str
    started: str = ""
    synchronised: bool = False
    waiting: int = 0
    parked: int = 0
    oldest: str = ""
    rung: str = ""
    ends: str = ""
    radio: str = "off"
    days: int = 0
    newest: str = ""
    alarms: tuple[str, ...] = ()
    meters: tuple[MeterReport, ...] = ()
    faults: tuple[tuple[str, int], ...] = ()


def report_id(hub: str) -> str:
    """Return the logical id of a hub's report: one a hub, brought up to date."""
    return device_id(f"{hub}|report")


def resource_of(report: HubReport) -> Json:
    """Return the report as a Device."""
    names = [one.name for one in fields(report) if one.name in _TEXTS | _FLAGS | _COUNTS]
    kept = {name: getattr(report, name) for name in names}
    properties = [_property(name, value) for name, value in kept.items() if value != ""]
    properties += [_property("alarm", code) for code in report.alarms]
    properties += [_property(_FAULT, name, number) for name, number in report.faults]
    properties += [_meter(one) for one in report.meters]
    own = report_id(report.hub)
    return {
        "resourceType": "Device",
        "id": own,
        "identifier": [{"system": DEVICE_IDENTIFIER, "value": own}],
        "status": "active",
        "serialNumber": report.hub,
        "type": concept(coding(REPORT, REPORT_CODE), text="How a Hearth hub is"),
        "property": properties,
        "parent": device_reference(report.hub),
    }


def report_of(resource: Mapping[str, Any]) -> HubReport | None:
    """Read a report; None for anything that is none, or that stands under another hub's id.

    What this version does not know is passed over; a field of a wrong type has its default.
    """
    hub = resource.get("serialNumber")
    if not isinstance(hub, str) or resource.get("id") != report_id(hub):
        return None
    found: dict[str, Any] = {"hub": hub, "software": "", "at": ""}
    alarms: list[str] = []
    meters: list[MeterReport] = []
    faults: list[tuple[str, int]] = []
    for one in _dicts(resource.get("property")):
        name, text, number = _name(one), _text(one), _number(one)
        if name == "alarm" and text:
            alarms.append(text)
        elif name == _FAULT and text and number is not None:
            faults.append((text, number))
        elif name == _METER:
            meters.append(_meter_of(one))
        elif name in _TEXTS:
            found[name] = text
        elif name in _FLAGS:
            found[name] = text == "true"
        elif name in _COUNTS and number is not None:
            found[name] = number
    return HubReport(**found, alarms=tuple(alarms), meters=tuple(meters), faults=tuple(faults))


def _property(name: str, value: str | bool | int, number: int | None = None) -> Json:  # noqa: FBT001 - any of the three
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int):
        return {"type": concept(text=name), "valueQuantity": [{"value": value}]}
    found: Json = {"type": concept(text=name), "valueCode": [concept(text=value)]}
    if number is not None:
        found["valueQuantity"] = [{"value": number}]
    return found


def _meter(meter: MeterReport) -> Json:
    said = {"driver": meter.driver, "device": meter.device, _HEARD: meter.heard}
    if meter.low is not None:
        said[_BATTERY] = "low" if meter.low else "good"
    codes = [concept(coding(f"{REPORT}:{name}", text)) for name, text in said.items() if text]
    found: Json = {"type": concept(text=_METER), "valueCode": codes}
    if meter.percent is not None:
        found["valueQuantity"] = [{"value": meter.percent, "unit": "%"}]
    return found


def _meter_of(found: Mapping[str, Any]) -> MeterReport:
    said: dict[str, str] = {}
    for one in _dicts(found.get("valueCode")):
        for code in _dicts(one.get("coding")):
            name, text = code.get("system"), code.get("code")
            if isinstance(name, str) and isinstance(text, str):
                said[name.removeprefix(f"{REPORT}:")] = text
    percent = _number(found)
    return MeterReport(
        driver=said.get("driver", ""),
        device=said.get("device", ""),
        heard=said.get(_HEARD, ""),
        low={"low": True, "good": False}.get(said.get(_BATTERY, "")),
        percent=percent if percent is not None and percent <= 100 else None,  # noqa: PLR2004 - %
    )


def _name(one: Mapping[str, Any]) -> str:
    kind = one.get("type")
    found = kind.get("text") if isinstance(kind, dict) else None
    return found if isinstance(found, str) else ""


def _text(one: Mapping[str, Any]) -> str:
    first = next(iter(_dicts(one.get("valueCode"))), {})
    found = first.get("text")
    return found if isinstance(found, str) else ""


def _number(one: Mapping[str, Any]) -> int | None:
    first = next(iter(_dicts(one.get("valueQuantity"))), {})
    found = first.get("value")
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return int(found) if 0 <= found < _MOST and found == found // 1 else None


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

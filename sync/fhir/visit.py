"""A video visit on the care team's server, as FHIR R4 resources of the hub's own. Pure.

Sources: hl7.org/fhir/R4: encounter, appointmentresponse, device, task. Nothing of what was said or
seen in a visit is ever in one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sync.fhir.codes import DEVICE_IDENTIFIER, Json, coding, concept, device_id, device_reference
from sync.record import logical_id

ENCOUNTER_IDENTIFIER = "urn:hearth:visit"
TASK_IDENTIFIER = "urn:hearth:visit-task"
CANCEL_CODE = "visit-cancel"
"""The code of the Task by which a hub hears that an invitation is cancelled."""
KEYS = "Keys for video visits of a Hearth hub"
_CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_LOINC = "http://loinc.org"
# R4 vital signs; glucose as in sync/fhir/README.md.
_MEASURES: Mapping[str, tuple[str, str]] = {
    "blood-pressure": ("85354-9", "Blood pressure panel with all children optional"),
    "glucose": ("41653-7", "Glucose [Mass/volume] in Capillary blood by Glucometer"),
    "oxygen": ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
    "temperature": ("8310-5", "Body temperature"),
    "weight": ("29463-7", "Body weight"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A visit, and when each step of it was; None where it did not come to that.

    `over_at` with `over` says it is over; `over` without it that nobody knows since when.
    """

    hub_id: str
    patient: str
    visit: str
    who: str
    caller: str = ""
    appointment: str = ""
    planned_at: datetime
    arrived_at: datetime | None = None
    began_at: datetime | None = None
    over: bool = False
    over_at: datetime | None = None


def encounter_id(hub_id: str, visit: str) -> str:
    """Return the logical id of a visit's Encounter: sent again, it is the same one."""
    return logical_id(ENCOUNTER_IDENTIFIER, f"{hub_id}|{visit}")


def encounter(met: Met) -> Json:
    """Return the visit as an Encounter of class VR (virtual), with the history of its status.

    planned: the invitation was redeemed; arrived: the patient answered; in-progress: both were
    connected; then finished, or cancelled where it never came to that.
    """
    steps = [
        ("planned", met.planned_at),
        ("arrived", met.arrived_at),
        ("in-progress", met.began_at),
    ]
    past = [(name, at) for name, at in steps if at is not None]
    last = ("finished" if met.began_at else "cancelled") if met.over else past[-1][0]
    ends = [at for _, at in past[1:]] + [met.over_at]
    history = [
        {"status": name, "period": _period(at, until)}
        for (name, at), until in zip(past, ends, strict=True)
    ]
    found: Json = {
        "resourceType": "Encounter",
        "id": encounter_id(met.hub_id, met.visit),
        "identifier": [{"system": ENCOUNTER_IDENTIFIER, "value": met.visit}],
        "status": last,
        "statusHistory": history if met.over else history[:-1],
        "class": coding(_CLASS, "VR", "virtual"),
        "subject": {"reference": met.patient},
        "participant": [{"individual": _caller(met)}],
        "period": _period(met.began_at or met.planned_at, met.over_at),
    }
    if not found["statusHistory"]:
        del found["statusHistory"]
    if met.appointment:
        found["appointment"] = [{"reference": met.appointment}]
    return found


def ready(*, hub_id: str, patient: str, appointment: str, at: str) -> Json:
    """Return the patient's "I am ready" as an AppointmentResponse; the last one counts."""
    return {
        "resourceType": "AppointmentResponse",
        "id": logical_id("urn:hearth:ready", f"{hub_id}|{appointment}"),
        "appointment": {"reference": appointment},
        "actor": {"reference": patient},
        "participantStatus": "accepted",
        "comment": f"Ready, said on the screen at {at}.",
    }


def keys_id(hub_id: str) -> str:
    """Return the logical id of the Device that holds a hub's public keys for visits."""
    return device_id(f"{hub_id}|visit")


def keys(hub_id: str, *, hub_key: str, seal: str) -> Json:
    """Return a hub's public keys for visits, in base64url, for whoever invites."""
    return {
        "resourceType": "Device",
        "id": keys_id(hub_id),
        "identifier": [{"system": DEVICE_IDENTIFIER, "value": keys_id(hub_id)}],
        "type": concept(text=KEYS),
        "parent": device_reference(hub_id),
        "property": [
            {"type": concept(text=name), "valueCode": [concept(text=value)]}
            for name, value in (("hub_key", hub_key), ("seal", seal))
        ],
    }


def keys_of(device: Mapping[str, object]) -> dict[str, str]:
    """Return the public keys in such a Device; empty where it is none."""
    found: dict[str, str] = {}
    kind, rows = device.get("type"), device.get("property")
    if not isinstance(kind, dict) or kind.get("text") != KEYS or not isinstance(rows, list):
        return {}
    for row in rows:
        try:
            found[str(row["type"]["text"])] = str(row["valueCode"][0]["text"])
        except (KeyError, IndexError, TypeError):
            return {}
    return found if found.keys() == {"hub_key", "seal"} else {}


def measure_task(  # noqa: PLR0913 - each is a field of the task
    *, what: str, number: int, visit: str, patient: str, encounter: str, who: str, at: datetime
) -> Json:
    """Return the wish of a clinician in a visit as a Task for the patient's hub.

    Raises
    ------
    KeyError
        For something that cannot be asked for.
    """
    code, display = _MEASURES[what]
    name = logical_id(TASK_IDENTIFIER, f"{visit}|{number}")
    return {
        "resourceType": "Task",
        "id": name,
        "identifier": [{"system": TASK_IDENTIFIER, "value": name}],
        "status": "requested",
        "intent": "order",
        "priority": "asap",
        "code": concept(coding(_LOINC, code, display)),
        "description": "Please measure now, asked for in a video visit.",
        "for": {"reference": patient},
        "encounter": {"reference": encounter},
        "authoredOn": _instant(at),
        "requester": {"display": who},
        "restriction": {"period": {"start": _instant(at)}},
    }


def _caller(met: Met) -> Json:
    known = met.caller.startswith(("Practitioner/", "PractitionerRole/"))
    return {"display": met.who, **({"reference": met.caller} if known else {})}


def _period(start: datetime, end: datetime | None) -> Json:
    return {"start": _instant(start), **({"end": _instant(end)} if end is not None else {})}


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")

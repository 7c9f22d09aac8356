"""Invites clinicians to visits, lists those there are, cancels one: on the care team's machine.

What is kept in the clinic's folder (`visits.json`) says who was invited to which hub and when. The
link itself is kept nowhere here: it is as good as being in the room.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.fleet.act import Desk
from agent.fleet.clinic import keep
from agent.fleet.needs import plain
from agent.visit import invite
from agent.visit.invitation import cancellation
from sync import signing
from sync.exchange import Purpose, Request
from sync.fhir import encode
from sync.fhir import visit as fhir
from sync.fhir.codes import Json
from sync.fhir.register import version_of
from sync.fhir.visit import CANCEL_CODE
from sync.policy import CONFLICT, JSON, STORED
from sync.record import logical_id
from vitals.errors import HubError, LinkError

FILE, LOCK = "visits.json", "visits.lock"
_OWNER_ONLY = 0o600
_TRIES = 4
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One invitation that was given out."""

    visit: str
    hub: str
    who: str
    start: str
    end: str
    by: str
    appointment: str = ""
    cancelled: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants to call, from when on, for how long; `appointment` also puts one on the server."""

    hub: str
    who: str
    role: str = ""
    caller: str = ""
    minutes: int = 30
    start: datetime
    appointment: bool = False


def invited(desk: Desk, wish: Wish, *, key: signing.Key, origin: str) -> tuple[str, Planned]:
    """Invite; return the link and what is kept of it.

    Raises
    ------
    HubError
        FLEET-30 for an unknown hub, FLEET-34 for one without a patient, VISIT-14 for a hub that
        has not told its keys, VISIT-13 for what can be no invitation.
    LinkError
        REG-01 when the server does not answer.
    """
    entry = desk.entry(wish.hub)
    if not entry.patients:
        raise HubError(
            f"{plain(wish.hub)} belongs to no patient, so nobody can be visited.",
            fix="Invite it anew for its patient: hearth fleet invite.",
            code="FLEET-34",
        )
    visit = secrets.token_urlsafe(16)
    name = logical_id("urn:hearth:appointment", f"{desk.clinic.tenant}|{visit}")
    made = invite.invited(
        invite.Wish(
            tenant=desk.clinic.tenant,
            hub=wish.hub,
            who=wish.who,
            role=wish.role,
            caller=wish.caller,
            minutes=wish.minutes,
            appointment=f"Appointment/{name}" if wish.appointment else "",
            keys=_keys(desk, wish.hub),
        ),
        key=key,
        now=wish.start,
        visit=visit,
        origin=origin,
    )
    if wish.appointment:
        booked = invite.appointment(
            made, patient=entry.patients[0], who=wish.who, caller=wish.caller, name=name
        )
        _put(desk, booked)
    planned = Planned(
        visit=visit,
        hub=wish.hub,
        who=wish.who,
        start=made.start.isoformat(timespec="minutes"),
        end=made.end.isoformat(timespec="minutes"),
        by=desk.clinic.operator,
        appointment=f"Appointment/{name}" if wish.appointment else "",
    )
    _change(desk.clinic.folder, lambda known: [*known, planned])
    desk.noted("visit-invited", wish.hub)
    return made.link, planned


def all_of(desk: Desk) -> Iterator[tuple[Planned, str]]:
    """Yield every invitation with what became of it: the Encounter's status, or "" for nothing."""
    for one in _read(desk.clinic.folder):
        found = _get(desk, f"Encounter/{fhir.encounter_id(one.hub, one.visit)}")
        yield one, "cancelled" if one.cancelled else str(found.get("status", ""))


def cancelled(desk: Desk, visit: str, *, key: signing.Key) -> Planned:
    """Cancel an invitation: the hub is told by a signed Task, and an Appointment says so too.

    Raises
    ------
    HubError
        VISIT-15 for one that is not in the list; otherwise as `invited`.
    """
    found = [one for one in _read(desk.clinic.folder) if one.visit == visit]
    if not found:
        raise HubError(
            "There is no such visit.",
            fix="Name it as hearth visit list shows it.",
            code="VISIT-15",
        )
    one = replace(found[0], cancelled=desk.at)
    entry = desk.entry(one.hub)
    exp = int(datetime.fromisoformat(one.end).timestamp()) + 60
    text = cancellation(desk.clinic.tenant, one.hub, visit, exp, key)
    name = logical_id("urn:hearth:visit-cancel", f"{desk.clinic.tenant}|{visit}")
    _put(
        desk,
        {
            "resourceType": "Task",
            "id": name,
            "status": "requested",
            "intent": "order",
            "code": {"coding": [{"code": CANCEL_CODE}], "text": "A video visit is cancelled"},
            "authoredOn": desk.at,
            "for": {"reference": entry.patients[0] if entry.patients else ""},
            "input": [{"type": {"text": "visit"}, "valueString": text}],
        },
    )
    if one.appointment:
        _cancel(desk, one.appointment)
    _change(
        desk.clinic.folder, lambda known: [one if each.visit == visit else each for each in known]
    )
    desk.noted("visit-cancelled", one.hub)
    return one


def _cancel(desk: Desk, appointment: str) -> None:
    """Cancel an Appointment and leave all else in it as it stands, whoever changes it meanwhile."""
    for tries in range(_TRIES):
        booked = _get(desk, appointment)
        if booked.get("resourceType") != "Appointment":
            return
        last = tries == _TRIES - 1
        if _put(desk, {**booked, "status": "cancelled"}, version_of(booked), or_tell=not last):
            return


def _keys(desk: Desk, hub: str) -> Mapping[str, str]:
    found = fhir.keys_of(_get(desk, f"Device/{fhir.keys_id(hub)}"))
    if not found:
        raise HubError(
            f"{plain(hub)} has not told its keys for visits yet.",
            fix="See that it has a screen, is on and reaches the server: hearth fleet show.",
            code="VISIT-14",
        )
    return found


def _get(desk: Desk, path: str) -> dict[str, Any]:
    """Return a resource of the clinic's server, {} where there is none."""
    request = Request(purpose=Purpose.REGISTER, method="GET", path=path, headers={"accept": JSON})
    answer = desk.line.link.exchange(request)
    if answer.status is None:
        raise _no_server()
    try:
        found = json.loads(answer.body) if answer.status in STORED else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _put(desk: Desk, resource: Json, version: str = "", *, or_tell: bool = False) -> bool:
    """Put a resource; with `or_tell`, False when it is no longer of this version."""
    answer = desk.line.link.exchange(
        Request(
            purpose=Purpose.REGISTER,
            method="PUT",
            path=f"{resource['resourceType']}/{resource['id']}",
            body=encode(resource),
            headers={"accept": JSON, "content-type": JSON}
            | ({"if-match": f'W/"{version}"'} if version else {}),
        )
    )
    if answer.status is None:
        raise _no_server()
    if or_tell and answer.status in CONFLICT:
        return False
    if answer.status not in STORED:
        raise HubError(
            f"The FHIR server refuses the {resource['resourceType']} (HTTP {answer.status}).",
            fix="Let this login write Appointment and Task on the server.",
            code="VISIT-16",
        )
    return True


def _no_server() -> LinkError:
    return LinkError(
        "The clinic's FHIR server does not answer.",
        fix="Check this machine's network, then run the command again.",
        code="REG-01",
    )


def _read(folder: Path) -> list[Planned]:
    path = folder / FILE
    if not path.exists():
        return []
    try:
        return [Planned(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise HubError(
            f"{path} cannot be used: {type(error).__name__}.",
            fix="Name the right folder, and run this as the one who may read it.",
            code="FLEET-02",
        ) from None


def _change(folder: Path, make: Callable[[list[Planned]], list[Planned]]) -> None:
    """Change the list as it stands now; of two commands at once neither loses what it wrote."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # held for one reading and writing
        _write(folder, make(_read(folder)))
    finally:
        os.close(handle)


def _write(folder: Path, planned: list[Planned]) -> None:
    rows = [asdict(one) for one in planned[-MOST:]]
    keep(folder / FILE, json.dumps(rows, indent=1).encode())

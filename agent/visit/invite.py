"""Invites to a visit, at the clinic: a fresh key for the page, a signed token, the link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from agent.visit import invitation
from agent.visit.invitation import Invitation
from agent.visit.messages import VERSION
from agent.visit.text import to_text
from sync import p256, signing
from sync.fhir.codes import Json
from vitals.errors import HubError

VIRTUAL_SERVICE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants to call which hub, from when on and for how long.

    `keys` are the hub's public ones, as it tells them itself: `hub_key` and `seal`.
    """

    tenant: str
    hub: str
    who: str
    keys: Mapping[str, str]
    role: str = ""
    caller: str = ""
    appointment: str = ""
    minutes: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """The link, and when it holds."""

    link: str
    visit: str
    start: datetime
    end: datetime


def invited(wish: Wish, *, key: signing.Key, now: datetime, visit: str, origin: str) -> Invited:
    """Make an invitation with a fresh key for the page; the private half is only in the link.

    Raises
    ------
    HubError
        VISIT-13 for what can be no invitation.
    """
    page = p256.Key()
    end = now + timedelta(minutes=wish.minutes)
    claims = {
        "v": VERSION,
        "tenant": wish.tenant,
        "hub": wish.hub,
        "visit": visit,
        "who": wish.who,
        "role": wish.role,
        "caller": wish.caller,
        "appointment": wish.appointment,
        "nbf": int(now.timestamp()),
        "exp": int(end.timestamp()),
        "page": to_text(page.public),
        "hub_key": wish.keys.get("hub_key", ""),
        "seal": wish.keys.get("seal", ""),
    }
    try:
        found = msgspec.convert(claims, Invitation)
        token = invitation.minted(found, key)
        invitation.opened(token, [key.public])  # as bridge and hub will read it
    except (msgspec.ValidationError, HubError) as error:
        what = str(error) if isinstance(error, msgspec.ValidationError) else "its time is no time"
        raise HubError(
            f"That can be no invitation: {what}.",
            fix="Name hub and caller as the clinic does, and 1 to 1440 minutes.",
            code="VISIT-13",
        ) from None
    return Invited(
        link=invitation.link(origin, token, page.private()), visit=visit, start=now, end=end
    )


def appointment(made: Invited, *, patient: str, who: str, caller: str, name: str) -> Json:
    """Return the Appointment (FHIR R4) of a visit, with the link as its virtualService.

    Who may read this Appointment may open the visit: it is for the care team's own system.
    """
    practitioner: Json = {"display": who, **({"reference": caller} if caller else {})}
    return {
        "resourceType": "Appointment",
        "id": name,
        "extension": [
            {
                "url": VIRTUAL_SERVICE,
                "extension": [{"url": "addressUrl", "valueUrl": made.link}],
            }
        ],
        "status": "booked",
        "description": f"Video visit with {who}",
        "start": made.start.isoformat(timespec="seconds"),
        "end": made.end.isoformat(timespec="seconds"),
        "participant": [
            {"actor": {"reference": patient}, "status": "needs-action"},
            {"actor": practitioner, "status": "accepted"},
        ],
    }

"""Invites a hub: signs its settings, keeps the hash of a new secret on the clinic's server."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.fleet import bundle
from agent.fleet.carried import Carried, written
from agent.fleet.clinic import Clinic, Line
from agent.fleet.kit import RESERVED
from sync import certificates, signing
from sync.exchange import Purpose, Request
from sync.fhir.invitation import Invited
from sync.invitation import SECRET_OCTETS, Invitation
from sync.policy import JSON, MISSING
from sync.settings import sign
from vitals.errors import HubError, LinkError

MOST = timedelta(days=90)
_TTL = re.compile(r"(?P<count>[1-9][0-9]{0,3})(?P<unit>[mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_HUB_LETTERS = "23456789bcdfghjkmnpqrstvwxz"  # no word comes out of them, and none looks like two


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whom to invite: what the operator typed."""

    patients: tuple[str, ...]
    hub: str = ""
    meters: tuple[str, ...] = ()
    ttl: str = "24h"
    label: str = ""
    language: str = ""
    timezone: str = ""


def life(text: str) -> timedelta:
    """Read how long an invitation is good; raises HubError FLEET-16."""
    found = _TTL.fullmatch(text.strip().lower())
    asked = timedelta(**{_UNITS[found["unit"]]: int(found["count"])}) if found else MOST * 2
    if asked > MOST:
        raise HubError(
            f"An invitation cannot be good for {text}.",
            fix="Write --ttl 30m, 24h or 7d; 90d is the longest.",
            code="FLEET-16",
        )
    return asked


def new_hub() -> str:
    """Return a name for a hub that was given none."""
    return "hub-" + "".join(secrets.choice(_HUB_LETTERS) for _ in range(6))


def invite(
    clinic: Clinic, line: Line, wish: Wish, *, key: signing.Key, now: datetime
) -> tuple[Invitation, Invited]:
    """Invite one hub; return what it is to be given, and what the register keeps.

    Raises
    ------
    HubError
        FLEET-15 for a meter, FLEET-16 for a time, FLEET-17 for a name that cannot be; REG-03 and
        REG-04 for a server that cannot keep invitations.
    LinkError
        REG-01 when the server does not answer.
    ConfigError
        When a hub could not use the settings.
    """
    hub = wish.hub or new_hub()
    if hub in RESERVED:
        raise HubError(
            f"No hub may be called {hub}.",
            fix="Choose another name; without --hub one is made up.",
            code="FLEET-17",
        )
    expires = now + life(wish.ttl)
    text = bundle.settings(
        clinic.config,
        hub=hub,
        patients=wish.patients,
        meters=wish.meters,
        language=wish.language,
        timezone=wish.timezone,
    )
    line.invitations.check()
    version = next_version(line, hub)
    door = clinic.config.bridge
    invitation = Invitation(
        host=f"{door.host.lower()}:{door.port}",
        pin=certificates.pin(clinic.root()),
        secret=secrets.token_bytes(SECRET_OCTETS),
    )
    entry = Invited(
        tenant=clinic.tenant,
        hub=hub,
        patients=" ".join(wish.patients),
        hash=invitation.hash(),
        expires=expires.isoformat(timespec="seconds"),
        by=clinic.operator,
        at=now.isoformat(timespec="seconds"),
        version=str(version),
        settings=sign(tenant=clinic.tenant, hub=hub, version=version, text=text, key=key),
        roster=clinic.roster_text(),
        meters=" ".join(wish.meters),
        label=wish.label,
    )
    line.invitations.save(entry)
    return invitation, entry


def check_patients(line: Line, patients: Sequence[str]) -> None:
    """See that the server knows whose home it is, before anything is made for it.

    A login that may not read Patient cannot tell; then nothing is said.

    Raises
    ------
    HubError
        FLEET-23 for one that the server does not have.
    """
    for patient in patients:
        answer = line.link.exchange(
            Request(purpose=Purpose.REGISTER, method="GET", path=patient, headers={"accept": JSON})
        )
        if answer.status in MISSING:
            raise HubError(
                "The clinic's server has no such patient; nobody was invited.",
                fix="Look the patient up in your own system, and copy the reference from there.",
                code="FLEET-23",
            )


def next_version(line: Line, hub: str) -> int:
    """Return the version that this hub's next settings must have.

    Raises
    ------
    LinkError
        REG-01 when the register cannot be asked.
    """
    known = line.register.fresh(hub)
    if not known.sure:
        raise LinkError("The clinic's FHIR server does not answer.", code="REG-01")
    return 1 + int(known.entry.settings or 0) if known.entry is not None else 1


def in_file(clinic: Clinic, invitation: Invitation, entry: Invited) -> str:
    """Write an invitation for a hub that has no network yet."""
    root = certificates.pem_of([clinic.root()]).decode("ascii")
    return written(
        Carried(invitation=invitation, root=root, roster=entry.roster, settings=entry.settings)
    )

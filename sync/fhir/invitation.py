"""One invitation as a FHIR R4 Basic on the clinic's own server: known by a hash, used once. Pure.

The secret itself is nowhere but with whoever was invited. With it stands what the hub will be told:
settings that the care team signed when it invited, and the list of who may sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sync.fhir.codes import Json, coding, concept
from sync.fhir.register import REGISTER, version_of
from sync.record import logical_id

INVITATION_CODE = "invitation"
_PATIENT = f"{REGISTER}:patient"


class State(StrEnum):
    """What became of it. One that ran out stays open: its time tells."""

    OPEN = "open"
    REDEEMED = "redeemed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation of one hub into one patient's home.

    Parameters
    ----------
    hash : str
        Of the secret, 64 hex digits.
    patients : str
        Relative references, divided by spaces, the home's own patient first.
    expires, at : str
        ISO 8601 with a zone.
    version : str
        The version of the settings in it.
    settings, roster : str
        What `hearth fleet` signed for this hub, and the list of the clinic's signers.
    key : str
        Hash of the public key it was redeemed for: the same hub may ask again.
    etag : str
        The server's version of this, for If-Match; empty for one that is new.
    """

    tenant: str
    hub: str
    patients: str
    hash: str
    expires: str
    by: str
    at: str
    version: str
    settings: str
    roster: str
    meters: str = ""
    label: str = ""
    state: State = State.OPEN
    key: str = ""
    etag: str = ""

    def is_over(self, now: datetime) -> bool:
        """Tell whether its time has run out."""
        return now >= datetime.fromisoformat(self.expires)


def invitation_id(secret_hash: str) -> str:
    """Return the logical id of an invitation."""
    return logical_id(REGISTER, f"{INVITATION_CODE}|{secret_hash}")


def resource_of(entry: Invited) -> Json:
    """Return the invitation as a Basic."""
    own = invitation_id(entry.hash)
    said = {one.name: str(getattr(entry, one.name)) for one in fields(entry)}
    del said["etag"], said["patients"]
    people = [{"url": _PATIENT, "valueReference": {"reference": p}} for p in entry.patients.split()]
    texts = [{"url": f"{REGISTER}:{name}", "valueString": t} for name, t in said.items() if t]
    return {
        "resourceType": "Basic",
        "id": own,
        "extension": [*texts, *people],
        "identifier": [{"system": REGISTER, "value": own}],
        "code": concept(coding(REGISTER, INVITATION_CODE), text="An invitation of a Hearth hub"),
    }


def invited_of(resource: Mapping[str, Any]) -> Invited | None:
    """Read an invitation; None for anything that is none, or stands under another's id."""
    known = {one.name for one in fields(Invited)}
    texts: dict[str, str] = {}
    patients: list[str] = []
    extensions = resource.get("extension")
    for said in extensions if isinstance(extensions, list) else []:
        if not isinstance(said, dict):
            continue
        name = str(said.get("url", "")).removeprefix(f"{REGISTER}:")
        text, person = said.get("valueString"), said.get("valueReference")
        if said.get("url") == _PATIENT and isinstance(person, dict):
            patients.append(str(person.get("reference", "")))
        elif name in known and isinstance(text, str):
            texts[name] = text
    texts |= {"patients": " ".join(patients), "etag": version_of(resource)}
    try:
        found = Invited(**{**texts, "state": State(texts["state"])})  # type: ignore[arg-type] # all are str
        aware = datetime.fromisoformat(found.expires).tzinfo is not None
    except (KeyError, TypeError, ValueError):
        return None
    whole = aware and found.version.isdecimal() and found.patients
    kind = (resource.get("resourceType"), resource.get("id"))
    return found if whole and kind == ("Basic", invitation_id(found.hash)) else None

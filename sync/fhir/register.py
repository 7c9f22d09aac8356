"""The clinic's register of its hubs on its own FHIR server: one Basic a hub (R4). Pure.

Not the hub's Device: a hub describes that itself, and what decides whether a hub may still bring
readings must be where no hub can write. The bridge's gate lets no hub touch a register entry.
Every bridge, the enrolment endpoint and each machine of the care team read and write the same one.
Sources: hl7.org/fhir/R4/basic.html, extensibility.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sync.fhir.codes import Json, coding, concept
from sync.record import logical_id

REGISTER = "urn:hearth:register"
HUB_CODE = "hub"
MOST_NOTES = 20
"""The newest are kept in the entry; older ones are in the server's history of it."""

_ONE = ("tenant", "hub", "state", "label", "since", "by", "why", "settings")
_MANY = {"meter": "meters", "certificate": "certificates", "revoked": "revoked", "key": "keys"}
_PATIENT, _NOTE = f"{REGISTER}:patient", f"{REGISTER}:note"


class Standing(StrEnum):
    """Whether a hub may bring readings."""

    ENROLLED = "enrolled"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody of the care team wrote about a hub; `at` is a FHIR instant."""

    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One hub of the clinic.

    Parameters
    ----------
    hub, tenant : str
        As in the hub's settings.
    patients : tuple of str
        Relative references of the people it was given to.
    state : Standing
        A revoked hub brings nothing and is given no new certificate.
    label : str
        How the care team calls it, such as "Kitchen, second floor". Never a person's name.
    meters : tuple of str
        Which meters are expected there, as drivers are called.
    certificates : tuple of str
        Each certificate that it may show: serial number in hex, a space, and when it ends.
    revoked : tuple of str
        Certificates of it that were taken back, in the same form.
    since, by, why : str
        When it came into this state (FHIR instant), who did it, and in whose words.
    keys : tuple of str
        SHA-256 of the public keys by which it may renew, hex: the present one, and the last.
    settings : str
        The version of the newest settings that were signed for it, in digits; empty for none.
    notes : tuple of Note
        The oldest first.
    extra : tuple
        Extensions that this version does not know; written back as they were.
    version : str
        The server's version of the entry, for If-Match; empty for one that is new.
    """

    hub: str
    tenant: str
    patients: tuple[str, ...]
    state: Standing = Standing.ENROLLED
    label: str = ""
    meters: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    since: str = ""
    by: str = ""
    why: str = ""
    settings: str = ""
    notes: tuple[Note, ...] = ()
    extra: tuple[Json, ...] = field(default=(), hash=False)
    version: str = ""


def register_id(tenant: str, hub: str) -> str:
    """Return the logical id of a hub's entry."""
    return logical_id(REGISTER, f"{tenant}|{hub}")


def resource_of(entry: Registered) -> Json:
    """Return the entry as a Basic; what it says is in extensions, as Basic is made for."""
    own = register_id(entry.tenant, entry.hub)
    said = [_text(name, value) for name in _ONE if (value := str(getattr(entry, name)))]
    said += [_text(name, one) for name, many in _MANY.items() for one in getattr(entry, many)]
    said += [{"url": _PATIENT, "valueReference": {"reference": one}} for one in entry.patients]
    said += [
        {"url": _NOTE, "valueAnnotation": {"authorString": n.by, "time": n.at, "text": n.text}}
        for n in entry.notes[-MOST_NOTES:]
    ]
    found: Json = {
        "resourceType": "Basic",
        "id": own,
        "extension": [*said, *entry.extra],
        "identifier": [{"system": REGISTER, "value": own}],
        "code": concept(coding(REGISTER, HUB_CODE), text="A Hearth hub of this clinic"),
    }
    if entry.patients:
        found["subject"] = {"reference": entry.patients[0]}
    return found


def entry_of(resource: Mapping[str, Any]) -> Registered | None:
    """Read an entry; None for anything that is none, or that stands under another hub's id.

    What this version does not know is kept in `extra`. A state that is not one of `Standing` makes
    it no entry: nobody may bring readings by a word that nobody understands.
    """
    one: dict[str, str] = {}
    many: dict[str, list[str]] = {name: [] for name in _MANY}
    patients: list[str] = []
    notes: list[Note] = []
    extra: list[Json] = []
    for said in _dicts(resource.get("extension")):
        url = said.get("url")
        name = str(url).removeprefix(f"{REGISTER}:") if isinstance(url, str) else ""
        text = said.get("valueString")
        if url == _PATIENT and (named := _reference(said.get("valueReference"))):
            patients.append(named)
        elif url == _NOTE and (note := _note(said.get("valueAnnotation"))):
            notes.append(note)
        elif name in _ONE and isinstance(text, str):
            one[name] = text
        elif name in many and isinstance(text, str):
            many[name].append(text)
        else:
            extra.append(dict(said))
    try:
        found = Registered(
            **{**one, "state": Standing(one["state"])},  # type: ignore[arg-type] # all are str
            patients=tuple(patients),
            **{_MANY[name]: tuple(texts) for name, texts in many.items()},  # type: ignore[arg-type] # the same
            notes=tuple(notes),
            extra=tuple(extra),
            version=version_of(resource),
        )
    except (KeyError, ValueError, TypeError):
        return None
    kind = (resource.get("resourceType"), resource.get("id"))
    return found if kind == ("Basic", register_id(found.tenant, found.hub)) else None


def version_of(resource: Mapping[str, Any]) -> str:
    """Return `meta.versionId`, empty where the server tells none."""
    meta = resource.get("meta")
    found = meta.get("versionId") if isinstance(meta, Mapping) else None
    return found if isinstance(found, str) else ""


def _text(name: str, value: str) -> Json:
    return {"url": f"{REGISTER}:{name}", "valueString": value}


def _reference(value: object) -> str:
    found = value.get("reference") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _note(value: object) -> Note | None:
    if not isinstance(value, dict):
        return None
    texts = [value.get(name, "") for name in ("authorString", "time", "text")]
    if not all(isinstance(text, str) for text in texts):
        return None
    return Note(by=texts[0], at=texts[1], text=texts[2])


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

"""What a hub says besides readings: it passes the bridge if it is its own and its own patient's.

Answers of the patient, and what the care rules raised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sync.envelope import Address
from sync.fhir.said import source
from sync.fhir.visit import encounter_id

PERSON: Mapping[str, str] = {
    "Communication": "subject",
    "Flag": "subject",
    "QuestionnaireResponse": "subject",
    "DocumentReference": "subject",
    "Consent": "patient",
    "Binary": "securityContext",
    "Encounter": "subject",
    "AppointmentResponse": "actor",
}
"""What may be said, and where it names the person."""
_PLACE = re.compile(rf"(?P<kind>{'|'.join(PERSON)})/(?P<name>h[0-9a-f]{{63}})")


def is_answer(path: str, resource: Mapping[str, Any]) -> bool:
    """Tell whether this is something a patient said, by where it goes and what vouches for it."""
    meta = resource.get("meta")
    return _PLACE.fullmatch(path) is not None and isinstance(meta, dict) and "source" in meta


def refused(
    path: str, resource: Mapping[str, Any], address: Address, patients: frozenset[str], any_: str
) -> str | None:
    """Return why an answer may not pass, None when it may."""
    place = _PLACE.fullmatch(path)
    if place is None or (place["kind"], place["name"]) != (
        resource.get("resourceType"),
        resource.get("id"),
    ):
        return "an answer under another's name"
    if resource["meta"].get("source") != source(address.hub):
        return "an answer from another hub"
    if place["kind"] == "Encounter" and place["name"] != _visit_of(resource, address.hub):
        return "a visit of another hub"
    person = resource.get(PERSON[place["kind"]])
    named = str(person.get("reference")) if isinstance(person, dict) else ""
    if any_ not in patients and named not in patients:
        return "an answer of a person this hub was not given to"
    return None


def _visit_of(resource: Mapping[str, Any], hub: str) -> str:
    """Return the id that an Encounter with this identifier has, if it is this hub's."""
    found = resource.get("identifier")
    first = found[0] if isinstance(found, list) and found else None
    return encounter_id(hub, str(first.get("value")) if isinstance(first, dict) else "")

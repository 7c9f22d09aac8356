"""What a hub raises by a rule of the care team's, as FHIR R4 resources of its own. Pure.

A Flag stands in the chart; a Communication tells of it in words. Both name the rule with its
version and the reading; both have an id made of just these, so that they are stored once however
often they are sent. It is a notification: a hub watches over nobody, and says so each time.
Sources: hl7.org/fhir/R4: flag, communication, extension-flag-detail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.fhir.codes import Json, coding, concept, device_reference
from sync.record import READING_IDENTIFIER, logical_id

RAISED = "urn:hearth:raised"
NOTICE = "A notification by the hub in the home, not active monitoring."
_DETAIL = "http://hl7.org/fhir/StructureDefinition/flag-detail"
_FLAGS = "http://terminology.hl7.org/CodeSystem/flag-category"
_ALERTS = "http://terminology.hl7.org/CodeSystem/communication-category"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """Something that a rule found.

    Parameters
    ----------
    rule, version : str
        A reference such as Goal/12 and its `meta.versionId`; empty where the hub's own rule is it.
    about : str
        What makes it one of its kind: the reading's id, or what else it is about.
    reading : str
        The id of the reading it is about, empty for none.
    title, text : str
        What it is in a few words, and in a sentence or two.
    since, sent : str
        When what it is about happened, and when the hub says so (FHIR instants).
    """

    hub_id: str
    patient: str
    rule: str
    version: str
    about: str
    reading: str
    title: str
    text: str
    since: str
    sent: str
    urgent: bool = False

    def name(self, part: str) -> str:
        """Return the logical id of one of its resources."""
        seed = f"{self.hub_id}|{self.rule}|{self.version}|{self.about}|{part}"
        return logical_id(RAISED, seed)

    @property
    def sources(self) -> list[Json]:
        """Return references to the reading and to the very version of the rule."""
        found: list[Json] = []
        if self.reading:
            identifier = {"system": READING_IDENTIFIER, "value": self.reading}
            found.append({"reference": f"Observation/{self.reading}", "identifier": identifier})
        if self.rule:
            version = f"/_history/{self.version}" if self.version else ""
            found.append({"reference": f"{self.rule}{version}"})
        return found


def flag(raised: Raised) -> Json:
    """Return the Flag."""
    name = raised.name("flag")
    found: Json = {
        "resourceType": "Flag",
        "id": name,
        "identifier": [{"system": RAISED, "value": name}],
        "status": "active",
        "category": [concept(coding(_FLAGS, "clinical"))],
        "code": concept(text=raised.title),
        "subject": {"reference": raised.patient},
        "period": {"start": raised.since},
        "author": device_reference(raised.hub_id),
    }
    if raised.sources:
        found["extension"] = [{"url": _DETAIL, "valueReference": one} for one in raised.sources]
    return found


def ended(flag_: Json, *, end: str, version: str) -> Json:
    """Return a Flag as ended by the hub that raised it, to be stored over this very version only.

    It stays in the chart with its period: `inactive` takes it off the list, not out of the record.
    """
    period = {**flag_["period"], "end": end}
    return {**flag_, "meta": {"versionId": version}, "status": "inactive", "period": period}


def alert(raised: Raised, *, flagged: bool = True, of: Sequence[str] = ()) -> Json:
    """Return the Communication; `flagged` where a Flag stands beside it, `of` of others."""
    name = raised.name("alert")
    own = [{"reference": f"Flag/{raised.name('flag')}"}] if flagged else []
    own += [{"reference": f"Flag/{one}"} for one in of]
    found: Json = {
        "resourceType": "Communication",
        "id": name,
        "identifier": [{"system": RAISED, "value": name}],
        "status": "completed",
        "category": [concept(coding(_ALERTS, "alert"), text="Raised by a Hearth hub")],
        "priority": "urgent" if raised.urgent else "routine",
        "subject": {"reference": raised.patient},
        "sender": device_reference(raised.hub_id),
        "sent": raised.sent,
        "payload": [{"contentString": f"{raised.text} {NOTICE}"}],
    }
    if about := [*own, *raised.sources]:
        found["about"] = about
    return found

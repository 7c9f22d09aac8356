"""One line of the audit trail as a FHIR R4 AuditEvent (hl7.org/fhir/R4/auditevent.html). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from sync.fhir.codes import DEVICE_IDENTIFIER, Json, coding, device_id
from sync.record import logical_id

AUDIT_IDENTIFIER = "urn:hearth:audit"
HUB = "hub"
"""Who did what nobody asked for: the hub itself."""

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_ALERT = ("110113", "Security Alert")
_TYPES = {"start": ("110100", "Application Activity"), "noted": ("110100", "Application Activity")}
_TYPES |= dict.fromkeys(
    (
        "settings",
        "rekey",
        "reset-begun",
        "clinic-made",
        "invited",
        "enrolled",
        "renewed",
        "revoked",
        "denylist",
        "rotation-asked",
        "settings-sent",
        "pair",
        "forget",
        "pair-refused",
    ),
    _ALERT,
)
_ANY_TYPE = ("110110", "Patient Record")
_ACTIONS = {"start": "E", "retry": "E", "support": "R", "look": "R", "reset-begun": "E"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Which hub's trail it is; `generation` is the store's, so that a reset begins a new one."""

    hub_id: str
    generation: str

    def place(self, number: int) -> str:
        """Return what tells this event from any other of this hub's."""
        return f"{self.generation}/{number}"


def audit_id(told: Told, number: int) -> str:
    """Return an event's logical id: sent twice, it is stored once."""
    return id_of(told.hub_id, told.place(number))


def id_of(hub_id: str, place: str) -> str:
    """Return the logical id that an event of this hub at this place must have."""
    return logical_id(AUDIT_IDENTIFIER, f"{hub_id}|{place}")


def audit_event(  # noqa: PLR0913 - each is a field of the event
    told: Told,
    *,
    number: int,
    at: str,
    by: str,
    what: str,
    why: str,
    seq: int,
    hashes: tuple[str, str],
) -> Json:
    """Map one event.

    Parameters
    ----------
    hashes : (str, str)
        Of the event before and of this one, as the hub's own trail has them.
    """
    before, own = hashes
    details = {"row": str(seq) if seq else "", "before": before, "hash": own}
    kind = _TYPES.get(what, _ANY_TYPE)
    event: Json = {
        "resourceType": "AuditEvent",
        "id": audit_id(told, number),
        "type": coding(_DICOM, *kind),
        "subtype": [coding(AUDIT_IDENTIFIER, what, what)],
        "action": _ACTIONS.get(what, "U"),
        "recorded": at,
        "outcome": "0",
        "agent": [{"altId": by, "requestor": by != HUB}],
        "source": {
            "observer": {
                "identifier": {"system": DEVICE_IDENTIFIER, "value": device_id(told.hub_id)},
                "display": "Hearth hub",
            }
        },
        "entity": [
            {
                "what": {
                    "identifier": {"system": AUDIT_IDENTIFIER, "value": told.place(number)},
                },
                "detail": [
                    {"type": name, "valueString": value} for name, value in details.items() if value
                ],
            }
        ],
    }
    if why:
        event["purposeOfEvent"] = [{"text": why}]
    return event

"""What a hub says of something the care team sent: that it arrived, was applied, or could not be.

A Communication of the hub's own, under an id of its own, about the resource it is based on: the
hub never writes into what the care team wrote. A care system finds it by
`Communication?based-on=Task/…`.
"""

from __future__ import annotations

from sync.fhir.codes import Json, concept, device_reference
from sync.record import logical_id

_SYSTEM = "urn:hearth:receipt"


def receipt(*, hub_id: str, patient: str, about: str, version: str, words: str) -> Json:
    """Return a receipt.

    Parameters
    ----------
    hub_id : str
        The hub's own id.
    patient : str
        Relative reference.
    about : str
        Reference of what was received, such as Task/12.
    version : str
        Its `meta.versionId`: each version has a receipt of its own.
    words : str
        What became of it, without any patient's data.
    """
    name = logical_id(_SYSTEM, f"{hub_id}|{about}|{version}")
    return {
        "resourceType": "Communication",
        "id": name,
        "identifier": [{"system": _SYSTEM, "value": name}],
        "basedOn": [{"reference": about}],
        "status": "completed",
        "category": [concept(text="Receipt of a Hearth hub")],
        "subject": {"reference": patient},
        "sender": device_reference(hub_id),
        "payload": [{"contentString": words}],
    }

"""What the server remembers of the store, so that an old copy of the whole file is noticed. Pure.

Inside a store every change shows (`sync/README.md`); a complete older copy of its file shows
nothing. So the hub leaves the number of its newest row with the care team's server, as a Device of
its own below the hub's, whenever it has nothing else to do, and compares at every start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sync.capability import read_json
from sync.exchange import Alarm, Answer, Effect, Purpose, Request
from sync.fhir import encode
from sync.fhir.codes import (
    DEVICE_IDENTIFIER,
    Json,
    concept,
    device_id,
    device_reference,
)
from sync.policy import JSON, MISSING, STORED

EVERY_S = 600.0
"""How often the number is brought up to date at most."""
RETRY_S = 60.0

_NEWEST, _GENERATION, _INCIDENTS = "newest row", "store generation", "incidents"
ROLLED_BACK = Alarm(
    code="STORE-13",
    sentence="The hub's store is older than what the server knows of it: an old copy was put back.",
)
REPLACED = Alarm(
    code="STORE-14",
    sentence="The hub's store is another one than the server knows: it was replaced or lost.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the server remembers."""

    generation: str
    newest: int
    incidents: int


class Anchor:
    """Compares once, then keeps the server's memory up to date.

    Parameters
    ----------
    hub_id : str
        The hub's own id.
    generation : str
        Of the store's file, random for every file ever made, in hex.
    newest : callable
        Returns the highest number that any row of the store was given.
    """

    def __init__(self, *, hub_id: str, generation: str, newest: Callable[[], int]) -> None:
        """Start without knowing what the server knows."""
        self._hub_id, self._generation, self._newest = hub_id, generation, newest
        self._id = device_id(f"{hub_id}|store")
        self._compared = False
        self._able = True
        self._incidents = 0
        self._left, self._asked = -1, -1
        self._not_before_s = 0.0

    def next(self, now_s: float) -> Request | None:
        """Return a request to make while no reading waits, None when there is none.

        `now_s` are seconds on a clock that never jumps.
        """
        if not self._able or now_s < self._not_before_s:
            return None
        newest = self._newest()
        if not self._compared:
            self._asked = newest
            return self._request("GET")
        if newest == self._left:
            return None
        self._asked = newest
        return self._request("PUT", encode(self._resource(newest)))

    def answer(self, request: Request, answer: Answer, now_s: float) -> list[Effect]:
        """Take the answer; return an alarm when this store is not what the server knows."""
        self._not_before_s = now_s + RETRY_S
        if request.method == "GET":
            return self._told(answer, now_s)
        if answer.status in STORED:
            self._left = self._asked
            self._not_before_s = now_s + EVERY_S
        elif answer.status is not None and 400 <= answer.status < 500:  # noqa: PLR2004 - RFC 9110
            self._able = False  # a server that lets no hub choose ids keeps no anchor
        return []

    def _told(self, answer: Answer, now_s: float) -> list[Effect]:
        if answer.status in MISSING:
            self._compared, self._not_before_s = True, now_s
            return []
        found = read_json(answer) if answer.status in STORED else None
        known = known_of(found) if found is not None else None
        if known is None:
            return []  # not now: asked again later
        self._compared, self._not_before_s = True, now_s
        self._incidents = known.incidents
        if known.generation == self._generation and known.newest <= self._asked:
            self._left = known.newest
            return []
        self._incidents += 1
        return [ROLLED_BACK if known.generation == self._generation else REPLACED]

    def _request(self, method: str, body: bytes = b"") -> Request:
        headers = {"accept": JSON} | ({"content-type": JSON} if body else {})
        return Request(
            purpose=Purpose.ANCHOR,
            method=method,
            path=f"Device/{self._id}",
            body=body,
            headers=headers,
        )

    def _resource(self, newest: int) -> Json:
        return {
            "resourceType": "Device",
            "id": self._id,
            "identifier": [{"system": DEVICE_IDENTIFIER, "value": self._id}],
            "status": "active",
            "type": concept(text="Sealed store of a Hearth hub"),
            "parent": device_reference(self._hub_id),
            "property": [
                {"type": concept(text=_NEWEST), "valueQuantity": [{"value": newest}]},
                {"type": concept(text=_GENERATION), "valueCode": [concept(text=self._generation)]},
                {"type": concept(text=_INCIDENTS), "valueQuantity": [{"value": self._incidents}]},
            ],
        }


def known_of(resource: Mapping[str, Any]) -> Known | None:
    """Read what the server remembers; None when it is not of that form."""
    try:
        values = {one["type"]["text"]: one for one in resource["property"]}
        return Known(
            generation=str(values[_GENERATION]["valueCode"][0]["text"]),
            newest=int(values[_NEWEST]["valueQuantity"][0]["value"]),
            incidents=int(values[_INCIDENTS]["valueQuantity"][0]["value"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return None

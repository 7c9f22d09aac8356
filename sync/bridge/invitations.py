"""Invitations on the clinic's FHIR server: every bridge and machine of the care team finds them.

A change names the version it is made of (If-Match, RFC 9110, 13.1.1), so of two hubs that come with
one invitation at the same moment the server lets one win, whichever bridges they came to. A server
that ignores If-Match would let both: `check` finds that out before an invitation is made on it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from sync.bridge.register import is_conflict
from sync.capability import read_json
from sync.exchange import Answer, Purpose, Request
from sync.fhir import encode
from sync.fhir.codes import Json, coding, concept
from sync.fhir.invitation import Invited, State, invitation_id, invited_of, resource_of
from sync.fhir.register import REGISTER
from sync.policy import JSON, MISSING, STORED
from sync.record import logical_id
from vitals.errors import HubError, LinkError

_CHECK = "check"


class Server(Protocol):
    """The way to the FHIR server. Never raises for the network."""

    def exchange(self, request: Request) -> Answer:
        """Make one request and wait, within a time limit, for its answer."""


class Invitations:
    """Reads and writes invitations; keeps nothing.

    Every method raises LinkError REG-01 when the server does not answer, HubError REG-03 when it
    refuses.
    """

    def __init__(self, server: Server) -> None:
        """Keep the way to the server."""
        self._server = server
        self._checked = False

    def find(self, secret_hash: str) -> Invited | None:
        """Return the invitation with the secret of this hash, None where there is none."""
        answer = self._asked("GET", f"Basic/{invitation_id(secret_hash)}")
        if answer.status in MISSING:
            return None
        found = read_json(answer)
        return None if found is None else invited_of(found)

    def save(self, entry: Invited) -> bool:
        """Write an invitation; False when somebody else changed it since it was read."""
        return self._put(resource_of(entry), entry.etag)

    def check(self) -> None:
        """See, once, that the server keeps two changes apart; HubError REG-04 when it does not."""
        if self._checked:
            return
        where = logical_id(REGISTER, _CHECK)
        probe = {
            "resourceType": "Basic",
            "id": where,
            "identifier": [{"system": REGISTER, "value": where}],
            "code": concept(coding(REGISTER, _CHECK), text="Shows that this server keeps versions"),
        }
        self._put(probe, "")
        if self._put(probe, "a-version-that-never-was"):
            raise HubError(
                "The FHIR server ignores If-Match: two hubs could use one invitation.",
                fix="Turn versioned updates of Basic on at the server, or use another server.",
                code="REG-04",
            )
        self._checked = True

    def redeem(self, entry: Invited, key: str) -> bool:
        """Let one hub have it, by the hash of its public key; False when another was faster."""
        return self.save(replace(entry, state=State.REDEEMED, key=key))

    def _put(self, body: Json, version: str) -> bool:
        headers = {"if-match": f'W/"{version}"'} if version else {}
        answer = self._asked("PUT", f"Basic/{body['id']}", encode(body), headers)
        return not is_conflict(answer)

    def _asked(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        asked = Request(
            purpose=Purpose.REGISTER,
            method=method,
            path=path,
            body=body,
            headers={"accept": JSON, "content-type": JSON, **(headers or {})},
        )
        answer = self._server.exchange(asked)
        if answer.status is None:
            raise LinkError("The clinic's FHIR server does not answer.", code="REG-01")
        absent = method == "GET" and answer.status in MISSING
        if answer.status in STORED or absent or is_conflict(answer):
            return answer
        raise HubError(
            f"The FHIR server refuses the clinic's register (HTTP {answer.status}).",
            fix="Let this login read, search and write Basic resources on the server.",
            code="REG-03",
        )

"""Asks the clinic's register whose readings a hub may bring, and remembers the answer for a while.

The register is on the FHIR server, so bridges have nothing of their own to keep, and a hub that was
taken back is turned away by all of them within `FRESH_S`. What is remembered is bounded: past
`MOST` hubs the one asked about longest ago is forgotten and asked about again.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sync.capability import read_json
from sync.exchange import Answer, Purpose, Request
from sync.fhir import encode
from sync.fhir.register import Registered, Standing, entry_of, register_id, resource_of
from sync.policy import (
    BAD,
    CONFLICT,
    JSON,
    MISSING,
    NO_SUCH_INTERACTION,
    NOT_ALLOWED,
    STORED,
    UNAUTHORISED,
)

log = logging.getLogger(__name__)

FRESH_S = 30.0
"""How long an answer holds: so soon every bridge turns a revoked hub away."""
MOST = 20_000


class Server(Protocol):
    """The way to the FHIR server. Never raises for the network."""

    def exchange(self, request: Request) -> Answer:
        """Make one request and wait, within a time limit, for its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a hub: `sure` is False while the register itself cannot be asked."""

    patients: frozenset[str] = frozenset()
    revoked: bool = False
    sure: bool = True
    entry: Registered | None = None


NOBODY = Known()
UNSURE = Known(sure=False)


class Register:
    """The register as one bridge sees it. Thread-safe; two threads may ask for one hub at once.

    Parameters
    ----------
    server : Server
        With the clinic's access; used by one thread at a time.
    tenant : str
        The clinic's.
    clock : callable
        Seconds that never jump.
    """

    def __init__(
        self, server: Server, *, tenant: str, clock: Callable[[], float], most: int = MOST
    ) -> None:
        """Start knowing no hub."""
        self._server, self._tenant, self._clock, self._most = server, tenant, clock, most
        self._known: OrderedDict[str, tuple[float, Known]] = OrderedDict()
        self._lock = threading.Lock()
        self._line = threading.Lock()

    def hub(self, hub: str, server: Server | None = None) -> Known:
        """Return what is known of a hub, at most `FRESH_S` old.

        A worker that has a connection of its own gives it as `server`, and waits for nobody else.
        While the register does not answer, what was known last is not enough: `sure` is False, and
        the hub is told to come again.
        """
        with self._lock:
            asked_s, known = self._known.get(hub, (float("-inf"), NOBODY))
        if self._clock() - asked_s < FRESH_S:
            return known
        return self.fresh(hub, server)

    def fresh(self, hub: str, server: Server | None = None) -> Known:
        """Ask the register now."""
        question = _read(register_id(self._tenant, hub))
        began_s = self._clock()
        if server is not None:
            answer = server.exchange(question)
        else:
            with self._line:
                began_s = self._clock()
                answer = self._server.exchange(question)
        known = _known(answer)
        if known.sure:
            with self._lock:
                self._known[hub] = (began_s, known)
                self._known.move_to_end(hub)
                while len(self._known) > self._most:
                    self._known.popitem(last=False)
        return known

    def write(self, entry: Registered) -> bool:
        """Write an entry; False when somebody else changed it since it was read, or it failed."""
        with self._line:
            answer = self._server.exchange(put(entry))
        with self._lock:
            self._known.pop(entry.hub, None)
        return answer.status in STORED


def put(entry: Registered) -> Request:
    """Return the request that writes an entry, on condition that nobody changed it since."""
    headers = {"accept": JSON, "content-type": JSON}
    if entry.version:
        headers["if-match"] = f'W/"{entry.version}"'
    return Request(
        purpose=Purpose.REGISTER,
        method="PUT",
        path=f"Basic/{register_id(entry.tenant, entry.hub)}",
        body=encode(resource_of(entry)),
        headers=headers,
    )


def is_conflict(answer: Answer) -> bool:
    """Tell whether somebody else was faster (RFC 9110, 412)."""
    return answer.status in CONFLICT


def _read(own: str) -> Request:
    return Request(
        purpose=Purpose.REGISTER, method="GET", path=f"Basic/{own}", headers={"accept": JSON}
    )


def _known(answer: Answer) -> Known:
    if answer.status in MISSING | BAD | NO_SUCH_INTERACTION:
        return NOBODY  # no such entry, or a server that keeps no Basic at all
    if answer.status in {UNAUTHORISED, NOT_ALLOWED}:
        log.error("the register may not be read code=BRIDGE-05")
    resource = read_json(answer) if answer.status in STORED else None
    if resource is None:
        return UNSURE
    entry = entry_of(resource)
    if entry is None:
        return NOBODY
    if entry.state is Standing.REVOKED:
        return Known(revoked=True, entry=entry)
    return Known(patients=frozenset(entry.patients), entry=entry)

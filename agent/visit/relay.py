"""The bridge's part in a visit: which page is meant for which hub, and nothing else.

It checks the clinic's signature, so that no forged invitation reaches a home; passes on what it
cannot read the sense of; and puts a Task on the server when the hub says so. It keeps no more than
its open connections. Every method is called on one event loop.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from agent.visit import invitation, letters
from agent.visit.bucket import Bucket
from agent.visit.invitation import LEEWAY_S, Invitation
from agent.visit.letters import Down, Made, Reply, Standing, TaskFor
from agent.visit.lines import BridgeEnd
from agent.visit.messages import (
    VERSION,
    Knock,
    Said,
    ToPage,
    Turned,
    Waiting,
    to_bridge,
    unreadable,
)
from agent.visit.state import LONGEST_S
from sync import hpke
from sync.envelope import Address
from vitals.errors import HubError

log = logging.getLogger(__name__)

MOST_PAGES = 64
MOST_FOR_ONE = 4
"""How many pages at once may have the same invitation."""
MESSAGES, MESSAGES_S = 30, 10.0
LATE_S = LONGEST_S
"""So long after an invitation has ended who is in its visit may come back; the hub knows who."""
GRACE_S = 30.0
"""How long a page that came late may wait for the hub's word that it is in a visit."""

Say = Callable[[ToPage], None]


@dataclass(slots=True)
class _Page:
    """One connection."""

    say: Say
    found: Invitation
    token: str
    since_s: float
    bucket: Bucket = field(default_factory=lambda: Bucket(MESSAGES, MESSAGES_S))
    standing: Standing = Standing.WAITING

    @property
    def address(self) -> Address:
        return Address(tenant=self.found.tenant, hub=self.found.hub)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What a relay stands between: `put_task` stores a Task and calls back, from any thread."""

    hub: BridgeEnd
    put_task: Callable[[Address, TaskFor, Callable[[bool], None]], None]


class Relay:
    """Carries the signalling of every page that is connected to this copy of the bridge.

    Parameters
    ----------
    name, tenant : str
        This copy's own name, and whose hubs it serves.
    key : hpke.Reader
        Opens what hubs seal.
    signers : tuple of bytes
        Public keys whose invitations count.
    """

    def __init__(  # noqa: PLR0913 - what a relay is made of
        self,
        *,
        name: str,
        tenant: str,
        key: hpke.Reader,
        signers: tuple[bytes, ...],
        ends: Ends,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        """Begin without a page."""
        self._name, self._tenant, self._key, self._signers = name, tenant, key, signers
        self._ends, self._now, self._clock = ends, now, clock
        self._pages: dict[str, _Page] = {}

    def knocked(self, octets: str | bytes, say: Say) -> str:
        """Let a page in by its first message; return the name of its connection.

        Raises
        ------
        HubError
            Why not: VISIT-01, -02, -03, -10, -12.
        """
        knock = to_bridge(octets)
        if not isinstance(knock, Knock) or knock.v != VERSION:
            raise unreadable()
        found = invitation.opened(knock.token, self._signers)
        if found.tenant != self._tenant:
            raise invitation.damaged()
        invitation.in_time(found, self._now(), late_s=LATE_S)
        same = sum(page.found.visit == found.visit for page in self._pages.values())
        if same >= MOST_FOR_ONE or len(self._pages) >= MOST_PAGES:
            raise crowded()
        line = secrets.token_hex(8)
        self._pages[line] = _Page(say=say, found=found, token=knock.token, since_s=self._clock())
        say(Waiting(v=VERSION))
        return line

    def hub(self, line: str) -> str:
        """Return which hub a page is for."""
        return self._pages[line].found.hub

    def said(self, line: str, octets: str | bytes) -> None:
        """Pass on what a page says.

        Raises
        ------
        HubError
            VISIT-10 for too much, VISIT-12 for what is no message: the page is hung up on.
        """
        page = self._pages[line]
        if not page.bucket.take(self._clock()):
            raise crowded()
        said = to_bridge(octets)
        if not isinstance(said, Said) or said.v != VERSION:
            raise unreadable()
        self._down(line, page, said=said)

    def closed(self, line: str) -> None:
        """Tell the hub that a page is gone."""
        page = self._pages.pop(line, None)
        if page is not None:
            self._down(line, page)

    def overdue(self, line: str) -> bool:
        """Tell whether a page was left open beyond its invitation, in no visit."""
        page = self._pages[line]
        late = self._now().timestamp() > page.found.exp + LEEWAY_S
        if self._clock() - page.since_s <= GRACE_S and page.standing is Standing.WAITING:
            return False
        return late and page.standing is not Standing.IN_VISIT

    def heard(self, address: Address, octets: bytes) -> None:
        """Pass on what a hub says, to the very page it is for and of that very hub."""
        try:
            up = letters.open_up(octets, self._key, address)
        except HubError as error:
            log.warning("a hub's letter was dropped code=%s", error.code)
            return
        line = up.reply.line
        page = self._pages.get(line)
        if page is None or up.reply.bridge != self._name or page.address != address:
            return  # it has gone; the hub hears so, or has
        page.standing = up.standing
        if up.said is not None:
            page.say(up.said)
        if up.task is not None and up.standing is Standing.IN_VISIT:
            self._asked(line, up.task)

    def _asked(self, line: str, task: TaskFor) -> None:
        page = self._pages[line]

        def done(stored: bool) -> None:  # noqa: FBT001 - a callback's one argument
            if stored:
                self._ends.hub.nudge(page.address)
            made = Made(what=task.what, number=task.number, stored=stored)
            self._down(line, page, made=made)

        self._ends.put_task(page.address, task, done)

    def _down(
        self, line: str, page: _Page, *, said: Said | None = None, made: Made | None = None
    ) -> None:
        reply = Reply(bridge=self._name, line=line)
        down = Down(v=VERSION, reply=reply, token=page.token, said=said, made=made)
        sealed = letters.seal_down(down, page.found.seal_key, page.address)
        self._ends.hub.post(page.address, sealed)


def turned(error: HubError) -> Turned:
    """Return what a page is told that is not let in."""
    return Turned(v=VERSION, code=error.code, text=f"{error.message} {error.fix}"[:300])


def crowded() -> HubError:
    """Return the refusal of too many pages, or of one that says too much."""
    return HubError(
        "Too many pages are open, or too much was said at once.",
        fix="Close other windows with this link, wait a minute, and open it again.",
        code="VISIT-10",
    )

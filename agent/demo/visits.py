"""The demo's video visits: the bridge's page on loopback, and an address that invites anew."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from agent import bridge
from agent.clock import HubClock
from agent.visit.invite import Wish, invited
from agent.visit.lines import Direct, HubLine
from agent.web.plug import Asked, Reply
from agent.web.visits import VisitServer
from config.bridge import Bridge, Web
from config.schema import Config, Mqtt
from sync import signing
from sync.envelope import Address
from sync.links.https import HttpsLink

_SEE_OTHER, _SOON = 303, 503
_MINUTES = 30


class Inviter:
    """Sends whoever opens `/demo/visit` on to a fresh invitation.

    Only for a demo, on loopback: elsewhere a link is given to one person, by the clinic.
    """

    prefix = "/demo/"

    def __init__(self, tenant: str, hub: str) -> None:
        """Make the clinic's signing key of this demo."""
        self._key, self._tenant, self._hub = signing.Key(), tenant, hub
        self.keys: Mapping[str, str] = {}
        self.origin = ""

    @property
    def public(self) -> str:
        """Return the public key that hub and bridge trust."""
        return self._key.public.hex()

    @property
    def address(self) -> str:
        """Return what to open in a browser."""
        return f"{self.origin}{self.prefix}visit"

    def answer(self, asked: Asked) -> Reply:
        """Invite once more."""
        del asked
        if not self.keys:
            return Reply(status=_SOON)
        wish = Wish(
            tenant=self._tenant,
            hub=self._hub,
            who="Dr. Weber",
            role="Your doctor",
            minutes=_MINUTES,
            keys=self.keys,
        )
        made = invited(
            wish,
            key=self._key,
            now=HubClock()().at,
            visit=secrets.token_urlsafe(16),
            origin=self.origin,
        )
        return Reply(status=_SEE_OTHER, headers={"Location": made.link})


def web_of(inviter: Inviter) -> Web:
    """Return the settings of the demo's web server: on loopback, a free port."""
    return Web(enabled=True, port=0, signers=(inviter.public,))


@contextlib.contextmanager
def beside(folder: Path, config: Config, inviter: Inviter) -> Iterator[tuple[Config, HubLine]]:
    """Serve the page right beside the hub, without a broker, for the length of the block."""
    key = folder / "bridge.key"
    public = bridge.make_key(key)
    address = Address(tenant=config.hub.tenant, hub=config.hub.id)
    direct = Direct(address)
    server = HttpsLink(config.fhir)
    pages = VisitServer(
        web_of(inviter),
        Bridge(tenant=config.hub.tenant, name="demo"),
        key=bridge.read_key(key),
        end=direct.bridge_end,
        server=server,
        may=lambda _, patient: patient == config.patient.reference,
        now=lambda: HubClock()().at,
        plugs=(inviter,),
    )
    direct.at_bridge, inviter.origin = pages.heard, pages.origin
    try:
        yield replace(config, mqtt=Mqtt(bridge_key=public)), direct.line
    finally:
        pages.close()
        server.close()

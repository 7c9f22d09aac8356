"""The bridge's web server, made out of the settings: its pages, its plugs, its part in visits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agent.clock import HubClock
from config.bridge import BridgeConfig
from sync import hpke
from sync.bridge.gate import ANY
from sync.bridge.register import Known
from sync.envelope import Address
from sync.links.https import HttpsLink
from vitals.errors import HubError

if TYPE_CHECKING:
    from agent.visit.lines import BridgeEnd
    from agent.web.plug import Plug
    from agent.web.visits import VisitServer


class Visits:
    """What hubs say of visits, for the web server once there is one."""

    def __init__(self) -> None:
        """Begin without."""
        self.pages: VisitServer | None = None

    def heard(self, address: Address, octets: bytes) -> None:
        """Take a letter of a hub's. Any thread."""
        if self.pages is not None:
            self.pages.heard(address, octets)


def pages_of(  # noqa: PLR0913 - the web server's parts
    config: BridgeConfig,
    *,
    key: hpke.Reader,
    end: BridgeEnd,
    server: HttpsLink,
    known: Callable[[str], Known],
    plugs: Sequence[Plug] = (),
) -> VisitServer:
    """Return the web server; raises HubError WEB-01, WEB-02, or WEB-03 without its libraries."""
    try:
        from agent.web.visits import VisitServer  # noqa: PLC0415 - a bridge without needs none
    except ImportError:
        raise HubError(
            "The bridge's web server needs a library that is not installed.",
            fix="Install it with its extra: pip install 'hearth-hub[bridge]'.",
            code="WEB-03",
        ) from None

    def may(hub: str, patient: str) -> bool:
        found = known(hub)
        return not found.revoked and (ANY in found.patients or patient in found.patients)

    return VisitServer(
        config.web,
        config.bridge,
        key=key,
        end=end,
        server=server,
        may=may,
        now=lambda: HubClock()().at,
        plugs=plugs,
        serves=lambda hub: not known(hub).revoked,
    )

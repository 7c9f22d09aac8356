"""The line between bridges and a hub, without what it is made of: letters in, letters out.

Over a broker it is `sync/links/mqtt*.py`; in one process (the demo, tests) it is `Direct`. An SFU
would stand behind the same two ends: it changes what an offer is answered by, not who says it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sync.envelope import Address


class HubEnd(Protocol):
    """The hub's end."""

    def post(self, bridge: str, octets: bytes) -> None:
        """Send a sealed letter to one copy of the bridge. Any thread; never raises or waits."""


class BridgeEnd(Protocol):
    """A bridge's end."""

    def post(self, address: Address, octets: bytes) -> None:
        """Send a sealed letter to a hub. Any thread; never raises or waits."""

    def nudge(self, address: Address) -> None:
        """Have a hub look at the server at once. Any thread."""


class Box:
    """Where letters for one reader are put; what comes before there is a reader is let fall."""

    def __init__(self) -> None:
        """Begin without a reader."""
        self.reader: Callable[[bytes], None] = lambda _: None

    def put(self, octets: bytes) -> None:
        """Hand on a letter. Any thread."""
        self.reader(octets)


class HubLine:
    """The hub's end before it is known what it is made of: a broker, or a bridge right here."""

    def __init__(self, end: HubEnd | None = None) -> None:
        """Take the end, or wait until the way to the server is made."""
        self.end, self.box = end, Box()
        self.nudged: Callable[[], object] = lambda: None

    def post(self, bridge: str, octets: bytes) -> None:
        """Send a sealed letter, where there is a way."""
        if self.end is not None:
            self.end.post(bridge, octets)


class Direct:
    """Both ends in one process, for one hub and one bridge."""

    def __init__(self, address: Address) -> None:
        """Keep whose line it is."""
        self._address = address
        self.at_bridge: Callable[[Address, bytes], None] = lambda *_: None
        self.line = HubLine(_ToBridge(self))
        self.bridge_end: BridgeEnd = _ToHub(self)

    def up(self, octets: bytes) -> None:
        """Carry a letter to the bridge."""
        self.at_bridge(self._address, octets)

    def down(self, address: Address, octets: bytes) -> None:
        """Carry a letter to the hub it is for."""
        if address == self._address:
            self.line.box.put(octets)

    def nudge(self, address: Address) -> None:
        """Have the hub look."""
        if address == self._address:
            self.line.nudged()


class _ToBridge:
    def __init__(self, line: Direct) -> None:
        self._line = line

    def post(self, bridge: str, octets: bytes) -> None:
        del bridge  # there is but one
        self._line.up(octets)


class _ToHub:
    def __init__(self, line: Direct) -> None:
        self._line = line

    def post(self, address: Address, octets: bytes) -> None:
        self._line.down(address, octets)

    def nudge(self, address: Address) -> None:
        self._line.nudge(address)

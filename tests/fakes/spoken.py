"""Makers' own protocols on the virtual radio: any fake that takes writes, as a meter on air."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from bumble.att import Attribute, AttributeValue
from bumble.device import Connection
from bumble.gatt import Characteristic

from drivers.virtual.peripheral import Advertised, VirtualMeter

Notices = list[tuple[str, bytes]]
Hear = Callable[[str, bytes], Notices]

_P = Characteristic.Properties
_WRITE = Attribute.Permissions.WRITEABLE
_READ = Attribute.Permissions.READABLE
_BETWEEN_S = 0.001


class SpokenMeter(VirtualMeter):
    """A meter that answers writes with notifications, and may send unasked.

    Parameters
    ----------
    service : str
        Its own service.
    writes, notifies : sequence of str
        Its characteristics; one may be both.
    hear : callable
        Takes a write's characteristic and octets and returns what to notify.
    stream : sequence of (str, bytes)
        What it sends unasked, over and over, as long as a hub listens.
    """

    def __init__(  # noqa: PLR0913 - what a meter is on air
        self,
        name: str,
        address: str,
        *,
        service: str,
        writes: Sequence[str],
        notifies: Sequence[str],
        hear: Hear = lambda _uuid, _octets: [],
        stream: Notices | None = None,
        advertised: Advertised | None = None,
    ) -> None:
        """Make a meter that has something to say until a hub has heard it out."""
        self._parts: dict[str, Characteristic[Any]] = {}
        for uuid in dict.fromkeys((*writes, *notifies)):
            self._parts[uuid] = self._part(uuid, uuid in writes, uuid in notifies)
        super().__init__(
            name,
            address,
            {service: list(self._parts.values())},
            advertised=advertised or Advertised(),
        )
        self._hear = hear
        self._stream = stream or []
        self.calling = True

    def has_something(self) -> bool:
        """Tell whether it still calls for a hub."""
        return self.calling

    def _part(self, uuid: str, written: bool, notifies: bool) -> Characteristic[Any]:  # noqa: FBT001 - two properties
        properties = _P.NOTIFY if notifies else _P(0)
        if not written:
            return Characteristic(uuid, properties, _READ, b"")
        properties |= _P.WRITE | _P.WRITE_WITHOUT_RESPONSE

        def take(connection: Connection, octets: bytes) -> None:
            self.soon(self._answer(connection, self._hear(uuid, bytes(octets))))

        return Characteristic(uuid, properties, _WRITE, AttributeValue(write=take))

    def _connected(self, connection: Connection) -> None:
        super()._connected(connection)
        if self._stream:
            self.soon(self._send(connection))

    async def _send(self, connection: Connection) -> None:
        while self._connection is connection:
            await self._answer(connection, self._stream)
            await asyncio.sleep(_BETWEEN_S)

    async def _answer(self, connection: Connection, notices: Notices) -> None:
        for uuid, octets in notices:
            await self.device.notify_subscriber(connection, self._parts[uuid], octets)

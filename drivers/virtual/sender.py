"""Simulated meters that send what they have as soon as somebody listens: cuff, thermometer, scale.

They keep each record until it was confirmed, and leave when they are done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bumble.att import Attribute, AttributeValue
from bumble.device import Connection
from bumble.gatt import Characteristic

from drivers.virtual.bonding import Bonding
from drivers.virtual.peripheral import Advertised, VirtualMeter
from drivers.virtual.script import BY_THE_BOOK, Script, as_sent

_READ, _WRITE = Attribute.Permissions.READABLE, Attribute.Permissions.WRITEABLE
_P = Characteristic.Properties


class VirtualSender(VirtualMeter):
    """A meter with one characteristic that carries its results.

    Parameters
    ----------
    service, measurement : str
        UUIDs of the service and of the characteristic.
    notifies : bool
        Whether it notifies; by default it indicates.
    keeps : bool
        Whether it replays its whole memory at every visit; by default each record is sent once.
    facts : mapping
        What may be read in the same service, by UUID (features).
    clock : str
        The UUID of a clock that may be read and written in the same service, none if empty.
    """

    def __init__(  # noqa: PLR0913 - the traits that tell meters apart
        self,
        name: str,
        address: str,
        *,
        service: str,
        measurement: str,
        notifies: bool = False,
        keeps: bool = False,
        facts: Mapping[str, bytes] | None = None,
        clock: str = "",
        clock_says: bytes = bytes(7),
        advertised: Advertised | None = None,
        bonding: Bonding | None = None,
        script: Script = BY_THE_BOOK,
    ) -> None:
        """Make a meter with an empty memory."""
        self._measurement: Characteristic[Any] = Characteristic(
            measurement, _P.NOTIFY if notifies else _P.INDICATE, _READ, b""
        )
        parts = [self._measurement]
        guard = bonding.permissions if bonding else Attribute.Permissions(0)
        for uuid, octets in (facts or {}).items():
            parts.append(Characteristic(uuid, _P.READ, _READ | guard, octets))
        self.clock = clock_says
        self.clocks_written: list[bytes] = []
        if clock:
            value = AttributeValue(read=lambda _: self.clock, write=self._clock_written)
            parts.append(Characteristic(clock, _P.READ | _P.WRITE, _READ | _WRITE | guard, value))
        super().__init__(name, address, {service: parts}, advertised=advertised, bonding=bonding)
        self._measurement.on(self._measurement.EVENT_SUBSCRIPTION, self._subscribed)
        self._notifies, self._keeps, self._script = notifies, keeps, script
        self._drops, self.calls_for_s = list(script.drops_after), script.calls_for_s
        self._unsent: list[bytes] = []
        self.taken: list[bytes] = []

    def has_something(self) -> bool:
        """Tell whether a reading was not sent yet."""
        return bool(self._unsent)

    async def measure(self, frame: bytes) -> None:
        """Take a reading: the meter keeps it and calls for the hub."""
        self.taken.append(frame)
        self._unsent.append(frame)
        await self.call_if_waiting()

    def _clock_written(self, _connection: Connection, octets: bytes) -> None:
        self.clocks_written.append(bytes(octets))
        self.clock = bytes(octets)

    def _subscribed(self, connection: Connection, notify: bool, indicate: bool) -> None:  # noqa: FBT001 - Bumble's signature
        if notify if self._notifies else indicate:
            self.soon(self._send(connection))

    async def _send(self, connection: Connection) -> None:
        chosen = list(self.taken if self._keeps else self._unsent)
        frames = as_sent(chosen, self._script)
        limit = self._drops.pop(0) if self._drops and len(frames) > 1 else len(frames)
        for frame in frames[:limit]:
            await asyncio.sleep(self._script.pause_s)
            if self._notifies:
                await self.device.notify_subscriber(connection, self._measurement, frame)
            else:
                await self.device.indicate_subscriber(connection, self._measurement, frame)
            self._forget(frame)
        if limit == len(frames):
            self._unsent = [one for one in self._unsent if one not in chosen]
            self.handed_over.set()
        await self.leave()

    def _forget(self, frame: bytes) -> None:
        # A cut frame was sent too: the meter does not know that it broke.
        for one in self._unsent:
            if one == frame or one[:-1] == frame:
                self._unsent.remove(one)
                return


class VirtualBloodPressure(VirtualSender):
    """A cuff that sends each reading once, by indication, and leaves."""

    def __init__(
        self,
        name: str = "Virtual BP",
        address: str = "C1:00:00:00:00:01",
        *,
        script: Script = BY_THE_BOOK,
        advertised: Advertised | None = None,
        bonding: Bonding | None = None,
    ) -> None:
        """Make a cuff with an empty memory."""
        super().__init__(
            name,
            address,
            service="1810",
            measurement="2A35",
            facts={"2A49": b"\0\0"},
            script=script,
            advertised=advertised,
            bonding=bonding,
        )

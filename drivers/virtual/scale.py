"""A simulated Beurer-like scale: it weighs two people and tells only who gave their code.

Sources: User Data Service 1.1 (control point 2A9F), Weight Scale and Body Composition Services;
Beurer BF720 in KristianP26/ble-scale-sync (stubs without content, bond lost on a wrong code).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bumble.att import Attribute, AttributeValue
from bumble.device import Connection
from bumble.gatt import Characteristic

from drivers.virtual.bonding import Bonding
from drivers.virtual.peripheral import Advertised, VirtualMeter

_READ, _WRITE = Attribute.Permissions.READABLE, Attribute.Permissions.WRITEABLE
_P = Characteristic.Properties
BEURER = 0x0611
_CONSENT, _ANSWER = 0x02, 0x20
_SUCCESS, _UNSUPPORTED, _NOT_AUTHORISED = 0x01, 0x02, 0x05
_CONSENT_OCTETS = 4
_STUB = bytes(4)  # flags and fat, all zero


class VirtualScale(VirtualMeter):
    """A scale with a memory for each of its users.

    Parameters
    ----------
    codes : mapping
        The consent code (0 to 9999) of each user slot.
    stubs : int
        How many empty body-composition indications come before the real one (a BF720 sends 35).
    """

    def __init__(
        self,
        name: str = "BF720",
        address: str = "C3:00:00:00:00:03",
        *,
        codes: Mapping[int, int],
        stubs: int = 3,
        bonding: Bonding | None = None,
    ) -> None:
        """Make a scale that has weighed nobody."""
        self._weight: Characteristic[Any] = Characteristic("2A9D", _P.INDICATE, _READ, b"")
        self._composition: Characteristic[Any] = Characteristic("2A9C", _P.INDICATE, _READ, b"")
        self._control: Characteristic[Any] = Characteristic(
            "2A9F", _P.WRITE | _P.INDICATE, _WRITE, AttributeValue(write=self._asked)
        )
        self.clocks_written: list[bytes] = []
        clock: Characteristic[Any] = Characteristic(
            "2A2B",
            _P.READ | _P.WRITE,
            _READ | _WRITE,
            AttributeValue(read=lambda _: bytes(10), write=self._clock_written),
        )
        super().__init__(
            name,
            address,
            {
                "181D": [self._weight],
                "181B": [self._composition],
                "181C": [self._control],
                "1805": [clock],
            },
            advertised=Advertised(services=("181D", "181B"), company=BEURER),
            bonding=bonding,
        )
        self._codes, self._stubs = dict(codes), stubs
        self._unsent: dict[int, list[tuple[bytes, bytes | None]]] = {slot: [] for slot in codes}
        self.taken: list[bytes] = []
        self.refused = 0

    def has_something(self) -> bool:
        """Tell whether somebody's weight was not sent yet."""
        return any(self._unsent.values())

    async def measure(self, slot: int, weight: bytes, composition: bytes | None = None) -> None:
        """Weigh a user: the scale keeps it and calls for the hub."""
        self.taken.append(weight)
        self._unsent[slot].append((weight, composition))
        await self.call_if_waiting()

    def _clock_written(self, _connection: Connection, octets: bytes) -> None:
        self.clocks_written.append(bytes(octets))

    def _asked(self, connection: Connection, value: bytes) -> None:
        self.soon(self._answer(connection, bytes(value)))

    async def _answer(self, connection: Connection, value: bytes) -> None:
        result, slot = _UNSUPPORTED, 0
        if value[0] == _CONSENT and len(value) == _CONSENT_OCTETS:
            slot, code = value[1], int.from_bytes(value[2:], "little")
            result = _SUCCESS if self._codes.get(slot) == code else _NOT_AUTHORISED
        answer = bytes((_ANSWER, value[0], result))
        await self.device.indicate_subscriber(connection, self._control, answer)
        if result == _NOT_AUTHORISED:
            self.refused += 1
            await self.leave()
        elif result == _SUCCESS:
            await self._send(connection, slot)

    async def _send(self, connection: Connection, slot: int) -> None:
        while self._unsent[slot]:
            weight, composition = self._unsent[slot][0]
            await self.device.indicate_subscriber(connection, self._weight, weight)
            if composition is not None:
                for frame in (*[_STUB] * self._stubs, composition):
                    await self.device.indicate_subscriber(connection, self._composition, frame)
            del self._unsent[slot][0]
        self.handed_over.set()

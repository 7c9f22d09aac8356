"""A simulated continuous glucose sensor of the standard profile: records by minutes (CGMS)."""

from __future__ import annotations

import asyncio
from typing import Any

from bumble.att import Attribute, AttributeValue
from bumble.device import Connection
from bumble.gatt import Characteristic

from drivers.codecs import racp
from drivers.codecs.racp import Opcode, Operator, ResponseCode
from drivers.virtual.peripheral import VirtualMeter
from drivers.virtual.script import BY_THE_BOOK, Script, as_sent
from vitals.errors import DecodeError

_READ, _WRITE = Attribute.Permissions.READABLE, Attribute.Permissions.WRITEABLE
_P = Characteristic.Properties
_FEATURE = bytes.fromhex("00000059ffff")  # no E2E-CRC; interstitial fluid, subcutaneous
_MINUTES = slice(4, 6)  # of a 2AA7 record: minutes since the session began


class VirtualCgm(VirtualMeter):
    """A sensor with a running session and its records.

    Parameters
    ----------
    session_start : bytes
        What 2AAA says: date time, zone in quarter hours, daylight saving; nine octets.
    """

    def __init__(
        self,
        name: str = "Virtual CGM",
        address: str = "C4:00:00:00:00:04",
        *,
        session_start: bytes,
        script: Script = BY_THE_BOOK,
    ) -> None:
        """Make a sensor without records."""
        self._measurement: Characteristic[Any] = Characteristic("2AA7", _P.NOTIFY, _READ, b"")
        self._control: Characteristic[Any] = Characteristic(
            "2A52", _P.WRITE | _P.INDICATE, _WRITE, AttributeValue(write=self._asked)
        )
        self.sessions_written: list[bytes] = []
        start = AttributeValue(read=lambda _: session_start, write=self._written)
        parts: list[Characteristic[Any]] = [
            self._measurement,
            Characteristic("2AA8", _P.READ, _READ, _FEATURE),
            Characteristic("2AA9", _P.READ, _READ, bytes(5)),
            Characteristic("2AAA", _P.READ | _P.WRITE, _READ | _WRITE, start),
            Characteristic("2AAB", _P.READ, _READ, (24 * 14).to_bytes(2, "little")),
            self._control,
        ]
        super().__init__(name, address, {"181F": parts})
        self._script, self.calls_for_s = script, script.calls_for_s
        self.taken: list[bytes] = []
        self.asked: list[bytes] = []
        self._new = False

    def has_something(self) -> bool:
        """Tell whether there are records since the last procedure."""
        return self._new

    async def measure(self, record: bytes) -> None:
        """Keep a record and call for the hub."""
        self.taken.append(record)
        self._new = True
        await self.call_if_waiting()

    def _written(self, _connection: Connection, octets: bytes) -> None:
        self.sessions_written.append(bytes(octets))

    def _asked(self, connection: Connection, value: bytes) -> None:
        self.asked.append(bytes(value))
        self.soon(self._answer(connection, bytes(value)))

    async def _answer(self, connection: Connection, value: bytes) -> None:
        try:
            request = racp.decode(value)
        except DecodeError:
            request = None
        if not isinstance(request, racp.Request) or request.opcode is not Opcode.REPORT:
            await self._respond(connection, value[0], ResponseCode.OPCODE_UNSUPPORTED)
            return
        chosen = self._chosen(request)
        for frame in as_sent(chosen, self._script):
            await asyncio.sleep(self._script.pause_s)
            await self.device.notify_subscriber(connection, self._measurement, frame)
        code = ResponseCode.SUCCESS if chosen else ResponseCode.NO_RECORDS
        self._new = False
        await self._respond(connection, Opcode.REPORT, code)
        self.handed_over.set()

    async def _respond(self, connection: Connection, opcode: int, code: ResponseCode) -> None:
        answer = racp.Response(request_code=opcode, response_code=code)
        await self.device.indicate_subscriber(connection, self._control, racp.encode(answer))

    def _chosen(self, request: racp.Request) -> list[bytes]:
        if request.operator is Operator.NEWEST:
            return self.taken[-1:]
        if request.operator is Operator.SINCE and isinstance(request.bounds[0], int):
            return [one for one in self.taken if _minutes(one) >= request.bounds[0]]
        return list(self.taken)


def _minutes(record: bytes) -> int:
    return int.from_bytes(record[_MINUTES], "little")

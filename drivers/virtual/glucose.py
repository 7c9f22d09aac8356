"""A simulated glucose meter: a memory behind a Record Access Control Point."""

from __future__ import annotations

import asyncio
from typing import Any

from bumble.att import Attribute, AttributeValue
from bumble.device import Connection
from bumble.gatt import Characteristic

from drivers.codecs import racp
from drivers.codecs.racp import Opcode, Operator, ResponseCode
from drivers.virtual.bonding import Bonding
from drivers.virtual.frames import sequence_of
from drivers.virtual.peripheral import Advertised, VirtualMeter
from drivers.virtual.script import BY_THE_BOOK, ContextOrder, Script, as_sent
from vitals.errors import DecodeError

_READ, _WRITE = Attribute.Permissions.READABLE, Attribute.Permissions.WRITEABLE
_P = Characteristic.Properties


class VirtualGlucose(VirtualMeter):
    """A glucose meter with a memory and a Record Access Control Point."""

    def __init__(  # noqa: PLR0913 - the traits that tell meters apart
        self,
        name: str = "Virtual Glucose",
        address: str = "C2:00:00:00:00:02",
        *,
        script: Script = BY_THE_BOOK,
        clock: bytes | None = None,
        advertised: Advertised | None = None,
        bonding: Bonding | None = None,
    ) -> None:
        """Make a meter with an empty memory; `clock` is what its Current Time (2A2B) says."""
        self._measurement: Characteristic[Any] = Characteristic("2A18", _P.NOTIFY, _READ, b"")
        self._context: Characteristic[Any] = Characteristic("2A34", _P.NOTIFY, _READ, b"")
        self._control: Characteristic[Any] = Characteristic(
            "2A52",
            _P.WRITE | _P.INDICATE,
            _WRITE | bonding.permissions if bonding else _WRITE,
            AttributeValue(write=self._asked),
        )
        feature: Characteristic[Any] = Characteristic("2A51", _P.READ, _READ, b"\0\0")
        parts = [self._measurement, self._context, feature, self._control]
        if clock is not None:
            parts.append(Characteristic("2A2B", _P.READ, _READ, clock + b"\0\0\0"))
        super().__init__(name, address, {"1808": parts}, advertised=advertised, bonding=bonding)
        self._script, self.calls_for_s = script, script.calls_for_s
        self._drops, self._busy = list(script.drops_after), script.busy
        self.records: list[bytes] = []
        self.taken: list[bytes] = []
        self.contexts: dict[int, bytes] = {}
        self.asked: list[bytes] = []
        self._new = False

    def has_something(self) -> bool:
        """Tell whether there are records since the last procedure that ended well."""
        return self._new

    async def measure(self, record: bytes, context: bytes | None = None) -> None:
        """Take a reading: the meter keeps it and calls for the hub."""
        self.taken.append(record)
        self.records.append(record)
        if context is not None:
            self.contexts[sequence_of(context)] = context
        self._new = True
        await self.call_if_waiting()

    def reset(self) -> None:
        """Forget every record, as a meter does on a factory reset."""
        self.records.clear()
        self.contexts.clear()

    def _asked(self, connection: Connection | None, value: bytes) -> None:
        self.asked.append(bytes(value))
        if connection is not None:
            self.soon(self._answer(connection, bytes(value)))

    async def _answer(self, connection: Connection, value: bytes) -> None:
        try:
            request = racp.decode(value)
        except DecodeError:
            request = None
        if not isinstance(request, racp.Request):
            await self._respond(connection, value[0], ResponseCode.OPCODE_UNSUPPORTED)
        elif request.opcode is Opcode.COUNT:
            count = racp.RecordCount(count=len(self._chosen(request)))
            await self.device.indicate_subscriber(connection, self._control, racp.encode(count))
        elif request.opcode is Opcode.REPORT:
            await self._report(connection, request)
        elif request.opcode is Opcode.ABORT:
            await self._respond(connection, Opcode.ABORT, ResponseCode.SUCCESS)
        else:
            await self._respond(connection, request.opcode, ResponseCode.OPCODE_UNSUPPORTED)

    async def _report(self, connection: Connection, request: racp.Request) -> None:
        if self._busy:
            self._busy -= 1
            await self._respond(connection, Opcode.REPORT, ResponseCode.SERVER_BUSY)
            return
        chosen = self._chosen(request)
        limit = len(chosen) + 1
        if len(chosen) > 1 and self._drops:
            limit = self._drops.pop(0)
        for number, record in enumerate(as_sent(chosen, self._script)):
            if number >= limit:
                await self.leave()
                return
            await asyncio.sleep(self._script.pause_s)
            await self.device.notify_subscriber(connection, self._measurement, record)
            if self._script.context_order is ContextOrder.INTERLEAVED:
                await self._send_context(connection, record)
        code = ResponseCode.SUCCESS if chosen else ResponseCode.NO_RECORDS
        some = request.operator not in {Operator.NEWEST, Operator.OLDEST}
        everything = len(self.records) <= 1 or (some and chosen[-1:] == self.records[-1:])
        self._new = self._new and not everything
        await self._respond(connection, Opcode.REPORT, code)
        if self._script.context_order is ContextOrder.LATE:
            for record in chosen:
                await self._send_context(connection, record)
        if everything:
            self.handed_over.set()

    async def _send_context(self, connection: Connection, record: bytes) -> None:
        context = self.contexts.get(sequence_of(record))
        if context is not None:
            await self.device.notify_subscriber(connection, self._context, context)

    async def _respond(self, connection: Connection, opcode: int, code: ResponseCode) -> None:
        answer = racp.Response(request_code=opcode, response_code=code)
        await self.device.indicate_subscriber(connection, self._control, racp.encode(answer))

    def _chosen(self, request: racp.Request) -> list[bytes]:
        bounds = [bound for bound in request.bounds if isinstance(bound, int)]
        low = bounds[0] if request.operator in {Operator.SINCE, Operator.RANGE} else 0
        high = bounds[-1] if request.operator in {Operator.UP_TO, Operator.RANGE} else 0xFFFF
        if request.operator is Operator.NEWEST:
            return self.records[-1:]
        if request.operator is Operator.OLDEST:
            return self.records[:1]
        return [record for record in self.records if low <= sequence_of(record) <= high]

"""One connection's GATT calls, each with a time limit, by short UUID."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError

from drivers.frame import full_uuid, short_uuid
from drivers.links.talk import RefusedError
from drivers.sessions.session import ATT_INSUFFICIENT_AUTHENTICATION

log = logging.getLogger(__name__)

RADIO_FAULTS = (BleakError, TimeoutError, OSError, EOFError)
"""What a call into bleak may raise when radio, BlueZ or D-Bus fail."""

_NOT_PAIRED = ("org.bluez.Error.NotPermitted", "Not paired")
_Answer = TypeVar("_Answer")


class Gatt:
    """What a visit asks of its meter.

    Parameters
    ----------
    client : BleakClient
        Connected before the first call.
    own : frozenset of str
        The driver's services: a UUID that the meter has twice means the one in there. Accu-Chek
        Guide Me shows a second control point 2A52 in a vendor service, and bleak refuses a UUID
        that is not unique.
    limit_s : float
        How long one call may take, in seconds.
    """

    def __init__(self, client: BleakClient, own: frozenset[str], limit_s: float) -> None:
        """Keep whom to ask."""
        self._client = client
        self._own = own
        self._limit_s = limit_s
        self._hangs = False
        self.answered = False  # whether the meter answered anything, if only with a refusal

    def has(self, uuid: str) -> bool:
        """Tell whether the meter has this characteristic."""
        return self._find(uuid) is not None

    async def subscribe(self, uuid: str, heard: Callable[[bytes], None]) -> None:
        """Turn on notifications or indications; `heard` is called inside bleak's callback.

        Raises
        ------
        RefusedError
            With the ATT error the meter answered; `write` and `read` do so too.
        """
        await self._limited(
            self._client.start_notify(
                self._find(uuid) or full_uuid(uuid), lambda _, data: heard(bytes(data))
            )
        )

    async def write(self, uuid: str, data: bytes, *, response: bool = True) -> None:
        """Write a characteristic."""
        await self._limited(
            self._client.write_gatt_char(
                self._find(uuid) or full_uuid(uuid), data, response=response
            )
        )

    async def read(self, uuid: str) -> bytes:
        """Read a characteristic the session cannot do without."""
        one = self._find(uuid) or full_uuid(uuid)
        return bytes(await self._limited(self._client.read_gatt_char(one)))

    async def look(self, uuid: str) -> bytes | None:
        """Read something good to know, None when the meter has it not or will not tell.

        After one read that hangs no other is tried: the measurement matters more.
        """
        one = self._find(uuid)
        if self._hangs or one is None or "read" not in one.properties:
            return None
        try:
            return bytes(await self._limited(self._client.read_gatt_char(one)))
        except RefusedError:
            return None
        except RADIO_FAULTS as error:
            self._hangs = True
            log.info("a read was given up uuid=%s error=%s", uuid, type(error).__name__)
            return None

    def _find(self, uuid: str) -> BleakGATTCharacteristic | None:
        full = full_uuid(uuid)
        every = self._client.services.characteristics.values()
        found = [one for one in every if one.uuid == full]
        found.sort(key=lambda one: short_uuid(one.service_uuid) not in self._own)
        return found[0] if found else None

    async def _limited(self, call: Awaitable[_Answer]) -> _Answer:
        try:
            async with asyncio.timeout(self._limit_s):
                answer = await call
        except BleakGATTProtocolError as error:
            self.answered = True
            raise RefusedError(int(error.code)) from error
        except BleakDBusError as error:
            # BlueZ hides three ATT errors behind this one (create_gatt_dbus_error in its source).
            if (error.dbus_error, error.dbus_error_details) == _NOT_PAIRED:
                self.answered = True
                raise RefusedError(ATT_INSUFFICIENT_AUTHENTICATION) from error
            raise
        self.answered = True
        return answer

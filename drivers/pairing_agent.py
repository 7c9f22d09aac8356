"""Our `org.bluez.Agent1`: what bluetoothd asks while a meter is being paired.

bluetoothd (seen with 5.82) refuses even Just Works without an agent, and lets a read of a protected
characteristic hang for minutes. So one is registered as long as the hub runs; it refuses everything
unless a person is pairing just that meter (`pairing_gate`).

The module must not postpone its annotations: dbus-fast reads the D-Bus signatures from them.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from dbus_fast import DBusError
from dbus_fast.annotations import DBusObjectPath, DBusStr, DBusUInt16, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

from drivers.links.bluez import AGENTS, BlueZ, BlueZError
from drivers.pairing_gate import Ask, AskPerson, Expected, Grant, Refuse, Request, judge

log = logging.getLogger(__name__)

PATH = "/hearth/agent"
CAPABILITY = "KeyboardDisplay"
ANSWER_LIMIT_S = 60.0
"""How long a person has; a meter gives up sooner (SMP: 30 s for each step)."""


def _nobody(person: AskPerson) -> None:
    """Ask nobody: no pairing goes on yet."""


@dataclass(slots=True)
class Doorkeeper:
    """Answers BlueZ's requests: who may be paired at this moment, and what a person says to it.

    `refused` hears why something was refused, `asks` what a person is asked or shown, and each of
    `turned_away` the object path of the device that was refused.
    """

    refused: Callable[[str], None]
    asks: Callable[[AskPerson], None] = _nobody
    expected: Expected | None = None
    turned_away: list[Callable[[str], None]] = field(default_factory=list)
    _answer: asyncio.Future[int | None] | None = field(default=None)

    async def take(self, request: Request) -> int | None:
        """Decide one request, asking a person where one is needed.

        Returns
        -------
        int or None
            The passkey that was typed; None where a yes is all there is to say.

        Raises
        ------
        DBusError
            Rejected, or Canceled when nobody answered.
        """
        verdict = judge(request, self.expected)
        if isinstance(verdict, Refuse):
            self.refused(verdict.why)
            for told in list(self.turned_away):
                told(request.device)
            raise _no("Rejected")
        if isinstance(verdict, Grant):
            return None
        if verdict.ask is Ask.TYPE_THERE:
            self.asks(verdict)
            return None
        if self._answer is not None and not self._answer.done():
            raise _no("Rejected")
        self._answer = asyncio.get_running_loop().create_future()
        self.asks(verdict)
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await self._answer
        except (TimeoutError, asyncio.CancelledError) as error:
            raise _no("Canceled") from error
        finally:
            self._answer = None

    @property
    def waits(self) -> bool:
        """Tell whether a person is being asked."""
        return self._answer is not None and not self._answer.done()

    def say(self, number: int | None, *, right: bool) -> None:
        """Take what a person typed, or whether the numbers are the same."""
        if self._answer is None or self._answer.done():
            return
        if right:
            self._answer.set_result(number)
        else:
            self._answer.set_exception(_no("Rejected"))

    def give_up(self) -> None:
        """Wait no more: BlueZ took its request back."""
        if self.waits and self._answer is not None:
            self._answer.set_exception(_no("Canceled"))


class Agent(ServiceInterface):
    """The agent as BlueZ sees it."""

    def __init__(self, door: Doorkeeper) -> None:
        """Keep who decides."""
        super().__init__("org.bluez.Agent1")
        self._door = door

    @dbus_method(name="Release")
    def release(self) -> None:
        """Hear that BlueZ goes."""
        self._door.give_up()

    @dbus_method(name="Cancel")
    def cancel(self) -> None:
        """Hear that the request is off."""
        self._door.give_up()

    @dbus_method(name="RequestPasskey")
    async def request_passkey(self, device: DBusObjectPath) -> DBusUInt32:
        """Have a person type the number that the meter shows, or that its label bears."""
        typed = await self._door.take(Request(ask=Ask.TYPE_HERE, device=device))
        if typed is None:
            raise _no("Rejected")
        return typed

    @dbus_method(name="DisplayPasskey")
    async def display_passkey(
        self,
        device: DBusObjectPath,
        passkey: DBusUInt32,
        entered: DBusUInt16,
    ) -> None:
        """Show a number to be typed on the meter; called again for each digit typed there."""
        if not entered:
            await self._door.take(Request(ask=Ask.TYPE_THERE, device=device, passkey=passkey))

    @dbus_method(name="RequestConfirmation")
    async def request_confirmation(self, device: DBusObjectPath, passkey: DBusUInt32) -> None:
        """Have a person compare two numbers."""
        await self._door.take(Request(ask=Ask.COMPARE, device=device, passkey=passkey))

    @dbus_method(name="RequestAuthorization")
    async def request_authorization(self, device: DBusObjectPath) -> None:
        """Decide on a pairing that shows nothing to anybody."""
        await self._door.take(Request(ask=Ask.AUTHORISE, device=device))

    @dbus_method(name="AuthorizeService")
    async def authorize_service(self, device: DBusObjectPath, uuid: DBusStr) -> None:  # noqa: ARG002 - BlueZ's signature
        """Refuse: nothing on this hub is for meters to use."""
        await self._door.take(Request(ask=Ask.SERVICE, device=device))

    @dbus_method(name="RequestPinCode")
    async def request_pin_code(self, device: DBusObjectPath) -> DBusStr:
        """Refuse: a PIN is of Bluetooth Classic."""
        await self._door.take(Request(ask=Ask.PIN, device=device))
        raise _no("Rejected")

    @dbus_method(name="DisplayPinCode")
    async def display_pin_code(self, device: DBusObjectPath, pincode: DBusStr) -> None:  # noqa: ARG002 - BlueZ's signature
        """Refuse: a PIN is of Bluetooth Classic."""
        await self._door.take(Request(ask=Ask.PIN, device=device))


async def register(bluez: BlueZ) -> None:
    """Make the exported agent the one that bluetoothd asks; raises BlueZError.

    It may be asked for again: bluetoothd answers that it has one of ours.
    """
    try:
        await bluez.call("/org/bluez", AGENTS, "RegisterAgent", "os", PATH, CAPABILITY)
    except BlueZError as error:
        if not error.name.endswith(".AlreadyExists"):
            raise
    await bluez.call("/org/bluez", AGENTS, "RequestDefaultAgent", "o", PATH)


def _no(name: str) -> DBusError:
    return DBusError(f"org.bluez.Error.{name}", "")

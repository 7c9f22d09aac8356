"""What every object of one simulated bluetoothd shares: its host, its bus, its faults."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any

from bumble.core import UUID
from bumble.device import Device
from bumble.keys import MemoryKeyStore
from dbus_fast import DBusError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusSignature

from drivers.frame import full_uuid

DBusStrings = Annotated[list[str], DBusSignature("as")]
DBusObjectPaths = Annotated[list[str], DBusSignature("ao")]
Caller = tuple[str, str, str]
"""A program that registered an agent: its name on the bus, the agent's path, its capability."""


def bluez_error(name: str, text: str = "") -> DBusError:
    """Return an error as bluetoothd answers it."""
    return DBusError(f"org.bluez.Error.{name}", text)


def uuid_text(uuid: UUID) -> str:
    """Write a UUID in full."""
    return full_uuid(uuid.to_hex_str("-"))


@dataclass(slots=True)
class Faults:
    """What this bluetoothd does wrong.

    `errors` holds the org.bluez errors that a method answers with, each once. A call of a method
    that is in `hangs` is never answered, nor one that sets a property which is in there. While
    `deaf`, discovery claims to run and reports nothing: a new discovery cures it, unless
    `deaf_until_power` is set, which only a power cycle cures. The devices in `stale`, by address,
    show no services until they are removed once. With `answers_late` it says that it removed a
    device only a second after: seen on a busy machine. So many connections to a device as `aborts`
    says, by address, end at once and without a reason, until the device is removed: so bluetoothd
    5.82 shows a bond that the meter lost, and so it shows interference.
    """

    errors: dict[str, list[str]] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    swallowed: list[str] = field(default_factory=list)  # what of `hangs` was called
    deaf: bool = False
    deaf_until_power: bool = False
    stale: set[str] = field(default_factory=set)
    answers_late: bool = False
    aborts: dict[str, int] = field(default_factory=dict)

    def aborted(self, address: str) -> bool:
        """Tell whether this connection ends at once."""
        left = self.aborts.get(address, 0)
        self.aborts[address] = max(left - 1, 0)
        return left > 0

    def meet(self, method: str) -> None:
        """Answer with the next planned error of this method."""
        if waiting := self.errors.get(method):
            raise bluez_error(waiting.pop(0), "planned")

    def swallows(self, message: Message) -> bool:
        """Tell whether this message is to stay without an answer."""
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        asked = str(message.body[1] if message.member == "Set" else message.member)
        if asked in self.hangs:
            self.swallowed.append(asked)
        return asked in self.hangs


@dataclass(slots=True, kw_only=True)
class Daemon:
    """What every object of one bluetoothd shares. `agent` is the default one, None without."""

    host: Device
    bus: MessageBus
    bonds: MemoryKeyStore
    faults: Faults = field(default_factory=Faults)
    agent: Caller | None = None
    pairable: bool = True
    scans: int = 0
    discoveries: int = 0  # how many were started so far
    orphan_until_s: float = 0.0  # the loop's time up to which the kernel scans on for a dead one
    tells_every_strength: bool = False  # a filter asks for it
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something after the answer that is being given."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Drop what still runs."""
        for task in self._tasks:
            task.cancel()

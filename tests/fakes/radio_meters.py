"""Meters that speak their maker's own protocol over Bluetooth, as their sources describe them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.sessions.session import Command, Finish, Session, SetClock, Write
from tests.fakes.serial_meters import NOW, packed

Answers = list[bytes]


class RadioMeter(Protocol):
    """Takes what is written to it and returns its notifications."""

    def hear(self, uuid: str, octets: bytes) -> Answers:
        """Take a write."""


def visited(
    session: Session,
    meter: RadioMeter,
    *,
    notifies: str,
    spoil: Callable[[bytes], Answers] = lambda octets: [octets],
    leaves_after: int | None = None,
) -> list[Command]:
    """Run a session to its end; `spoil` is what becomes of a notification on the way.

    The meter ends the link after so many notifications. The hub's local time is `NOW`.
    """
    said: list[Command] = []
    coming: Answers = []
    commands = session.begin()
    heard = 0
    for _ in range(100_000):
        for command in commands:
            said.append(command)
            if isinstance(command, Finish):
                return said
            if isinstance(command, Write | SetClock):
                octets = command.data if isinstance(command, Write) else command.encode(NOW)
                coming += [lost for one in meter.hear(command.uuid, octets) for lost in spoil(one)]
        if heard == leaves_after:
            commands = session.gone()
        elif coming:
            heard += 1
            commands = session.frame(notifies, coming.pop(0))
        else:
            commands = session.silent()
    raise AssertionError("the session did not end")


class OneTouchFlex:
    """Answers as a Verio Flex does (xDrip VerioHelper; otble.c): a packet behind 01, then waits.

    `memory` maps the number of a test to the eleven octets of its record.
    """

    def __init__(self, memory: dict[int, bytes], newest: int | None = None) -> None:
        self.memory = memory
        self.newest = max(memory, default=0) if newest is None else newest
        self.asked: list[bytes] = []
        self.paired = True
        self.clock = (600_000_000).to_bytes(4, "little")
        self._waits = False

    def hear(self, uuid: str, octets: bytes) -> Answers:
        assert uuid == "af9df7a2-e595-11e3-96b4-0002a5d5c51b"
        if octets == b"\x81":
            self._waits = False
            return []
        assert not self._waits, "asked before its answer was acknowledged"
        assert octets[0] == 0x01
        message = octets[5:-3]
        assert packed(octets[4:5] + message) == octets[1:]
        self._waits = True
        self.asked.append(message)
        return [b"\x81", b"\x01" + packed(b"\x0c" + self.answer(message))]

    def answer(self, message: bytes) -> bytes:
        if not self.paired:
            return b"\x07\x03"
        if message[:2] == b"\x20\x01":
            self.clock = message[2:]
            return b"\x06"
        if message[0] == 0xB3:
            record = self.memory.get(int.from_bytes(message[1:3], "little"))
            return b"\x09\x03" if record is None else b"\x06" + record
        return (
            b"\x06"
            + {
                b"\x20\x02": self.clock,
                b"\x27\x00": len(self.memory).to_bytes(2, "little"),
                b"\x0a\x02\x06": self.newest.to_bytes(4, "little"),
            }[message]
        )

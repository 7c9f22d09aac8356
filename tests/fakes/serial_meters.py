"""Meters on wires, as their sources describe them: octets in, octets out."""

from __future__ import annotations

from collections.abc import Callable

from drivers.sessions.session import Command, Finish, Record, Session, Write
from tests.fakes.serial_peer import Meter


def visit(
    session: Session,
    meter: Meter,
    *,
    spoil: Callable[[bytes], bytes] = bytes,
    size: int = 7,
) -> list[Command]:
    """Run a session to its end without a line; `spoil` is what a line makes of an answer."""
    said: list[Command] = []
    coming, commands = b"", session.begin()
    for _ in range(100_000):
        for command in commands:
            said.append(command)
            if isinstance(command, Finish):
                return said
            if isinstance(command, Write):
                coming += spoil(meter.hear(command.data))
        if coming:
            commands, coming = session.frame("serial", coming[:size]), coming[size:]
        else:
            commands = session.silent()
    raise AssertionError("the session did not end")


def records(said: list[Command]) -> list[bytes]:
    """Return what a session stored."""
    return [command.data for command in said if isinstance(command, Record)]


def outcome(said: list[Command]) -> str:
    """Return how a session ended."""
    assert isinstance(said[-1], Finish)
    return said[-1].outcome.value


class Bm65:
    """Answers as a Beurer BM65 does: AA by 55, A2 by a count, A3 n by nine octets."""

    def __init__(self, *records: bytes) -> None:
        self.records = records
        self._asked = b""

    def hear(self, octets: bytes) -> bytes:
        self._asked += octets
        said = b""
        while self._asked:
            if self._asked[0] == 0xA3:
                if len(self._asked) == 1:
                    break
                said += self.records[self._asked[1] - 1]
                self._asked = self._asked[2:]
                continue
            said += {0xAA: b"\x55", 0xA2: bytes((len(self.records),))}[self._asked[0]]
            self._asked = self._asked[1:]
        return said


def summed(text: str) -> bytes:
    """End a line of an Ultra2 with the sum of its characters."""
    return f"{text} {sum(text.encode()) & 0xFFFF:04X}\r\n".encode()


class Ultra2:
    """Answers as a OneTouch Ultra2 does, to commands that follow 11 0D; `lines` are its dump's."""

    def __init__(self, *lines: str, serial: str = "GMF600DCY") -> None:
        self.lines, self.serial = lines, serial
        self.commands: list[str] = []
        self._asked = b""

    def hear(self, octets: bytes) -> bytes:
        *commands, self._asked = (self._asked + octets).replace(b"\x11", b"").split(b"\r")
        return b"".join(self.answer(command.decode()) for command in commands if command)

    def answer(self, command: str) -> bytes:
        self.commands.append(command)
        if command == "DMP":
            head = summed(f'P {len(self.lines):03d},"{self.serial}","MG/DL "')
            return head + b"".join(f"{line}\r\n".encode() for line in self.lines)
        return summed(
            {
                "DM@": f'@ "{self.serial}"',
                "DM?": "?P02.00.00 30/08/06",
                "DMF": 'F "SAT","03/21/15","16:50:00   "',
            }[command]
        )

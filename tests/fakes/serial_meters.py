"""Meters on wires, as their sources describe them: octets in, octets out."""

from __future__ import annotations

import binascii
from collections.abc import Callable

from drivers.sessions.session import Command, Finish, Record, Session, SetClock, Write
from tests.fakes.serial_peer import Meter
from vitals.reading import DeviceTime

NOW = DeviceTime(year=2026, month=11, day=23, hour=12, minute=34, second=56)


def visit(
    session: Session,
    meter: Meter,
    *,
    spoil: Callable[[bytes], bytes] = bytes,
    size: int = 7,
) -> list[Command]:
    """Run a session to its end without a line; `spoil` is what a line makes of an answer.

    The hub's local time is `NOW` all the while.
    """
    said: list[Command] = []
    coming, commands = b"", session.begin()
    for _ in range(100_000):
        for command in commands:
            said.append(command)
            if isinstance(command, Finish):
                return said
            if isinstance(command, Write | SetClock):
                octets = command.data if isinstance(command, Write) else command.encode(NOW)
                coming += spoil(meter.hear(octets))
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
        self.clock = '"SAT","03/21/15","16:50:00   "'
        self._asked = b""

    def hear(self, octets: bytes) -> bytes:
        *commands, self._asked = (self._asked + octets).replace(b"\x11", b"").split(b"\r")
        return b"".join(self.answer(command.decode()) for command in commands if command)

    def answer(self, command: str) -> bytes:
        self.commands.append(command)
        if command == "DMP":
            head = summed(f'P {len(self.lines):03d},"{self.serial}","MG/DL "')
            return head + b"".join(f"{line}\r\n".encode() for line in self.lines)
        if command.startswith("DMT"):
            self.clock = f'"MON","{command[3:11]}","{command[12:20]}   "'
            return summed(f"T {self.clock}")
        return summed(
            {
                "DM@": f'@ "{self.serial}"',
                "DM?": "?P02.00.00 30/08/06",
                "DMF": f"F {self.clock}",
            }[command]
        )


class VerioIq:
    """Answers as a OneTouch Verio IQ does (glucometer-protocols, onetouch-verio-iq).

    `memory` holds what follows the status of each record's answer.
    """

    prefix = 0x03

    def __init__(self, *memory: bytes, serial: str = "C176SA0O0") -> None:
        self.memory, self.serial = memory, serial
        self.asked: list[bytes] = []
        self.broken: set[int] = set()
        self.clock = (486_570_000).to_bytes(4, "little")
        self._octets = b""

    def hear(self, octets: bytes) -> bytes:
        self._octets += octets
        said = b""
        while len(self._octets) > 1 and len(self._octets) >= self._octets[1]:
            size = self._octets[1]
            packet, self._octets = self._octets[:size], self._octets[size:]
            assert packet[-2:] == crc(packet[:-2])
            said += self.packet(packet[2], packet[3:-3])
        return said

    def packet(self, link: int, message: bytes) -> bytes:
        assert link == 0
        return packed(self.answer(message))

    def answer(self, message: bytes) -> bytes:
        self.asked.append(message)
        head = bytes((self.prefix, 0x06))
        if message[1] == 0x0B:
            return head + self.serial.encode() + b"\0"
        if message[1] == 0x0D:
            return head + b"\x07V2.1.00\0"
        if message[1:3] == b"\x20\x01":
            self.clock = message[3:]
            return head
        if message[1] == 0x20:
            return head + self.clock
        if message[1] == 0x27:
            return head + len(self.memory).to_bytes(2, "little")
        return self.record(int.from_bytes(message[2:4], "little"), head)

    def record(self, number: int, head: bytes) -> bytes:
        return bytes((self.prefix, 0x09)) if number in self.broken else head + self.memory[number]


class UltraEasy(VerioIq):
    """Answers as a OneTouch UltraEasy does: counters, acknowledgements, and a disconnect."""

    prefix = 0x05

    def __init__(self, *memory: bytes, serial: str = "C176SA0O0") -> None:
        super().__init__(*memory, serial=serial)
        self.links: list[int] = []
        self._sent = self._expected = 0

    def packet(self, link: int, message: bytes) -> bytes:
        self.links.append(link)
        if link & 0x08:
            self._sent = self._expected = 0
            return packed(b"", 0x0C)
        if link & 0x04:
            self._sent ^= 1
            return b""
        if link & 0x01 != self._expected or (link >> 1) & 1 != self._sent:
            return b""
        self._expected ^= 1
        counters = self._expected << 1 | self._sent
        return packed(b"", counters | 0x04) + packed(self.answer(message), counters)

    def answer(self, message: bytes) -> bytes:
        if message[1] == 0x0B:
            return b"\x05\x06" + self.serial.encode()
        if message[1] == 0x0D:
            return b"\x05\x06\x11P02.00.0025/05/07"
        if message == b"\x05\x1f\xf5\x01":
            return b"\x05\x0f" + len(self.memory).to_bytes(2, "little")
        return super().answer(message)


def crc(data: bytes) -> bytes:
    """Return CRC-16/CCITT-FALSE, low octet first: Python's own crc_hqx begun at FFFF."""
    return binascii.crc_hqx(data, 0xFFFF).to_bytes(2, "little")


def packed(message: bytes, link: int = 0) -> bytes:
    """Wrap a message as a LifeScan meter does."""
    body = bytes((0x02, len(message) + 6, link)) + message + b"\x03"
    return body + crc(body)


class TaiDoc:
    """Answers as a TaiDoc TD-42xx does; `memory` is newest first: four octets of time, of value."""

    def __init__(self, *memory: tuple[bytes, bytes]) -> None:
        self.memory = memory
        self.asked: list[int] = []
        self.clock = bytes.fromhex("04271e0e")
        self._octets = b""

    def hear(self, octets: bytes) -> bytes:
        self._octets += octets
        said = b""
        while len(self._octets) >= 8:
            frame, self._octets = self._octets[:8], self._octets[8:]
            assert (frame[0], frame[6], frame[7]) == (0x51, 0xA3, sum(frame[:7]) & 0xFF)
            self.asked.append(frame[1])
            self.clock = frame[2:6] if frame[1] == 0x33 else self.clock
            body = bytes((0x51, frame[1])) + self.answer(frame[1], frame[2]) + b"\xa5"
            said += body + bytes((sum(body) & 0xFF,))
        return said

    def answer(self, command: int, number: int) -> bytes:
        if command in (0x25, 0x26):
            return self.memory[number][command - 0x25]
        return {
            0x22: bytes(4),
            0x23: self.clock,
            0x33: self.clock,
            0x24: bytes.fromhex("77420000"),
            0x2B: len(self.memory).to_bytes(2, "little") + b"\xff\xff",
        }[command]

"""Read an Omron cuff's memory: unlock it with the key it was paired with, then slot by slot.

Nothing is ever written to the memory, neither the clock nor the count of unread records: writing
a wrong address could change the cuff's calibration. So every record is read at every visit.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.codecs import omron_eeprom as eeprom
from drivers.sessions.session import (
    ClockRead,
    Command,
    Finish,
    Meeting,
    Outcome,
    Record,
    Subscribe,
    Write,
    refusal,
)
from vitals.errors import DecodeError

UNLOCK = "b305b680-aee7-11e1-a730-0002a5d5c51b"
TO_CUFF = "db5b55e0-aee7-11e1-965e-0002a5d5c51b"  # no command of ours needs the other three
FROM_CUFF = (
    "49123040-aee8-11e1-a74d-0002a5d5c51b",
    "4d0bf320-aee8-11e1-a0d9-0002a5d5c51b",
    "5128ce60-aee8-11e1-b84b-0002a5d5c51b",
    "560f1420-aee8-11e1-8184-0002a5d5c51b",
)
ANSWER_S = 2.0  # omblepy waits 1, hass-omron 5
TRIES = 5

_AT_ONCE = 3  # records: 42 octets, within what both sources ask for at once
_KEY_OCTETS = 16
_UNLOCKED = b"\x81\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Where a model keeps what: each user's first slot, how many slots, and the clock."""

    users: tuple[int, ...]
    slots: int
    clock: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    address: int
    size: int
    user: int  # 0: the clock
    first: bool = False


def source_of(user: int) -> str:
    """Return under which name a user's records are stored, the first user being 1."""
    return f"omron-user{user}-record"


class OmronSession:
    """One visit."""

    def __init__(self, meeting: Meeting, memory: Memory) -> None:
        """Keep the key and lay out what to read; nothing has been asked yet."""
        self._key = _key(meeting.secrets.get("key", ""))
        self._blocks = _blocks(memory)
        self._assembler = eeprom.Assembler()
        self._asked = b""
        self._tries = 0
        self._refused = False

    @property
    def wait_s(self) -> float:
        """Return how long the cuff may take for an answer."""
        return ANSWER_S

    def begin(self) -> list[Command]:
        """Listen, and unlock the cuff."""
        if self._key is None:
            why = "the settings hold no key of this cuff (32 hexadecimal digits)"
            return [Finish(outcome=Outcome.NEEDS_PAIRING, why=why)]
        listen: list[Command] = [Subscribe(uuid=uuid) for uuid in (*FROM_CUFF, UNLOCK)]
        return [*listen, Write(uuid=UNLOCK, data=b"\x01" + self._key)]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take a notification: the answer to the key, or a part of a frame."""
        if uuid == UNLOCK:
            return self._unlocked(data)
        if uuid not in FROM_CUFF:
            return []
        frame = self._assembler.feed(FROM_CUFF.index(uuid), data)
        if frame is None:
            return []
        try:
            return self._answered(eeprom.decode(frame))
        except DecodeError:
            return []  # silence asks again

    def failed(self, att_error: int) -> list[Command]:
        """End with what the error means."""
        return [refusal(att_error)]

    def silent(self) -> list[Command]:
        """Ask again, a few times; an answer says for which address it is."""
        self._tries += 1
        if not self._asked or self._tries == TRIES:
            return [Finish(outcome=Outcome.PARTIAL, why="the cuff gives no whole answer")]
        self._assembler.broke()
        return [Write(uuid=TO_CUFF, data=self._asked)]

    def gone(self) -> list[Command]:
        """End: what was read is stored, the rest comes next time."""
        return [Finish(outcome=Outcome.PARTIAL, why="the cuff left within a procedure")]

    def _unlocked(self, data: bytes) -> list[Command]:
        if data[:2] == _UNLOCKED:
            return self._ask(eeprom.START) if not self._asked else []
        return [Finish(outcome=Outcome.NEEDS_PAIRING, why="the cuff was paired with another key")]

    def _answered(self, answer: eeprom.Answer) -> list[Command]:
        if self._asked == eeprom.END and answer.type == eeprom.ENDED:
            return [self._finish()]
        if answer.type == eeprom.ENDED or (answer.type == eeprom.STARTED and answer.code):
            return [Finish(outcome=Outcome.REFUSED, why="the cuff refuses to be read")]
        if self._asked == eeprom.START:
            return self._next() if answer.type == eeprom.STARTED else []
        block = self._blocks[0] if self._blocks else None
        if block is None or answer.type != eeprom.READ or answer.address != block.address:
            return []  # late
        if not answer.code and len(answer.data) != block.size:
            return []  # cut short: silence asks again
        self._blocks = self._blocks[1:]
        return [*self._read(block, answer.data), *self._next()]

    def _read(self, block: _Block, data: bytes) -> list[Command]:
        if not data:
            return self._not_given(block)
        if block.user == 0:
            try:
                return [ClockRead(device=eeprom.decode_clock(data))]
            except DecodeError:
                return []  # the records are worth more than their clock
        size = eeprom.RECORD_OCTETS
        slots = [data[at : at + size] for at in range(0, len(data), size)]
        source = source_of(block.user)
        return [Record(source=source, data=slot) for slot in slots if not eeprom.is_empty(slot)]

    def _not_given(self, block: _Block) -> list[Command]:
        """Pass over a user whom the cuff does not know; miss what it keeps from a known one."""
        if block.user and not block.first:
            self._refused = True
        self._blocks = tuple(one for one in self._blocks if one.user != block.user)
        return []

    def _next(self) -> list[Command]:
        if self._blocks:
            return self._ask(eeprom.read(self._blocks[0].address, self._blocks[0].size))
        return self._ask(eeprom.END)

    def _ask(self, command: bytes) -> list[Command]:
        self._asked, self._tries = command, 0
        return [Write(uuid=TO_CUFF, data=command)]

    def _finish(self) -> Finish:
        if self._refused:
            return Finish(outcome=Outcome.PARTIAL, why="the cuff keeps back a part of its memory")
        return Finish(outcome=Outcome.COMPLETE)


def _blocks(memory: Memory) -> tuple[_Block, ...]:
    blocks = [_Block(address=memory.clock, size=eeprom.CLOCK_OCTETS, user=0)]
    for user, start in enumerate(memory.users, 1):
        for slot in range(0, memory.slots, _AT_ONCE):
            size = min(_AT_ONCE, memory.slots - slot) * eeprom.RECORD_OCTETS
            address = start + slot * eeprom.RECORD_OCTETS
            blocks.append(_Block(address=address, size=size, user=user, first=slot == 0))
    return tuple(blocks)


def _key(text: str) -> bytes | None:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        return None
    return key if len(key) == _KEY_OCTETS else None

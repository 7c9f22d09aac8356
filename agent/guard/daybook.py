"""The ledger's days, sealed in the store: one small value a day, 400 days at most.

A day keeps 48 lines of each sort; of more, which only a glucose sensor makes, the rest is counted.
Written together with whatever else the care rules remember, so a power cut never tears them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TypeVar

import msgspec

from agent.care.ledger import Day, Line
from agent.care.taken import Apart, Taken
from agent.guard.own import Memory
from sync.fhir.timing import corrected
from vitals.reading import HubTime

MOST_DAYS = 400
MOST_LINES = 48
_INDEX = "ledger/index"


class _Line(msgspec.Struct, omit_defaults=True):
    reading: str
    kind: str
    measured: datetime
    heard: datetime
    seq: int = 0
    sent: datetime | None = None
    apart: str = ""
    dated: bool = True
    boot: str = ""  # of a clock that nobody had set yet
    boottime_ns: int = 0


class _Day(msgspec.Struct, omit_defaults=True):
    lines: list[_Line] = msgspec.field(default_factory=list)
    more: int = 0


class _Index(msgspec.Struct):
    days: list[date] = msgspec.field(default_factory=list)
    open: list[date] = msgspec.field(default_factory=list)  # with lines not sent yet
    loose: list[date] = msgspec.field(default_factory=list)  # with lines whose clock nobody had set


def days(memory: Memory) -> Iterator[Day]:
    """Yield every day there is, oldest first; one that does not open is left out."""
    for on in _read(memory.recall(_INDEX), _Index).days:
        kept = _read(memory.recall(_name(on)), _Day)
        lines = tuple(_line(one) for one in kept.lines)
        yield Day(date=on, lines=lines, more=kept.more)


class Daybook:
    """Writes the days. Nothing is on disk before `writes` was kept by the caller."""

    def __init__(self, memory: Memory) -> None:
        """Load which days there are."""
        self._memory = memory
        self.again()

    def again(self) -> None:
        """Begin again from what is on disk."""
        self._index = _read(self._memory.recall(_INDEX), _Index)
        self._changed: dict[date, _Day] = {}
        self._waiting: dict[int, date] = {}
        self._loose = set(self._index.loose)
        for on in self._index.open:
            self._waiting |= {line.seq: on for line in self._day(on).lines if line.sent is None}

    @property
    def waiting(self) -> Collection[int]:
        """Return the rows of lines that were not sent yet."""
        return self._waiting.keys()

    def add(self, line: Line, seq: int, clock: HubTime | None = None) -> None:
        """Note a reading; the same one again is noted once, under its newest row.

        `clock` is the hub time that dates it, where nobody had set that clock yet.
        """
        on = line.measured.date()
        day = self._changed.setdefault(on, self._day(on))
        known = next((one for one in day.lines if one.reading == line.reading), None)
        if known is not None:
            if known.sent is None:
                self._waiting.pop(known.seq, None)
                known.seq, self._waiting[seq] = seq, on
        elif sum(one.apart == _sort(line) for one in day.lines) >= MOST_LINES:
            day.more += 1
        else:
            day.lines.append(_kept(line, seq, clock))
            if line.sent is None:
                self._waiting[seq] = on
            if clock is not None:
                self._loose.add(on)

    def sent(self, seqs: Iterable[int], at: datetime) -> None:
        """Note that the server has these rows."""
        for seq in seqs:
            on = self._waiting.pop(seq, None)
            if on is None:
                continue
            day = self._changed.setdefault(on, self._day(on))
            for line in day.lines:
                if line.seq == seq and line.sent is None:
                    line.sent = at

    def mend(self, boot_offsets: Mapping[str, int]) -> None:
        """Date the lines whose clock has become known since; some move to another day."""
        for on in sorted(self._loose):
            day = self._day(on)
            ripe = [line for line in day.lines if line.boot in boot_offsets]
            if not ripe:
                continue
            day = self._changed.setdefault(on, day)
            day.lines = [line for line in day.lines if line not in ripe]
            self._loose.discard(on)
            if any(line.boot for line in day.lines):
                self._loose.add(on)
            for line in ripe:
                self._put_right(line, boot_offsets)

    def _put_right(self, line: _Line, boot_offsets: Mapping[str, int]) -> None:
        clock = HubTime(
            at=line.heard, boot_id=line.boot, boottime_ns=line.boottime_ns, synchronised=False
        )
        by = corrected(clock, boot_offsets) - line.heard
        line.measured, line.heard = line.measured + by, line.heard + by
        line.dated, line.boot = True, ""
        on = line.measured.date()
        self._changed.setdefault(on, self._day(on)).lines.append(line)
        if line.sent is None:
            self._waiting[line.seq] = on

    def writes(self) -> Mapping[str, bytes]:
        """Return what is to be kept; the caller says `kept` once it is."""
        if not self._changed:
            return {}
        every = sorted({*self._index.days, *self._changed})
        gone, stays = every[:-MOST_DAYS], set(every[-MOST_DAYS:])
        index = _Index(
            days=sorted(stays),
            open=sorted(stays & set(self._waiting.values())),
            loose=sorted(stays & self._loose),
        )
        found = {_name(on): msgspec.json.encode(day) for on, day in self._changed.items()}
        found |= {_name(on): b"" for on in gone}
        return {**found, _INDEX: msgspec.json.encode(index)}

    def kept(self) -> None:
        """Take note that what `writes` returned is on disk."""
        every = sorted({*self._index.days, *self._changed})
        self._index.days = every[-MOST_DAYS:]
        self._changed.clear()

    def _day(self, on: date) -> _Day:
        if on in self._changed:
            return self._changed[on]
        return _read(self._memory.recall(_name(on)), _Day)


def _sort(line: Line) -> str:
    return line.apart.value if line.apart else ""


def _kept(line: Line, seq: int, clock: HubTime | None) -> _Line:
    return _Line(
        reading=line.reading,
        kind=line.kind,
        measured=line.measured,
        heard=line.heard,
        seq=seq,
        sent=line.sent,
        apart=_sort(line),
        dated=line.dated and clock is None,
        boot=clock.boot_id if clock else "",
        boottime_ns=clock.boottime_ns if clock else 0,
    )


_T = TypeVar("_T", _Index, _Day)


def _read(octets: bytes | None, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(octets or b"{}", type=kind)
    except msgspec.DecodeError:
        return kind()


def _name(on: date) -> str:
    return f"ledger/{on.isoformat()}"


def _line(kept: _Line) -> Line:
    return Line(
        reading=kept.reading,
        kind=kept.kind,
        measured=kept.measured,
        heard=kept.heard,
        sent=kept.sent,
        apart=Apart(kept.apart) if kept.apart else None,
        dated=kept.dated,
    )


def typed_line(about: str, at: datetime) -> Line:
    """Return the line of numbers that the patient typed."""
    return Line(
        reading=f"{about} {at.isoformat()}",
        kind="typed",
        measured=at,
        heard=at,
        sent=at,
        apart=Apart.TYPED,
    )


def line_of(one: Taken) -> Line:
    """Return the line of one reading; it was not sent yet."""
    return Line(
        reading=one.id,
        kind=one.kind.value,
        measured=one.at,
        heard=one.heard,
        apart=one.apart,
        dated=one.dated,
    )

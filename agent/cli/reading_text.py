"""Stored records as people, and programs, read them. Values in, text out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from enum import Enum
from typing import Any

from agent.persons import QUESTIONS
from sync.outbox import Listed, State
from sync.record import Measured, Unreadable
from vitals.quantity import Quantity
from vitals.reading import Absent, Context, Flag, HubTime, Kind, MeterIdentity, Reading, Value

STATE_WORDS = {
    State.PENDING: "waiting",
    State.PARKED: "refused",
    State.EVIDENCE: "evidence",
}
DOES_NOT_OPEN = "damaged"
HELD = "held"  # set aside by the hub itself, with a question for a person
_LABEL_COLUMNS = 12


def state_word(listed: Listed) -> str:
    """Say where a row stands."""
    if listed.record is None:
        return DOES_NOT_OPEN
    held = listed.refusal is not None and listed.refusal.code in QUESTIONS
    return HELD if held else STATE_WORDS[listed.state]


def kind_word(listed: Listed) -> str:
    """Say what was measured, without saying what came out."""
    if isinstance(listed.record, Measured):
        return listed.record.reading.kind.value.replace("-", " ")
    return "" if listed.record is None else "unreadable frame"


def when(listed: Listed) -> str:
    """Say when: by the meter's clock where it sent a time, else by the hub's."""
    record = listed.record
    if isinstance(record, Measured):
        sent = record.reading.timing.device_time
        return str(sent) if sent else _hub_time(record.reading.timing.received)
    return "" if record is None else _hub_time(record.received)


def values(reading: Reading) -> str:
    """Say what came out, shortly: 128/80 mmHg, pulse 72."""
    if reading.kind is Kind.BLOOD_PRESSURE:
        systolic = reading.values[Quantity.SYSTOLIC]
        diastolic = reading.values[Quantity.DIASTOLIC]
        parts = [f"{_number(systolic)}/{_number(diastolic)} {systolic.unit.text}"]
        if (pulse := reading.values.get(Quantity.PULSE_RATE)) is not None:
            parts.append(f"pulse {_number(pulse)}")
    else:
        parts = [_amount(value) for value in reading.values.values()] or ["no value"]
    return ", ".join(parts + [_words(flag) for flag in _sorted(reading.flags)])


def table(rows: Iterable[Listed], found: Counter[str], *, with_values: bool) -> Iterator[str]:
    """Lay rows out as a table, one line at a time; count them by state in `found`."""
    head = ("SEQ", "STATE", "KIND", "WHEN", "VALUE" if with_values else "")
    yield _line(*head)
    for row in rows:
        found[state_word(row)] += 1
        record = row.record
        shown = values(record.reading) if with_values and isinstance(record, Measured) else ""
        yield _line(str(row.seq), state_word(row), kind_word(row), when(row), shown)


def _line(seq: str, state: str, kind: str, moment: str, value: str) -> str:
    return f"{seq:>8}  {state:<9} {kind:<17} {moment:<25} {value}".rstrip()


def full(listed: Listed) -> Iterator[str]:
    """Say everything about one row, a fact a line."""
    yield f"{listed.seq}: {kind_word(listed) or 'a row that does not open'}, {state_word(listed)}"
    if listed.refusal is not None:
        yield _fact("refused", f"{listed.refusal.reason} ({listed.refusal.code})")
    if isinstance(listed.record, Measured):
        yield from _measured_facts(listed.record)
    elif isinstance(listed.record, Unreadable):
        record = listed.record
        yield _fact("why", f"{record.why} ({record.code})")
        yield _fact("received", f"{_hub_time(record.received)} (hub's clock)")
        yield _fact("meter", _meter(record.meter))
        yield _fact("frame", f"{record.frame.source} {record.frame.data.hex(' ')}")


def _measured_facts(record: Measured) -> Iterator[str]:
    reading, timing = record.reading, record.reading.timing
    for quantity, value in reading.values.items():
        yield _fact(quantity.term.text, _amount(value))
    for flag in _sorted(reading.flags):
        yield _fact(
            "the meter says" if flag.value != "implausible" else "the hub says", _words(flag)
        )
    for name, said in _context(reading.context):
        yield _fact(name, said)
    if timing.device_time is not None:
        yield _fact("measured", f"{timing.device_time} (meter's clock)")
    trust = "synchronised" if timing.received.synchronised else "not synchronised"
    yield _fact("received", f"{_hub_time(timing.received)} (hub's clock, {trust})")
    if timing.clock_check is not None and timing.clock_check.offset is not None:
        seconds = round(timing.clock_check.offset.total_seconds())
        yield _fact("clocks", f"the meter's clock was {seconds:+d} s from the hub's")
    if reading.sequence is not None:
        yield _fact("record", f"number {reading.sequence} in the meter")
    if reading.user_slot is not None:
        yield _fact("user slot", str(reading.user_slot))
    yield _fact("meter", _meter(reading.meter))
    yield _fact("patient", record.patient or "nobody yet")
    for frame in reading.frames:
        yield _fact("frame", f"{frame.source} {frame.data.hex(' ')}")
    yield _fact("id", record.id + (" (amends an earlier version)" if record.amends else ""))


def as_json(listed: Listed, *, with_values: bool) -> dict[str, Any]:
    """Return one row for a program; what came out, and whose it is, only when asked."""
    row: dict[str, Any] = {
        "seq": listed.seq,
        "state": state_word(listed),
        "kind": kind_word(listed),
        "when": when(listed),
    }
    if not with_values:
        return row
    if listed.refusal is not None:
        row["refused"] = {"code": listed.refusal.code, "reason": listed.refusal.reason}
    record = listed.record
    if isinstance(record, Measured):
        reading = record.reading
        row["id"], row["patient"], row["amends"] = record.id, record.patient, record.amends
        row["values"] = {
            quantity.value: {"value": _plain(value), "unit": value.unit.ucum}
            for quantity, value in reading.values.items()
        }
        row["flags"] = [flag.value for flag in _sorted(reading.flags)]
        row["context"] = dict(_context(reading.context))
        row["sequence"], row["user_slot"] = reading.sequence, reading.user_slot
        row["received"] = _hub_time(reading.timing.received)
        row["meter"] = _meter(reading.meter)
        row["frames"] = [[frame.source, frame.data.hex()] for frame in reading.frames]
    elif isinstance(record, Unreadable):
        row["why"], row["code"] = record.why, record.code
        row["meter"] = _meter(record.meter)
        row["frames"] = [[record.frame.source, record.frame.data.hex()]]
    return row


def _fact(name: str, said: str) -> str:
    return f"  {name:<{_LABEL_COLUMNS}} {said}"


def _hub_time(time: HubTime) -> str:
    return time.at.isoformat(timespec="seconds")


def _number(value: Value) -> str:
    return f"({value.number.value})" if isinstance(value.number, Absent) else str(value.number)


def _plain(value: Value) -> str | None:
    return None if value.known is None else str(value.known)


def _amount(value: Value) -> str:
    if isinstance(value.number, Absent):
        return f"no number (the meter sent {value.number.value})"
    return f"{value.number} {value.unit.text}"


def _words(member: Enum) -> str:
    return str(member.value).replace("-", " ")


def _sorted(flags: frozenset[Flag]) -> list[Flag]:
    return sorted(flags, key=lambda flag: flag.value)


def _context(context: Context) -> Iterator[tuple[str, str]]:
    for field in fields(context):
        said = getattr(context, field.name)
        if said is None or said is False:
            continue
        name = field.name.replace("_", " ")
        if isinstance(said, Value):
            yield name, _amount(said)
        else:
            yield name, _words(said) if isinstance(said, Enum) else str(said)


def _meter(meter: MeterIdentity) -> str:
    parts = [f"{meter.maker} {meter.model}".strip() or meter.name or meter.driver]
    parts += [f"serial {meter.serial}"] if meter.serial else []
    parts += [f"firmware {meter.firmware}"] if meter.firmware else []
    return ", ".join([*parts, meter.address])

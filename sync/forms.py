"""The pieces of a stored record, each to its form and back: numbers, times, frames, context."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sync import wire
from vitals.reading import (
    Absent,
    ClockCheck,
    Context,
    DeviceTime,
    Flag,
    HubTime,
    RawFrame,
    Value,
)

_ABSENT = {absent.value: absent for absent in Absent}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S = 86_400
_SHORT_SOURCE = re.compile(r"[0-9a-f]{4}\Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_INT64_DIGITS = 18
_DEVICE_TIME = tuple(field.name for field in fields(DeviceTime))
_CONTEXT = tuple(field.name for field in fields(Context))


def number_form(number: Decimal | Absent) -> wire.Number:
    """Write a number: a whole one as an integer, any other as its digits (80.00 stays 80.00)."""
    if isinstance(number, Absent):
        return number.value
    text = str(number)
    return int(text) if text.isdecimal() and len(text) <= _INT64_DIGITS else text


def number(form: wire.Number) -> Decimal | Absent:
    """Read a number back, in the precision it was written in."""
    if isinstance(form, str) and form in _ABSENT:
        return _ABSENT[form]
    return Decimal(form)


def time_form(instant: HubTime, boot_id: str | None = None) -> wire.TimeForm:
    """Write an instant; its boot is left out when it is `boot_id`."""
    at, boot = instant.at, instant.boot_id
    offset = None if at.tzinfo is UTC else at.utcoffset()
    return wire.TimeForm(
        _microseconds(at - _EPOCH),
        instant.boottime_ns,
        None if boot == boot_id else _boot_form(boot),
        instant.synchronised,
        _microseconds(offset) if offset else 0,
    )


@lru_cache(maxsize=8)
def _boot_form(boot_id: str) -> bytes | str:
    return bytes.fromhex(boot_id.replace("-", "")) if _UUID.match(boot_id) else boot_id


def _microseconds(span: timedelta) -> int:
    # Whole numbers all the way; twice as fast as dividing by a microsecond.
    return (span.days * _DAY_S + span.seconds) * 1_000_000 + span.microseconds


def time(form: wire.TimeForm, boot_id: str | None = None) -> HubTime:
    """Read an instant back; `boot_id` stands for a boot that was left out."""
    boot = boot_id if form.boot is None else form.boot
    if isinstance(boot, bytes):
        boot = str(UUID(bytes=boot))
    if not isinstance(boot, str):
        raise TypeError("a boot is a UUID or a text")
    zone = timezone(timedelta(microseconds=form.zone_us)) if form.zone_us else UTC
    # Counted in local time: near the years 1 and 9999 the same instant in UTC may not exist.
    local = _EPOCH.replace(tzinfo=zone) + timedelta(microseconds=form.at_us + form.zone_us)
    return HubTime(
        at=local,
        boot_id=boot,
        boottime_ns=form.boottime_ns,
        synchronised=form.synchronised,
    )


def device_time_form(time: DeviceTime) -> tuple[int, ...]:
    """Write a device's time as sent; the offset only when there is one."""
    clock = (time.year, time.month, time.day, time.hour, time.minute, time.second)
    return (*clock, time.offset_min) if time.offset_min else clock


def device_time(form: Sequence[int]) -> DeviceTime:
    """Read a device's time back."""
    return DeviceTime(**dict(zip(_DEVICE_TIME, form, strict=False)))


def check_form(check: ClockCheck, boot_id: str) -> wire.CheckForm:
    """Write a clock check; its boot is left out when it is `boot_id`."""
    return wire.CheckForm(
        device=device_time_form(check.device),
        hub=time_form(check.hub, boot_id),
        uncertainty_ms=check.uncertainty_ms,
    )


def check(form: wire.CheckForm, boot_id: str) -> ClockCheck:
    """Read a clock check back."""
    return ClockCheck(
        device=device_time(form.device),
        hub=time(form.hub, boot_id),
        uncertainty_ms=form.uncertainty_ms,
    )


def frames_form(frames: Sequence[RawFrame]) -> list[object]:
    """Write frames as source, data, source, data; a 16-bit UUID as a number."""
    flat: list[object] = []
    for frame in frames:
        flat += (_source_form(frame.source), frame.data)
    return flat


@lru_cache(maxsize=64)
def _source_form(source: str) -> int | str:
    return int(source, 16) if _SHORT_SOURCE.match(source) else source


def frames(form: Sequence[object]) -> tuple[RawFrame, ...]:
    """Read frames back."""
    found = []
    for source, data in zip(form[::2], form[1::2], strict=True):
        name = f"{source:04x}" if isinstance(source, int) else source
        if not isinstance(name, str) or not isinstance(data, bytes):
            raise TypeError("a frame is a source and its octets")
        found.append(RawFrame(source=name, data=data))
    return tuple(found)


def flags_form(flags: frozenset[Flag]) -> int:
    """Write flags as one bit each."""
    return sum(1 << wire.FLAG_CODE[flag] for flag in flags)


def flags(form: int) -> frozenset[Flag]:
    """Read flags back."""
    if form >> len(wire.FLAGS):
        raise ValueError("a flag this version does not know")
    return frozenset(flag for flag, code in wire.FLAG_CODE.items() if form >> code & 1)


def context_form(context: Context) -> wire.ContextForm:
    """Write what surrounded the measurement."""
    parts: dict[str, Any] = {name: getattr(context, name) for name in _CONTEXT}
    for name, value in parts.items():
        if isinstance(value, Value):
            parts[name] = wire.AmountForm(
                unit=wire.UNIT_CODE[value.unit], number=number_form(value.number)
            )
    return wire.ContextForm(**parts)


def context(form: wire.ContextForm) -> Context:
    """Read what surrounded the measurement back."""
    parts: dict[str, Any] = {name: getattr(form, name) for name in _CONTEXT}
    for name, amount in parts.items():
        if isinstance(amount, wire.AmountForm):
            parts[name] = Value(number=number(amount.number), unit=wire.UNITS[amount.unit])
    return Context(**parts)

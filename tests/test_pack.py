"""Packed records come back equal, stay small, and are never guessed at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from enum import Enum

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import pack, wire
from sync.record import Measured, Record
from tests.fakes import records
from vitals.errors import HubError
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, Flag, HubTime, Kind, Value

_slow = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def _through(record: Record) -> Record:
    numbers = {part: number for number, part in enumerate(pack.shared(record))}
    parts = {
        number: pack.unpack_part(pack.SCHEMA, pack.pack_part(part))
        for part, number in numbers.items()
    }
    return pack.unpack(pack.SCHEMA, pack.pack(record, numbers), parts)


def _numbers(record: Record) -> list[str]:
    if not isinstance(record, Measured):
        return []
    return [str(value.number) for value in record.reading.values.values()]


def _instants(record: Record) -> list[tuple[str, timedelta | None]]:
    times: list[HubTime] = []
    if isinstance(record, Measured):
        check = record.reading.timing.clock_check
        times = [record.reading.timing.received, *([check.hub] if check else [])]
    else:
        times = [record.received]
    return [(time.at.isoformat(), time.at.utcoffset()) for time in times]


@_slow
@given(record=records.records())
def test_every_record_comes_back_as_it_was(record: Record) -> None:
    back = _through(record)
    assert back == record
    # Equality of Decimal and datetime forgives precision and zone; a chart does not.
    assert _numbers(back) == _numbers(record)
    assert _instants(back) == _instants(record)


@pytest.mark.parametrize("text", ["80.00", "80", "8E+1", "0.0", "-0.00", "7.2", "0E-7"])
def test_a_number_keeps_the_precision_it_was_written_in(text: str) -> None:
    reading = records.blood_pressure().reading
    value = Value(number=Decimal(text), unit=Unit.MMHG)
    record = replace(
        records.blood_pressure(),
        reading=replace(reading, values={**reading.values, Quantity.SYSTOLIC: value}),
    )
    assert _numbers(_through(record))[0] == text


@pytest.mark.parametrize("absent", Absent)
def test_a_missing_number_keeps_its_reason(absent: Absent) -> None:
    reading = records.blood_pressure().reading
    value = Value(number=absent, unit=Unit.MMHG)
    record = replace(
        records.blood_pressure(),
        reading=replace(reading, values={**reading.values, Quantity.SYSTOLIC: value}),
    )
    back = _through(record)
    assert isinstance(back, Measured)
    assert back.reading.values[Quantity.SYSTOLIC].number is absent


def test_a_typical_cuff_reading_takes_less_than_170_octets() -> None:
    record = records.blood_pressure()
    numbers = {part: number for number, part in enumerate(pack.shared(record))}
    assert len(pack.pack(record, numbers)) < 170


def test_a_form_from_the_future_is_refused_by_number() -> None:
    record = records.blood_pressure()
    octets = pack.pack(record, dict.fromkeys(pack.shared(record), 0))
    with pytest.raises(HubError, match="form 2") as caught:
        pack.unpack(2, octets, {})
    assert caught.value.code == "PACK-01"
    with pytest.raises(HubError, match="form 65535"):
        pack.unpack_part(65535, octets)


def test_a_record_whose_part_is_not_there_is_refused() -> None:
    record = records.blood_pressure()
    octets = pack.pack(record, dict.fromkeys(pack.shared(record), 7))
    for parts in ({}, {7: record.patient}, {7: record.reading.meter}):
        with pytest.raises(HubError) as caught:
            pack.unpack(pack.SCHEMA, octets, parts)
        assert caught.value.code == "PACK-02"


def test_a_number_beyond_64_bits_is_refused_before_it_is_stored() -> None:
    record = records.blood_pressure()
    huge = replace(record, reading=replace(record.reading, sequence=2**64))
    with pytest.raises(HubError) as caught:
        _through(huge)
    assert caught.value.code == "PACK-03"


def _code_of(read: Callable[[], object]) -> str | None:
    try:
        read()
    except HubError as error:
        return error.code
    return None


@given(octets=st.binary(max_size=300))
def test_noise_is_refused_and_never_crashes(octets: bytes) -> None:
    parts: dict[int, pack.Part] = {0: records.CUFF, 1: records.PATIENT}
    assert _code_of(lambda: pack.unpack(pack.SCHEMA, octets, parts)) in {"PACK-02", None}
    assert _code_of(lambda: pack.unpack_part(pack.SCHEMA, octets)) in {"PACK-02", None}


@_slow
@given(record=records.records(), data=st.data())
def test_a_changed_octet_never_crashes(record: Record, data: st.DataObject) -> None:
    numbers = {part: number for number, part in enumerate(pack.shared(record))}
    parts = {number: part for part, number in numbers.items()}
    octets = bytearray(pack.pack(record, numbers))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    assert _code_of(lambda: pack.unpack(pack.SCHEMA, bytes(octets), parts)) in {"PACK-02", None}


@pytest.mark.parametrize(
    ("row", "members"),
    [(wire.KINDS, Kind), (wire.UNITS, Unit), (wire.QUANTITIES, Quantity), (wire.FLAGS, Flag)],
    ids=["kinds", "units", "quantities", "flags"],
)
def test_every_member_has_exactly_one_code(row: tuple[Enum, ...], members: type[Enum]) -> None:
    assert len(row) == len(set(row))
    assert set(row) == set(members)


def test_the_octets_of_a_stored_reading_never_change_meaning() -> None:
    # Written down when form 1 was made: msgpack worked out by hand from its specification.
    # 9 fields: tag 1, id, patient 1, meter 0, kind 0, received, values, frames, rest.
    received = [1779192000123456, 3_600_000_000_000, bytes.fromhex(_BOOT_HEX), True, 0]
    sent = [2026, 5, 1, 0, 0, 0]
    form = [
        1,
        "x",
        1,
        0,
        0,
        received,
        [0, 128, 16, 80, 32, 96, 50, 72],
        [0x2A35, bytes.fromhex("16800050006000ea0705130c000048000000")],
        {"d": sent, "c": [sent, [1779192000123456, 3_600_000_000_000, None, True, 0]]},
    ]
    parts: dict[int, pack.Part] = {0: records.CUFF, 1: records.PATIENT}
    expected = replace(records.blood_pressure(), id="x")
    assert pack.unpack(1, msgspec.msgpack.encode(form), parts) == expected


_BOOT_HEX = records.BOOT.replace("-", "")

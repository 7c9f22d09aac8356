"""Every flag brings its field, in its place and of its width, and nothing else.

The widths are those of the GATT Specification Supplement, written here once more by hand: a table
of the test, not of the codecs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import (
    body_composition,
    enhanced_blood_pressure,
    heart_rate,
    pulse_oximeter,
    thermometer,
    weight,
)
from vitals.errors import DecodeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one characteristic is laid out: what is always there, and a width for each flag."""

    decode: Callable[[bytes], Any]
    head: int  # octets before the optional fields, flags included
    optional: tuple[tuple[int, str, int], ...]  # flag bit, where it is found, octets
    flag_octets: int = 1
    reserved: int = 0

    def widths(self, flags: int) -> list[tuple[str, int]]:
        """Return the fields these flags announce, in the order they stand."""
        return [(name, width) for bit, name, width in self.optional if flags >> bit & 1]


_PRESSURE_REST = (
    (1, "details.time_s", 4),
    (2, "details.pulse_rate", 2),
    (3, "details.user_id", 1),
    (4, "details.status", 2),
    (5, "details.user_facing_time_s", 4),
)
LAYOUTS = {
    "2a1c": Layout(
        decode=thermometer.decode_measurement,
        head=5,
        optional=((1, "time", 7), (2, "site_code", 1)),
        reserved=0xF8,
    ),
    "2a37": Layout(
        decode=heart_rate.decode_measurement,
        head=2,
        optional=((3, "energy_kj", 2),),
        reserved=0xE0,
    ),
    "2a5e": Layout(
        decode=pulse_oximeter.decode_spot,
        head=5,
        optional=(
            (0, "time", 7),
            (1, "quality.measurement_status", 2),
            (2, "quality.sensor_status", 3),
            (3, "quality.pulse_amplitude_index", 2),
        ),
        reserved=0xE0,
    ),
    "2a5f": Layout(
        decode=pulse_oximeter.decode_continuous,
        head=5,
        optional=(
            (0, "fast", 4),
            (1, "slow", 4),
            (2, "quality.measurement_status", 2),
            (3, "quality.sensor_status", 3),
            (4, "quality.pulse_amplitude_index", 2),
        ),
        reserved=0xE0,
    ),
    "2a9c": Layout(
        decode=body_composition.decode_measurement,
        head=4,
        flag_octets=2,
        optional=(
            (1, "time", 7),
            (2, "user_id", 1),
            (3, "basal_metabolism_kj", 2),
            (4, "muscle_percent", 2),
            (5, "muscle_mass", 2),
            (6, "fat_free_mass", 2),
            (7, "soft_lean_mass", 2),
            (8, "body_water_mass", 2),
            (9, "impedance_ohm", 2),
            (10, "weight", 2),
            (11, "height", 2),
        ),
        reserved=0xE000,
    ),
    "2a9d": Layout(
        decode=weight.decode_measurement,
        head=3,
        optional=((1, "time", 7), (2, "user_id", 1), (3, "bmi", 2), (3, "height", 2)),
        reserved=0xF0,
    ),
    "2b34": Layout(
        decode=enhanced_blood_pressure.decode_measurement,
        head=7,
        optional=_PRESSURE_REST,
        reserved=0x80,
    ),
    "2b35": Layout(
        decode=enhanced_blood_pressure.decode_cuff_pressure,
        head=3,
        optional=_PRESSURE_REST,
        reserved=0x80,
    ),
}
EVERY_LAYOUT = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
_HEART_RATE_LISTS = 0x11  # a wide rate and intervals: no field of one width


def found(sent: Any, name: str) -> Any:  # noqa: ANN401 - any measurement, any field
    for part in name.split("."):
        sent = getattr(sent, part)
    return sent


def drawn(layout: Layout, draw: st.DataObject) -> tuple[int, bytes]:
    """Return flags and a whole frame of noise that they announce."""
    flags = draw.draw(st.integers(0, (1 << 8 * layout.flag_octets) - 1))
    if layout is LAYOUTS["2a37"]:
        flags &= ~_HEART_RATE_LISTS
    length = layout.head - layout.flag_octets + sum(width for _, width in layout.widths(flags))
    noise = draw.draw(st.binary(min_size=length, max_size=length))
    return flags, flags.to_bytes(layout.flag_octets, "little") + noise


@EVERY_LAYOUT
@given(draw=st.data())
def test_a_field_is_there_exactly_when_its_flag_is(layout: Layout, draw: st.DataObject) -> None:
    flags, frame = drawn(layout, draw)
    sent = layout.decode(frame)
    assert int(sent.flags) == flags
    for bit, name, _ in layout.optional:
        assert (found(sent, name) is not None) == bool(flags >> bit & 1)


@EVERY_LAYOUT
@given(draw=st.data())
def test_an_octet_belongs_to_one_field_only(layout: Layout, draw: st.DataObject) -> None:
    flags, frame = drawn(layout, draw)
    sent = layout.decode(frame)
    at = layout.head
    for name, width in layout.widths(flags):
        changed = bytearray(frame)
        changed[at + draw.draw(st.integers(0, width - 1))] ^= 0x01
        again = layout.decode(bytes(changed))
        others = {other for other, _ in layout.widths(flags)} - {name}
        assert {other for other in others if found(sent, other) != found(again, other)} == set()
        assert found(again, name) != found(sent, name)
        at += width
    assert at == len(frame)


@EVERY_LAYOUT
@given(draw=st.data())
def test_one_octet_less_or_more_is_refused(layout: Layout, draw: st.DataObject) -> None:
    _, frame = drawn(layout, draw)
    with pytest.raises(DecodeError):
        layout.decode(frame[:-1])
    with pytest.raises(DecodeError):
        layout.decode(frame + b"\0")


@EVERY_LAYOUT
@given(draw=st.data())
def test_reserved_flags_bring_no_field(layout: Layout, draw: st.DataObject) -> None:
    flags, frame = drawn(layout, draw)
    more = (flags | layout.reserved).to_bytes(layout.flag_octets, "little")
    plain = layout.decode(frame)
    reserved = layout.decode(more + frame[layout.flag_octets :])
    for _, name, _ in layout.optional:
        assert found(reserved, name) == found(plain, name)

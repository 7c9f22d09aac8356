"""Consent: what a scale is asked for each person, driven by hand and then over the radio.

Octets: User Data Service 1.1 (2A9F), Current Time Service 1.1 (2A2B).
"""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sessions.consent import ConsentSession
from drivers.sessions.session import (
    Command,
    Finish,
    Meeting,
    Outcome,
    SetClock,
    Subscribe,
    Write,
)
from drivers.virtual import frames
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.scale import VirtualScale
from tests.fakes.listening import listening
from tests.fakes.sink import MemorySink

AT = datetime(2026, 11, 23, 8, 15, 30)  # noqa: DTZ001 - what a meter shows has no zone
CODES = {"consent.1": "3496", "consent.2": "0042"}
SUCCESS, WRONG = bytes.fromhex("200201"), bytes.fromhex("200205")


def ended(commands: list[Command]) -> Finish:
    (finish,) = commands
    assert isinstance(finish, Finish)
    return finish


def consent(*, may_set_clock: bool = False) -> ConsentSession:
    return ConsentSession(("2a9d", "2a9c"), Meeting(secrets=CODES, may_set_clock=may_set_clock))


def test_each_person_is_asked_for_with_their_own_code() -> None:
    session = consent()
    commands = session.begin()
    assert commands[:3] == [Subscribe(uuid="2a9d"), Subscribe(uuid="2a9c"), Subscribe(uuid="2a9f")]
    assert commands[3:] == [Write(uuid="2a9f", data=bytes.fromhex("0201a80d"))]
    assert session.frame("2a9f", SUCCESS) == []
    assert session.frame("2a9d", frames.weight(80000, AT, user=1)) == []
    assert session.silent() == [Write(uuid="2a9f", data=bytes.fromhex("02022a00"))]
    assert session.frame("2a9f", SUCCESS) == []
    assert ended(session.silent()).outcome is Outcome.COMPLETE


def test_a_refused_code_needs_a_person_and_is_never_tried_again() -> None:
    session = consent()
    session.begin()
    assert ended(session.frame("2a9f", WRONG)).outcome is Outcome.NEEDS_PERSON


def test_a_scale_without_a_code_in_the_settings_is_left_alone() -> None:
    assert ended(ConsentSession(("2a9d",), Meeting()).begin()).outcome is Outcome.NEEDS_PERSON


LISTEN = [Subscribe(uuid="2a9d"), Subscribe(uuid="2a9c"), Subscribe(uuid="2a9f")]
FIRST_CODE = Write(uuid="2a9f", data=bytes.fromhex("0201a80d"))


@pytest.mark.parametrize("att_error", [0x80, 0x03, 0x0E, 0xFE])
def test_the_scales_clock_is_set_before_any_code_and_its_refusal_costs_nothing(
    att_error: int,
) -> None:
    session = consent(may_set_clock=True)
    commands = session.begin()
    assert isinstance(commands[3], SetClock)
    assert commands[4] == FIRST_CODE
    assert session.failed(att_error) == [*LISTEN, FIRST_CODE]
    assert session.frame("2a9f", SUCCESS) == []
    assert session.silent() == [Write(uuid="2a9f", data=bytes.fromhex("02022a00"))]


def test_what_is_refused_without_the_clock_too_ends_the_visit() -> None:
    session = consent(may_set_clock=True)
    session.begin()
    session.failed(0x03)
    assert ended(session.failed(0x03)).outcome is Outcome.REFUSED


@pytest.mark.parametrize("att_error", [0x05, 0x0F])
def test_a_scale_that_wants_to_be_paired_is_not_asked_twice(att_error: int) -> None:
    session = consent(may_set_clock=True)
    session.begin()
    assert ended(session.failed(att_error)).outcome is Outcome.NEEDS_PAIRING


def test_a_second_code_that_is_refused_by_the_line_is_not_given_again() -> None:
    session = consent(may_set_clock=True)
    session.begin()
    session.frame("2a9f", SUCCESS)
    session.silent()
    assert ended(session.failed(0x03)).outcome is Outcome.REFUSED


@given(
    events=st.lists(
        st.tuples(st.sampled_from(["2a9f", "2a9d", "silent", "failed"]), st.binary(max_size=6)),
        max_size=30,
    ),
    may_set_clock=st.booleans(),
)
def test_whatever_a_scale_says_a_code_is_given_twice_at_most_and_never_after_a_refusal(
    *, events: list[tuple[str, bytes]], may_set_clock: bool
) -> None:
    session = consent(may_set_clock=may_set_clock)
    given_codes = [c for c in session.begin() if isinstance(c, Write)]
    for what, data in events:
        if what == "silent":
            commands = session.silent()
        elif what == "failed":
            commands = session.failed(int.from_bytes(data[:1], "little"))
        else:
            commands = session.frame(what, data)
        given_codes += [c for c in commands if isinstance(c, Write)]
        if any(isinstance(c, Finish) for c in commands):
            break
    assert given_codes.count(FIRST_CODE) <= 1 + may_set_clock
    assert len(given_codes) - given_codes.count(FIRST_CODE) <= 1


def test_a_scale_that_falls_silent_or_leaves_is_visited_again() -> None:
    session = consent()
    session.begin()
    assert ended(session.silent()).outcome is Outcome.PARTIAL
    assert ended(consent().gone()).outcome is Outcome.PARTIAL


def test_an_answer_that_breaks_the_rules_ends_the_visit() -> None:
    session = consent()
    session.begin()
    assert ended(session.frame("2a9f", b"\xee")).outcome is Outcome.REFUSED


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


async def test_a_scale_gives_two_people_their_own_weights(sink: MemorySink) -> None:
    scale = VirtualScale(codes={1: 3496, 2: 42})
    async with VirtualRadio() as radio, listening(radio, sink, secrets=CODES) as link:
        await radio.add(scale)
        await scale.measure(1, frames.weight(80000, AT, user=1), bytes.fromhex("0000f500"))
        await scale.measure(2, frames.weight(61500, AT, user=2))
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
        assert link.fault is None
    assert sink.meters[-1].driver == "beurer-bf"
    assert [data[-2:] for data in sink.hexes("2a9d")] == ["01", "02"]
    # three empty packets, then the analysis
    assert sink.hexes("2a9c") == ["00000000"] * 3 + ["0000f500"]
    # 2026-11-23 12:00:00, a Monday, from an external reference
    assert [octets.hex() for octets in scale.clocks_written] == ["ea070b170c0000010002"]


async def test_a_scale_that_refuses_a_code_is_not_asked_again(sink: MemorySink) -> None:
    scale = VirtualScale(codes={1: 1111})
    async with VirtualRadio() as radio, listening(radio, sink, secrets=CODES):
        await radio.add(scale)
        await scale.measure(1, frames.weight(80000, AT, user=1))
        assert (await sink.wait_for_end()).outcome is Outcome.NEEDS_PERSON
        with pytest.raises(TimeoutError):
            await sink.wait_for_end(4.0)
    assert scale.refused == 1
    assert sink.frames == []

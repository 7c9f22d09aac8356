"""What is said on the data channel, and that nothing that comes in on it does any harm."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from agent.visit.media.note import MAX_OCTETS, Ear, Here, There, Vitals, encoded
from agent.visit.media.watch import told
from vitals.rppg.measure import Status
from vitals.rppg.result import Refusal, Result

ANYTHING = st.text() | st.binary() | st.none() | st.integers()
MUTED = '{"type":"there","muted":true,"camera":false}'


def status(result: Result) -> Status:
    return Status(seconds=12.0, result=result, guidance=None, settled=False)


def test_an_estimate_says_of_itself_that_it_is_not_cleared() -> None:
    result = Result(pulse_rate_bpm=71.93, confidence=0.97)
    said = json.loads(encoded(told(status(result))))
    assert said["type"] == "vitals"
    assert said["estimate"] == "uncleared"
    assert (said["pulse_bpm"], said["pulse_confidence"]) == (71.9, 0.97)
    assert said["breaths_bpm"] is None


def test_a_refusal_is_told_as_one_and_without_a_number() -> None:
    said = told(status(Result(reasons=(Refusal.MOVING, Refusal.TALKING))))
    assert (said.pulse_bpm, said.refusal, said.pulse) == (None, "moving", [])


def test_how_things_are_here_is_one_short_object() -> None:
    said = json.loads(encoded(Here(muted=True, camera_fault="VIT-06")))
    assert said["type"] == "here"
    assert said["muted"] is True
    assert said["camera_fault"] == "VIT-06"


def test_what_the_other_side_does_is_heard() -> None:
    assert Ear().hear(MUTED, 0.0) == There(muted=True, camera=False)
    assert Ear().hear(MUTED.encode(), 0.0) == There(muted=True, camera=False)


@given(st.lists(st.tuples(ANYTHING, st.floats(0, 1e6)), max_size=20))
def test_garbage_is_passed_over(messages: list[tuple[object, float]]) -> None:
    ear, at_s = Ear(), 0.0
    for message, passed_s in messages:
        at_s += passed_s
        assert ear.hear(message, at_s) in {None, There()}


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_json_that_is_not_ours_is_passed_over(value: object) -> None:
    heard = Ear().hear(json.dumps(value), 0.0)
    assert heard is None or isinstance(heard, There)


def test_what_is_too_long_or_nested_without_end_is_passed_over() -> None:
    assert Ear().hear(MUTED + " " * MAX_OCTETS, 0.0) is None
    assert Ear().hear("[" * MAX_OCTETS, 0.0) is None


def test_a_flood_is_not_read() -> None:
    ear = Ear()
    assert sum(ear.hear(MUTED, 0.0) is not None for _ in range(10_000)) == 20
    assert ear.hear(MUTED, 1.0) is not None


def test_the_longest_message_fits_one_packet_of_sctp() -> None:
    longest = Vitals(pulse_bpm=123.4, breaths_bpm=12.3, pulse=[-0.123] * 120)
    assert len(encoded(longest)) < 1200

"""The hub's side of a visit as pure steps: what each event makes of it, and that time ends it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.screen.messages import Calling, Dial, HangUp, Offered, Remote, Ring, Visit, Wanted
from agent.screen.values import CallState, Doing
from agent.visit import state
from agent.visit.letters import Reply, Standing
from agent.visit.live import Effect, Live, Now, Phase, Tell, ToPage
from agent.visit.messages import (
    Answer,
    Asked,
    Bye,
    Ended,
    FromHub,
    FromPage,
    InCall,
    Join,
    Measure,
    MeasureState,
    Offer,
    Redial,
    Ringing,
    What,
    Why,
)
from tests.fakes.visited import described

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
HERE, THERE = Reply(bridge="one", line="0a"), Reply(bridge="two", line="0b")


def now(s: float = 0.0, *, name: str = "call", screens: int = 1) -> Now:
    return Now(s=s, at=NOON + timedelta(seconds=s), name=name, screens=screens, patient="Patient/p")


def ringing() -> Live:
    return Live(visit="v", party="p", token="t", who="Dr Weber", reply=HERE, invited_at=NOON)  # noqa: S106 - none


def dialled(s: float = 1.0) -> Live:
    return state.screen_said(ringing(), Visit(id="v", accepted=True), now(s, name="c1"))[0]


def offered() -> Live:
    offer = Offered(call="c1", sdp=described("hub"))
    return state.screen_said(dialled(), offer, now(2.0))[0]


def joining() -> Live:
    answer = Answer(visit="v", party="p", n=2, call="c1", sdp=described("page"))
    return state.said(offered(), answer, now(3.0))[0]


def connected() -> Live:
    return state.screen_said(joining(), Calling(call="c1", state=CallState.CONNECTED), now(4.0))[0]


def told(effects: list[Effect]) -> list[object]:
    return [one.message for one in effects if isinstance(one, Tell)]


def said(effects: list[Effect]) -> list[FromHub | None]:
    return [one.said for one in effects if isinstance(one, ToPage)]


def test_the_camera_is_not_asked_for_before_the_patient_says_yes() -> None:
    live, effects = state.began(ringing(), 0)

    assert told(effects) == [Ring(id="v", who="Dr Weber")]
    assert said(effects) == [Ringing(visit="v", n=0)]
    live, effects = state.screen_said(live, Visit(id="v", accepted=True), now(5.0, name="c1"))
    assert told(effects) == [Dial(visit="v", call="c1", who="Dr Weber")]
    assert live.accepted_at == NOON + timedelta(seconds=5)


def test_no_is_no() -> None:
    live, effects = state.screen_said(ringing(), Visit(id="v", accepted=False), now(5.0))

    assert (live.phase, live.why) == (Phase.ENDED, Why.DECLINED)
    assert said(effects) == [Ended(visit="v", n=0, why=Why.DECLINED)]
    assert any(isinstance(one, HangUp) for one in told(effects))
    assert any(isinstance(one, Ring) and one.ended for one in told(effects))


def test_the_answer_to_another_call_is_not_taken() -> None:
    old = Answer(visit="v", party="p", n=2, call="c0", sdp=described("page"))
    assert state.said(offered(), old, now(3.0)) == (offered(), [])


def test_an_answer_without_a_fingerprint_ends_the_visit() -> None:
    bare = Answer(visit="v", party="p", n=2, call="c1", sdp="v=0")
    live, effects = state.said(offered(), bare, now(3.0))

    assert (live.phase, live.why) == (Phase.ENDED, Why.LOST)
    assert not any(isinstance(one, Remote) for one in told(effects))


def test_a_call_that_was_lost_is_dialled_again_under_a_new_name() -> None:
    lost = Calling(call="c1", state=CallState.LOST)
    live, effects = state.screen_said(connected(), lost, now(9.0, name="c2"))

    assert told(effects) == [Dial(visit="v", call="c2", who="Dr Weber")]
    assert live.began_at == NOON + timedelta(seconds=4)
    assert state.screen_said(live, Calling(call="c1", state=CallState.OVER), now(10.0)) == (
        live,
        [],
    )


def test_the_page_may_ask_for_a_redial_of_this_very_call_only() -> None:
    for call, phase in (("c1", Phase.DIALING), ("c0", Phase.CONNECTED)):
        redial = Redial(visit="v", party="p", n=5, call=call)
        assert state.said(connected(), redial, now(9.0, name="c2"))[0].phase is phase


def test_a_page_that_was_loaded_anew_is_told_of_the_call_and_the_other_window_of_it() -> None:
    live, effects = state.returned(connected(), THERE, now(9.0))

    assert live.reply == THERE
    assert said(effects) == [
        Ended(visit="v", n=0, why=Why.ELSEWHERE),
        InCall(visit="v", n=0, call="c1"),
    ]
    assert [one.standing for one in effects if isinstance(one, ToPage)] == [
        Standing.OVER,
        Standing.IN_VISIT,
    ]


def test_an_offer_that_the_page_may_have_missed_is_said_again() -> None:
    effects = state.returned(offered(), HERE, now(9.0))[1]
    assert said(effects) == [Offer(visit="v", n=0, call="c1", sdp=described("hub"))]


def test_a_call_outlives_the_pages_line_and_ends_when_it_is_lost_too() -> None:
    live, effects = state.page_gone(connected(), HERE, now(9.0))
    assert (live.phase, effects) == (Phase.CONNECTED, [])
    live, _ = state.screen_said(live, Calling(call="c1", state=CallState.LOST), now(10.0))
    assert live.phase is Phase.WAITING
    assert state.ticked(live, now(69.0))[0].phase is Phase.WAITING
    live, effects = state.ticked(live, now(71.0))
    assert (live.phase, live.why) == (Phase.ENDED, Why.LOST)
    assert any(isinstance(one, HangUp) for one in told(effects))


def test_a_tab_that_closes_while_it_rings_stops_the_ringing_soon() -> None:
    live, _ = state.page_gone(ringing(), HERE, now(5.0))
    assert state.ticked(live, now(14.0))[0].phase is Phase.RINGING
    assert state.ticked(live, now(16.0))[0].why is Why.NO_ANSWER


@pytest.mark.parametrize(
    ("live", "after_s", "phase"),
    [
        (ringing(), 61.0, Phase.ENDED),
        (dialled(), 22.0, Phase.ENDED),
        (offered(), 23.0, Phase.DIALING),
        (joining(), 24.0, Phase.DIALING),
        (connected(), 3600.0, Phase.CONNECTED),
        (connected(), 4 * 3600 + 10.0, Phase.ENDED),
    ],
    ids=["ringing", "dialling", "offered", "joining", "connected", "for hours"],
)
def test_nothing_waits_for_ever(live: Live, after_s: float, phase: Phase) -> None:
    assert state.ticked(live, now(after_s, name="c2"))[0].phase is phase


def test_a_screen_that_comes_back_without_its_call_is_dialled_without_another_ring() -> None:
    live, _ = state.screen_gone(connected(), now(9.0))
    assert state.screen_here(live)[1] == []
    live, effects = state.screen_silent(live, now(13.0, name="c2"))
    assert told(effects) == [Dial(visit="v", call="c2", who="Dr Weber")]


def test_a_screen_whose_call_is_still_up_goes_on_with_it() -> None:
    live, _ = state.screen_gone(connected(), now(9.0))
    live, effects = state.screen_said(
        live, Calling(call="c1", state=CallState.CONNECTED), now(10.0)
    )
    assert live.phase is Phase.CONNECTED
    assert told(effects) == []
    assert said(effects) == [InCall(visit="v", n=0, call="c1")]


def test_nothing_is_dialled_while_a_screen_may_still_say_that_its_call_is_up() -> None:
    live, _ = state.screen_gone(connected(), now(9.0))
    asking = dataclasses.replace(now(10.0, name="c2"), asking=True)
    assert state.returned(live, HERE, asking) == (live, [])
    assert told(state.returned(live, HERE, now(13.0, name="c2"))[1]) == [
        Dial(visit="v", call="c2", who="Dr Weber")
    ]


def test_without_a_screen_nothing_is_dialled() -> None:
    lost = Redial(visit="v", party="p", n=5, call="c1")
    live, effects = state.said(connected(), lost, now(9.0, screens=0))
    assert (live.phase, effects) == (Phase.WAITING, [])


def test_a_measurement_is_asked_for_once_until_it_arrives() -> None:
    measure = Measure(visit="v", party="p", n=5, what=What.BLOOD_PRESSURE)
    live, effects = state.said(connected(), measure, now(9.0))
    assert told(effects) == [Wanted(call="c1", doing=Doing.BLOOD_PRESSURE)]
    again, effects = state.said(live, measure, now(10.0))  # the page did not hear the answer
    assert (again, told(effects)) == (live, [])
    assert said(effects) == [
        MeasureState(visit="v", n=0, what=What.BLOOD_PRESSURE, state=Asked.ASKED)
    ]
    assert [one.task for one in effects if isinstance(one, ToPage)] == [None]

    assert state.stored(live, Doing.WEIGHT) == (live, [])
    live, effects = state.stored(live, Doing.BLOOD_PRESSURE)
    assert told(effects) == [Wanted(call="c1", doing=Doing.BLOOD_PRESSURE, done=True)]
    assert said(effects) == [
        MeasureState(visit="v", n=0, what=What.BLOOD_PRESSURE, state=Asked.ARRIVED)
    ]
    assert state.stored(live, Doing.BLOOD_PRESSURE) == (live, [])
    assert state.said(live, measure, now(11.0))[0].asked.keys() == {"1", "2"}


def test_nobody_asks_for_anything_before_the_call() -> None:
    measure = Measure(visit="v", party="p", n=5, what=What.WEIGHT)
    for live in (ringing(), dialled(), offered(), joining()):
        assert state.said(live, measure, now(9.0)) == (live, [])


_PAGES = st.sampled_from(
    [
        Join(visit="v", party="p", n=9),
        Answer(visit="v", party="p", n=9, call="c1", sdp=described("page")),
        Answer(visit="v", party="p", n=9, call="c1", sdp="nonsense"),
        Redial(visit="v", party="p", n=9, call="c1"),
        Measure(visit="v", party="p", n=9, what=What.GLUCOSE),
        Bye(visit="v", party="p", n=9),
    ]
)
_SCREENS = st.one_of(
    st.builds(Visit, id=st.just("v"), accepted=st.booleans()),
    st.builds(Offered, call=st.sampled_from(["c1", "call"]), sdp=st.just(described("hub"))),
    st.builds(Calling, call=st.sampled_from(["c1", "call"]), state=st.sampled_from(CallState)),
)


@given(
    st.lists(st.one_of(_PAGES, _SCREENS, st.sampled_from(["tick", "gone", "here"])), max_size=30)
)
def test_whatever_happens_in_any_order_the_camera_is_off_at_the_end_and_was_allowed(
    events: list[FromPage | Visit | Offered | Calling | str],
) -> None:
    live, allowed, at_s = ringing(), False, 0.0
    heard: list[object] = []
    for event in events:
        at_s += 1.0
        if isinstance(event, Visit) and event.accepted:
            allowed = True
        if isinstance(event, str):
            step = {
                "tick": state.ticked,
                "gone": state.screen_gone,
                "here": state.screen_silent,
            }[event]
            live, effects = step(live, now(at_s))
        elif isinstance(event, FromPage):
            live, effects = state.said(live, event, now(at_s))
        else:
            live, effects = state.screen_said(live, event, now(at_s))
        heard += told(effects)
        assert allowed or not any(isinstance(one, Dial) for one in heard)
        if live.phase is Phase.ENDED:
            break
    live, effects = state.ended(live, Why.OVER, now(at_s + 1))
    heard += told(effects)
    assert live.phase is Phase.ENDED
    assert [one for one in heard if isinstance(one, HangUp)] == heard[-1:]

"""A visit on the screen as values: what each press and each piece of news makes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from agent.screen.media import Accept, Adjust, Connect, Disconnect, Media, Mention, Prepare
from agent.screen.messages import (
    Arrived,
    Calling,
    Dial,
    HangUp,
    Home,
    Offered,
    Pair,
    Remote,
    Ring,
    Visit,
    Wanted,
)
from agent.screen.page import Stage
from agent.screen.values import CallState, Doing, Shown, Topic
from agent.screen.views.view import Look
from agent.visit.media.news import Offer, Redial, Standing, State
from tests.fakes.watched import Screen

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
HOME = Home(now=NOW, consents=[Topic.CAMERA, Topic.PHOTOS])
RING = Ring(id="v", who="Dr Hoffmann")
DIAL = Dial(visit="v", call="c1", who="Dr Hoffmann", vitals=True)
REMOTE = Remote(call="c1", sdp="v=0", words=["river", "lamp", "bread", "stone"])
LIVE = State(call="c1", standing=Standing.LIVE, theirs=True)
WEIGHT = Shown(seq=7, doing=Doing.WEIGHT, value="78.40", unit="kg", at=NOW, sent=False)


def media(screen: Screen) -> list[Media]:
    return [one for one in screen.did if isinstance(one, Media)]


def in_call(home: Home = HOME) -> Screen:
    screen = Screen(home)
    screen.hub(RING)
    screen.press("yes")
    screen.hub(DIAL)
    screen.see(Offer(call="c1", sdp="v=0 ours"))
    screen.hub(REMOTE)
    screen.see(LIVE)
    return screen


def test_nothing_is_opened_before_the_patient_says_yes() -> None:
    screen = Screen(HOME)
    screen.hub(RING)
    screen.wait(30)
    assert media(screen) == [Prepare()]
    screen.press("yes")
    assert media(screen) == [Prepare()]
    screen.hub(DIAL)
    assert media(screen)[1:] == [Connect(dial=DIAL, vitals=True)]


def test_a_call_is_offered_answered_and_told_in_that_order() -> None:
    screen = in_call()
    assert screen.told == [
        Visit(id="v", accepted=True),
        Offered(call="c1", sdp="v=0 ours"),
        Calling(call="c1", state=CallState.CONNECTED),
    ]
    assert Accept(remote=REMOTE) in media(screen)
    assert (screen.page, screen.model.page.heading) == ("call", "Dr Hoffmann")


def test_the_four_words_are_seen_first_and_then_that_nothing_is_recorded() -> None:
    screen = in_call()
    assert screen.model.page.hint == "Both see: river lamp bread stone"
    screen.wait(60)
    assert screen.model.page.hint == "Not recorded"


@pytest.mark.parametrize(
    ("home", "dial"),
    [
        (HOME, msgspec.structs.replace(DIAL, vitals=False)),
        (msgspec.structs.replace(HOME, consents=[Topic.PHOTOS]), DIAL),
    ],
    ids=["the care team does not", "the patient does not"],
)
def test_estimates_need_both_the_care_team_and_the_patient(home: Home, dial: Dial) -> None:
    screen = Screen(home)
    screen.hub(dial)
    assert media(screen) == [Connect(dial=dial, vitals=False)]


def test_mute_camera_and_loudness_are_adjusted_and_shown() -> None:
    screen = in_call()
    screen.press("mute", "camera", "louder")
    assert media(screen)[-3:] == [
        Adjust(muted=True, camera=True, loudness=0),
        Adjust(muted=True, camera=False, loudness=0),
        Adjust(muted=True, camera=False, loudness=2),
    ]
    body = screen.model.page.body
    assert isinstance(body, Stage)
    assert (body.mine, [sign.text for sign in body.signs]) == (
        "",
        ["Camera is off", "You are muted"],
    )
    labels = [button.label for button in screen.model.page.buttons]
    assert labels == ["Sound on", "Camera on", "Louder", "Hang up"]
    screen.press("louder")
    assert screen.model.page.buttons[2].label == "Quieter"


def test_hanging_up_switches_off_and_is_told() -> None:
    screen = in_call()
    screen.press("no")
    assert media(screen)[-1] == Disconnect()
    assert screen.told[-1] == Calling(call="c1", state=CallState.OVER)
    assert screen.page == "call-over"
    screen.wait(30)
    assert screen.page == "today"


def test_a_hub_that_hangs_up_switches_off() -> None:
    screen = in_call()
    screen.hub(HangUp(visit="v", why="bye"))
    assert media(screen)[-1] == Disconnect()
    assert screen.page == "call-over"


def test_a_call_that_breaks_is_told_dialled_again_and_shown() -> None:
    screen = in_call()
    screen.see(State(call="c1", standing=Standing.LOST))
    assert screen.page == "call-lost"
    screen.see(Redial(call="c1"))
    assert screen.told[-1] == Calling(call="c1", state=CallState.LOST)
    again = msgspec.structs.replace(DIAL, call="c2")
    screen.hub(again)
    assert media(screen)[-1] == Connect(dial=again, vitals=True)
    screen.see(State(call="c2", standing=Standing.LIVE, theirs=True))
    assert screen.told[-1] == Calling(call="c2", state=CallState.CONNECTED)
    assert screen.page == "call"


def test_an_offer_that_cannot_be_made_is_told() -> None:
    screen = Screen(HOME)
    screen.hub(DIAL)
    screen.see(Offer(call="c1", sdp=""))
    assert screen.told[-1] == Calling(call="c1", state=CallState.BROKEN)


def test_a_hub_that_comes_back_finds_its_call() -> None:
    screen = in_call()
    screen.connected(is_there=False)
    assert screen.page == "call"
    screen.connected(is_there=True)
    assert screen.told[-1] == Calling(call="c1", state=CallState.CONNECTED)


def test_a_screen_that_comes_back_is_dialled_again() -> None:
    screen = Screen(HOME)
    screen.hub(DIAL)
    assert screen.page == "connecting"


def test_a_measurement_asked_for_is_shown_said_and_its_reading_told() -> None:
    screen = in_call()
    screen.hub(Wanted(call="c1", doing=Doing.WEIGHT))
    assert screen.model.page.heading == screen.said[-1] == "Time to step on the scale"
    screen.hub(Arrived(reading=WEIGHT))
    assert media(screen)[-1] == Mention(reading=WEIGHT)
    assert screen.model.page.heading == "Dr Hoffmann"
    screen.hub(msgspec.structs.replace(HOME, readings=[WEIGHT]))
    assert media(screen)[-1] == Mention(reading=WEIGHT)
    there = msgspec.structs.replace(WEIGHT, sent=True)
    for _ in range(2):
        screen.hub(msgspec.structs.replace(HOME, readings=[there]))
    assert media(screen)[-2:] == [Mention(reading=WEIGHT), Mention(reading=there)]


def test_a_reading_nobody_asked_for_is_not_told_in_the_call() -> None:
    screen = in_call()
    screen.hub(Arrived(reading=WEIGHT))
    assert not any(isinstance(one, Mention) for one in media(screen))
    assert screen.page == "call"


def test_nothing_lies_down_on_a_call() -> None:
    screen = in_call()
    for message in (RING, Pair(meter="Cuff", passkey="123456"), HOME):
        screen.hub(message)
    screen.wait(600)
    assert screen.page == "call"


def test_a_photo_that_is_being_taken_gives_the_camera_up_for_a_call() -> None:
    screen = Screen(HOME)
    screen.hub(RING)
    screen.press("yes")
    screen.hub(DIAL)
    looks = [one for one in screen.did if isinstance(one, Look)]
    assert looks in ([], [Look(what="off")])


def test_a_caller_who_is_allowed_to_is_answered_after_a_countdown_that_can_be_stopped() -> None:
    screen = Screen(HOME)
    screen.hub(Ring(id="v", who="Dr Hoffmann", auto_s=10))
    assert screen.page == "ringing-auto"
    screen.wait(9)
    assert screen.told == []
    screen.wait(1)
    assert screen.told == [Visit(id="v", accepted=True)]

    other = Screen(HOME)
    other.hub(Ring(id="v", who="Dr Hoffmann", auto_s=10))
    other.wait(9)
    other.press("no")
    other.wait(5)
    assert other.told == [Visit(id="v", accepted=False)]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State(call="c1", standing=Standing.LIVE, camera_fault="VIT-06"), "No camera"),
        (State(call="c1", standing=Standing.LIVE, sound_fault="VISIT-33"), "No microphone"),
        (State(call="c1", standing=Standing.LIVE, sound_fault="VISIT-34"), "No loudspeaker"),
        (State(call="c1", standing=Standing.LIVE, they_mute=True), "They are muted"),
    ],
)
def test_what_does_not_work_is_a_sign_and_the_call_goes_on(state: State, said: str) -> None:
    screen = in_call()
    screen.see(state)
    body = screen.model.page.body
    assert isinstance(body, Stage)
    assert said in [sign.text for sign in body.signs]

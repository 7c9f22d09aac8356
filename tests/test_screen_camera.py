"""When the camera is on: only with permission, only for the page on top, and never for long."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from agent.screen.messages import Consent, Estimated, Home, Photo, Ring
from agent.screen.sight import Blind, Progress, Snapped
from agent.screen.values import Doing, Due, Task, Topic
from agent.screen.views.pulse import GUIDANCE
from agent.screen.views.view import IDLE_S, Look
from tests.fakes.watched import Screen
from vitals.rppg.result import Refusal

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
HOME = Home(
    now=NOW,
    tasks=[
        Task(id="wound", doing=Doing.PHOTO, due=Due.NOW),
        Task(id="pulse", doing=Doing.CAMERA, due=Due.NOW),
    ],
)
ALLOWED = msgspec.structs.replace(HOME, consents=[Topic.PHOTOS, Topic.CAMERA])
ON, OFF, KEEP, MEASURE = (Look(what=what) for what in ("on", "off", "keep", "measure"))
ESTIMATE = Estimated(
    address="camera-1-1", version="1", values={"camera-pulse-rate": ("68.0", "/min")}, about="{}"
)


def _looks(screen: Screen) -> list[Look]:
    return [effect for effect in screen.did if isinstance(effect, Look)]


def test_without_permission_the_camera_stays_off_and_is_asked_for() -> None:
    screen = Screen(HOME)
    screen.press("task:wound", "start")
    assert (screen.page, _looks(screen)) == ("photo-consent", [])
    screen.press("no")

    assert (screen.page, _looks(screen), screen.told) == ("today", [OFF], [])


def test_a_photo_goes_out_only_after_it_was_looked_at() -> None:
    screen = Screen(HOME)
    screen.press("task:wound", "start", "yes")
    screen.hub(ALLOWED)
    assert (screen.page, _looks(screen)) == ("photo-frame", [ON])
    screen.press("take")
    screen.see(Snapped(jpeg="AAAA", doubt="dark"))
    assert screen.page == "photo-look"
    screen.press("again", "take")
    screen.see(Snapped(jpeg="BBBB"))
    screen.press("send")

    assert _looks(screen) == [ON, KEEP, ON, KEEP, OFF]
    assert screen.told == [
        Consent(topic=Topic.PHOTOS, given=True),
        Photo(task="wound", jpeg="BBBB"),
    ]
    assert screen.page == "thanks"


def test_with_permission_given_before_the_camera_opens_with_the_page() -> None:
    screen = Screen(ALLOWED)
    screen.press("task:wound", "start")
    assert _looks(screen) == [ON]
    screen.press("back")

    assert _looks(screen) == [ON, OFF]


def test_a_permission_taken_back_is_obeyed_at_once() -> None:
    for task, action, first in (("task:wound", "start", ON), ("task:pulse", "start", MEASURE)):
        screen = Screen(ALLOWED)
        screen.press(task, action, *(["look"] if first == MEASURE else []))
        screen.hub(HOME)

        assert (screen.page, _looks(screen)) == ("today", [first, OFF])


def test_nobody_is_watched_who_walked_away() -> None:
    screen = Screen(ALLOWED)
    screen.press("task:wound", "start")
    screen.wait(IDLE_S + 1)

    assert (screen.page, _looks(screen)) == ("today", [ON, OFF])


def test_a_call_takes_the_camera_away_from_a_photo() -> None:
    screen = Screen(ALLOWED)
    screen.press("task:wound", "start")
    screen.hub(Ring(id="c", who="Dr Hoffmann"))
    assert (screen.page, _looks(screen)) == ("ringing", [ON, OFF])
    screen.press("no")

    assert screen.page == "today"


def test_a_pulse_is_guided_sentence_by_sentence_and_told_once() -> None:
    screen = Screen(ALLOWED)
    screen.press("task:pulse", "start", "look")
    for guidance in ("no-face", "no-face", "too-dark", "", ""):
        screen.see(Progress(seconds=3, guidance=guidance))
    screen.see(Progress(seconds=14, pulse_bpm=68.0, over=True, estimate=ESTIMATE))
    screen.see(Progress(seconds=15, pulse_bpm=99.0, over=True, estimate=ESTIMATE))

    assert screen.said[:2] == ["More light on your face, please.", "Very good. Keep still."]
    assert screen.told == [ESTIMATE]
    assert getattr(screen.model.page.figure, "value", "") == "68"


def test_without_a_sure_pulse_no_number_is_shown() -> None:
    screen = Screen(ALLOWED)
    screen.press("task:pulse", "start", "look")
    screen.see(Progress(seconds=30, over=True))

    assert screen.page == "pulse-unknown"


def test_a_camera_that_is_unplugged_is_said_kindly_and_may_be_tried_again() -> None:
    screen = Screen(ALLOWED)
    screen.press("task:pulse", "start", "look")
    screen.see(Blind())
    assert screen.page == "pulse-none"
    screen.press("look")

    assert (screen.page, _looks(screen)) == ("pulse-guide", [MEASURE, MEASURE])


def test_everything_the_camera_can_ask_for_is_said_in_the_patients_language() -> None:
    assert set(GUIDANCE) == {refusal.code for refusal in Refusal}

"""The screen as one value: what interrupts what, what is kept, and what happens by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from

from agent.screen import model
from agent.screen.messages import (
    Answered,
    Arrived,
    Heard,
    Home,
    Reply,
    Ring,
    Seen,
    Unlocked,
)
from agent.screen.page import Board, Prose
from agent.screen.samples import home as sample_home
from agent.screen.values import Doing, Due, How, Letter, Shown, Task, Way
from agent.screen.views.view import IDLE_S, Chime
from tests.fakes.watched import Screen

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
PILL = Task(id="pill", doing=Doing.MEDICINE, due=Due.SOON, title="Metformin 500 mg", at=NOW)
DUE = msgspec.structs.replace(PILL, due=Due.NOW)
READING = Shown(seq=7, doing=Doing.WEIGHT, value="78.40", unit="kg", at=NOW, sent=False)


def test_a_task_that_becomes_due_is_a_reminder_said_aloud() -> None:
    screen = Screen(Home(now=NOW, tasks=[PILL]))
    screen.hub(Home(now=NOW, tasks=[DUE]))

    assert screen.page == "task-medicine"
    assert screen.said == ["Metformin 500 mg Have you taken it?"]
    assert Chime(name="reminder") in screen.did


def test_a_task_that_is_due_already_when_the_screen_starts_is_no_alarm() -> None:
    screen = Screen(Home(now=NOW, tasks=[DUE]))

    assert (screen.page, screen.said) == ("today", [])


def test_nothing_rings_by_a_clock_that_nobody_set_and_it_rings_once_it_is_set() -> None:
    """A hub without a clock battery thinks it is eight when it is three in the morning."""
    screen = Screen(Home(now=NOW, tasks=[PILL], clock_set=False))
    screen.hub(Home(now=NOW, tasks=[DUE], clock_set=False))
    assert (screen.page, screen.said) == ("today", [])

    screen.hub(Home(now=NOW, tasks=[DUE]))
    assert screen.page == "task-medicine"


def test_the_same_task_told_again_reminds_nobody_twice() -> None:
    screen = Screen(Home(now=NOW, tasks=[PILL]))
    screen.hub(Home(now=NOW, tasks=[DUE]))
    screen.press("later")
    screen.hub(Home(now=NOW, tasks=[DUE]))

    assert screen.page == "today"
    assert screen.told == [Answered(task="pill", how=How.LATER)]


def test_a_clock_that_jumps_over_a_reminder_does_not_lose_it() -> None:
    """What is due is told by the hub, never worked out from the screen's own clock."""
    screen = Screen(Home(now=NOW, tasks=[PILL]))
    screen.hub(Home(now=NOW + timedelta(days=400), tasks=[DUE]))

    assert screen.page == "task-medicine"


def test_a_reminder_closes_once_the_hub_calls_it_done() -> None:
    screen = Screen(Home(now=NOW, tasks=[PILL]))
    screen.hub(Home(now=NOW, tasks=[DUE]))
    screen.hub(Home(now=NOW, tasks=[msgspec.structs.replace(PILL, due=Due.DONE)]))

    assert screen.page == "today"


def test_a_reading_shows_itself_and_goes_again() -> None:
    screen = Screen(Home(now=NOW))
    screen.hub(Arrived(reading=READING))
    assert screen.page == "arrived"
    screen.wait(16)

    assert screen.page == "today"


def test_a_reading_on_the_page_follows_its_way_to_the_care_team() -> None:
    screen = Screen(Home(now=NOW))
    screen.hub(Arrived(reading=READING))
    screen.hub(Home(now=NOW, readings=[msgspec.structs.replace(READING, sent=True)]))

    assert getattr(screen.model.page.figure, "state", "") == "Your care team has it"


def test_nobody_touching_the_glass_leads_back_to_today() -> None:
    screen = Screen(sample_home("en", at=NOW))
    screen.press("open:letters", "letter:1")
    screen.wait(IDLE_S - 1)
    assert screen.page == "letter"
    screen.wait(2)

    assert screen.page == "today"


def test_a_message_is_shown_as_it_was_written_markup_and_all() -> None:
    text = '<b>Hello</b> <script>alert("x")</script> &amp; <a href="http://x">here</a>'
    letter = Letter(id="9", sender="<i>Nurse</i>", text=text, at=NOW)
    screen = Screen(Home(now=NOW, letters=[letter]))
    screen.press("open:letters", "letter:9")

    assert isinstance(screen.model.page.body, Prose)
    assert screen.model.page.body.text == text
    assert screen.told == [Seen(letter="9")]


def test_a_ready_answer_is_told_in_the_care_teams_own_words() -> None:
    letter = Letter(id="9", sender="Nurse", text="Come at ten?", at=NOW, answers=["Yes", "No"])
    screen = Screen(Home(now=NOW, letters=[letter]))
    screen.press("open:letters", "letter:9", "answer:1")

    assert screen.told[-1] == Reply(letter="9", text="No")


def test_a_thousand_tasks_are_counted_and_the_first_are_shown() -> None:
    tasks = [
        Task(id=str(at), doing=Doing.OTHER, due=Due.NOW, title=f"Task {at}") for at in range(50)
    ]
    screen = Screen(Home(now=NOW, tasks=tasks, more_tasks=950))
    body = screen.model.page.body

    assert isinstance(body, Board)
    assert [row.title for row in body.rows] == ["Task 0", "Task 1", "998 more"]


def test_what_was_answered_without_the_hub_is_told_when_it_is_back() -> None:
    screen = Screen(Home(now=NOW, tasks=[DUE]))
    screen.connected(is_there=False)
    screen.press("task:pill", "done")
    assert screen.told == []
    screen.connected(is_there=True)

    assert screen.told == [Answered(task="pill", how=How.DONE)]


def test_what_the_hub_confirmed_is_not_told_again_and_the_rest_is() -> None:
    screen = Screen(Home(now=NOW, tasks=[DUE, msgspec.structs.replace(DUE, id="two")]))
    screen.press("task:pill", "done", "task:two", "later")
    screen.hub(Heard(number=1))
    screen.did.clear()
    screen.connected(is_there=False)
    screen.connected(is_there=True)

    assert screen.told == [Answered(task="two", how=How.LATER)]
    screen.hub(Heard(number=1))
    screen.did.clear()
    screen.connected(is_there=True)
    assert screen.told == []


def test_the_answer_to_a_call_is_not_told_an_hour_later() -> None:
    screen = Screen(Home(now=NOW))
    screen.connected(is_there=False)
    screen.hub(Ring(id="c1", who="Dr Hoffmann"))
    screen.press("yes")
    screen.connected(is_there=True)

    assert screen.told == []


def test_another_version_is_shown_until_the_versions_agree() -> None:
    screen = Screen(Home(now=NOW))
    screen.model, _ = model.other_version(screen.model, 1.0)
    assert screen.page == "other-version"
    screen.model, _ = model.other_version(screen.model, 2.0)
    assert len(screen.model.views) == 2
    screen.connected(is_there=True)

    assert screen.page == "today"


def test_the_code_is_never_kept_on_the_screen() -> None:
    screen = Screen(Home(now=NOW))
    screen.press("open:help", "settings", *(f"key:{digit}" for digit in "2468"), "unlock")
    assert "2468" not in repr(screen.model.views)
    screen.hub(Unlocked(right=True))

    assert screen.page == "settings"


def test_an_unlock_nobody_asked_for_opens_nothing() -> None:
    screen = Screen(Home(now=NOW))
    screen.press("open:help", "settings")
    screen.hub(Unlocked(right=True))

    assert screen.page == "settings-code"


@pytest.mark.parametrize(
    ("hour", "night"), [(20, False), (21, True), (23, True), (0, True), (6, True), (7, False)]
)
def test_the_night_goes_over_midnight(hour: int, *, night: bool) -> None:
    screen = Screen(Home(now=NOW.replace(hour=hour), night_from=21, night_until=7))

    assert screen.model.is_night is night


def test_the_time_goes_on_between_two_tellings() -> None:
    screen = Screen(Home(now=NOW))
    screen.wait(125)

    assert screen.model.header.clock == "8:07"


def test_a_clock_nobody_vouches_for_is_not_shown() -> None:
    screen = Screen(Home(now=NOW, clock_set=False))

    assert screen.model.header.clock == "\N{EN DASH}:\N{EN DASH}"


def test_how_many_wait_is_said_with_the_reason() -> None:
    screen = Screen(Home(now=NOW, way=Way.NO_NETWORK, waiting=12))

    assert screen.model.header.state == "No network. 12 readings kept safe"


@given(lists(integers(min_value=0, max_value=11), max_size=25), sampled_from(["en", "de", "es"]))
def test_whatever_is_pressed_in_whatever_order_there_is_a_page(
    presses: list[int], language: str
) -> None:
    """A hand that presses at random: every target that a page really offers."""
    screen = Screen(sample_home(language, at=NOW))
    for press in presses:
        page = screen.model.page
        offered = [button.action for button in page.buttons] + (["back"] if page.back else [])
        for rows in (getattr(page.body, "rows", ()), getattr(page.body, "buttons", ())):
            offered += [row.action for row in rows if row.action]
        screen.press(offered[press % len(offered)])
        screen.wait(1)
        assert screen.model.page.heading
        assert screen.model.views[0].stays


def test_a_page_is_read_aloud_with_everything_on_it() -> None:
    screen = Screen(sample_home("de", at=NOW))
    screen.press("speak")

    assert screen.said[-1].startswith("Zeit für Ihren Blutdruck. Blutdruck, Bitte jetzt. ")
    assert "Blutdruck. 128 zu 82. gestern. Ihr Team hat ihn" in screen.said[-1]
    assert screen.said[-1].endswith("Nachrichten. Termine. Hilfe")


def test_a_code_is_never_read_aloud() -> None:
    screen = Screen(Home(now=NOW))
    screen.press("open:help", "settings", "key:2", "key:4", "speak")

    assert not any(digit in screen.said[-1] for digit in "24")


@pytest.mark.parametrize(
    ("writes", "offered"), [(True, ["Thank you", "Please call me"]), (False, [])]
)
def test_a_message_without_answers_of_its_own_may_be_thanked_for_if_anybody_reads_it(
    offered: list[str], *, writes: bool
) -> None:
    letter = Letter(id="9", sender="Nurse", text="All is well.", at=NOW)
    screen = Screen(Home(now=NOW, letters=[letter], writes=writes))
    screen.press("open:letters", "letter:9")

    assert [button.label for button in screen.model.page.buttons] == offered


def test_readings_that_follow_each_other_are_one_page_and_want_one_press() -> None:
    """A meter that hands over three at once: nobody is to press OK three times."""
    screen = Screen(Home(now=NOW))
    for seq in (7, 8, 9):
        screen.hub(Arrived(reading=msgspec.structs.replace(READING, seq=seq, value=f"{seq}.0")))
    assert screen.page == "arrived"
    assert screen.model.page.figure is not None
    assert "9.0" in repr(screen.model.page.figure)
    assert screen.did.count(Chime(name="arrived")) == 3
    screen.press("back")
    assert screen.page == "today"

"""What cannot wait: a call, a passkey; and what they give back when they are over."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from agent.screen.messages import Arrived, Ask, Home, Pair, Passkey, Ring, Visit
from agent.screen.samples import home as sample_home
from agent.screen.values import Doing, Due, Shown, Task
from agent.screen.views.view import Chime
from tests.fakes.watched import Screen

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
PILL = Task(id="pill", doing=Doing.MEDICINE, due=Due.SOON, title="Metformin 500 mg", at=NOW)
DUE = msgspec.structs.replace(PILL, due=Due.NOW)
READING = Shown(seq=7, doing=Doing.WEIGHT, value="78.40", unit="kg", at=NOW, sent=False)


def test_a_call_comes_before_everything_and_gives_back_what_was_there() -> None:
    screen = Screen(sample_home("en", at=NOW))
    screen.press("task:ask", "start", "next")
    question = screen.model.page.heading
    screen.hub(Ring(id="c1", who="Dr Hoffmann"))
    assert (screen.page, screen.model.page.heading) == ("ringing", "Dr Hoffmann is calling")
    screen.press("no")

    assert screen.told[-1] == Visit(id="c1", accepted=False)
    assert screen.model.page.heading == question


def test_a_call_rings_every_three_seconds_for_a_minute_at_most() -> None:
    screen = Screen(Home(now=NOW))
    screen.hub(Ring(id="c1", who="Dr Hoffmann"))
    for _ in range(70):
        screen.wait(1)

    assert screen.did.count(Chime(name="ring")) == 20
    assert screen.page == "today"


def test_a_caller_who_gives_up_is_gone() -> None:
    screen = Screen(Home(now=NOW))
    screen.hub(Ring(id="c1", who="Dr Hoffmann"))
    screen.hub(Ring(id="c2", who="somebody else", ended=True))
    assert screen.page == "ringing"
    screen.hub(Ring(id="c1", who="Dr Hoffmann", ended=True))

    assert screen.page == "today"


def test_during_a_call_nothing_else_comes_up() -> None:
    screen = Screen(Home(now=NOW, tasks=[PILL]))
    screen.hub(Ring(id="c1", who="Dr Hoffmann"))
    screen.press("yes")
    for message in (Ask(reading=READING), Arrived(reading=READING), Home(now=NOW, tasks=[DUE])):
        screen.hub(message)

    assert screen.page == "connecting"


def test_a_number_that_stands_on_a_label_is_asked_for_in_other_words() -> None:
    screen = Screen(Home(now=NOW))
    screen.hub(Pair(meter="A meter", label=True))
    assert screen.model.page.heading == "Type the number on your meter's label"


def test_digits_typed_for_a_meter_are_told_and_the_end_is_shown() -> None:
    screen = Screen(Home(now=NOW))
    screen.hub(Pair(meter="Accu-Chek Guide"))
    screen.press(*(f"key:{digit}" for digit in "0482130"), "typed")
    screen.hub(Pair(meter="Accu-Chek Guide", ended=True, paired=True))

    assert screen.told == [Passkey(digits="048213", right=True)]
    assert screen.page == "pair-done"

"""What the hub did not hear: told again once it is back, as long as it is still true then."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from agent.screen.messages import Answered, Estimated, Filled, Home
from agent.screen.sight import Progress
from agent.screen.values import Doing, Due, Form, How, Kind, Question, Task, Topic
from tests.fakes.watched import Screen

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
DUE = Task(id="pill", doing=Doing.MEDICINE, due=Due.NOW, title="Metformin 500 mg", at=NOW)


def test_an_estimate_of_the_camera_is_not_told_an_hour_later_as_if_it_were_new() -> None:
    """The hub dates it as it comes."""
    screen = Screen(Home(now=NOW, consents=[Topic.CAMERA]))
    screen.connected(is_there=False)
    about = Estimated(address="cam", version="1", values={}, about="{}")
    task = msgspec.structs.replace(DUE, doing=Doing.CAMERA)
    screen.hub(Home(now=NOW, consents=[Topic.CAMERA], tasks=[task]))
    screen.press("task:pill", "start", "look")
    screen.see(Progress(seconds=30.0, over=True, pulse_bpm=61.0, estimate=about))
    assert screen.page == "pulse-done"
    screen.wait(3600)
    screen.connected(is_there=True)
    assert screen.told == []


def test_a_long_form_filled_without_the_hub_pushes_out_nothing_else() -> None:
    """Each page tells all answers so far: the last one says it all."""
    pages = [Question(id=str(at), text="?", kind=Kind.BOOLEAN) for at in range(20)]
    task = msgspec.structs.replace(DUE, id="form", doing=Doing.QUESTIONS)
    form = Form(task="form", title="Today", questions=pages)
    screen = Screen(Home(now=NOW, tasks=[DUE, task], forms=[form]))
    screen.connected(is_there=False)
    screen.press("task:pill", "done", "task:form", "start", *(20 * ["option:true"]), "send")
    screen.connected(is_there=True)
    first, last = screen.told
    assert first == Answered(task="pill", how=How.DONE)
    assert last == Filled(
        task="form", answers={str(at): ["true"] for at in range(20)}, complete=True
    )

"""A whole simulated day at the screen: by touch alone, and by two buttons alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.demo.day import Day
from agent.screen import hands, model
from agent.screen.hands import Hands
from agent.screen.messages import (
    Answered,
    Arrived,
    Consent,
    Filled,
    FromScreen,
    Heard,
    Home,
    Photo,
    Protocol,
    Reply,
    Seen,
)
from agent.screen.model import Done, Model
from agent.screen.qt.gallery import SIZES, scene_of, without_display
from agent.screen.shapes import Scene
from agent.screen.sight import Snapped
from agent.screen.values import Doing, Due, How, Shown, Topic
from agent.screen.views.view import Look, Tell
from tests.fakes.somebody import touch, two_buttons

BEGAN = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)


@dataclass
class Patient:
    """Somebody who does the whole day with one kind of hand."""

    hand: Callable[[Patient, str], None]
    at_s: float = 0.0
    model: Model = field(default_factory=lambda: replace(Model(at_s=0.0), connected=True))
    hands: Hands = field(default_factory=Hands)
    told: list[FromScreen] = field(default_factory=list)
    consents: list[Topic] = field(default_factory=list)
    seq: int = 0
    day: Day = field(init=False)

    def __post_init__(self) -> None:
        without_display()
        self.day = Day(now=lambda: BEGAN + timedelta(seconds=self.at_s), clock=lambda: self.at_s)
        self._home()

    @property
    def scene(self) -> Scene:
        return scene_of(self.model, SIZES[0])[0]

    def _take(self, done: Done) -> None:
        name = self.model.page.name
        self.model, effects = done
        for effect in effects:
            if isinstance(effect, Tell):
                self._hub(effect.message)
            elif effect == Look(what="keep"):
                self._take(model.saw(self.model, Snapped(jpeg="AAAA"), self.at_s))
        if self.model.page.name != name:
            self.hands = hands.new_page(self.hands, self.at_s, keep_focus=self.hands.focus >= 0)

    def _hub(self, message: FromScreen) -> None:
        self.told.append(message)
        if isinstance(message, Consent):
            self.consents.append(message.topic)
        else:
            self.day.heard(message)
        self._take(model.told(self.model, Heard(number=len(self.told)), self.at_s))
        self._home()

    def _home(self) -> None:
        plan = self.day.plan()
        home = Home(
            now=BEGAN + timedelta(seconds=self.at_s),
            tasks=plan.tasks,
            letters=plan.letters,
            appointments=plan.appointments,
            forms=plan.forms,
            consents=self.consents,
            writes=True,
        )
        self._take(model.told(self.model, home, self.at_s))

    def wait(self, seconds: float) -> None:
        end = self.at_s + seconds
        while self.at_s < end:
            self.at_s += 1.0
            self._take(model.ticked(self.model, self.at_s))
            if self.at_s % 20 == 0:
                self._home()

    def until(self, page: str) -> None:
        for _ in range(400):
            if self.model.page.name == page:
                return
            self.wait(1)
        pytest.fail(f"{page} never came; there is {self.model.page.name}")

    def cuff(self) -> None:
        self.seq += 1
        at = BEGAN + timedelta(seconds=self.at_s)
        reading = Shown(
            seq=self.seq,
            doing=Doing.BLOOD_PRESSURE,
            value="128/82",
            unit="mmHg",
            at=at,
            sent=False,
        )
        self._take(model.told(self.model, Arrived(reading=reading), self.at_s))

    def press(self, *actions: str) -> None:
        for action in actions:
            self.wait(1)
            self.hand(self, action)

    def acted(self, action: str) -> None:
        self._take(model.pressed(self.model, action, self.at_s))


@pytest.mark.parametrize("hand", [touch, two_buttons], ids=["touch", "two buttons"])
def test_a_whole_day_is_done(hand: Callable[[Patient, str], None]) -> None:
    patient = Patient(hand)
    patient.until("task-medicine")
    patient.press("done")
    patient.until("task-blood-pressure")
    patient.press("start", "sit")
    patient.until("pressure-measure")
    patient.cuff()
    patient.until("pressure-again")
    patient.wait(30)
    patient.cuff()
    patient.press("back")
    patient.until("today")
    patient.press("open:letters", "letter:morning", "answer:0", "back", "back")
    patient.press("task:ask", "start", "next", "option:1", "option:0", "next", "option:false")
    patient.press("key:3", "next", "key:7", "key:8", "key:.", "key:4", "next")
    patient.press("now", "next", "key:7", "key:3", "key:0", "next")
    patient.press("write", "key:s", "key:o", "next", "skip")
    patient.press("send", "back")
    patient.press("task:photo", "start", "yes", "take", "send", "back")

    assert patient.model.page.name == "today"
    assert {task.id: task.due for task in patient.day.plan().tasks} == dict.fromkeys(
        ("pill", "bp", "ask", "photo"), Due.DONE
    )
    assert Answered(task="pill", how=How.DONE) in patient.told
    assert Protocol(task="bp", rested_s=300, readings=[1, 2], between_s=90) in patient.told
    assert Seen(letter="morning") in patient.told
    assert Reply(letter="morning", text="Thank you") in patient.told
    assert Photo(task="photo", jpeg="AAAA") in patient.told
    assert patient.told[-3] == Filled(
        task="ask",
        answers={
            "q1": ["1"],
            "q2": ["0"],
            "q3": ["false"],
            "q4": ["3"],
            "q5": ["78.4"],
            "q6": ["2026-11-23"],
            "q7": ["07:30:00"],
            "q8": ["So"],
        },
        complete=True,
    )


def test_a_task_put_off_comes_back_and_one_that_cannot_be_done_does_not() -> None:
    patient = Patient(touch)
    patient.until("task-medicine")
    patient.press("later")
    patient.wait(5)
    assert patient.model.page.name == "today"
    patient.until("task-blood-pressure")
    patient.press("cannot")
    patient.until("task-medicine")
    patient.press("done")

    due = {task.id: task.due for task in patient.day.plan().tasks}
    assert (due["pill"], due["bp"]) == (Due.DONE, Due.CANNOT)

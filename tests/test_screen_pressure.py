"""Guided blood pressure: five minutes of rest, two readings a minute apart, and the proof of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.screen import model
from agent.screen.messages import Arrived, FromHub, FromScreen, Home, Protocol
from agent.screen.model import Model
from agent.screen.values import Doing, Due, Shown, Task
from agent.screen.views.view import Tell

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
HOME = Home(now=NOW, tasks=[Task(id="bp", doing=Doing.BLOOD_PRESSURE, due=Due.NOW)])


class Patient:
    """Somebody at the screen, and everything that the hub was told."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self.told: list[FromScreen] = []
        self.model = replace(Model(at_s=0.0), connected=True)
        self.hub(HOME)

    def _take(self, done: model.Done) -> None:
        self.model, effects = done
        self.told += [effect.message for effect in effects if isinstance(effect, Tell)]

    def hub(self, message: FromHub) -> None:
        self._take(model.told(self.model, message, self.at_s))

    def press(self, *actions: str) -> None:
        for action in actions:
            offered = [button.action for button in self.model.page.buttons]
            assert action == "back" or action in offered or ":" in action, offered
            self._take(model.pressed(self.model, action, self.at_s))

    def wait(self, seconds: float) -> None:
        end = self.at_s + seconds
        while self.at_s < end:
            self.at_s = min(self.at_s + 1.0, end)
            self._take(model.ticked(self.model, self.at_s))

    def cuff(self, seq: int, *, after_s: float = 0) -> None:
        at = NOW + timedelta(seconds=self.at_s + after_s)
        self.hub(
            Arrived(
                reading=Shown(
                    seq=seq,
                    doing=Doing.BLOOD_PRESSURE,
                    value="128/82",
                    unit="mmHg",
                    at=at,
                    sent=False,
                )
            )
        )

    @property
    def page(self) -> str:
        return self.model.page.name


def test_the_whole_protocol_is_kept_and_proved() -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    patient.wait(299)
    assert patient.page == "pressure-rest"
    patient.wait(1)
    assert patient.page == "pressure-measure"
    patient.wait(40)
    patient.cuff(7)
    assert patient.page == "pressure-pause"
    patient.wait(60)
    assert patient.page == "pressure-again"
    patient.wait(35)
    patient.cuff(8)

    assert patient.page == "pressure-done"
    assert patient.told == [Protocol(task="bp", rested_s=300, readings=[7, 8], between_s=95)]


def test_who_does_not_wait_is_believed_and_the_proof_says_so() -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    patient.wait(45)
    patient.press("skip")
    patient.cuff(7)
    patient.press("end")

    assert patient.told == [Protocol(task="bp", rested_s=45, readings=[7], between_s=0)]


def test_a_reading_in_the_middle_of_the_rest_counts_with_the_rest_there_was() -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    patient.wait(120)
    patient.cuff(7)
    patient.wait(20)
    patient.cuff(8)

    assert patient.told == [Protocol(task="bp", rested_s=120, readings=[7, 8], between_s=20)]


def test_the_same_reading_told_twice_is_not_the_second_one() -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    patient.wait(300)
    patient.cuff(7)
    patient.cuff(7)
    assert patient.page == "pressure-pause"
    patient.wait(60)
    patient.cuff(7)

    assert patient.page == "pressure-again"
    assert patient.told == []


@pytest.mark.parametrize("waited_s", [0, 61], ids=["in the minute", "asked for the second"])
def test_stopping_after_the_first_keeps_it_and_its_proof(waited_s: int) -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    patient.wait(300)
    patient.cuff(7)
    patient.wait(waited_s)
    patient.press("back")

    assert patient.told == [Protocol(task="bp", rested_s=300, readings=[7], between_s=0)]


def test_stopping_before_any_reading_proves_nothing() -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    patient.wait(10)
    patient.press("back")

    assert (patient.page, patient.told) == ("today", [])


def test_a_cuff_that_never_answers_leads_back_by_itself() -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    patient.wait(300 + 600)

    assert (patient.page, patient.told) == ("today", [])


def test_another_meter_does_not_disturb_the_rest() -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    other = Shown(seq=9, doing=Doing.WEIGHT, value="78.4", unit="kg", at=NOW, sent=False)
    patient.hub(Arrived(reading=other))

    assert patient.page == "pressure-rest"


def test_the_countdown_shows_what_is_left() -> None:
    patient = Patient()
    patient.press("task:bp", "start", "sit")
    patient.wait(72)

    assert patient.model.page.figure is not None
    assert getattr(patient.model.page.figure, "text", "") == "3:48"

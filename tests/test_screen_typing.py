"""Typed answers: dates, times and words, as people type them and as FHIR R4 writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis.strategies import dates, lists, sampled_from, text, times

from agent.screen import model
from agent.screen.messages import Filled, Home
from agent.screen.model import Model
from agent.screen.page import Letters, Pad
from agent.screen.values import Doing, Due, Form, Kind, Option, Question, Task, When
from agent.screen.views import typing
from agent.screen.views.answers import asked
from agent.screen.views.view import Tell
from agent.screen.words import LANGUAGES, words

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
ENGLISH = words("en")
DATE = Question(id="when", text="Since when?", kind=Kind.DATE)
TIME = Question(id="up", text="When did you get up?", kind=Kind.TIME)
TEXT = Question(id="more", text="What else?", kind=Kind.TEXT)
OPEN = Question(
    id="ate",
    text="What did you eat?",
    kind=Kind.OPEN,
    options=[Option(code="bread", text="Bread"), Option(code="fruit", text="Fruit")],
)


def typed(kind: Kind, keys: str) -> str:
    found = ""
    for key in keys:
        found = typing.pressed(kind, found, key, ENGLISH)
    return found


@pytest.mark.parametrize(
    ("question", "keys", "sent"),
    [
        (DATE, "23112026", "2026-11-23"),
        (DATE, "29022024", "2024-02-29"),  # a leap year
        (DATE, "29022026", None),
        (DATE, "31042026", None),
        (DATE, "2311202", None),
        (DATE, "01011899", None),
        (TIME, "730", "07:30:00"),
        (TIME, "1430", "14:30:00"),
        (TIME, "000", "00:00:00"),
        (TIME, "2400", None),
        (TIME, "1260", None),
        (TIME, "12", None),
        (TEXT, "   ", None),
    ],
)
def test_what_is_typed_is_sent_in_fhirs_own_form_or_not_at_all(
    question: Question, keys: str, sent: str | None
) -> None:
    assert typing.answer(question, typed(question.kind, keys)) == sent


@given(dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_day_can_be_typed_and_taken_up_again(day: date) -> None:
    keys = f"{day.day:02d}{day.month:02d}{day.year:04d}"
    sent = typing.answer(DATE, typed(Kind.DATE, keys))

    assert sent == day.isoformat()
    assert typing.typed_of(Kind.DATE, sent) == keys


@given(times())
def test_every_minute_can_be_typed_and_taken_up_again(at: time) -> None:
    sent = typing.answer(TIME, typed(Kind.TIME, f"{at:%H%M}"))

    assert sent == f"{at:%H:%M}:00"
    assert typing.typed_of(Kind.TIME, sent) == f"{at:%H%M}"


@given(lists(sampled_from(["erase", "space", "a", "ß", "7", "."]) | text(max_size=1), max_size=300))
def test_whatever_is_pressed_stays_within_its_bounds(keys: list[str]) -> None:
    for kind, most in ((Kind.DATE, 8), (Kind.TIME, 4), (Kind.TEXT, 200)):
        found = ""
        for key in keys:
            found = typing.pressed(kind, found, key, ENGLISH)
        assert len(found) <= most


def test_a_date_is_shown_as_the_language_writes_it() -> None:
    assert typing.shown(Kind.DATE, "23112026", words("de")) == "23.11.2026"
    assert typing.shown(Kind.DATE, "231", ENGLISH) == "23/1"
    assert typing.shown(Kind.TIME, "730", ENGLISH) == "7:30"


@pytest.mark.parametrize(("language", "own"), [("en", "az"), ("de", "äöüß"), ("es", "áéíóúñ")])
def test_the_keyboard_has_the_letters_of_the_language(language: str, own: str) -> None:
    assert language in LANGUAGES
    labels = {key.label for key in typing.letters(words(language), signs=False)}
    assert set("abcdefghijklmnopqrstuvwxyz" + own) <= labels


class Patient:
    """Somebody who fills in a form of one question, and what the hub was told."""

    def __init__(self, question: Question) -> None:
        form = Form(task="ask", title="Check-in", questions=[question])
        tasks = [Task(id="ask", doing=Doing.QUESTIONS, due=Due.NOW)]
        self.model = replace(Model(at_s=0.0), connected=True)
        self.sent: list[Filled] = []
        self._take(model.told(self.model, Home(now=NOW, tasks=tasks, forms=[form]), 0.0))
        self.press("task:ask", "start")

    def _take(self, done: model.Done) -> None:
        self.model, effects = done
        told = [effect.message for effect in effects if isinstance(effect, Tell)]
        self.sent += [one for one in told if isinstance(one, Filled)]

    def press(self, *actions: str) -> None:
        for action in actions:
            self._take(model.pressed(self.model, action, 0.0))


def test_today_is_one_press() -> None:
    patient = Patient(DATE)
    assert isinstance(patient.model.page.body, Pad)
    patient.press("now", "next", "send")

    assert patient.sent[-1].answers == {"when": ["2026-11-23"]}
    assert patient.sent[-1].complete


def test_a_day_that_does_not_exist_is_asked_about_kindly_and_not_sent() -> None:
    patient = Patient(DATE)
    patient.press(*(f"key:{digit}" for digit in "31022026"), "next")

    assert patient.model.page.heading == "Please check the day."
    assert patient.sent == []


def test_words_are_typed_letter_by_letter_and_sent_whole() -> None:
    patient = Patient(TEXT)
    assert isinstance(patient.model.page.body, Letters)
    keys = [*"bread", "space", "layer", "2"]
    patient.press(*(f"key:{key}" for key in keys), "next", "send")

    assert patient.sent[-1].answers == {"more": ["Bread 2"]}


def test_an_open_choice_takes_a_ready_answer_or_words_of_ones_own() -> None:
    ready, own = Patient(OPEN), Patient(OPEN)
    ready.press("option:bread", "send")
    own.press("write", *(f"key:{key}" for key in "soup"), "next", "send")

    assert ready.sent[-1].answers == {"ate": ["bread"]}
    assert own.sent[-1].answers == {"ate": ["Soup"]}


def test_back_from_the_keyboard_leads_to_the_ready_answers() -> None:
    patient = Patient(OPEN)
    patient.press("write", "back")

    assert patient.model.page.name == "form-open-choice"
    assert "write" in [button.action for button in patient.model.page.buttons]


def test_a_condition_on_a_day_compares_days() -> None:
    after = Question(
        id="x",
        text="?",
        kind=Kind.BOOLEAN,
        when=[When(question="when", operator=">", value="2026-11-01")],
    )
    form = Form(task="ask", title="", questions=[DATE, after])

    assert [one.id for one in asked(form, {"when": ["2026-11-23"]})] == ["when", "x"]
    assert [one.id for one in asked(form, {"when": ["2026-10-31"]})] == ["when"]

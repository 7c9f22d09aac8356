"""Questionnaires: FHIR's rules of what is asked, one page a question, and no answer lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, lists, sampled_from, text

from agent.screen import model
from agent.screen.messages import Filled, Home
from agent.screen.model import Model
from agent.screen.page import Grid, Pad
from agent.screen.values import Doing, Due, Form, Kind, Option, Question, Task, When
from agent.screen.views.answers import asked, fits, kept
from agent.screen.views.view import Tell

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
OPTIONS = [Option(code="good", text="Good"), Option(code="bad", text="Poor")]
PAIN = Question(id="pain", text="Any pain?", kind=Kind.BOOLEAN, required=True)
WHERE = Question(
    id="where",
    text="Where?",
    kind=Kind.MANY,
    options=[Option(code="leg", text="Leg"), Option(code="arm", text="Arm")],
    when=[When(question="pain", operator="=", value="true")],
)
STRENGTH = Question(
    id="strength",
    text="How strong, 0 to 10?",
    kind=Kind.INTEGER,
    least=0,
    most=10,
    when=[When(question="pain", operator="=", value="true")],
)
CALL = Question(
    id="call",
    text="Shall we call?",
    kind=Kind.CHOICE,
    options=OPTIONS,
    when=[When(question="strength", operator=">=", value="7")],
)
FORM = Form(task="ask", title="Check-in", questions=[PAIN, WHERE, STRENGTH, CALL])


def _ids(answers: dict[str, list[str]], form: Form = FORM) -> list[str]:
    return [question.id for question in asked(form, answers)]


def test_a_question_is_asked_only_while_its_condition_holds() -> None:
    assert _ids({}) == ["pain"]
    assert _ids({"pain": ["false"]}) == ["pain"]
    assert _ids({"pain": ["true"]}) == ["pain", "where", "strength"]
    assert _ids({"pain": ["true"], "strength": ["7"]}) == ["pain", "where", "strength", "call"]
    assert _ids({"pain": ["true"], "strength": ["6"]}) == ["pain", "where", "strength"]


def test_an_answer_to_a_question_that_is_not_asked_any_more_counts_for_nothing() -> None:
    """FHIR R4 Questionnaire: items that are not enabled have no answers in the response."""
    given_ = {"pain": ["false"], "strength": ["9"], "call": ["good"]}

    assert kept(FORM, given_) == {"pain": ["false"]}


@pytest.mark.parametrize(
    ("operator", "value", "given_", "holds"),
    [
        ("exists", "true", [], False),
        ("exists", "true", ["x"], True),
        ("exists", "false", [], True),
        ("=", "2.0", ["2"], True),
        ("=", "a", ["b", "a"], True),
        ("!=", "a", [], False),
        ("!=", "a", ["b"], True),
        (">", "10", ["9"], False),
        (">", "10", ["10.5"], True),
        ("<", "10", ["nan"], False),
        ("<=", "x", ["1"], False),
    ],
)
def test_conditions_mean_what_fhir_says(
    operator: str, value: str, given_: list[str], *, holds: bool
) -> None:
    question = Question(
        id="q",
        text="?",
        kind=Kind.DISPLAY,
        when=[When(question="p", operator=operator, value=value)],
    )
    first = Question(id="p", text="?", kind=Kind.CHOICE)

    found = _ids({"p": given_}, Form(task="t", title="", questions=[first, question]))

    assert ("q" in found) is holds


def test_one_condition_is_enough_where_any_is_said() -> None:
    both = [When(question="p", operator="=", value=one) for one in ("a", "b")]
    first = Question(id="p", text="?", kind=Kind.CHOICE)
    for any_of, there in ((True, True), (False, False)):
        question = Question(id="q", text="?", kind=Kind.DISPLAY, when=both, any_of=any_of)
        form = Form(task="t", title="", questions=[first, question])
        assert ("q" in _ids({"p": ["a"]}, form)) is there


def test_questions_that_wait_for_each_other_are_not_asked_and_end() -> None:
    one = Question(
        id="a",
        text="?",
        kind=Kind.BOOLEAN,
        when=[When(question="b", operator="exists", value="true")],
    )
    other = Question(
        id="b",
        text="?",
        kind=Kind.BOOLEAN,
        when=[When(question="a", operator="exists", value="true")],
    )

    assert (
        _ids({"a": ["true"], "b": ["true"]}, Form(task="t", title="", questions=[one, other])) == []
    )


@pytest.mark.parametrize(
    ("kind", "typed", "good"),
    [
        (Kind.INTEGER, "7", True),
        (Kind.INTEGER, "7.5", False),
        (Kind.INTEGER, "11", False),
        (Kind.DECIMAL, "7.5", True),
        (Kind.DECIMAL, ".", False),
        (Kind.DECIMAL, "", False),
    ],
)
def test_a_number_is_taken_only_within_its_limits(kind: Kind, typed: str, *, good: bool) -> None:
    assert fits(Question(id="q", text="?", kind=kind, least=0, most=10), typed) is good


class Patient:
    """Somebody who answers, and what the hub was told."""

    def __init__(self, form: Form = FORM, language: str = "en") -> None:
        self.told: list[Filled] = []
        task = Task(id="ask", doing=Doing.QUESTIONS, due=Due.NOW)
        home = Home(now=NOW, tasks=[task], forms=[form], language=language)
        self.model = replace(Model(at_s=0.0), connected=True)
        self.model, _ = model.told(self.model, home, 0.0)
        self.press("task:ask", "start")

    def press(self, *actions: str) -> None:
        for action in actions:
            self.model, effects = model.pressed(self.model, action, 0.0)
            self.told += [
                effect.message
                for effect in effects
                if isinstance(effect, Tell) and isinstance(effect.message, Filled)
            ]


def test_a_form_is_answered_by_touch_alone_and_sent_whole() -> None:
    patient = Patient()
    patient.press("option:true", "option:leg", "next", "key:8", "next", "option:good", "send")

    assert patient.model.page.name == "thanks"
    assert patient.told[-1] == Filled(
        task="ask",
        answers={"pain": ["true"], "where": ["leg"], "strength": ["8"], "call": ["good"]},
        complete=True,
    )


def test_every_answer_is_told_at_once() -> None:
    patient = Patient()
    patient.press("option:true", "option:arm", "next")

    assert [told.complete for told in patient.told] == [False, False]
    assert patient.told[-1].answers == {"pain": ["true"], "where": ["arm"]}


def test_after_a_power_cut_the_next_question_is_asked() -> None:
    before = Patient()
    before.press("option:true", "option:arm", "next")
    form = msgspec.structs.replace(FORM, answers=before.told[-1].answers)

    after = Patient(form)

    assert after.model.page.heading == "How strong, 0 to 10?"
    after.press("back")
    assert after.model.page.heading == "Where?"


def test_changing_ones_mind_takes_back_what_followed_from_it() -> None:
    patient = Patient()
    patient.press("option:true", "option:leg", "next", "key:8", "next")
    patient.press("back", "back", "back", "option:false", "send")

    assert patient.told[-1] == Filled(task="ask", answers={"pain": ["false"]}, complete=True)


def test_a_required_question_cannot_be_skipped_and_others_can() -> None:
    patient = Patient()
    assert "skip" not in [button.action for button in patient.model.page.buttons]
    patient.press("option:true")
    assert "skip" in [button.action for button in patient.model.page.buttons]


def test_a_number_out_of_its_limits_is_asked_again_kindly() -> None:
    patient = Patient()
    patient.press("option:true", "skip", "key:1", "key:2", "next")

    assert patient.model.page.heading == "Please check the number."
    patient.press("key:erase", "next")
    assert patient.told[-1].answers["strength"] == ["1"]


def test_a_decimal_is_typed_with_the_languages_mark_and_sent_with_a_point() -> None:
    weight = Question(id="kg", text="Gewicht?", kind=Kind.DECIMAL, unit="kg")
    patient = Patient(Form(task="ask", title="", questions=[weight]), language="de")
    patient.press("key:7", "key:8", "key:,", "key:4")

    assert isinstance(patient.model.page.body, Pad)
    assert patient.model.page.body.typed == "78,4"
    patient.press("next")
    assert patient.told[-1].answers == {"kg": ["78.4"]}


def test_forty_answers_have_pages_of_six() -> None:
    options = [Option(code=str(at), text=str(at)) for at in range(40)]
    many = Question(id="q", text="?", kind=Kind.CHOICE, options=options)
    patient = Patient(Form(task="ask", title="", questions=[many]))
    seen = set()
    for _ in range(7):
        assert isinstance(patient.model.page.body, Grid)
        seen |= {button.action for button in patient.model.page.body.buttons}
        patient.press("more")

    assert seen == {f"option:{at}" for at in range(40)}


@given(
    dictionaries(sampled_from(["pain", "where", "strength", "call"]), lists(text(max_size=4))),
    lists(sampled_from(["option:true", "next", "skip", "back", "key:5", "send", "more"])),
)
def test_any_pressing_on_any_answers_shows_a_page(
    answers: dict[str, list[str]], actions: list[str]
) -> None:
    patient = Patient(msgspec.structs.replace(FORM, answers=answers))
    for action in actions:
        patient.press(action)
        assert patient.model.page.heading

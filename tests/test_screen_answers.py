"""What the patient said: sealed, in order, once, through refusals, outages and restarts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from agent.clock import HubClock
from agent.display.answers import FULL, MOST, REFUSED, Answers
from sync.exchange import Alarm, Answer, ClearAlarm, Request
from sync.fhir.said import Speaker, binary, communication, consent, photo, response
from sync.messages import Answer as Choice
from sync.messages import Coding, Question, Questionnaire
from sync.outbox import Outbox
from vitals.errors import HubError

WHO = Speaker(hub_id="hub-1", patient="Patient/p", at="2026-11-23T08:05:00+01:00")


def _open(folder: Path) -> Outbox:
    return Outbox.open(
        folder / "outbox.db",
        key=bytes(32),
        tenant="default",
        hub_id="hub-1",
        max_bytes=2**26,
        max_evidence=10,
        now=HubClock(),
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with _open(tmp_path) as one:
        yield one


def _asked(answers: Answers, now_s: float) -> Request:
    request = answers.next(now_s)
    assert request is not None
    return request


def _text(request: Request) -> str:
    return str(json.loads(request.body)["payload"][0]["contentString"])


def test_answers_go_up_in_the_order_they_were_given(outbox: Outbox) -> None:
    answers = Answers(outbox, "hub-1")
    for text in ("one", "two"):
        answers.put(communication(WHO, text))
    first = _asked(answers, 0.0)
    assert (first.method, _text(first)) == ("PUT", "one")
    assert answers.answer(first, Answer(status=201), 0.0) == [ClearAlarm(code=REFUSED)]
    second = _asked(answers, 0.0)
    assert _text(second) == "two"
    assert first.path != second.path
    answers.answer(second, Answer(status=200), 0.0)

    assert (answers.next(0.0), answers.waiting) == (None, 0)


def test_nobody_stands_in_the_address(outbox: Outbox) -> None:
    answers = Answers(outbox, "hub-1")
    answers.put(communication(WHO, "Please call me"))

    kind, _, name = _asked(answers, 0.0).path.partition("/")
    assert (kind, len(name), name[0]) == ("Communication", 64, "h")


def test_without_a_network_the_same_answer_is_tried_again_after_a_minute(outbox: Outbox) -> None:
    answers = Answers(outbox, "hub-1")
    answers.put(communication(WHO, "one"))
    request = _asked(answers, 0.0)

    assert answers.answer(request, Answer(status=None), 0.0) == []
    assert answers.next(59.0) is None
    assert _asked(answers, 60.0) == request
    assert answers.answer(request, Answer(status=503), 60.0) == []


def test_a_refused_answer_is_kept_told_of_and_tried_again_after_an_hour(outbox: Outbox) -> None:
    answers = Answers(outbox, "hub-1")
    answers.put(communication(WHO, "one"))
    request = _asked(answers, 0.0)
    (alarm,) = answers.answer(request, Answer(status=403), 0.0)

    assert isinstance(alarm, Alarm)
    assert alarm.code == REFUSED
    assert answers.next(3599.0) is None
    assert _asked(answers, 3600.0) == request


def test_a_refused_answer_holds_up_no_other_and_keeps_its_name(tmp_path: Path) -> None:
    with _open(tmp_path) as before:
        answers = Answers(before, "hub-1")
        for text in ("one", "two", "three"):
            answers.put(communication(WHO, text))
        first = _asked(answers, 0.0)
        answers.answer(first, Answer(status=422), 0.0)
        second = _asked(answers, 0.0)
        assert _text(second) == "two"
        answers.answer(second, Answer(status=201), 0.0)
    with _open(tmp_path) as after:
        again = Answers(after, "hub-1")
        third = _asked(again, 0.0)
        assert _text(third) == "three"
        again.answer(third, Answer(status=201), 0.0)
        assert _asked(again, 0.0) == first
        again.answer(first, Answer(status=422), 0.0)
        assert (again.next(3599.0), again.waiting) == (None, 1)


@pytest.mark.parametrize("status", [500, 502, None])
def test_an_answer_that_fails_every_time_holds_up_no_other(
    outbox: Outbox, status: int | None
) -> None:
    """A server may stumble over this very one; a thin line may never carry a large photo."""
    answers = Answers(outbox, "hub-1")
    answers.put(binary(WHO, 100_000 * "a"))
    answers.put(communication(WHO, "I fell"))
    for at_s in (0.0, 60.0, 120.0):
        photo_first = _asked(answers, at_s)
        assert photo_first.path.startswith("Binary/")
        answers.answer(photo_first, Answer(status=status), at_s)
    urgent = _asked(answers, 180.0)
    assert _text(urgent) == "I fell"
    answers.answer(urgent, Answer(status=201), 180.0)
    assert _asked(answers, 180.0) == photo_first


@pytest.mark.parametrize("status", [429, 503, None])
def test_a_server_that_is_away_wears_out_no_card_by_turning_the_queue_round(
    outbox: Outbox, status: int | None
) -> None:
    answers = Answers(outbox, "hub-1")
    for text in ("one", "two"):
        answers.put(communication(WHO, text))
    for at_s in range(0, 600, 60):
        request = _asked(answers, at_s)
        assert _text(request) == "one"
        answers.answer(request, Answer(status=status), at_s)


def test_what_is_kept_together_is_there_together(outbox: Outbox) -> None:
    answers = Answers(outbox, "hub-1")
    named = communication(WHO, "a") | {"id": "hown"}
    answers.put_all([named, communication(WHO, "b")], {"beside": b"1"}, most=2)
    assert (answers.waiting, outbox.recall("beside")) == (2, b"1")
    assert _asked(answers, 0.0).path == "Communication/hown"
    with pytest.raises(HubError):
        answers.put_all([communication(WHO, "c")], {"beside": b"2"}, most=2)
    assert (answers.waiting, outbox.recall("beside")) == (2, b"1")


def test_a_restart_loses_none_and_sends_none_under_another_name(tmp_path: Path) -> None:
    with _open(tmp_path) as before:
        answers = Answers(before, "hub-1")
        for text in ("one", "two"):
            answers.put(communication(WHO, text))
        answers.answer(_asked(answers, 0.0), Answer(status=201), 0.0)
        waits = _asked(answers, 0.0)
    with _open(tmp_path) as after:
        again = Answers(after, "hub-1")
        assert again.waiting == 1
        assert _asked(again, 0.0) == waits


def test_when_there_is_no_room_the_patient_is_not_told_that_it_was_heard(outbox: Outbox) -> None:
    answers = Answers(outbox, "hub-1")
    for number in range(MOST):
        answers.put(communication(WHO, str(number)))
    with pytest.raises(HubError) as told:
        answers.put(communication(WHO, "one too many"))

    assert told.value.code == FULL


def test_answers_have_the_questionnaires_types_and_order() -> None:
    """FHIR R4 questionnaireresponse-example: nested items, typed values, codings as offered."""
    leg = Choice(value=Coding(system="http://s.example", code="leg", display="Leg"), text="Leg")
    items = (
        Question(link_id="well", type="boolean", text="Well?"),
        Question(
            link_id="group",
            type="group",
            text="Pain",
            items=(
                Question(link_id="where", type="choice", text="Where?", options=(leg,)),
                Question(link_id="kg", type="decimal", text="Weight?"),
            ),
        ),
        Question(link_id="never", type="boolean", text="Not answered"),
    )
    form = Questionnaire(
        id="f", version="1", active=True, title="", url="http://clinic.example/f", items=items
    )

    made = response(
        WHO, form, {"kg": ["78.40"], "where": ["leg"], "well": ["false"]}, task="Task/1"
    )

    assert made["questionnaire"] == "http://clinic.example/f"
    well, group = made["item"]
    assert well == {"linkId": "well", "text": "Well?", "answer": [{"valueBoolean": False}]}
    where, weight = group["item"]
    coding = {"system": "http://s.example", "code": "leg", "display": "Leg"}
    assert where["answer"] == [{"valueCoding": coding}]
    assert weight["answer"] == [{"valueDecimal": Decimal("78.40")}]
    assert str(weight["answer"][0]["valueDecimal"]) == "78.40"


def test_a_permission_taken_back_is_a_denial() -> None:
    assert consent(WHO, "camera", given=True)["provision"]["type"] == "permit"
    assert consent(WHO, "camera", given=False)["provision"]["type"] == "deny"


def test_a_photo_is_a_document_about_its_task() -> None:
    made = photo(WHO, "Binary/h1", task="Task/1")

    assert made["content"] == [{"attachment": {"contentType": "image/jpeg", "url": "Binary/h1"}}]
    assert made["context"] == {"related": [{"reference": "Task/1"}]}
    assert "context" not in photo(WHO, "Binary/h1", task="")


def _empty(resource: object) -> bool:
    """Tell whether anything in it is empty: FHIR R4's JSON has no empty text, list or object."""
    if isinstance(resource, dict):
        return not resource or any(map(_empty, resource.values()))
    if isinstance(resource, list):
        return not resource or any(map(_empty, resource))
    return resource == ""


def test_answers_hold_nothing_empty_which_fhir_forbids() -> None:
    inner = Question(link_id="1.1", type="quantity", text="")
    form = Questionnaire(
        id="f",
        version="1",
        active=True,
        title="",
        items=(
            Question(link_id="1", type="group", text="", items=(inner,)),
            Question(
                link_id="2",
                type="choice",
                text="?",
                options=(Choice(value=Coding(system="", code="a"), text="a"),),
            ),
        ),
    )
    found = response(WHO, form, {"1.1": ["80.50"], "2": ["a"]})
    assert not _empty(found)
    assert found["item"][0]["item"][0]["answer"] == [{"valueQuantity": {"value": Decimal("80.50")}}]
    assert not _empty(response(WHO, form, {}))


def test_an_answer_to_a_question_that_was_changed_meanwhile_is_kept_in_its_own_words() -> None:
    kinds = ("integer", "decimal", "quantity", "date", "time", "boolean")
    items = tuple(Question(link_id=kind, type=kind, text="?") for kind in kinds)
    form = Questionnaire(id="f", version="2", active=True, title="", items=items)
    found = response(WHO, form, {kind: ["a little"] for kind in kinds})
    assert [one["answer"] for one in found["item"]] == 6 * [[{"valueString": "a little"}]]


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("integer", "7.5", {"valueString": "7.5"}),
        ("integer", "007", {"valueInteger": 7}),
        ("decimal", "NaN", {"valueString": "NaN"}),
        ("decimal", "5.", {"valueDecimal": Decimal(5)}),
        ("boolean", "false", {"valueBoolean": False}),
    ],
)
def test_a_number_is_a_number_of_its_kind_or_stays_as_it_was_typed(
    kind: str, said: str, kept: dict[str, object]
) -> None:
    item = Question(link_id="1", type=kind, text="?")
    form = Questionnaire(id="f", version="2", active=True, title="", items=(item,))
    assert response(WHO, form, {"1": [said]})["item"][0]["answer"] == [kept]

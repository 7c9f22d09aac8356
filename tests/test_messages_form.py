"""Questionnaires from the care team, and resources that are anything but what they should be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.messages import KINDS, NotUnderstood, Questionnaire, When, parsed
from tests.test_messages import resource, why

DAILY = resource(
    "Questionnaire",
    status="active",
    title="How are you today?",
    url="https://clinic.example/daily",
    item=[
        {"linkId": "1", "type": "boolean", "text": "Are you short of breath?", "required": True},
        {
            "linkId": "2",
            "type": "choice",
            "text": "Since when?",
            "enableWhen": [{"question": "1", "operator": "=", "answerBoolean": True}],
            "answerOption": [
                {"valueCoding": {"code": "today", "display": "Since today"}},
                {"valueString": "longer"},
            ],
        },
        {
            "linkId": "3",
            "type": "group",
            "item": [
                {
                    "linkId": "3.1",
                    "type": "integer",
                    "text": "Pain, 0 to 10?",
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/StructureDefinition/maxValue",
                            "valueInteger": 10,
                        }
                    ],
                }
            ],
        },
    ],
)


def test_a_questionnaire_keeps_its_conditions_answers_and_bounds() -> None:
    found = parsed(DAILY)
    assert isinstance(found, Questionnaire)
    first, second, third = found.items
    assert first.required
    assert second.when == (When(question="1", operator="=", answer=True),)
    assert [one.text for one in second.options] == ["Since today", "longer"]
    assert third.items[0].most == 10


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({"linkId": "1", "type": "attachment"}, "item[0].type"),
        ({"linkId": "1", "type": "choice"}, "item[0].answerOption"),
        ({"linkId": "1", "type": "choice", "answerValueSet": "http://x"}, "item[0].answerOption"),
        ({"type": "boolean"}, "item[0].linkId"),
        (
            {
                "linkId": "1",
                "type": "string",
                "enableWhen": [{"question": "9", "operator": "~", "answerString": "a"}],
            },
            "enableWhen[0].operator",
        ),
    ],
)
def test_a_question_that_no_screen_can_ask_is_told_to_the_care_team(
    item: dict[str, object], path: str
) -> None:
    assert why(parsed(DAILY | {"item": [item]}))[0].endswith(path)


def test_two_questions_of_one_name_and_a_form_without_end_are_refused() -> None:
    twice = [{"linkId": "1", "type": "string"}, {"linkId": "1", "type": "string"}]
    assert why(parsed(DAILY | {"item": twice})) == (
        "Questionnaire.item",
        "has two items of one linkId",
    )
    deep: dict[str, Any] = {"linkId": "0", "type": "string"}
    for number in range(1, 9):
        deep = {"linkId": str(number), "type": "group", "item": [deep]}
    assert why(parsed(DAILY | {"item": [deep]}))[1] == "goes too deep"


NAMES = (
    "id status code coding text item linkId type activity detail occurrenceTiming repeat frequency"
    " period start payload input"
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES.split()),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(kind=st.sampled_from(sorted(KINDS)), body=_json)
def test_no_resource_however_odd_breaks_the_hub(kind: str, body: object) -> None:
    whole = {"resourceType": kind, "id": "a", **(body if isinstance(body, dict) else {})}
    found = parsed(whole)
    if isinstance(found, NotUnderstood):
        assert found.why
    assert isinstance(parsed(body), NotUnderstood)

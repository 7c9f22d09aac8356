"""What a patient says passes the bridge, from the hub that heard it and about its own patient."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock import HubClock
from agent.display.answers import Answers
from sync.bridge.gate import ANY, refusal
from sync.envelope import Address
from sync.exchange import Purpose, Request
from sync.fhir.said import (
    Speaker,
    answer_id,
    binary,
    communication,
    consent,
    photo,
    response,
    source,
)
from sync.messages import Question, Questionnaire
from sync.outbox import Outbox

HUB = Address(tenant="t", hub="hub-1")
OURS = frozenset({"Patient/p"})
WHO = Speaker(hub_id="hub-1", patient="Patient/p", at="2026-11-23T08:05:00+01:00")
FORM = Questionnaire(
    id="f",
    version="1",
    active=True,
    title="",
    items=(Question(link_id="1", type="boolean", text="Well?"),),
)
SAID = {
    "Communication": communication(WHO, "Thank you"),
    "QuestionnaireResponse": response(WHO, FORM, {"1": ["true"]}),
    "Consent": consent(WHO, "camera", given=True),
    "Binary": binary(WHO, "AAAA"),
    "DocumentReference": photo(WHO, "Binary/h1", task=""),
}
PERSON = {"Consent": "patient", "Binary": "securityContext"}


def _request(folder: Path, kind: str) -> Request:
    with Outbox.open(
        folder / "outbox.db",
        key=bytes(32),
        tenant="t",
        hub_id="hub-1",
        max_bytes=2**24,
        max_evidence=10,
        now=HubClock(),
    ) as outbox:
        answers = Answers(outbox, "hub-1")
        answers.put(SAID[kind])
        request = answers.next(0.0)
    assert request is not None
    return request


def _bent(request: Request, path: str = "", **changes: Any) -> Request:  # noqa: ANN401 - any JSON
    return _changed(request, changes, path)


def _changed(request: Request, changes: Mapping[str, Any], path: str = "") -> Request:
    body = {**json.loads(request.body), **changes}
    return Request(
        purpose=Purpose.ANSWER,
        method="PUT",
        path=path or request.path,
        body=json.dumps(body).encode(),
    )


@pytest.mark.parametrize("kind", SAID)
def test_an_answer_passes_as_the_hub_writes_it(kind: str, tmp_path: Path) -> None:
    request = _request(tmp_path, kind)

    assert refusal(request, HUB, OURS) is None
    assert refusal(request, HUB, frozenset({ANY})) is None


@pytest.mark.parametrize("kind", SAID)
def test_another_hub_may_not_speak_for_this_one(kind: str, tmp_path: Path) -> None:
    request = _request(tmp_path, kind)
    other = Address(tenant="t", hub="hub-2")

    assert refusal(request, other, OURS) == "an answer from another hub"


@pytest.mark.parametrize("kind", SAID)
def test_nobody_speaks_for_a_stranger(kind: str, tmp_path: Path) -> None:
    stranger = {PERSON.get(kind, "subject"): {"reference": "Patient/other"}}
    request = _changed(_request(tmp_path, kind), stranger)

    assert refusal(request, HUB, OURS) == "an answer of a person this hub was not given to"
    assert refusal(_changed(request, dict.fromkeys(stranger)), HUB, OURS) is not None


@pytest.mark.parametrize("kind", SAID)
def test_an_answer_overwrites_nothing_of_the_care_teams(kind: str, tmp_path: Path) -> None:
    request = _request(tmp_path, kind)

    for path in (f"{kind}/plan-1", f"{kind}/{'h' + '0' * 63}", "Patient/p", f"{kind}/../Patient/p"):
        assert refusal(_bent(request, path), HUB, OURS) is not None
    assert refusal(_bent(request, resourceType="Patient"), HUB, OURS) is not None
    assert refusal(_bent(request, meta={}), HUB, OURS) is not None
    assert refusal(_bent(request, meta=[]), HUB, OURS) is not None


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(kind=st.sampled_from(sorted(SAID)), part=_ODD, data=st.data())
def test_odd_json_in_an_answer_is_refused_or_passes_and_never_crashes(
    kind: str, part: object, data: st.DataObject
) -> None:
    name = answer_id("hub-1", "0/0")
    body = {**SAID[kind], "id": name, "meta": {"source": source("hub-1")}}
    person = PERSON.get(kind, "subject")
    if data.draw(st.booleans()):
        body[person] = {"reference": part}
    else:
        body[data.draw(st.sampled_from(sorted(body)))] = part
    request = Request(
        purpose=Purpose.ANSWER, method="PUT", path=f"{kind}/{name}", body=json.dumps(body).encode()
    )

    refusal(request, HUB, OURS)


@pytest.mark.parametrize("kind", SAID)
def test_an_answer_of_nobody_who_can_be_named_is_refused(kind: str, tmp_path: Path) -> None:
    request = _request(tmp_path, kind)

    odd: object
    for odd in ([], {}, ["Patient/p"], 7, None):
        bent = _changed(request, {PERSON.get(kind, "subject"): {"reference": odd}})
        assert refusal(bent, HUB, OURS) == "an answer of a person this hub was not given to"

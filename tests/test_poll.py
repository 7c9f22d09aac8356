"""Asking the server what is new: whose turn it is, and where to go on from."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from sync.exchange import Answer, Request
from sync.poll import COUNT, EVERY_S, PAUSE_S, SEARCHES, Poll


def task(name: str, version: int = 1, at: str = "2026-11-23T08:00:00.000Z") -> dict[str, Any]:
    meta = {"versionId": str(version), "lastUpdated": at}
    return {"resourceType": "Task", "id": name, "meta": meta, "status": "requested"}


def bundle(*resources: dict[str, Any]) -> Answer:
    body = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    return Answer(status=200, body=json.dumps(body).encode())


def asked(request: Request | None) -> dict[str, str]:
    assert request is not None
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def rest(poll: Poll, now_s: float = 0.0) -> list[str]:
    """Answer every question of a round with nothing; return what was asked for."""
    kinds = []
    while (request := poll.next(now_s)) is not None:
        kinds.append(request.path.partition("/")[0])
        poll.answer(request, bundle(), now_s)
    return kinds


def test_each_round_asks_for_every_kind_once_and_names_no_patient_in_an_address() -> None:
    poll = Poll(patient="Patient/p")
    request = poll.next(0.0)
    assert request is not None
    assert (request.method, request.path) == ("POST", "Task/_search")
    assert asked(request)["patient"] == "Patient/p"
    assert rest(poll) == list(SEARCHES)
    assert rest(poll, EVERY_S - 1) == []
    assert rest(poll, EVERY_S) == list(SEARCHES)


def test_a_nudge_begins_a_round_at_once() -> None:
    poll = Poll(patient="Patient/p")
    rest(poll)
    poll.nudge()
    assert rest(poll, 1.0) == list(SEARCHES)


def test_the_next_round_goes_on_from_what_was_seen_with_a_little_overlap() -> None:
    poll = Poll(patient="Patient/p")
    request = poll.next(0.0)
    assert request is not None
    found = poll.answer(request, bundle(task("1", at="2026-11-23T09:00:05+01:00")), 0.0)
    assert found.cursor == "2026-11-23T08:00:05.000Z"
    poll.cursors["Task"] = found.cursor
    poll.nudge()
    assert asked(poll.next(0.0))["_lastUpdated"] == "ge2026-11-23T08:00:03.000Z"


def test_a_full_page_is_followed_by_the_next_at_once() -> None:
    poll = Poll(patient="Patient/p")
    request = poll.next(0.0)
    assert request is not None
    page = [task(str(n), at=f"2026-11-23T08:00:{n:02}Z") for n in range(COUNT)]
    found = poll.answer(request, bundle(*page), 0.0)
    poll.cursors["Task"] = found.cursor
    again = poll.next(0.0)
    assert again is not None
    assert again.path == "Task/_search"
    assert asked(again)["_lastUpdated"] == "ge2026-11-23T08:00:47.000Z"


def test_a_page_of_one_instant_is_asked_for_in_larger_pieces() -> None:
    poll = Poll(patient="Patient/p", cursors={"Task": "2026-11-23T08:00:00.000Z"})
    request = poll.next(0.0)
    assert request is not None
    found = poll.answer(request, bundle(*(task(str(n)) for n in range(COUNT))), 0.0)
    assert len(found.resources) == COUNT
    assert asked(poll.next(0.0))["_count"] == str(2 * COUNT)


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_a_kind_that_a_server_does_not_have_is_not_asked_for_again(status: int) -> None:
    poll = Poll(patient="Patient/p")
    request = poll.next(0.0)
    assert request is not None
    poll.answer(request, Answer(status=status, body=b"{}"), 0.0)
    assert "Task" not in rest(poll)


@pytest.mark.parametrize("answer", [Answer(status=None), Answer(status=503), Answer(status=200)])
def test_no_answer_is_waited_out(answer: Answer) -> None:
    poll = Poll(patient="Patient/p")
    request = poll.next(0.0)
    assert request is not None
    poll.answer(request, answer, 0.0)
    assert poll.next(PAUSE_S - 1) is None
    assert poll.next(PAUSE_S) is not None


@pytest.mark.parametrize(
    "whose",
    [
        {"for": {"reference": "Patient/q"}},
        {"for": {"reference": "https://fhir.example/r4/Patient/q"}},
        {"subject": {"reference": "Patient/p2"}},
        {"recipient": [{"reference": "Patient/q"}, {"reference": "Practitioner/1"}]},
        {"participant": [{"actor": {"reference": "Patient/q"}}]},
    ],
)
def test_what_a_server_gives_of_other_people_is_left_there(whose: dict[str, Any]) -> None:
    """A server that does not know a parameter may pass over it (FHIR R4 search, 3.1.1.3.2)."""
    poll = Poll(patient="Patient/p")
    request = poll.next(0.0)
    assert request is not None
    later = "2026-11-23T09:00:00.000Z"
    found = poll.answer(request, bundle(task("1"), task("2", at=later) | whose), 0.0)
    assert [one["id"] for one in found.resources] == ["1"]
    assert (found.others, found.cursor) == (1, later)


@pytest.mark.parametrize(
    "whose",
    [
        {"for": {"reference": "https://fhir.example/r4/Patient/p"}},
        {"subject": {"reference": "Patient/p/_history/3"}},
        {"recipient": [{"reference": "Patient/q"}, {"reference": "Patient/p"}]},
        {"subject": {"reference": "Patient/q"}, "recipient": [{"reference": "Patient/p"}]},
        {"subject": {"identifier": {"value": "1"}}},
    ],
)
def test_what_names_this_patient_or_nobody_is_taken(whose: dict[str, Any]) -> None:
    poll = Poll(patient="Patient/p")
    request = poll.next(0.0)
    assert request is not None
    assert poll.answer(request, bundle(task("1") | whose), 0.0).others == 0

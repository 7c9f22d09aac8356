"""The audit trail: what is cut, edited or re-ordered is found; each event reaches the server once.

SHA-256 is checked against FIPS 180-4 by Python itself; the resources against the R4 definitions
that fhirkit carries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace

import fhirkit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.audit import REFUSED_S, Courier, Event, event_of, faults, octets_of
from sync.bridge.gate import ANY, refusal
from sync.envelope import Address
from sync.exchange import Answer, Purpose, Request
from sync.fhir.audit import Told

TOLD = Told(hub_id="hub-1", generation="ab" * 16)
SENT = Request(purpose=Purpose.AUDIT, method="PUT", path="AuditEvent/x")


def chain(length: int) -> list[Event | None]:
    made: list[Event | None] = []
    before = ""
    for number in range(length):
        event = Event(
            number=number, before=before, at="2026-05-19T12:00:00+00:00", by="nurse-1", what="retry"
        )
        made.append(event)
        before = event.hash()
    return made


def newest(events: list[Event | None]) -> str:
    last = events[-1]
    assert last is not None
    return last.hash()


def test_an_event_is_hashed_as_the_readme_says() -> None:
    event = Event(number=0, before="", at="2026-05-19T12:00:00+00:00", by="n", what="retry", seq=7)
    text = (
        '{"at":"2026-05-19T12:00:00+00:00","before":"","by":"n","number":0,'
        '"seq":7,"what":"retry","why":""}'
    )
    assert event.hash() == hashlib.sha256(b"hearth/audit/1\n" + text.encode()).hexdigest()


def test_a_whole_trail_has_no_fault() -> None:
    events = chain(5)
    assert list(faults(events, head=newest(events))) == []
    assert list(faults(events[2:], first=2, head=newest(events))) == []
    assert list(faults([], head="")) == []


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda e: [*e[:2], *e[3:]], [2, 3]),
        (lambda e: [*e[:2], None, *e[3:]], [2]),
        (lambda e: [e[0], e[2], e[1], *e[3:]], [1, 2, 3]),
        (lambda e: [*e[:2], replace(e[2], by="somebody else"), *e[3:]], [3]),
        (lambda e: [*e[:4], replace(e[4], why="not so")], [4]),
        (lambda e: e[:3], [2]),
    ],
    ids=["cut out", "no longer opens", "re-ordered", "edited", "end edited", "end cut off"],
)
def test_a_spoiled_trail_is_found(
    spoil: Callable[[list[Event | None]], list[Event | None]], found: list[int]
) -> None:
    events = chain(5)
    assert {fault.number for fault in faults(spoil(events), head=newest(events))} == set(found)


@given(st.data())
def test_any_single_change_of_any_event_is_found(data: st.DataObject) -> None:
    events = chain(6)
    at = data.draw(st.integers(0, 5))
    field = data.draw(st.sampled_from(["at", "by", "what", "why", "before"]))
    old = events[at]
    assert old is not None
    new = data.draw(st.text(max_size=20).filter(lambda text: text != getattr(old, field)))
    changed = event_of(json.dumps({**asdict(old), field: new}).encode())
    head = newest(events)
    events[at] = changed
    assert list(faults(events, head=head)) != []


@given(st.binary(max_size=200))
def test_noise_is_no_event(noise: bytes) -> None:
    assert event_of(noise) is None


@pytest.mark.parametrize("field", ["number", "seq"])
def test_an_event_with_a_number_that_is_none_is_refused(field: str) -> None:
    whole = json.loads(octets_of(Event(number=0, before="", at="", by="", what="")))
    assert event_of(json.dumps(whole).encode()) is not None
    for odd in (True, -1, "1", None, 1.5):
        assert event_of(json.dumps({**whole, field: odd}).encode()) is None


def carried(events: list[Event | None], sent: int = 0) -> tuple[Courier, list[int]]:
    done: list[int] = []
    courier = Courier(
        TOLD, event=events.__getitem__, count=lambda: len(events), sent=sent, done=done.append
    )
    return courier, done


def test_each_event_goes_up_once_and_only_the_servers_word_counts() -> None:
    courier, done = carried(chain(2))
    first = courier.next(0)
    assert first is not None
    courier.answer(SENT, Answer(status=None), 0)
    assert courier.next(1) is None
    again = courier.next(100)
    assert again is not None
    assert (again.path, again.body) == (first.path, first.body)
    courier.answer(SENT, Answer(status=201), 100)
    second = courier.next(100)
    assert second is not None
    assert second.path != first.path
    courier.answer(SENT, Answer(status=200), 100)
    assert (courier.next(100), done) == (None, [1, 2])


def test_a_server_that_refuses_is_asked_again_after_an_hour_and_nothing_is_lost() -> None:
    courier, done = carried(chain(1))
    courier.next(0)
    courier.answer(SENT, Answer(status=403), 0)
    assert courier.next(REFUSED_S - 1) is None
    assert courier.next(REFUSED_S) is not None
    assert done == []


def test_an_event_that_no_longer_opens_holds_up_no_other() -> None:
    events = chain(3)
    events[0] = None
    courier, done = carried(events)
    request = courier.next(0)
    assert request is not None
    assert json.loads(request.body)["entity"][0]["what"]["identifier"]["value"].endswith("/1")
    assert done == [1]


def test_every_event_is_valid_r4_and_names_who_and_the_chain() -> None:
    for what in ("start", "settings", "assign", "camera-on", "reset-begun"):
        event = Event(
            number=7, before="aa", at="2026-05-19T12:00:00+00:00", by="nurse-1", what=what, why="w"
        )
        request = carried([event])[0].next(0)
        assert request is not None
        issues = fhirkit.validate(request.body.decode())
        assert [f"{i.path}: {i.message}" for i in issues if i.severity == "error"] == []
        resource = json.loads(request.body)
        assert resource["agent"] == [{"altId": "nurse-1", "requestor": True}]
        assert {"type": "hash", "valueString": event.hash()} in resource["entity"][0]["detail"]


def test_the_bridge_lets_a_hub_add_to_its_own_trail_only() -> None:
    request = carried(chain(1))[0].next(0)
    assert request is not None
    own, other = Address(tenant="t", hub="hub-1"), Address(tenant="t", hub="hub-2")
    assert refusal(request, own, frozenset({ANY})) is None
    assert refusal(request, other, frozenset({ANY})) is not None
    resource = json.loads(request.body)
    spoiled = [
        replace(request, path="AuditEvent/other"),
        _with(request, {**resource, "resourceType": "Patient"}),
        _with(request, {**resource, "entity": []}),
        _with(request, {**resource, "entity": [{"what": {"identifier": {"value": "x/1"}}}]}),
        _with(request, {**resource, "source": {"observer": {}}}),
        _with(request, {**resource, "source": "me"}),
    ]
    assert all(refusal(one, own, frozenset({ANY})) is not None for one in spoiled)


def _with(request: Request, resource: object) -> Request:
    return replace(request, body=json.dumps(resource).encode())

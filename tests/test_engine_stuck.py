"""What a server never settles: the upload goes on around it, and nothing is given up."""

from __future__ import annotations

import json

import pytest

from sync.exchange import Acknowledge, Alarm, Answer, ClearAlarm, Effect, Request, Send, Wait
from tests.fakes.desk import Desk, done, entries, said, statement, stored


def _serve(desk: Desk, poison: int, status: int | None, steps: int) -> list[Effect]:
    """Answer `steps` times; the server fails at whatever holds `poison`, and stores the rest."""
    effects: list[Effect] = []
    for _ in range(steps):
        step = desk.next()
        if isinstance(step, Wait):
            desk.now_s = step.until_s
            continue
        guilty = poison in [one.seq for one in step.request.entries]
        effects += desk.tell(said(status) if guilty else stored(step.request))
    return effects


@pytest.mark.parametrize("status", [500, 502, None])
def test_a_reading_that_a_server_always_fails_at_holds_up_no_other(status: int | None) -> None:
    desk = Desk(20)
    _serve(desk, 7, status, 60)
    assert [one.seq for one in desk.waiting] == [7]
    began_s = desk.now_s
    desk.waiting += entries(30)[20:]
    while len(desk.waiting) > 1:
        _serve(desk, 7, status, 1)
    assert desk.now_s - began_s <= 300  # the longest pause between two tries


def test_it_is_tried_again_alone_and_its_alarm_ends_with_it() -> None:
    desk = Desk(4)
    effects = _serve(desk, 2, 500, 40)
    assert [one.code for one in effects if isinstance(one, Alarm)][-1] == "SYNC-07"
    while isinstance(step := desk.next(), Wait):
        desk.now_s = step.until_s
    assert [one.seq for one in step.request.entries] == [2]
    effects = desk.tell(stored(step.request))
    assert done(effects) == [2]
    assert ClearAlarm(code="SYNC-07") in effects


def test_a_reading_set_apart_is_forgotten_when_a_later_version_takes_its_place() -> None:
    desk = Desk(2)
    _serve(desk, 1, 500, 30)
    later = entries(3)[2]
    desk.waiting = [later]
    _serve(desk, 1, 500, 4)
    assert desk.waiting == []
    assert desk.nap_s() == 60


def test_a_bundle_too_much_for_the_server_is_halved_until_it_is_not() -> None:
    desk = Desk(8)
    sizes = []
    for _ in range(60):
        step = desk.next()
        if isinstance(step, Wait):
            desk.now_s = step.until_s
            continue
        sizes.append(len(step.request.entries))
        desk.tell(said(None) if sizes[-1] > 2 else stored(step.request))
    assert desk.waiting == []
    assert sizes == [8, 8, 8, 4, 4, 4, 2, 2, 4, 4, 4, 2, 2]


def test_a_server_that_is_merely_busy_gets_the_same_bundle_again() -> None:
    desk = Desk(8)
    for _ in range(10):
        desk.tell(said(503, retry_after="1"))
        desk.now_s += desk.nap_s()
    assert len(desk.request().entries) == 8


# Servers without transactions.


def _one_by_one(count: int = 2) -> Desk:
    return Desk(count, statement(transaction=False))


def _put(request: Request) -> Answer:
    return said(200, json.loads(request.body))


def test_without_transactions_devices_go_first_and_then_one_reading_at_a_time() -> None:
    desk = _one_by_one()
    asked, acknowledged = [], []
    while isinstance(step := desk.next(), Send):
        asked.append(f"{step.request.method} {step.request.path.split('/')[0]}")
        acknowledged.append(done(desk.tell(_put(step.request))))
    assert asked == ["PUT Device"] * 2 + ["PUT Observation"] * 4
    assert acknowledged == [[], [], [], [1], [], [2]]


@pytest.mark.parametrize(
    "body", [b"<html>Log in</html>", b"[]", b'"ok"', b'{"resourceType":"Observation"'], ids=repr
)
def test_a_single_reading_is_not_stored_because_a_page_says_200(body: bytes) -> None:
    desk = _one_by_one(1)
    for _ in range(4):
        effects = desk.tell(Answer(status=200, body=body))
        assert not [one for one in effects if isinstance(one, Acknowledge)]
        assert [one.code for one in effects if isinstance(one, Alarm)] == ["SYNC-04"]
        desk.now_s += desk.nap_s()
        desk.tell(statement(transaction=False))
    assert len(desk.waiting) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b'{"resourceType":"OperationOutcome"}'], ids=repr)
def test_an_answer_that_shows_nothing_is_looked_up(body: bytes) -> None:
    desk = _one_by_one(1)
    sent = []
    while (request := desk.request()).method == "PUT":
        sent.append(json.loads(request.body))
        assert done(desk.tell(Answer(status=200, body=body))) == []
    _, _, panel, pulse = sent
    assert request.path == f"Observation/{panel['id']}"
    assert done(desk.tell(said(200, panel))) == []
    assert desk.request().path == f"Observation/{pulse['id']}"
    assert done(desk.tell(said(200, pulse))) == [1]

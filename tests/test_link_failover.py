"""Two ways to one server, and what happens when one of them falls silent."""

from __future__ import annotations

import pytest

from sync.exchange import Answer, Fault, Purpose, Request
from sync.links.failover import TRY_AGAIN_S, FailoverLink

ASK = Request(purpose=Purpose.CAPABILITY, method="GET", path="metadata")


class Way:
    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.asked = 0
        self.closed = False

    def exchange(self, request: Request) -> Answer:
        assert request is ASK
        self.asked += 1
        return Answer(status=self.statuses.pop(0) if self.statuses else 200)

    def close(self) -> None:
        self.closed = True


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_preferred_way_is_used_as_long_as_it_answers(clock: Clock) -> None:
    mqtt, https = Way(200, 500, 200), Way()
    link = FailoverLink([("mqtt", mqtt), ("https", https)], clock=clock)
    assert [link.exchange(ASK).status for _ in range(3)] == [200, 500, 200]
    assert (mqtt.asked, https.asked) == (3, 0)


def test_an_unknown_outcome_is_told_and_the_next_request_goes_the_other_way(clock: Clock) -> None:
    mqtt, https = Way(None), Way()
    link = FailoverLink([("mqtt", mqtt), ("https", https)], clock=clock)
    assert [link.exchange(ASK).status for _ in range(3)] == [None, 200, 200]
    assert (mqtt.asked, https.asked) == (1, 2)


def test_the_preferred_way_is_tried_again_after_a_while(clock: Clock) -> None:
    mqtt, https = Way(None), Way()
    link = FailoverLink([("mqtt", mqtt), ("https", https)], clock=clock)
    link.exchange(ASK)
    clock.now_s = TRY_AGAIN_S - 1
    link.exchange(ASK)
    clock.now_s = TRY_AGAIN_S
    link.exchange(ASK)
    assert (mqtt.asked, https.asked) == (2, 1)


def test_when_both_fall_silent_they_are_tried_in_turn(clock: Clock) -> None:
    mqtt, https = Way(None, None), Way(None, None)
    link = FailoverLink([("mqtt", mqtt), ("https", https)], clock=clock)
    for second in range(4):
        clock.now_s = float(second)
        assert link.exchange(ASK).status is None
    assert (mqtt.asked, https.asked) == (2, 2)


def test_closing_closes_both(clock: Clock) -> None:
    ways = [Way(), Way()]
    FailoverLink([("a", ways[0]), ("b", ways[1])], clock=clock).close()
    assert all(way.closed for way in ways)


def test_no_way_at_all_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no way"):
        FailoverLink([])


class Deaf(Way):
    def exchange(self, request: Request) -> Answer:
        super().exchange(request)
        return Answer(status=None, fault=Fault.NOT_SENT)


def test_what_could_not_be_sent_goes_the_other_way_at_once(clock: Clock) -> None:
    mqtt, https = Deaf(), Way(201)
    link = FailoverLink([("mqtt", mqtt), ("https", https)], clock=clock)
    assert link.exchange(ASK).status == 201
    assert (mqtt.asked, https.asked) == (1, 1)


def test_where_no_way_can_send_nobody_is_asked_twice(clock: Clock) -> None:
    mqtt, https = Deaf(), Deaf()
    link = FailoverLink([("mqtt", mqtt), ("https", https)], clock=clock)
    assert link.exchange(ASK).status is None
    assert (mqtt.asked, https.asked) == (1, 1)

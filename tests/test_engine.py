"""The upload engine by hand: every status it may meet, and what it then does. No server, no clock.

The table: FHIR R4 http, transaction; RFC 9110 for Retry-After and what a status means.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.engine import Engine
from sync.exchange import Alarm, Answer, ClearAlarm, Park, Send, Wait
from sync.policy import Policy
from sync.record import Entry
from tests.fakes.desk import OUTCOME, Desk, done, entries, said, statement, stored, urls
from tests.fakes.fhir_cases import HUB, pressure


def test_the_server_is_asked_first_what_it_can_do() -> None:
    engine = Engine(policy=Policy(), hub=HUB, zone=UTC)
    step = engine.next(0, entries(1))
    assert isinstance(step, Send)
    assert (step.request.method, step.request.path) == ("GET", "metadata")


def test_nothing_is_asked_while_nothing_waits() -> None:
    assert Desk(0, said(None)).nap_s() == 60


def test_devices_go_with_the_first_readings_and_not_again() -> None:
    desk = Desk(4, batch=2)
    first = desk.request()
    assert urls(first) == ["Device", "Device", *["Observation"] * 4]
    assert done(desk.tell(stored(first))) == [1, 2]
    assert urls(desk.request()) == ["Observation"] * 4


def test_a_row_leaves_only_with_the_answer_for_that_very_reading() -> None:
    desk = Desk(3)
    request = desk.request()
    # Entries: two devices, then panel and pulse of each reading; the second pulse is refused.
    effects = desk.tell(stored(request, at5="422 Unprocessable Entity"))
    assert done(effects) == [1, 3]
    assert [one.seqs for one in effects if isinstance(one, Park)] == [(2,)]


def test_an_answer_that_names_another_resource_is_checked_before_it_is_believed() -> None:
    desk = Desk(1)
    body = json.loads(stored(desk.request()).body)
    body["entry"][2]["response"]["location"] = "Observation/somebody-elses/_history/1"
    assert done(desk.tell(said(200, body))) == []
    check = desk.request()
    assert check.method == "GET"
    assert done(desk.tell(said(404))) == []
    assert desk.request().method == "POST"


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_bundle_is_halved_down_to_the_reading_it_is_about(status: int) -> None:
    desk = Desk(8)
    poison, tries, parked = 6, 0, []
    while desk.waiting:
        tries += 1
        request = desk.request()
        guilty = poison in [one.seq for one in request.entries]
        effects = desk.tell(said(status) if guilty else stored(request))
        parked += [one for one in effects if isinstance(one, Park)]
    assert [(one.seqs, one.reason) for one in parked] == [((6,), "no such patient")]
    assert tries <= 7  # 8, 4+4, 2+2, 1+1


@pytest.mark.parametrize("status", [None, 408, 425, 500, 502, 504, 302])
def test_an_unknown_outcome_is_asked_again_in_the_same_words(status: int | None) -> None:
    desk = Desk(2)
    first = desk.request()
    assert done(desk.tell(said(status))) == []
    desk.now_s += desk.nap_s()
    assert desk.request() == first


def test_a_server_that_stays_away_raises_one_alarm_that_ends_with_it() -> None:
    desk = Desk(1)
    codes = []
    for _ in range(4):
        codes += [one.code for one in desk.tell(said(None)) if isinstance(one, Alarm)]
        desk.now_s += desk.nap_s()
    assert set(codes) == {"SYNC-01"}
    effects = desk.tell(stored(desk.request()))
    assert ClearAlarm(code="SYNC-01") in effects


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_time_gets_it(status: int) -> None:
    desk = Desk(1)
    desk.tell(said(status, retry_after="120"))
    assert desk.nap_s() == 120


def test_a_lapsed_login_is_refreshed_once_and_then_a_person_is_told() -> None:
    desk = Desk(1)
    assert desk.tell(said(401)) == []
    assert desk.request().fresh_token
    [alarm] = desk.tell(said(401))
    assert isinstance(alarm, Alarm)
    assert alarm.code == "SYNC-02"
    assert desk.nap_s() == 300


def test_a_forbidden_hub_keeps_its_readings_and_tells_a_person() -> None:
    desk = Desk(1)
    [alarm] = desk.tell(said(403))
    assert isinstance(alarm, Alarm)
    assert alarm.code == "SYNC-03"
    assert len(desk.waiting) == 1


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"resourceType":"Patient"}', b"\xff"])
def test_what_is_no_fhir_answer_stores_nothing(body: bytes) -> None:
    desk = Desk(1)
    effects = desk.tell(Answer(status=200, body=body))
    assert done(effects) == []
    assert [one.code for one in effects if isinstance(one, Alarm)] == ["SYNC-04"]


def test_an_answer_with_too_few_entries_acknowledges_nothing() -> None:
    desk = Desk(1)
    body = json.loads(stored(desk.request()).body)
    body["entry"].pop()
    assert done(desk.tell(said(200, body))) == []


def test_a_missing_reference_is_sent_again_once_and_then_the_reading_is_set_aside() -> None:
    desk = Desk(1)
    assert desk.tell(said(404)) == []
    effects = desk.tell(said(404))
    assert [one.code for one in effects if isinstance(one, Park)] == ["FHIR-404"]


def test_a_conflict_is_looked_at_and_tried_three_times_at_most() -> None:
    desk = Desk(1)
    for _ in range(12):
        if not desk.waiting:
            break
        asked = desk.request()
        desk.tell(said(409) if asked.method == "POST" else said(404))
    assert desk.waiting == []


def test_a_server_that_can_do_neither_gets_nothing() -> None:
    desk = Desk(1, statement(updateCreate=False, transaction=False))
    assert isinstance(desk.next(), Wait)


def test_without_client_ids_readings_and_devices_share_small_bundles_with_conditions() -> None:
    desk = Desk(9, statement(updateCreate=False))
    request = desk.request()
    sent = json.loads(request.body)["entry"]
    assert len(sent) == 8  # two devices, three panels, three pulses: Medplum's limit
    for one in sent:
        assert one["request"]["method"] == "POST"
        assert one["request"]["ifNoneExist"].startswith("identifier=urn:hearth:")
        assert "id" not in one["resource"]
    devices = {one["fullUrl"] for one in sent if one["resource"]["resourceType"] == "Device"}
    assert {one["resource"]["device"]["reference"] for one in sent[2:]} <= devices


def test_something_found_by_a_condition_must_prove_to_be_ours() -> None:
    desk = Desk(1, statement(updateCreate=False))
    request = desk.request()
    answer = stored(request, at0="200", at1="200", at2="200 OK", at3="201")
    assert done(desk.tell(answer)) == []
    check = desk.request()
    assert check.path.startswith("Observation?identifier=urn:hearth:reading%7Ch")
    # A server that ignores the parameter answers with everything it has.
    others = {"resourceType": "Bundle", "entry": [{"resource": {"identifier": []}}]}
    assert done(desk.tell(said(200, others))) == []


def test_one_reading_is_never_in_two_requests_at_once() -> None:
    desk = Desk(4, batch=2)
    assert desk.request() == desk.request()


@given(
    answers=st.lists(
        st.tuples(
            st.none()
            | st.sampled_from([200, 201, 301, 400, 401, 403, 404, 409, 412, 413, 422])
            | st.integers(100, 599),
            st.binary(max_size=60)
            | st.just(json.dumps(OUTCOME).encode())
            | st.just(b'{"resourceType":"Bundle","entry":[{"response":{"status":"200"}}]}'),
            st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text(max_size=30)),
        ),
        max_size=40,
    )
)
def test_no_answer_breaks_the_engine_or_makes_it_lose_a_reading(
    answers: list[tuple[int | None, bytes, dict[str, str]]],
) -> None:
    desk = Desk(5)
    parked: set[int] = set()
    for status, body, headers in answers:
        step = desk.next()
        if isinstance(step, Wait):
            desk.now_s = step.until_s
            if step.why == "nothing waits":
                break
            continue
        effects = desk.tell(Answer(status=status, headers=headers, body=body))
        parked |= {seq for one in effects if isinstance(one, Park) for seq in one.seqs}
        # No answer here proves that any reading was stored.
        assert done(effects) == []
    assert {one.seq for one in desk.waiting} | parked == {1, 2, 3, 4, 5}


def test_a_reading_from_before_the_hubs_clock_was_set_is_sent_with_its_true_time() -> None:
    offsets: dict[str, int] = {}
    engine = Engine(policy=Policy(), hub=HUB, zone=UTC, boot_offsets=offsets)
    # obniz UA651BLE: 17.6 kPa over 11.0 kPa, no time stamp; 90 s after the start of the hub.
    record = pressure(bytes.fromhex("15b0f06ef081f03c000000"))
    early = replace(
        record.reading.timing.received, at=datetime(1970, 1, 1, tzinfo=UTC), synchronised=False
    )
    timing = replace(record.reading.timing, received=early)
    waiting = [Entry(seq=1, record=replace(record, reading=replace(record.reading, timing=timing)))]
    asked = engine.next(0, waiting)
    assert isinstance(asked, Send)
    engine.answer(asked.request, statement(), 0)
    # The hub started at 2026-11-23T13:00:00Z, 1795438800 s after 1970; it learns that only now.
    offsets["boot-1"] = 1_795_438_800_000_000_000
    sent = engine.next(0, waiting)
    assert isinstance(sent, Send)
    panel = json.loads(sent.request.body)["entry"][2]["resource"]
    assert panel["effectiveDateTime"] == "2026-11-23T13:01:30.000+00:00"

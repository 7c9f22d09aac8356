"""`hearth fleet list` and `show` against a real server: found, filtered, bounded, told apart."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import binary, text

from agent.demo.server import DemoServer, put
from agent.fleet import look
from sync.exchange import Answer, Request
from sync.fhir import encode
from sync.fhir.register import resource_of
from sync.fhir.report import resource_of as report_resource
from sync.search import Search
from tests.fakes.clinic import LOW, REVOKED, clinic_of, entry, registered, report, run
from vitals.errors import HearthError

OWN = "look"
PAGE = {"resourceType": "Bundle", "type": "searchset"}


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory, sekmet: DemoServer) -> list[str]:
    return clinic_of(tmp_path_factory.mktemp("look"), sekmet.base_url, name="look")


def test_the_hub_that_needs_a_person_comes_first_and_says_why(
    options: list[str], sekmet: DemoServer
) -> None:
    registered(
        sekmet.base_url,
        [entry("l-well", OWN), entry("l-low", OWN), entry("l-else", "else")],
        [report("l-well"), replace(report("l-low"), meters=(LOW,), waiting=1), report("l-else")],
    )
    found = run("fleet", "list", "--hub", "l-", "--all", *options)
    lines = found.out.splitlines()
    assert lines[0].startswith("1 of 2 hubs needs a person")
    assert lines[2] == "TODAY   l-low"
    assert lines[3].strip() == "The battery of the meter nonin-3230 is low."
    assert lines[-1].startswith("well    l-well")
    assert "l-else" not in found.out


def test_each_hub_is_one_line_for_a_program(options: list[str], sekmet: DemoServer) -> None:
    registered(
        sekmet.base_url,
        [
            entry("j-1", OWN),
            replace(entry("j-2", OWN), state=REVOKED, patients=("Patient/2",)),
        ],
        [replace(report("j-1"), parked=3)],
    )
    rows = [
        json.loads(line)
        for line in run("fleet", "list", "--hub", "j-", "--json", *options).out.splitlines()
    ]
    assert [row["hub"] for row in rows] == ["j-1", "j-2"]
    assert rows[0]["needs"][0]["urgency"] == "today"
    assert rows[0]["report"]["parked"] == 3
    only = run("fleet", "list", "--state", "revoked", "--patient", "Patient/2", "--json", *options)
    assert [json.loads(line)["hub"] for line in only.out.splitlines()] == ["j-2"]


def test_one_hub_is_shown_whole(options: list[str], sekmet: DemoServer) -> None:
    oldest = (datetime.now(UTC) - timedelta(hours=5)).isoformat(timespec="seconds")
    registered(
        sekmet.base_url,
        [replace(entry("s-1", OWN), label="Kitchen")],
        [replace(report("s-1"), waiting=2, oldest=oldest, meters=(LOW,))],
    )
    shown = run("fleet", "show", "s-1", *options).out
    assert shown.startswith("s-1 (Kitchen)\n! 2 readings could not be sent")
    assert "Waiting:       2 readings, the oldest for 5 hours" in shown
    assert "Meter:         nonin-3230: battery low" in shown
    with pytest.raises(HearthError) as refused:
        run("fleet", "show", "nobody", *options)
    assert refused.value.code == "FLEET-30"


def test_garbage_in_the_register_is_counted_and_hides_nobody(
    options: list[str], sekmet: DemoServer
) -> None:
    registered(sekmet.base_url, [entry("g-1", OWN)], [report("g-1")])
    bad = {"extension": [{"url": "urn:x", "valueString": "?"}]}
    put(sekmet.base_url, resource_of(entry("g-2", OWN)) | bad)
    found = run("fleet", "list", "--hub", "g-", *options)
    assert found.out.startswith("The 1 hub is well.")
    assert "not in a form that this version reads" in found.err


class Pages:
    """A server with these pages, whatever is asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def exchange(self, _request: Request) -> Answer:
        return self.answers.pop(0)


def page(number: int, following: str = "") -> Answer:
    links = [{"relation": "next", "url": following}] if following else []
    entries = [{"resource": {"resourceType": "Basic", "id": str(number)}}, 7, {"resource": None}]
    body = json.dumps(PAGE | {"link": links, "entry": entries}).encode()
    return Answer(status=200, body=body, headers={"date": "Sat, 28 Nov 2026 12:00:00 GMT"})


BASE = "https://fhir.example/r4"


def test_pages_are_followed_and_the_servers_own_clock_is_taken() -> None:
    told: list[int] = []
    server = Pages(page(1, f"{BASE}/Basic?page=2"), page(2, "/r4?_getpages=x"), page(3))
    search = Search(server, base_url=BASE, tell=told.append)
    assert [one["id"] for one in search.found("Basic?code=x")] == ["1", "2", "3"]
    assert told == [1, 2, 3]
    assert search.now == datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(status=None), "FIND-01"),
        (Answer(status=403, body=b"{}"), "FIND-02"),
        (Answer(status=200, body=b"<html>"), "FIND-02"),
    ],
)
def test_a_server_that_goes_away_in_the_middle_is_told_and_changes_nothing(
    answer: Answer, code: str
) -> None:
    search = Search(Pages(page(1, f"{BASE}/Basic?page=2"), answer), base_url=BASE)
    with pytest.raises(HearthError) as refused:
        list(search.found("Basic"))
    assert refused.value.code == code


@pytest.mark.parametrize("url", ["https://evil.example/r4/Basic?x", "https://fhir.example/else"])
def test_a_next_page_elsewhere_is_not_asked(url: str) -> None:
    search = Search(Pages(page(1, url)), base_url=BASE)
    with pytest.raises(HearthError) as refused:
        list(search.found("Basic"))
    assert refused.value.code == "FIND-02"


def test_a_hub_that_reports_while_pages_are_turned_is_neither_missed_nor_doubled() -> None:
    def answer(*resources: object) -> Answer:
        entries = [{"resource": one} for one in resources]
        return Answer(status=200, body=json.dumps(PAGE | {"entry": entries}).encode())

    hubs = [resource_of(entry(hub, "t")) for hub in ("one", "two", "never")]
    one, two = (json.loads(encode(report_resource(report(hub)))) for hub in ("one", "two"))
    server = Pages(answer(*hubs), answer(one, one), answer(two))
    found = look.fleet(Search(server, base_url=BASE), tenant="t", now=datetime.now(UTC))
    assert sorted(row.hub for row in found.rows) == ["never", "one", "two"]
    assert [row.hub for row in found.rows if row.report is None] == ["never"]


def test_a_server_that_cannot_sort_is_asked_again_without() -> None:
    server = Pages(Answer(status=400, body=b"{}"), page(1))
    assert [one["id"] for one in Search(server, base_url=BASE).found("Basic?code=x")] == ["1"]
    assert not server.answers


def test_what_hubs_said_may_be_read_on_a_second_line_beside_the_register() -> None:
    def answer(*resources: object) -> Answer:
        entries = [{"resource": one} for one in resources]
        return Answer(status=200, body=encode(PAGE | {"entry": entries}))

    hubs = Pages(answer(*(resource_of(entry(hub, "t")) for hub in ("one", "two"))), answer())
    said = Pages(answer(report_resource(report("two"))))
    found = look.fleet(
        Search(hubs, base_url=BASE),
        beside=Search(said, base_url=BASE),
        tenant="t",
        now=datetime.now(UTC),
    )
    assert {row.hub: row.report is not None for row in found.rows} == {"one": False, "two": True}


@given(noise=text(max_size=40) | binary(max_size=40))
def test_noise_in_place_of_a_page_ends_in_our_error_or_nothing(noise: str | bytes) -> None:
    whole = noise if isinstance(noise, bytes) else json.dumps({"entry": noise, "link": noise})
    body = whole if isinstance(whole, bytes) else whole.encode()
    server = Pages(Answer(status=200, body=body), Answer(status=200, body=body))
    with contextlib.suppress(HearthError):
        assert list(Search(server, base_url=BASE).found("Basic")) == []

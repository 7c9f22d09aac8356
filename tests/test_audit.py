"""The audit trail: what is cut, edited or re-ordered is found; each event reaches the server once.

SHA-256 is checked against FIPS 180-4 by Python itself; the resources against the R4 definitions
that fhirkit carries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import fhirkit
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from agent.audit import Audit, Trail
from agent.cli.main import app
from config.schema import Camera, Config, Fhir, Hub, Patient
from sync.audit import REFUSED_S, Courier, Event, Fault, event_of, faults, octets_of
from sync.bridge.gate import ANY, refusal
from sync.envelope import Address
from sync.exchange import Answer, Purpose, Request
from sync.fhir.audit import Told
from sync.outbox import FILE_NAME, Outbox, open_view
from tests.fakes import records

KEY = bytes(range(32))
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


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "hub.key").write_bytes(KEY)
    (state / "hub.key").chmod(0o600)
    with Outbox.open(
        state / FILE_NAME,
        key=KEY,
        tenant="default",
        hub_id="hub-1",
        max_bytes=2**24,
        max_evidence=10,
        now=records.hub_time,
    ) as opened:
        yield opened


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


def test_what_is_noted_is_on_disk_and_whole(outbox: Outbox, tmp_path: Path) -> None:
    audit = Audit(outbox, records.hub_time)
    audit.note(by="nurse-1", what="assign", seq=3)
    audit.note(by="nurse-2", what="discard", seq=4, why="a guest")
    with open_view(
        tmp_path / "state" / FILE_NAME, key=KEY, tenant="default", hub_id="hub-1"
    ) as view:
        trail = Trail(view)
        assert [(e.by, e.what, e.seq, e.why) for e in trail.events() if e] == [
            ("nurse-1", "assign", 3, ""),
            ("nurse-2", "discard", 4, "a guest"),
        ]
        assert trail.faults() == []


def test_an_event_written_just_before_the_power_went_stands(outbox: Outbox) -> None:
    audit = Audit(outbox, records.hub_time)
    audit.note(by="n", what="retry")
    outbox.recall("audit/head")
    torn = Event(number=1, before=audit.head()[1], at="x", by="n", what="discard")
    outbox.remember("audit/1", octets_of(torn)).result(20)  # and no head
    assert audit.head() == (2, torn.hash())
    audit.note(by="n", what="retry")
    assert [event.number for event in audit.events() if event] == [0, 1, 2]
    assert audit.faults() == []


def test_an_event_that_somebody_took_out_of_the_store_is_found(outbox: Outbox) -> None:
    audit = Audit(outbox, records.hub_time)
    for _ in range(4):
        audit.note(by="n", what="retry")
    outbox.remember("audit/1", outbox.recall("audit/2") or b"").result(20)
    assert audit.faults() == [Fault(1, "is missing, or was changed")]


def test_a_start_and_a_changed_setting_and_consent_are_noted(outbox: Outbox) -> None:
    config = Config(
        hub=Hub(id="hub-1"),
        patient=Patient(reference="Patient/canary-7f3a"),
        fhir=Fhir(base_url="https://fhir.example/r4"),
    )
    audit = Audit(outbox, records.hub_time)
    audit.note_start(config, rung="file")
    audit.note_start(config, rung="file")
    audit.note_start(replace(config, camera=Camera(enabled=True)), rung="file")
    audit.note_start(replace(config, patient=Patient(reference="Patient/other")), rung="tpm")
    told = [(event.what, event.why) for event in audit.events() if event]
    assert told == [
        ("start", "hub key: file"),
        ("start", "hub key: file"),
        ("start", "hub key: file"),
        ("settings", "camera"),
        ("camera-on", ""),
        ("start", "hub key: tpm"),
        ("settings", "camera, patient"),
        ("camera-off", ""),
    ]
    assert not any("canary" in octets_of(event).decode() for event in audit.events() if event)


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
    for what in ("start", "settings", "assign", "camera-on", "reset"):
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


def run(tmp_path: Path, *words: str) -> Result:
    file = tmp_path / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "hub-1"\nstate_dir = "{tmp_path / "state"}"\n'
        '[patient]\nreference = "Patient/1"\n[fhir]\nbase_url = "https://fhir.example/r4"\n'
    )
    return CliRunner().invoke(app, ["audit", *words, "--config", str(file)])


def test_the_commands_show_the_trail_and_find_a_spoiled_copy(
    outbox: Outbox, tmp_path: Path
) -> None:
    audit = Audit(outbox, records.hub_time)
    audit.note(by="nurse-1", what="discard", seq=4, why="a guest")
    audit.note(by="nurse-1", what="retry")
    lines = run(tmp_path, "show").stdout.splitlines()
    assert lines[0].endswith("here  nurse-1  discard row 4: a guest")
    assert lines[-1] == "2 events, 0 of them at the care team's server"
    assert run(tmp_path, "verify").exit_code == 0
    copy = tmp_path / "trail.jsonl"
    copy.write_text(run(tmp_path, "show", "--json").stdout)
    assert run(tmp_path, "verify", "--file", str(copy)).exit_code == 0
    copy.write_text(copy.read_text().replace("a guest", "her own"))
    spoiled = run(tmp_path, "verify", "--file", str(copy), "--json")
    assert spoiled.exit_code == 1
    assert [fault["event"] for fault in json.loads(spoiled.stdout)["faults"]] == [1]

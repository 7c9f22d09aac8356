"""What the care team does to a hub stands on a real server, and in the trail with who did it."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.clock import HubClock
from agent.demo.server import DemoServer, ask, every, put
from agent.fleet import act
from agent.fleet.act import Desk
from agent.fleet.clinic import opened
from agent.fleet.trail import Trail
from sync.bridge.register import Register
from sync.fhir.register import Registered, Standing, entry_of, register_id
from sync.links.https import HttpsLink
from sync.settings import opened as settings_opened
from tests.fakes.clinic import PASSPHRASE, clinic_of, entry, registered, report, run
from vitals.errors import HearthError, LinkError

TENANT = "acting"
CANARY = "canary-jane-doe"


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory, sekmet: DemoServer) -> list[str]:
    put(sekmet.base_url, {"resourceType": "Patient", "id": "1"})
    return clinic_of(tmp_path_factory.mktemp("act"), sekmet.base_url, name=TENANT)


def stands(base_url: str, hub: str) -> Registered:
    found = entry_of(ask(f"{base_url}/Basic/{register_id(TENANT, hub)}"))
    assert found is not None
    return found


def trail(options: list[str]) -> Trail:
    return opened(Path(options[1]), "ann").trail()


def test_a_note_stands_with_who_wrote_it_and_its_words_are_nowhere_else(
    options: list[str], sekmet: DemoServer
) -> None:
    registered(sekmet.base_url, [entry("n-1", TENANT)], [report("n-1")])
    run("fleet", "note", "n-1", "Son brings  an adapter.", *options)
    run("fleet", "note", "n-1", "-", *options, typed=f"Ask {CANARY}\n")
    notes = stands(sekmet.base_url, "n-1").notes
    assert [(one.by, one.text) for one in notes] == [
        ("ann", "Son brings an adapter."),
        ("ann", f"Ask {CANARY}"),
    ]
    assert f"Ask {CANARY} (ann)" in run("fleet", "show", "n-1", *options).out
    written = (Path(options[1]) / "audit.jsonl").read_text()
    assert CANARY not in written
    last = json.loads(written.splitlines()[-1])
    assert (last["by"], last["what"], last["why"]) == ("ann", "noted", "hub n-1")
    assert trail(options).faults() == []


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 501])
def test_a_note_without_words_or_end_is_refused(
    options: list[str], sekmet: DemoServer, text: str
) -> None:
    registered(sekmet.base_url, [entry("n-2", TENANT)], [])
    with pytest.raises(HearthError) as refused:
        run("fleet", "note", "n-2", text, *options)
    assert refused.value.code == "FLEET-32"


def test_two_operators_at_once_lose_neither_note(options: list[str], sekmet: DemoServer) -> None:
    registered(sekmet.base_url, [entry("both", TENANT)], [])
    clinic = opened(Path(options[1]), "ann")

    def write(number: int) -> None:
        with clinic.line() as line:
            act.note(
                Desk(clinic=clinic, line=line, now=datetime.now(UTC)), "both", f"note {number}"
            )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one.text for one in stands(sekmet.base_url, "both").notes) == [
        f"note {number}" for number in range(4)
    ]


def _note_many(folder: Path, name: str) -> None:
    for _ in range(10):
        Trail(folder, machine="m", now=HubClock(lambda: True)).note(by=name, what="noted")


def test_two_commands_at_once_on_one_machine_keep_the_trail_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_note_many, args=(tmp_path, name)) for name in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join()
    found = Trail(tmp_path, machine="m", now=HubClock(lambda: True))
    assert len(found.events()) == 20
    assert found.faults() == []


def test_a_hub_is_taken_back_by_its_very_name_and_what_is_lost_is_named(
    options: list[str], sekmet: DemoServer
) -> None:
    registered(
        sekmet.base_url,
        [replace(entry("r-1", TENANT), label="Kitchen")],
        [replace(report("r-1"), waiting=12, parked=2)],
    )
    with pytest.raises(HearthError) as refused:
        run("fleet", "revoke", "r-1", *options, typed="r-2\n")
    assert refused.value.code == "FLEET-36"
    assert stands(sekmet.base_url, "r-1").state is Standing.ENROLLED
    done = run("fleet", "revoke", "r-1", "--why", "stolen", *options, typed="r-1\n")
    assert "This takes hub r-1 (Kitchen) back from Patient/1." in done.err
    assert "it held 14 readings that you do not have." in done.err
    assert "within 30 seconds" in done.out
    gone = stands(sekmet.base_url, "r-1")
    assert (gone.state, gone.by, gone.why) == (Standing.REVOKED, "ann", "stolen")
    again = json.loads(run("fleet", "revoke", "r-1", "--yes", "--json", *options).out)
    assert again["revoked"] == gone.since
    assert again["unsent"] == 14
    link = HttpsLink(opened(Path(options[1]), "ann").config.fhir)
    assert Register(link, tenant=TENANT, clock=time.monotonic).hub("r-1").revoked
    link.close()


def test_who_did_it_stands_on_the_server_too(options: list[str], sekmet: DemoServer) -> None:
    registered(sekmet.base_url, [entry("a-1", TENANT)], [])
    run("fleet", "revoke", "a-1", "--yes", *options)
    events = every(sekmet.base_url, "AuditEvent")
    (event,) = [one for one in events if one.get("purposeOfEvent") == [{"text": "hub a-1"}]]
    assert event["agent"][0] == {"altId": "ann", "requestor": True}
    assert event["subtype"][0]["code"] == "revoked"


def test_settings_reach_the_server_signed_each_version_once(
    options: list[str], sekmet: DemoServer, tmp_path: Path
) -> None:
    registered(sekmet.base_url, [replace(entry("set-1", TENANT), settings="4")], [])
    file = tmp_path / "hub.toml"
    file.write_text(
        f'[hub]\nid = "set-1"\ntenant = "{TENANT}"\n[patient]\nreference = "Patient/1"\n'
        f'[fhir]\nbase_url = "{sekmet.base_url}"\n'
    )
    words = Path(options[1]).parent / "passphrase"
    send = ("fleet", "settings", str(file), "--send", "--passphrase-file", str(words), "--json")
    sent = [json.loads(run(*send, *options).out) for _ in range(2)]
    assert [one["version"] for one in sent] == [5, 6]
    assert stands(sekmet.base_url, "set-1").settings == "6"
    task = ask(f"{sekmet.base_url}/{sent[1]['task']}")
    signer = opened(Path(options[1]), "ann").signing_key(PASSPHRASE).public.hex()
    found = settings_opened(
        task["input"][0]["valueString"], tenant=TENANT, hub="set-1", signers={signer}, newest=5
    )
    assert (found.version, found.text) == (6, file.read_text())
    run("fleet", "revoke", "set-1", "--yes", *options)
    with pytest.raises(HearthError) as refused:
        run(*send, *options)
    assert refused.value.code == "FLEET-33"


def test_one_who_may_only_look_takes_no_hub_back(options: list[str], sekmet: DemoServer) -> None:
    registered(sekmet.base_url, [entry("v-1", TENANT)], [])
    path = Path(options[1]) / "clinic.toml"
    before = path.read_text()
    path.write_text(before + '\n[[operator]]\nlogin = "ben"\nrole = "viewer"\n')
    as_ben = [*options[:2], "--operator", "ben"]
    assert run("fleet", "list", "--hub", "v-1", *as_ben).status == 0
    with pytest.raises(HearthError) as refused:
        run("fleet", "revoke", "v-1", "--yes", *as_ben)
    path.write_text(before)
    assert refused.value.code == "FLEET-12"
    assert stands(sekmet.base_url, "v-1").state is Standing.ENROLLED


def test_a_server_that_is_away_changes_nothing_and_says_so(tmp_path: Path) -> None:
    with DemoServer(tmp_path) as server:
        options = clinic_of(tmp_path, server.base_url)
    for words in (("list",), ("show", "h"), ("note", "h", "x"), ("revoke", "h", "--yes")):
        with pytest.raises(LinkError) as told:
            run("fleet", *words, *options)
        assert told.value.code in {"FIND-01", "REG-01"}
    assert len(trail(options).events()) == 1  # that the clinic was made

"""What outlives a kill, and what of a visit may pass the bridge's gate."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import hub
from agent.visit import ledger
from agent.visit.kept import Kept
from agent.visit.messages import Ended, InCall, Join, Why
from config.schema import Config, Fhir, Hub, Patient, Radio
from sync.bridge import gate
from sync.envelope import Address
from sync.exchange import Purpose, Request
from sync.fhir import encode
from sync.fhir import visit as fhir
from sync.fhir.said import source
from tests.fakes.visited import Visited, visited
from tests.fakes.visitor import Visitor
from tests.house import ROOT
from tests.test_visit_ledger import NOON, code, invited
from tests.test_visit_refused import in_call

_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from agent import hub
from agent.visit import ledger
from agent.visit.kept import Kept
from tests.test_visit_kept import settings
from tests.test_visit_ledger import NOON, invited
async def redeem():
    async with hub.assembled(settings(Path(sys.argv[1]))) as parts:
        kept = Kept(parts.outbox)
        kept.keep_ledger(ledger.redeemed(kept.ledger, invited(), "a", NOON))
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(redeem())
"""


class Remembers:
    """A store's memory, in memory."""

    def __init__(self, known: dict[str, bytes]) -> None:
        self.known = known

    def recall(self, name: str) -> bytes | None:
        return self.known.get(name)

    def remember(self, name: str, data: bytes) -> Future[None]:
        self.known[name] = data
        done: Future[None] = Future()
        done.set_result(None)
        return done


def settings(folder: Path) -> Config:
    return Config(
        hub=Hub(id="hub-1", state_dir=folder),
        patient=Patient(reference="Patient/p"),
        fhir=Fhir(base_url="http://127.0.0.1:9/fhir"),
        radio=Radio(enabled=False),
    )


async def test_a_hub_that_is_killed_knows_who_redeemed_an_invitation(tmp_path: Path) -> None:
    assert await asyncio.to_thread(_kill, tmp_path) == -signal.SIGKILL
    async with hub.assembled(settings(tmp_path)) as parts:
        known = Kept(parts.outbox).ledger
    assert code(known, invited(), "b", NOON) == "VISIT-04"
    assert code(known, invited(), "a", NOON) == ""
    assert ledger.rung(known, "v").used["v"].rings == 1


def _kill(folder: Path) -> int:
    words = [sys.executable, "-c", _KILLED, str(folder)]
    return subprocess.run(words, check=False, cwd=ROOT, timeout=120).returncode


def test_what_another_version_kept_stops_no_hub() -> None:
    kept = Kept(Remembers({"visit/ledger": b"[1]", "visit/now": b'{"visit":1}'}))
    assert kept.ledger == ledger.Ledger()
    assert kept.visit() is None


async def test_a_screen_that_is_killed_in_a_call_is_dialled_again(tmp_path: Path) -> None:
    async with visited(tmp_path) as home:
        home.allow()
        await _killed(home)


async def _killed(home: Visited) -> None:
    glass, page = await home.glass(), Visitor(home.link())
    async with page.opened():
        call = await in_call(glass, page)
        await page.say(Join)
        assert (await page.hear(InCall)).call == call
        glass.close()
        again = await home.glass()
        assert (await again.hear("dial"))["call"] != call
        assert not [one for one in again.heard if one["type"] == "ring"]
        again.say(type="visit", id=page.visit, accepted=False)
        assert (await page.hear(Ended)).why is Why.HUNG_UP
        again.close()


def encounter(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of a resource
    met = fhir.Met(
        hub_id="hub-1",
        patient="Patient/p",
        visit="v",
        who="Dr Weber",
        caller="Practitioner/1",
        planned_at=NOON,
        arrived_at=NOON + timedelta(seconds=9),
        began_at=NOON + timedelta(seconds=12),
        over=True,
        over_at=NOON + timedelta(minutes=20),
    )
    return {**fhir.encounter(met), "meta": {"source": source("hub-1")}, **changed}


@pytest.mark.parametrize(
    ("changed", "passes"),
    [
        ({}, True),
        ({"subject": {"reference": "Patient/q"}}, False),
        ({"meta": {"source": source("hub-2")}}, False),
        ({"identifier": [{"system": fhir.ENCOUNTER_IDENTIFIER, "value": "w"}]}, False),
        ({"identifier": None}, False),
        ({"id": fhir.encounter_id("hub-2", "v")}, False),
    ],
)
def test_only_this_hubs_own_visit_of_its_own_patient_passes(
    changed: dict[str, Any], *, passes: bool
) -> None:
    found = encounter(**changed)
    request = Request(
        purpose=Purpose.ANSWER,
        method="PUT",
        path=f"Encounter/{found['id']}",
        body=encode(found),
    )
    home = Address(tenant="t", hub="hub-1")
    assert (gate.refusal(request, home, frozenset({"Patient/p"})) is None) is passes


@pytest.mark.parametrize(("hub_id", "passes"), [("hub-1", True), ("hub-2", False)])
def test_a_hub_tells_no_keys_but_its_own(hub_id: str, *, passes: bool) -> None:
    found = fhir.keys(hub_id, hub_key="K", seal="S")
    assert fhir.keys_of(found) == {"hub_key": "K", "seal": "S"}
    request = Request(
        purpose=Purpose.ANSWER, method="PUT", path=f"Device/{found['id']}", body=encode(found)
    )
    home = Address(tenant="t", hub="hub-1")
    assert (gate.refusal(request, home, frozenset({"Patient/p"})) is None) is passes


def test_an_encounter_tells_each_step_with_its_time() -> None:
    # hl7.org/fhir/R4/valueset-encounter-status.html and v3 ActCode VR
    found = json.loads(encode(encounter()))
    assert (found["status"], found["class"]["code"]) == ("finished", "VR")
    assert [(one["status"], one["period"]["start"][11:19]) for one in found["statusHistory"]] == [
        ("planned", "12:00:00"),
        ("arrived", "12:00:09"),
        ("in-progress", "12:00:12"),
    ]
    assert found["period"] == {
        "start": "2026-11-28T12:00:12+00:00",
        "end": "2026-11-28T12:20:00+00:00",
    }
    assert found["participant"][0]["individual"]["reference"] == "Practitioner/1"


def test_an_end_that_nobody_saw_is_not_made_up_and_a_call_that_never_was_is_cancelled() -> None:
    at = datetime(2026, 11, 28, 12, tzinfo=UTC)
    base = {"hub_id": "h", "patient": "Patient/p", "visit": "v", "who": "Dr W", "planned_at": at}
    cut = fhir.encounter(fhir.Met(**base, began_at=at, over=True))  # type: ignore[arg-type] # as named
    assert cut["status"] == "finished"
    assert cut["period"].keys() == {"start"}
    missed = fhir.encounter(fhir.Met(**base, over=True, over_at=at))  # type: ignore[arg-type] # the same
    assert missed["status"] == "cancelled"

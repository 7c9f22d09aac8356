"""`hearth visit`: invites to a real hub by way of a real server, lists, cancels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from agent.fleet.clinic import opened
from agent.visit.messages import Ended, Refused, Ringing, Why
from agent.visit.text import from_text
from sync.fhir.register import Registered
from tests.fakes.clinic import clinic_of, registered, run
from tests.fakes.visited import HUB_ID, PATIENT, TENANT, Visited, visited
from tests.fakes.visitor import Visitor
from vitals.errors import HubError

KEYS = {"text": "Keys for video visits of a Hearth hub"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Visited]:
    def clinic(base_url: str) -> Sequence[str]:
        clinic_of(tmp_path, base_url, name=TENANT)
        return sorted(opened(tmp_path / "clinic", "ann").roster().keys())

    async with visited(tmp_path, also=clinic) as one:
        one.allow()
        entry = Registered(
            hub=HUB_ID, tenant=TENANT, patients=(PATIENT,), since="2026-11-01T00:00:00+00:00"
        )
        registered(one.base_url, [entry], [])
        await one.on_server("Device", type=KEYS)
        yield one


async def visit(folder: Path, *words: str, secret: bool = True) -> str:
    where = ["--clinic", str(folder / "clinic"), "--operator", "ann"]
    if secret:
        where += ["--passphrase-file", str(folder / "passphrase")]
    done = await asyncio.to_thread(run, "visit", *words, *where, "--json")
    assert done.status == 0, done.err
    return done.out


async def test_a_clinician_is_invited_listed_and_cancelled(home: Visited, tmp_path: Path) -> None:
    glass = await home.glass()
    who = ("--hub", HUB_ID, "--who", "Dr Weber", "--origin", home.origin)
    made = json.loads(await visit(tmp_path, "invite", *who, "--appointment"))
    booked = await home.on_server("Appointment", status="booked")
    (service,) = booked["extension"]
    assert service["url"] == (
        "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService"
    )
    assert service["extension"] == [{"url": "addressUrl", "valueUrl": made["link"]}]
    payload = from_text(made["link"].partition("#")[2].partition(".")[0])
    assert b"Patient" not in payload

    page = Visitor(made["link"])
    async with page.opened():
        await page.joined()
        await page.hear(Ringing)
        assert (await glass.hear("ring"))["who"] == "Dr Weber"
        await home.on_server("Encounter", status="planned")
        row = json.loads(await visit(tmp_path, "list", secret=False))
        assert (row["visit"], row["status"]) == (made["visit"], "planned")
        await visit(tmp_path, "cancel", made["visit"])
        home.parts.down.nudge()
        home.parts.uploader.nudge()
        assert (await page.hear(Ended)).why is Why.CANCELLED
    async with page.opened():
        await page.joined()
        assert (await page.hear(Refused)).code == "VISIT-05"
    assert (await home.on_server("Appointment", status="cancelled"))["id"] == booked["id"]
    assert json.loads(await visit(tmp_path, "list", secret=False))["status"] == "cancelled"
    glass.close()


async def test_what_cannot_be_is_said_with_what_to_do(home: Visited, tmp_path: Path) -> None:
    cases = [
        (("invite", "--hub", "hub-9", "--who", "Dr Weber"), "FLEET-30"),
        (("invite", "--hub", HUB_ID, "--who", "Dr Weber", "--minutes", "0"), "VISIT-13"),
        (("invite", "--hub", HUB_ID, "--who", "Dr Weber", "--at", "noon"), "VISIT-13"),
        (("cancel", "nothing"), "VISIT-15"),
    ]
    for words, code in cases:
        with pytest.raises(HubError) as told:
            await visit(tmp_path, *words)
        assert told.value.code == code
    settings = tmp_path / "hearth.toml"
    settings.write_text(
        f'[hub]\nid = "{HUB_ID}"\nstate_dir = "{home.config.hub.state_dir}"\n'
        f'[patient]\nreference = "{PATIENT}"\n[fhir]\nbase_url = "{home.base_url}"\n'
    )
    done = await asyncio.to_thread(run, "visit", "key", "--config", str(settings), "--json")
    assert home.parts.visits is not None
    assert json.loads(done.out) == home.parts.visits.keys

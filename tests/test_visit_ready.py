""" "I am ready": an appointment from the server, a press on the screen, and the server's answer."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.demo.server import put
from agent.screen import model
from agent.screen.messages import FromHub, Home, encoded
from agent.screen.model import Model
from agent.screen.values import Appointment as Planned
from agent.screen.views.view import Tell
from tests.fakes.visited import PATIENT, Glass, at_home, clinic

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PATIENT_SAYS = ("open:visits", "visit:near", "ready")
# R5's Appointment.virtualService as R4 carries it (HL7, hl7.fhir.uv.xver-r5.r4).
VIRTUAL_SERVICE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService"


def appointment(name: str, *, in_minutes: float) -> dict[str, Any]:
    """Write an appointment as a clinic's own system does."""
    begins = datetime.now(UTC) + timedelta(minutes=in_minutes)
    address = {"url": "addressUrl", "valueUrl": "https://clinic.example/visit"}
    return {
        "resourceType": "Appointment",
        "id": name,
        "status": "booked",
        "description": "Video visit with Dr Weber",
        "start": begins.isoformat(timespec="seconds"),
        "end": (begins + timedelta(minutes=30)).isoformat(timespec="seconds"),
        "participant": [{"actor": {"reference": PATIENT}, "status": "needs-action"}],
        "extension": [{"url": VIRTUAL_SERVICE, "extension": [address]}],
    }


async def told(glass: Glass, *, planned: int) -> Home:
    """Wait until the hub tells its screen of so many appointments."""
    while True:
        found = msgspec.convert(await glass.hear("home"), FromHub)
        if isinstance(found, Home) and len(found.appointments) == planned:
            return found


def pressed(home: Home, *actions: str) -> tuple[Model, list[dict[str, Any]]]:
    """Press on the screen of that home; return it, and what it tells the hub."""
    one, _ = model.connected(Model(at_s=0.0), 0.0, is_there=True)
    one, _ = model.told(one, home, 0.0)
    said: list[dict[str, Any]] = []
    for at_s, action in enumerate(actions, start=1):
        one, effects = model.pressed(one, action, float(at_s))
        said += [json.loads(encoded(one.message)) for one in effects if isinstance(one, Tell)]
    return one, said


async def test_a_patient_who_is_ready_is_told_of_to_the_care_team_once(tmp_path: Path) -> None:
    with clinic(tmp_path) as there:
        put(there.base_url, appointment("near", in_minutes=5))
        put(there.base_url, appointment("far", in_minutes=300))
        async with at_home(there) as home:
            glass = await home.glass()
            page, said = pressed(await told(glass, planned=2), *PATIENT_SAYS)
            assert "Please stay near. It will ring." in str(page.page)
            for message in (*said, *said):  # pressed twice
                glass.say(**message)
            answer = await home.on_server("AppointmentResponse", participantStatus="accepted")
            assert answer["appointment"] == {"reference": "Appointment/near"}
            assert answer["actor"] == {"reference": PATIENT}

            glass.say(type="visit", id="nobody-planned-this", accepted=True)
            glass.say(type="reply", letter="", text="Please call me.")
            await home.on_server("Communication", status="completed")  # said after it, and there
            assert len(await asyncio.to_thread(home.all, "AppointmentResponse")) == 1
            glass.close()


@pytest.mark.parametrize(("in_minutes", "by_video"), [(300, True), (5, False)])
def test_only_a_video_visit_that_is_near_can_be_waited_for(
    in_minutes: float, *, by_video: bool
) -> None:
    at = NOON + timedelta(minutes=in_minutes)
    planned = Planned(id="one", title="Dr Weber", who="", at=at, by_video=by_video)
    page, said = pressed(Home(now=NOON, appointments=[planned]), "open:visits", "visit:one")
    assert page.page.name == "visit"
    assert page.page.buttons == ()
    assert said == []

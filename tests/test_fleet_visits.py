"""Invitations to visits at the clinic, while somebody else is at the same list or appointment."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from agent.demo.server import DemoServer, every, put
from agent.fleet import visits
from agent.fleet.act import Desk as Work
from agent.fleet.visits import Planned, Wish
from agent.visit.text import to_text
from sync import hpke, p256
from sync.exchange import Answer, Request
from sync.fhir import visit as fhir
from sync.fhir.register import Registered
from sync.links.https import HttpsLink
from tests.fakes.clinics import Desk, today

HUB = "hub-visited"


@dataclass
class Between:
    """The way to the server, on which something else happens first, once."""

    link: HttpsLink
    before: str
    happens: Callable[[], object]
    done: bool = False

    def exchange(self, request: Request) -> Answer:
        if not self.done and f"{request.method} {request.path}".startswith(self.before):
            self.done = True
            self.happens()
        return self.link.exchange(request)


def work(anne: Desk, between: Between | None = None) -> Work:
    link = anne.line.link if between is None else cast("HttpsLink", between)
    return Work(clinic=anne.clinic, line=replace(anne.line, link=link), now=today())


def invited(anne: Desk, who: str, now: datetime | None = None) -> Planned:
    wish = Wish(hub=HUB, who=who, start=now or today(), appointment=True)
    _, planned = visits.invited(work(anne), wish, key=anne.key, origin="https://b.example")
    return planned


def ready(anne: Desk, sekmet: DemoServer) -> None:
    keys = {"hub_key": to_text(p256.Key().public), "seal": to_text(hpke.Reader().public)}
    put(sekmet.base_url, {"resourceType": "Patient", "id": "visited"})
    put(sekmet.base_url, fhir.keys(HUB, **keys))
    if anne.line.register.fresh(HUB).entry is None:
        entry = Registered(hub=HUB, tenant=anne.clinic.tenant, patients=("Patient/visited",))
        assert anne.line.register.write(entry)


def test_an_invitation_made_while_another_is_cancelled_stays_in_the_list(
    anne: Desk, sekmet: DemoServer
) -> None:
    ready(anne, sekmet)
    first = invited(anne, "Dr Weber")
    between = Between(anne.line.link, "PUT Task/", lambda: invited(anne, "Dr Lang"))

    visits.cancelled(work(anne, between), first.visit, key=anne.key)

    assert between.done
    rows = json.loads((anne.clinic.folder / visits.FILE).read_text())
    mine = [(one["who"], bool(one["cancelled"])) for one in rows if one["hub"] == HUB]
    assert mine[-2:] == [("Dr Weber", True), ("Dr Lang", False)]


def test_what_others_wrote_into_an_appointment_meanwhile_is_there_after_it_is_cancelled(
    anne: Desk, sekmet: DemoServer
) -> None:
    ready(anne, sekmet)
    planned = invited(anne, "Dr Busch")

    def stands() -> dict[str, Any]:
        own = planned.appointment.partition("/")[2]
        return next(one for one in every(sekmet.base_url, "Appointment") if one["id"] == own)

    between = Between(
        anne.line.link,
        "PUT Appointment/",
        lambda: put(sekmet.base_url, {**stands(), "comment": "Bring the diary."}),
    )
    visits.cancelled(work(anne, between), planned.visit, key=anne.key)

    found = stands()
    assert between.done
    assert (found["status"], found["comment"]) == ("cancelled", "Bring the diary.")

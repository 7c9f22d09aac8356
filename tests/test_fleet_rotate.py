"""The care team asks a hub for a new key; the hub makes one, once an hour at most."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.demo.server import DemoServer, ask, put
from agent.downlink import NO_CLINIC, NOT_OURS
from agent.enrol.renew import Renewal
from agent.status import Status
from config.load import load
from sync import certificates
from sync.exchange import Answer
from sync.fhir.codes import device_reference
from sync.links.est import EstLink
from sync.settings import ROTATE_CODE
from tests.fakes.clinic import REVOKED, clinic_of, entry, registered, run
from tests.fakes.clinics import Desk, joined, today
from tests.fakes.down import downlink
from tests.test_poll import task
from tests.test_signed_settings import Memory
from vitals.errors import HearthError


@dataclass
class Noted:
    """What went into the hub's trail."""

    events: list[str] = field(default_factory=list)

    def note(self, *, by: str, what: str, seq: int = 0, why: str = "") -> None:
        self.events.append(f"{by} {what} {why} {seq}")


def test_a_hub_that_is_asked_makes_a_new_key_though_its_certificate_is_young(
    anne: Desk, tmp_path: Path
) -> None:
    noted, hours = Noted(), [0.0]

    def now() -> datetime:
        return today() + timedelta(hours=hours[0])

    with anne.open() as where:
        _, invited = told = anne.invite(where.host)
        joined(told[0], tmp_path)
        config = load(tmp_path / "hearth.toml")
        root = (tmp_path / "state" / "clinic" / "root.pem").read_bytes()
        one = Renewal(
            config,
            dial=lambda shown: EstLink(f"https://{where.host}", root=root, identity=shown),
            now=now,
            status=Status(),
            audit=noted,
            first=lambda: None,
        )
        identity = tmp_path / "state" / "clinic" / "identity.pem"
        before = certificates.read_all(identity.read_bytes())[0]
        assert one.once() == ""
        assert one.ask().startswith("The hub makes a new key")
        assert one.once() == "renewed"
        after = certificates.read_all(identity.read_bytes())[0]
        assert one.ask().startswith("The hub made a new key within the last hour")
        assert one.once() == ""
        hours[0] = 1.1
        assert one.ask().startswith("The hub makes a new key")
    assert certificates.key_hash(before) != certificates.key_hash(after)
    assert noted.events == ["hub renewed asked by the care team 0"]
    known = anne.line.register.fresh(invited.hub).entry
    assert known is not None
    assert len(known.certificates) == 2


def test_the_order_stands_on_the_server_for_that_very_hub(
    tmp_path: Path, sekmet: DemoServer
) -> None:
    put(sekmet.base_url, {"resourceType": "Patient", "id": "1"})
    options = clinic_of(tmp_path, sekmet.base_url, name="rotating")
    gone = entry("gone", "rotating")
    registered(sekmet.base_url, [entry("turn", "rotating")], [])
    done = json.loads(run("fleet", "rotate", "turn", "--json", *options).out)
    task = ask(f"{sekmet.base_url}/{done['task']}")
    assert task["code"]["coding"] == [{"code": ROTATE_CODE}]
    assert task["owner"] == device_reference("turn")
    assert task["for"] == {"reference": "Patient/1"}
    registered(sekmet.base_url, [replace(gone, state=REVOKED)], [])
    with pytest.raises(HearthError) as refused:
        run("fleet", "rotate", "gone", *options)
    assert refused.value.code == "FLEET-38"


@pytest.mark.parametrize(
    ("owner", "said"),
    [("hub-1", "asked"), ("", "asked"), ("hub-2", NOT_OURS)],
    ids=["ours", "nobody's", "another's"],
)
def test_a_hub_does_what_it_was_asked_and_says_so(owner: str, said: str, tmp_path: Path) -> None:
    down, inbox = downlink(tmp_path, Memory())
    order = task("1") | {"code": {"coding": [{"code": ROTATE_CODE}]}}
    if owner:
        order["owner"] = device_reference(owner)
    request = down.next(0.0)
    assert request is not None
    bundle = {"resourceType": "Bundle", "entry": [{"resource": order}]}
    assert down.rotate() == NO_CLINIC
    down.rotate = lambda: "asked"
    down.answer(request, Answer(status=200, body=json.dumps(bundle).encode()), 0.0)
    assert [one.words for one in inbox.unconfirmed()] == [said]

"""The clinic's register of hubs on a real FHIR server, and what bridges make of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bridge import known_by
from agent.demo.server import DemoServer, put
from config.bridge import Bridge, BridgeConfig, KnownHub
from config.schema import Fhir, Mqtt
from sync import hpke
from sync.bridge import register as asked
from sync.bridge.desk import Counts, Desk, Letter
from sync.bridge.register import FRESH_S, Known, Register
from sync.envelope import Address, open_answer, seal_request
from sync.exchange import Answer, Purpose, Request
from sync.fhir.register import Note, Registered, Standing, entry_of, register_id, resource_of
from sync.links.https import HttpsLink
from tests.fakes.bridged import KEY

ENTRY = Registered(
    hub="hub-1",
    tenant="t",
    patients=("Patient/1", "Patient/2"),
    label="Kitchen hub",
    meters=("standard-glucose",),
    certificates=("aa" * 32,),
    since="2026-11-28T10:00:00+00:00",
    by="nurse-ann",
    why="new in the programme",
    notes=(Note(by="nurse-ann", at="2026-11-28T10:00:00+00:00", text="Spare key: neighbour."),),
)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Nobody:
    """A server that is away."""

    def exchange(self, _request: Request) -> Answer:
        return Answer(status=None)


@pytest.fixture
def link(sekmet: DemoServer) -> Iterator[HttpsLink]:
    made = HttpsLink(Fhir(base_url=sekmet.base_url))
    yield made
    made.close()


def test_an_entry_that_was_written_is_read_back_as_it_was(link: HttpsLink) -> None:
    register = Register(link, tenant="t", clock=time.monotonic)
    entry = replace(ENTRY, hub="round")
    assert register.write(entry)
    found = register.hub("round").entry
    assert found is not None
    assert found.version == "1"
    assert replace(found, version="") == entry
    assert register.hub("round").patients == {"Patient/1", "Patient/2"}


def test_a_revoked_hub_is_turned_away_as_soon_as_an_answer_is_old(link: HttpsLink) -> None:
    clock = Clock()
    bridge = Register(link, tenant="t", clock=clock)
    nurse = Register(link, tenant="t", clock=time.monotonic)
    assert nurse.write(replace(ENTRY, hub="taken-back"))
    assert not bridge.hub("taken-back").revoked
    entry = nurse.fresh("taken-back").entry
    assert entry is not None
    assert nurse.write(replace(entry, state=Standing.REVOKED))
    assert not bridge.hub("taken-back").revoked
    clock.now_s += FRESH_S
    assert bridge.hub("taken-back").revoked
    assert bridge.hub("taken-back").patients == frozenset()


def test_of_two_who_change_one_entry_at_once_the_slower_is_told(link: HttpsLink) -> None:
    one, other = (Register(link, tenant="t", clock=time.monotonic) for _ in range(2))
    assert one.write(replace(ENTRY, hub="both"))
    mine, theirs = one.fresh("both").entry, other.fresh("both").entry
    assert mine is not None
    assert theirs is not None
    assert one.write(replace(mine, label="A"))
    assert not other.write(replace(theirs, label="B"))
    found = other.fresh("both").entry
    assert found is not None
    assert found.label == "A"


def test_what_another_version_wrote_beside_is_kept(link: HttpsLink) -> None:
    strange = {"url": "urn:clinic:own", "valueString": "theirs"}
    assert entry_of(resource_of(replace(ENTRY, extra=(strange,)))) == replace(
        ENTRY, extra=(strange,)
    )
    del link


def test_while_the_register_is_away_nobody_is_sure() -> None:
    assert not Register(Nobody(), tenant="t", clock=Clock()).hub("hub-1").sure


def test_no_more_hubs_are_remembered_than_allowed(link: HttpsLink) -> None:
    counted: list[str] = []

    class Counting:
        def exchange(self, request: Request) -> Answer:
            counted.append(request.path)
            return link.exchange(request)

    register = Register(Counting(), tenant="t", clock=Clock(), most=2)
    for hub in ("a", "b", "c", "c", "b", "a"):
        register.hub(hub)
    assert len(counted) == 4  # the first three, and the one that was forgotten


def test_an_entry_under_another_hubs_id_is_none() -> None:
    resource = resource_of(ENTRY) | {"id": register_id("t", "hub-2")}
    assert entry_of(resource) is None


def test_a_state_that_nobody_understands_lets_nobody_in() -> None:
    resource = resource_of(ENTRY)
    for one in resource["extension"]:
        if one["url"].endswith(":state"):
            one["valueString"] = "half"
    assert entry_of(resource) is None


_SCALAR = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
_OBJECT = st.dictionaries(st.sampled_from(["url", "reference", "time", "text"]), _SCALAR)
_JSON = _SCALAR | _OBJECT | st.lists(_SCALAR | _OBJECT, max_size=3)


@given(st.dictionaries(st.sampled_from(["id", "resourceType", "extension", "meta", "x"]), _JSON))
def test_garbage_in_the_register_is_no_entry(resource: dict[str, Any]) -> None:
    assert entry_of(resource) is None


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["url", "valueString", "valueAnnotation"]), _JSON),
        max_size=3,
    )
)
def test_garbage_beside_an_entry_breaks_nothing(extra: list[dict[str, Any]]) -> None:
    resource = resource_of(ENTRY)
    resource["extension"] = [*resource["extension"], *extra]
    found = entry_of(resource)
    assert found is not None
    assert found.state is Standing.ENROLLED


def _answer(known: Known, server: Nobody) -> Answer:
    address = Address(tenant="t", hub="hub-1")
    request = Request(purpose=Purpose.CAPABILITY, method="GET", path="metadata")
    reader = hpke.Reader()
    sealed = seal_request(
        request, number=1, bridge=KEY.public, reply_to=reader.public, address=address
    )
    desk = Desk(
        key=KEY,
        server=server,
        known=lambda _: known,
        counts=Counts(),
        limit_s=1.0,
        clock=lambda: 0.0,
    )
    octets = desk.answered(Letter(address=address, octets=sealed, until_s=10.0))
    assert octets is not None
    return open_answer(octets, number=1, reader=reader, address=address)


def test_the_bridge_tells_a_revoked_hub_so_and_an_unsure_one_to_come_again() -> None:
    no = _answer(asked.Known(revoked=True), Nobody())
    assert no.status == 403
    assert b"BRIDGE-04" in no.body
    later = _answer(asked.UNSURE, Nobody())
    assert (later.status, later.headers["retry-after"]) == (503, "10")


def test_a_bridge_goes_by_the_register_and_by_its_own_list(
    sekmet: DemoServer, link: HttpsLink, tmp_path: Path
) -> None:
    put(sekmet.base_url, resource_of(replace(ENTRY, hub="in-register", patients=("Patient/1",))))
    put(sekmet.base_url, resource_of(replace(ENTRY, hub="both", patients=("Patient/1",))))
    put(sekmet.base_url, resource_of(replace(ENTRY, hub="gone", state=Standing.REVOKED)))
    config = BridgeConfig(
        mqtt=Mqtt(host="b"),
        fhir=Fhir(base_url=sekmet.base_url),
        bridge=Bridge(tenant="t", key_file=tmp_path / "k", accept="any"),
        hub=tuple(KnownHub(id=one, patients=("Patient/9",)) for one in ("both", "gone", "file")),
    )
    known = known_by(config, Register(link, tenant="t", clock=time.monotonic))
    assert known("in-register").patients == {"Patient/1"}
    assert known("both").patients == {"Patient/1", "Patient/9"}
    assert known("file").patients == {"Patient/9"}
    assert known("stranger").patients == {"*"}
    assert known("gone").revoked

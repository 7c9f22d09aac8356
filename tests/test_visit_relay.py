"""The bridge between page and hub: lets in whom the clinic invited, carries what it cannot read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.visit import invitation, letters, messages, relay
from agent.visit.invitation import Invitation
from agent.visit.letters import Down, Reply, Standing, TaskFor, Up
from agent.visit.messages import Join, Knock, Ringing, ToPage, Waiting, What
from agent.visit.relay import Ends, Relay
from agent.visit.text import to_text
from sync import hpke, p256, signing
from sync.envelope import Address
from vitals.errors import HubError

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
CLINIC, PAGE, HUB, SEAL, BRIDGE = (
    signing.Key(),
    p256.Key(),
    p256.Key(),
    hpke.Reader(),
    hpke.Reader(),
)
HOME, OTHER = Address(tenant="t", hub="hub-1"), Address(tenant="t", hub="hub-2")


@dataclass
class Clinic:
    """A relay, what came out of it on either side, and its clocks."""

    down: list[tuple[Address, Down]] = field(default_factory=list)
    tasks: list[tuple[TaskFor, Callable[[bool], None]]] = field(default_factory=list)
    nudges: list[Address] = field(default_factory=list)
    heard: list[ToPage] = field(default_factory=list)
    at: datetime = NOON
    at_s: float = 0.0

    def __post_init__(self) -> None:
        self.relay = Relay(
            name="one",
            tenant="t",
            key=BRIDGE,
            signers=(CLINIC.public,),
            ends=Ends(hub=self, put_task=lambda _, task, done: self.tasks.append((task, done))),
            now=lambda: self.at,
            clock=lambda: self.at_s,
        )

    def post(self, address: Address, octets: bytes) -> None:
        self.down.append((address, letters.open_down(octets, SEAL, address)))

    def nudge(self, address: Address) -> None:
        self.nudges.append(address)

    def knock(self, visit: str = "v") -> str:
        return self.relay.knocked(knock(visit=visit), self.heard.append)

    def up(self, line: str, address: Address = HOME, **fields: object) -> None:
        letter = Up(v=1, reply=Reply(bridge="one", line=line), **fields)  # type: ignore[arg-type] # a test's own
        self.relay.heard(address, letters.seal_up(letter, BRIDGE.public, address))


def knock(*, signer: signing.Key = CLINIC, **changed: object) -> str:
    at_s = int(NOON.timestamp())
    found = Invitation(
        v=1,
        tenant="t",
        hub="hub-1",
        visit="v",
        who="Dr Weber",
        nbf=at_s,
        exp=at_s + 600,
        page=to_text(PAGE.public),
        hub_key=to_text(HUB.public),
        seal=to_text(SEAL.public),
    )
    token = invitation.minted(msgspec.structs.replace(found, **changed), signer)
    return msgspec.json.encode(Knock(v=1, token=token)).decode()


def say(n: int = 1) -> str:
    return msgspec.json.encode(messages.signed(Join(visit="v", party="p", n=n), PAGE)).decode()


def test_what_a_page_says_reaches_its_hub_and_no_other_as_it_was_said() -> None:
    clinic = Clinic()
    line = clinic.knock()
    clinic.relay.said(line, say())

    ((address, down),) = clinic.down
    assert (address, down.reply) == (HOME, Reply(bridge="one", line=line))
    assert down.said is not None
    assert messages.from_page(down.said, PAGE.public) == Join(visit="v", party="p", n=1)
    assert clinic.heard == [Waiting(v=1)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (knock(signer=signing.Key()), "VISIT-01"),
        (knock(tenant="other"), "VISIT-01"),
        (knock(exp=int(NOON.timestamp()) + 1, nbf=int(NOON.timestamp()) - 9), ""),
        (knock(nbf=int(NOON.timestamp()) - 20_000, exp=int(NOON.timestamp()) - 14_470), "VISIT-02"),
        (knock(nbf=int(NOON.timestamp()) + 100), "VISIT-03"),
        (say(), "VISIT-12"),
        ("", "VISIT-12"),
        ('{"type":"knock","v":2,"token":"x"}', "VISIT-12"),
    ],
)
def test_no_forged_or_late_invitation_reaches_a_home(text: str, code: str) -> None:
    clinic, found = Clinic(), ""
    try:
        clinic.relay.knocked(text, clinic.heard.append)
    except HubError as error:
        found = error.code
    assert found == code
    assert clinic.down == []


@settings(deadline=None)
@given(st.one_of(st.text(max_size=100), st.binary(max_size=100)))
def test_noise_is_turned_away_before_and_after_the_knock(noise: str | bytes) -> None:
    clinic = Clinic()
    line = clinic.knock()
    for act in (
        lambda: clinic.relay.knocked(noise, clinic.heard.append),
        lambda: clinic.relay.said(line, noise),
    ):
        with pytest.raises(HubError) as told:
            act()
        assert told.value.code == "VISIT-12"
    assert clinic.down == []


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_from_a_hub_reaches_no_page(noise: bytes) -> None:
    clinic = Clinic()
    clinic.knock()
    clinic.relay.heard(HOME, noise)
    clinic.relay.heard(HOME, hpke.sealed(noise, BRIDGE.public, HOME.info("visit-up")))
    assert clinic.heard == [Waiting(v=1)]


def test_a_page_that_says_too_much_is_turned_away() -> None:
    clinic = Clinic()
    line = clinic.knock()
    for n in range(relay.MESSAGES):
        clinic.relay.said(line, say(n))
    with pytest.raises(HubError) as told:
        clinic.relay.said(line, say(99))
    assert told.value.code == "VISIT-10"
    clinic.at_s = relay.MESSAGES_S
    clinic.relay.said(line, say(100))


def test_one_link_has_few_pages_and_all_links_together_have_a_bound() -> None:
    clinic = Clinic()
    for _ in range(relay.MOST_FOR_ONE):
        clinic.knock()
    with pytest.raises(HubError) as told:
        clinic.knock()
    assert told.value.code == "VISIT-10"
    for number in range(relay.MOST_PAGES - relay.MOST_FOR_ONE):
        clinic.knock(visit=f"v{number}")
    with pytest.raises(HubError):
        clinic.knock(visit="one-more")


def test_a_hub_speaks_to_its_own_pages_only() -> None:
    clinic = Clinic()
    line = clinic.knock()
    said = messages.signed(Ringing(visit="v", n=1), HUB)
    clinic.up(line, OTHER, standing=Standing.WAITING, said=said)
    clinic.up("0a", standing=Standing.WAITING, said=said)
    assert clinic.heard == [Waiting(v=1)]
    clinic.up(line, standing=Standing.WAITING, said=said)
    assert clinic.heard[1:] == [said]


def test_a_task_is_made_in_a_visit_only_and_the_hub_is_told_what_became_of_it() -> None:
    clinic = Clinic()
    line = clinic.knock()
    task = TaskFor(
        what=What.WEIGHT, number=1, visit="v", patient="Patient/p", encounter="Encounter/h1"
    )
    clinic.up(line, standing=Standing.WAITING, task=task)
    assert clinic.tasks == []
    clinic.up(line, standing=Standing.IN_VISIT, task=task)
    ((made, done),) = clinic.tasks
    assert made == task
    done(True)  # noqa: FBT003 - a callback's one argument
    assert clinic.nudges == [HOME]
    done(False)  # noqa: FBT003 - as above
    assert [down.made.stored for _, down in clinic.down if down.made] == [True, False]
    assert clinic.nudges == [HOME]


def test_a_page_left_open_overnight_is_overdue_unless_it_is_in_a_visit() -> None:
    clinic = Clinic()
    line = clinic.knock()
    clinic.at, clinic.at_s = NOON + timedelta(minutes=10, seconds=50), 650.0
    assert not clinic.relay.overdue(line)
    clinic.at, clinic.at_s = NOON + timedelta(hours=10), 36_000.0
    assert clinic.relay.overdue(line)
    clinic.up(line, standing=Standing.IN_VISIT)
    assert not clinic.relay.overdue(line)
    clinic.up(line, standing=Standing.OVER)
    assert clinic.relay.overdue(line)


def test_a_page_that_comes_after_its_links_end_waits_only_for_the_hubs_word() -> None:
    clinic = Clinic(at=NOON + timedelta(hours=1))
    line = clinic.knock()
    clinic.relay.said(line, say())
    assert len(clinic.down) == 1
    clinic.at_s = 30.0
    assert not clinic.relay.overdue(line)
    clinic.at_s = 31.0
    assert clinic.relay.overdue(line)
    clinic.up(line, standing=Standing.IN_VISIT)
    assert not clinic.relay.overdue(line)

    refused = clinic.knock()
    clinic.up(refused, standing=Standing.REFUSED)
    assert clinic.relay.overdue(refused)


def test_the_hub_hears_that_a_page_is_gone() -> None:
    clinic = Clinic()
    line = clinic.knock()
    clinic.relay.closed(line)
    clinic.relay.closed(line)
    ((_, down),) = clinic.down
    assert (down.said, down.made, down.reply.line) == (None, None, line)

"""Whose reading it is: asked, held, given to a person or to nobody, and noted who decided."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from agent import desk
from agent.audit import Audit
from agent.cli.main import app
from agent.clock import HubClock
from agent.decisions import decide
from agent.identity import hub_key
from agent.ingest import Ingest
from agent.persons import NOBODYS, NOT_LIKE_THEM, Owners
from agent.status import Status
from config.schema import Config, Fhir, Hub, Meter, Patient
from drivers import registry
from drivers.assembler import Assembler
from drivers.frame import Frame
from drivers.virtual import frames
from sync.outbox import FILE_NAME, Outbox, State
from sync.record import Measured
from tests.fakes.sink import NOON
from vitals.errors import HubError
from vitals.outlier import is_outlier
from vitals.reading import MeterIdentity

AT = datetime(2026, 11, 23, 8, 15, 30)  # noqa: DTZ001 - what a meter shows has no zone
SCALE = "C3:00:00:00:00:03"
GRACE, HENRY = "Patient/grace", "Patient/henry"


class Home:
    """A shared scale, a store, and the way in between."""

    def __init__(self, folder: Path, *, shared: bool = True, slots: bool = False) -> None:
        self.config = Config(
            hub=Hub(id="hub-1", state_dir=folder),
            patient=Patient(reference=GRACE),
            fhir=Fhir(base_url="http://127.0.0.1:1/fhir"),
            meter=(Meter(address=SCALE, shared=shared, slots={"1": GRACE} if slots else {}),),
        )
        self.outbox = Outbox.open(
            folder / FILE_NAME,
            key=hub_key(folder, create=True),
            tenant="default",
            hub_id="hub-1",
            max_bytes=2**24,
            max_evidence=10,
            now=HubClock(),
        )
        self.status = Status()
        self.ingest = Ingest(self.outbox, Owners.of(self.config), self.status, lambda: None)
        self.audit = Audit(self.outbox, HubClock())
        self.driver = next(d for d in registry.drivers() if d.name == "standard-weight-scale")
        self._minute = 0

    def weigh(self, kilograms: int, slot: int | None = None) -> None:
        self._minute += 1
        at = AT.replace(minute=self._minute)
        frame = Frame(
            uuid="2a9d",
            data=frames.weight(kilograms * 1000, at, user=slot),
            received=NOON,
            meter=MeterIdentity(address=SCALE, driver=self.driver.name),
        )
        self.ingest.frame(self.driver, Assembler(self.driver), frame).result(60)
        self.outbox.ping().result(60)
        self.outbox.ping().result(60)

    def held(self) -> dict[int, str]:
        return {
            row.seq: row.refusal.code
            for row in self.outbox.entries([State.PARKED])
            if row.refusal is not None
        }

    def waiting(self) -> list[tuple[str, str]]:
        return [
            (entry.record.patient, str(next(iter(entry.record.reading.values.values())).number))
            for entry in self.outbox.pending(100)
            if isinstance(entry.record, Measured)
        ]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.outbox.close()


def test_a_weight_unlike_hers_on_a_shared_scale_is_asked_about_and_not_sent(home: Home) -> None:
    for kilograms in (60, 61, 60, 59, 60):
        home.weigh(kilograms)
    home.weigh(85)
    assert list(home.held().values()) == [NOT_LIKE_THEM]
    assert [number for _, number in home.waiting()] == [
        "60.000",
        "61.000",
        "60.000",
        "59.000",
        "60.000",
    ]


def test_nobody_is_asked_before_five_weights_are_known(home: Home) -> None:
    for kilograms in (60, 85, 60, 85):
        home.weigh(kilograms)
    assert home.held() == {}


def test_on_a_scale_of_her_own_every_weight_is_hers(tmp_path: Path) -> None:
    home = Home(tmp_path, shared=False)
    for kilograms in (60, 61, 60, 59, 60, 85):
        home.weigh(kilograms)
    home.outbox.close()
    assert home.status.snapshot().unbound == 0


def test_a_slot_that_belongs_to_nobody_is_held(tmp_path: Path) -> None:
    home = Home(tmp_path, slots=True)
    home.weigh(85, slot=2)
    assert list(home.held().values()) == [NOBODYS]
    assert home.waiting() == []
    home.outbox.close()


def test_a_held_reading_given_to_him_goes_up_as_his(home: Home) -> None:
    for kilograms in (60, 61, 60, 59, 60, 85):
        home.weigh(kilograms)
    (seq,) = home.held()
    answer = decide(
        home.outbox, home.audit, {"do": "assign", "seq": seq, "patient": HENRY, "by": "nurse-1"}
    )
    assert home.held() == {}
    assert (HENRY, "85.000") in home.waiting()
    assert answer["seq"] != seq
    (line,) = list(home.audit.events())
    assert line is not None
    assert (line.by, line.what, line.seq) == ("nurse-1", "assign", seq)


def test_a_held_reading_that_was_hers_after_all_goes_up_as_hers(home: Home) -> None:
    for kilograms in (60, 61, 60, 59, 60, 85):
        home.weigh(kilograms)
    (seq,) = home.held()
    decide(home.outbox, home.audit, {"do": "assign", "seq": seq, "patient": GRACE, "by": "n"})
    assert home.held() == {}
    assert home.waiting().count((GRACE, "85.000")) == 1


def test_a_guests_reading_is_kept_as_evidence_and_never_sent(home: Home) -> None:
    for kilograms in (60, 61, 60, 59, 60, 85):
        home.weigh(kilograms)
    (seq,) = home.held()
    decide(
        home.outbox, home.audit, {"do": "discard", "seq": seq, "why": "a guest", "by": "nurse-1"}
    )
    assert home.held() == {}
    assert "85.000" not in [number for _, number in home.waiting()]
    (row,) = home.outbox.entries([State.EVIDENCE])
    assert row.seq == seq
    assert home.outbox.verify() == []


def test_a_held_reading_is_not_offered_to_the_server_by_a_retry(home: Home) -> None:
    for kilograms in (60, 61, 60, 59, 60, 85):
        home.weigh(kilograms)
    (seq,) = home.held()
    assert decide(home.outbox, home.audit, {"do": "retry", "seq": None, "by": "n"}) == {"freed": 0}
    with pytest.raises(HubError) as refused:
        decide(home.outbox, home.audit, {"do": "retry", "seq": seq, "by": "n"})
    assert refused.value.code == "STORE-12"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"do": "assign", "seq": 1, "patient": "Practitioner/1", "by": "n"},
        {"do": "assign", "seq": "1", "patient": HENRY, "by": "n"},
        {"do": "assign", "seq": 1, "patient": HENRY, "by": ""},
        {"do": "discard", "seq": 1, "by": "n"},
        {"do": "shred", "seq": 1, "by": "n"},
    ],
)
def test_what_is_no_decision_changes_nothing(home: Home, asked: dict[str, object]) -> None:
    with pytest.raises(HubError) as refused:
        decide(home.outbox, home.audit, asked)
    assert refused.value.code == "DESK-01"
    assert list(home.audit.events()) == []


def test_a_row_that_is_not_set_aside_is_told_so(home: Home) -> None:
    home.weigh(60)
    asked = {"do": "assign", "seq": 1, "patient": HENRY, "by": "n"}
    with pytest.raises(HubError) as refused:
        decide(home.outbox, home.audit, asked)
    assert refused.value.code == "STORE-12"


@given(
    history=st.lists(st.decimals(20, 200, places=1), max_size=20),
    number=st.decimals(20, 200, places=1),
)
def test_nothing_within_six_percent_of_the_middle_is_ever_asked_about(
    history: list[Decimal], number: Decimal
) -> None:
    middle = sorted(history)[len(history) // 2] if history else number
    if is_outlier(number, history):
        assert len(history) >= 5
        assert not all(abs(number - one) <= middle * Decimal("0.01") for one in history)


async def test_a_command_asks_the_running_hub_and_hears_its_reasons(home: Home) -> None:
    folder = home.config.hub.state_dir
    running = asyncio.create_task(
        desk.Desk(folder, lambda asked: decide(home.outbox, home.audit, asked)).run()
    )
    async with asyncio.timeout(60):
        while not (folder / desk.SOCKET).exists():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)
    assert stat.S_IMODE((folder / desk.SOCKET).stat().st_mode) == 0o600
    question = {"do": "retry", "seq": None, "by": "nurse-1"}
    answer = await asyncio.to_thread(desk.ask, folder, question)
    assert answer is not None
    assert answer["freed"] == 0
    with pytest.raises(HubError) as refused:
        await asyncio.to_thread(
            desk.ask, folder, {"do": "discard", "seq": 9, "why": "x", "by": "n"}
        )
    assert refused.value.code == "STORE-12"
    for noise in (b"\n", b"{}\n", b'{"v": 99}\n', b"x" * 70_000 + b"\n"):
        reader, writer = await asyncio.open_unix_connection(folder / desk.SOCKET)
        writer.write(noise)
        line = await reader.readline()
        assert line == b"" or json.loads(line)["code"] == "DESK-03"
        writer.close()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await asyncio.to_thread(desk.ask, folder, question) is None


def test_the_commands_work_without_a_running_hub(home: Home, tmp_path: Path) -> None:
    for kilograms in (60, 61, 60, 59, 60, 85):
        home.weigh(kilograms)
    home.outbox.close()
    config = tmp_path / "hearth.toml"
    config.write_text(
        f'[hub]\nid = "hub-1"\nstate_dir = "{tmp_path}"\n[patient]\nreference = "{GRACE}"\n'
        '[fhir]\nbase_url = "http://127.0.0.1:1/fhir"\n'
    )
    runner = CliRunner()

    def run(*words: str) -> str:
        done = runner.invoke(app, ["readings", *words, "--config", str(config)])
        assert done.exit_code == 0, done.output
        return done.stdout

    listed = run("held")
    assert "Was this you?" in listed
    assert "85" not in listed
    (row,) = json.loads(run("held", "--json"))
    assert "Given" in run("assign", str(row["seq"]), HENRY, "--operator", "nurse-1")
    assert run("held") == "Nothing waits for a person.\n"
    assert run("parked") == "The server refused nothing.\n"
    assert "0 will be offered again" in run("retry", "--all")
    home.outbox = Outbox.open(
        tmp_path / FILE_NAME,
        key=hub_key(tmp_path),
        tenant="default",
        hub_id="hub-1",
        max_bytes=2**24,
        max_evidence=10,
        now=HubClock(),
    )
    assert (HENRY, "85.000") in home.waiting()

"""From a reading on disk to the screen: the real store, the real socket, and what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.clock import HubClock
from agent.display.care import NoCare
from agent.display.display import Display
from agent.persons import NOT_LIKE_THEM
from agent.screen.messages import Unlocked
from agent.status import Status
from config.schema import Config, Fhir, Hub, Patient, Screen
from sync.outbox import Outbox
from sync.policy import OFFLINE
from sync.record import Measured, measured
from tests.fakes.records import PATIENT, blood_pressure
from vitals.quantity import Quantity, Unit
from vitals.reading import Context, Guide, Timing, Value

HELLO = b'{"type":"hello","version":3}\n'
LIMIT_S = 90.0


@dataclass
class Home:
    """A hub's screen part with a real store, and one screen at its socket."""

    display: Display
    outbox: Outbox
    status: Status
    clock: HubClock
    decided: list[dict[str, Any]] = field(default_factory=list)
    first: dict[str, Any] = field(init=False)
    reader: asyncio.StreamReader = field(init=False)
    writer: asyncio.StreamWriter = field(init=False)

    async def connect(self) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not self.display.path.exists():  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
            self.reader, self.writer = await asyncio.open_unix_connection(
                self.display.path, limit=1024 * 1024
            )
        self.writer.write(HELLO)
        self.first = await self.told("home")

    async def told(self, kind: str, **wanted: object) -> dict[str, Any]:
        """Wait for a message of a kind that says what is wanted."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                found: dict[str, Any] = json.loads(await self.reader.readline())
                if found["type"] == kind and all(found[k] == v for k, v in wanted.items()):
                    return found

    def say(self, **message: object) -> None:
        self.writer.write(json.dumps(message).encode() + b"\n")

    def taken(self, record: Measured) -> Measured:
        """Return the same reading, measured this very moment."""
        timing = Timing(received=self.clock(), live=True)
        return measured(replace(record.reading, timing=timing), record.patient)

    def store(self, record: Measured) -> int:
        seq = self.outbox.put(record).result(LIMIT_S).seq
        self.display.shown(record, seq, False)  # noqa: FBT003 - as ingest calls it
        return seq


def _config(folder: Path, **screen: Any) -> Config:  # noqa: ANN401 - settings of any kind
    return Config(
        hub=Hub(id="hub-1", timezone="Europe/Berlin", state_dir=folder),
        patient=Patient(reference=PATIENT),
        fhir=Fhir(base_url="http://127.0.0.1:1/fhir"),
        screen=Screen(enabled=True, phone="030 1234567", code="2468", **screen),
    )


def _outbox(folder: Path, clock: HubClock) -> Outbox:
    return Outbox.open(
        folder / "outbox.db",
        key=bytes(32),
        tenant="default",
        hub_id="hub-1",
        max_bytes=2**24,
        max_evidence=10,
        now=clock,
    )


@contextlib.asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[Home]:
    clock, status = HubClock(), Status()
    outbox = _outbox(folder, clock)
    decided: list[dict[str, Any]] = []

    def decide(asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as agent.decisions takes it
        decided.append(dict(asked))
        return {}

    display = Display(
        _config(folder), outbox=outbox, status=status, care=NoCare(), decide=decide, clock=clock
    )
    home = Home(display=display, outbox=outbox, status=status, clock=clock, decided=decided)
    running = asyncio.create_task(display.run())
    await home.connect()
    yield home
    home.writer.close()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    outbox.close()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with at_home(tmp_path) as one:
        yield one


async def test_a_reading_on_disk_is_on_the_screen_with_every_digit(home: Home) -> None:
    seq = home.store(home.taken(blood_pressure()))

    reading = (await home.told("arrived"))["reading"]
    assert (reading["value"], reading["unit"], reading["seq"]) == ("128/80", "mmHg", seq)
    later = await home.told("home", way="on-the-way")
    assert later["waiting"] == 1
    assert later["readings"][0]["sent"] is False


async def test_the_screen_says_so_once_the_care_team_has_it(home: Home) -> None:
    seq = home.store(home.taken(blood_pressure()))
    await home.told("home", way="on-the-way")
    home.outbox.acknowledge([seq]).result(LIMIT_S)
    home.status.count("acknowledged")

    found = await home.told("home", way="all-there")
    assert found["readings"][0]["sent"] is True


async def test_how_a_guided_pressure_was_taken_is_stored_with_its_numbers(home: Home) -> None:
    first = home.store(home.taken(blood_pressure()))
    second = home.store(home.taken(blood_pressure(1)))
    home.outbox.acknowledge([first]).result(LIMIT_S)  # the first is with the server already
    home.say(type="protocol", task="bp", rested_s=300, readings=[first, second], between_s=64)
    async with asyncio.timeout(LIMIT_S):
        while [row.seq for row in home.outbox.pending(9)] != [  # noqa: ASYNC110 - a row tells nobody
            second + 1,
            second + 2,
        ]:
            await asyncio.sleep(0.01)

    amended, replaced = (row.record for row in home.outbox.pending(9))
    assert isinstance(amended, Measured)
    assert isinstance(replaced, Measured)
    assert (amended.amends, replaced.amends) == (True, False)
    assert [one.reading.context.guide for one in (amended, replaced)] == [
        Guide(rest_s=300, number=1),
        Guide(rest_s=300, number=2, since_previous_s=64),
    ]
    assert amended.id == measured(replace(amended.reading, context=Context()), PATIENT).id
    told = await home.told("home")
    assert [one["value"] for one in told["readings"]] == ["128/80"]  # the numbers are as they were


async def test_a_proof_of_readings_nobody_knows_changes_nothing(home: Home) -> None:
    seq = home.store(home.taken(blood_pressure()))
    home.say(type="protocol", task="bp", rested_s=300, readings=[998, 999], between_s=64)
    home.say(type="unlock", code="0000")
    await home.told("unlocked")

    assert home.outbox.last() == seq


async def test_without_a_network_the_screen_says_why_and_how_many(home: Home) -> None:
    home.store(home.taken(blood_pressure()))
    home.status.alarm(OFFLINE, "away")

    found = await home.told("home", way="no-network")
    assert (found["waiting"], found["code"], found["phone"]) == (1, OFFLINE, "030 1234567")


async def test_what_a_meter_remembers_of_last_week_does_not_pop_up(home: Home) -> None:
    home.store(blood_pressure())  # of the first of May
    home.store(home.taken(blood_pressure(1)))

    first = (await home.told("arrived"))["reading"]
    assert first["seq"] == 2


async def test_another_persons_reading_is_never_shown(home: Home) -> None:
    home.store(replace(home.taken(blood_pressure()), patient="Patient/somebody-else"))
    home.display.tell(Unlocked(right=False))
    await home.told("unlocked")
    home.status.count("stored")

    assert (await home.told("home"))["readings"] == []


async def test_a_held_reading_is_asked_about_and_the_answer_decides(home: Home) -> None:
    record = home.taken(blood_pressure())
    seq = home.outbox.put(record, hold_s=60).result(LIMIT_S).seq
    home.outbox.park(seq, code=NOT_LIKE_THEM, reason="unlike").result(LIMIT_S)
    home.display.shown(record, seq, True)  # noqa: FBT003 - as ingest calls it
    found = await home.told("home")
    while not found["held"]:
        found = await home.told("home")
    assert (found["held"][0]["seq"], found["readings"]) == (seq, [])

    home.say(type="mine", seq=seq, mine=True)
    home.say(type="mine", seq=seq, mine=False)
    async with asyncio.timeout(LIMIT_S):
        while len(home.decided) < 2:  # noqa: ASYNC110 - the decision is a plain list
            await asyncio.sleep(0.01)

    assert home.decided[0] == {
        "do": "assign",
        "seq": seq,
        "patient": PATIENT,
        "by": "the patient, on the screen",
    }
    assert home.decided[1]["do"] == "discard"


async def test_without_the_patients_permission_no_estimate_is_taken(home: Home) -> None:
    values = {"camera-pulse-rate": ["68.0", "/min"]}
    estimate = {"address": "camera-1-1", "version": "1", "values": values, "about": "{}"}
    home.say(type="estimated", **estimate)
    home.say(type="consent", topic="camera", given=True)
    home.say(type="estimated", **estimate)
    await home.told("heard", number=3)
    assert [asked["do"] for asked in home.decided] == ["consent", "estimate"]

    home.say(type="consent", topic="camera", given=False)
    home.say(type="estimated", **estimate)
    await home.told("heard", number=5)
    by = {"by": "the patient, on the screen"}
    assert home.decided[2:] == [{"do": "consent", "topic": "camera", "given": False, **by}]


async def test_a_restart_shows_what_was_there_and_what_was_allowed(tmp_path: Path) -> None:
    async with at_home(tmp_path) as before:
        before.store(before.taken(blood_pressure()))
        before.say(type="consent", topic="camera", given=True)
        before.say(type="setting", name="language", value="de")
        await before.told("home", consents=["camera"], language="de")

    async with at_home(tmp_path) as after:
        found = after.first

    assert found["readings"][0]["value"] == "128/80"
    assert (found["consents"], found["language"]) == (["camera"], "de")


async def test_only_the_hub_judges_the_code(home: Home) -> None:
    home.say(type="unlock", code="1111")
    assert (await home.told("unlocked"))["right"] is False
    home.say(type="unlock", code="2468")
    assert (await home.told("unlocked"))["right"] is True


async def test_a_pressure_keeps_its_written_precision(home: Home) -> None:
    cuff = home.taken(blood_pressure())
    values = {
        Quantity.SYSTOLIC: Value(number=Decimal("17.10"), unit=Unit.KPA),
        Quantity.DIASTOLIC: Value(number=Decimal("10.7"), unit=Unit.KPA),
        Quantity.MEAN_ARTERIAL: Value(number=Decimal("12.8"), unit=Unit.KPA),
    }
    home.store(measured(replace(cuff.reading, values=values), PATIENT))

    reading = (await home.told("arrived"))["reading"]
    assert (reading["value"], reading["unit"]) == ("17.10/10.7", "kPa")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("volume", "loud", {"volume": "loud"}), ("volume", "deafening", {"volume": "medium"}),
        ("speech", "off", {"speaks": False}), ("speech", "perhaps", {"speaks": True}),
        ("night", "22-6", {"night_from": 22, "night_until": 6}),
        ("night", "24-6", {"night_from": 21, "night_until": 7}),
    ],
)  # fmt: skip
async def test_what_is_set_on_the_screen_is_kept_if_it_is_a_value_at_all(
    tmp_path: Path, name: str, value: str, told: dict[str, object]
) -> None:
    async with at_home(tmp_path) as before:
        before.say(type="setting", name=name, value=value)
        await before.told("heard", number=1)
    async with at_home(tmp_path) as after:
        assert {key: after.first[key] for key in told} == told

"""From frame to sealed row: nothing that arrives is lost, doubled, or given to the wrong person."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.clock import HubClock
from agent.ingest import Ingest
from agent.persons import Owners
from agent.radio import RadioSink
from agent.status import Status
from config.schema import Config, Fhir, Hub, Meter, Patient
from drivers.devices import standard_blood_pressure, standard_glucose
from drivers.driver import Driver
from drivers.frame import Frame
from drivers.sessions.session import Finish, Outcome
from drivers.virtual import frames
from sync.outbox import Outbox, State, Stored
from sync.record import Measured, Unreadable
from vitals.quantity import Quantity
from vitals.reading import Flag, Meal, MeterIdentity

CUFF = standard_blood_pressure.DRIVER
GLUCOSE = standard_glucose.DRIVER
AT = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)
ADDRESS = "00:22:09:4B:1A:7C"
SHARED = "00:22:09:4B:1A:7D"


class Home:
    """A hub's way in, on a real store."""

    def __init__(self, outbox: Outbox, config: Config) -> None:
        self.outbox = outbox
        self.status = Status()
        self.woken = 0
        ingest = Ingest(outbox, Owners.of(config), self.status, self._wake)
        self.sink = RadioSink(ingest, outbox, self.status)
        self.clock = HubClock()

    def _wake(self) -> None:
        self.woken += 1

    def meter(self, driver: Driver, address: str = ADDRESS) -> MeterIdentity:
        return MeterIdentity(address=address, driver=driver.name)

    def session(
        self, driver: Driver, *arrived: tuple[str, bytes], address: str = ADDRESS
    ) -> list[Stored]:
        meter = self.meter(driver, address)
        self.sink.began(driver, meter)
        stored = [
            self.sink.frame(
                driver, Frame(uuid=uuid, data=data, received=self.clock(), meter=meter)
            ).result(60)
            for uuid, data in arrived
        ]
        self.sink.ended(driver, meter, Finish(outcome=Outcome.COMPLETE))
        self.outbox.ping().result(60)
        return stored

    def waiting(self) -> list[Measured]:
        return [e.record for e in self.outbox.pending(100) if isinstance(e.record, Measured)]

    def evidence(self) -> list[str]:
        kept = self.outbox.entries({State.EVIDENCE})
        return [row.record.code for row in kept if isinstance(row.record, Unreadable)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    config = Config(
        hub=Hub(id="hub-1"),
        patient=Patient(reference="Patient/p-1"),
        fhir=Fhir(base_url="https://fhir.example/r4"),
        meter=(Meter(address=SHARED, slots={"2": "Patient/p-2"}),),
    )
    outbox = Outbox.open(
        tmp_path / "outbox.db",
        key=b"\x01" * 32,
        tenant="t",
        hub_id="hub-1",
        max_bytes=2**22,
        max_evidence=100,
        now=HubClock(),
    )
    yield Home(outbox, config)
    outbox.close()


def test_a_reading_waits_for_the_server_as_soon_as_it_is_on_disk(home: Home) -> None:
    home.session(CUFF, ("2a35", frames.blood_pressure(128, 82, 71, AT)))
    [record] = home.waiting()
    assert record.patient == "Patient/p-1"
    assert str(record.reading.values[Quantity.SYSTOLIC].number) == "128"
    assert home.woken


def test_a_cuff_that_replays_its_memory_adds_nothing(home: Home) -> None:
    frame = ("2a35", frames.blood_pressure(128, 82, 71, AT))
    home.session(CUFF, frame)
    [again] = home.session(CUFF, frame)
    assert again.duplicate
    assert len(home.waiting()) == 1


def test_a_context_completes_its_measurement_and_both_are_one_reading(home: Home) -> None:
    record = frames.glucose(7, 104, AT, context_follows=True)
    first, second = home.session(GLUCOSE, ("2a18", record), ("2a34", frames.meal_context(7, 2)))
    [whole] = home.waiting()
    assert second.supersedes == first.seq
    assert whole.reading.context.meal is Meal.POSTPRANDIAL
    assert [raw.source for raw in whole.reading.frames] == ["2a18", "2a34"]


def test_a_context_that_comes_first_waits_for_its_measurement(home: Home) -> None:
    home.session(
        GLUCOSE,
        ("2a34", frames.meal_context(7, 2)),
        ("2a18", frames.glucose(7, 104, AT, context_follows=True)),
    )
    [whole] = home.waiting()
    assert whole.reading.context.meal is Meal.POSTPRANDIAL


def test_reading_a_completed_record_again_changes_nothing(home: Home) -> None:
    arrived = (
        ("2a18", frames.glucose(7, 104, AT, context_follows=True)),
        ("2a34", frames.meal_context(7, 2)),
    )
    home.session(GLUCOSE, *arrived)
    assert [stored.duplicate for stored in home.session(GLUCOSE, *arrived)] == [True, True]
    [whole] = home.waiting()
    assert whole.reading.context.meal is Meal.POSTPRANDIAL


def test_a_measurement_waits_for_its_context_only_while_the_session_lasts(home: Home) -> None:
    record = frames.glucose(7, 104, AT, context_follows=True)
    meter = home.meter(GLUCOSE)
    home.sink.began(GLUCOSE, meter)
    home.sink.frame(
        GLUCOSE, Frame(uuid="2a18", data=record, received=home.clock(), meter=meter)
    ).result(60)
    assert home.waiting() == []
    home.sink.ended(GLUCOSE, meter, Finish(outcome=Outcome.PARTIAL))
    assert len(home.waiting()) == 1


def test_a_context_without_its_measurement_is_kept_as_evidence(home: Home) -> None:
    home.session(GLUCOSE, ("2a34", frames.meal_context(9, 2)))
    assert home.evidence() == ["CTX-01"]


def test_a_late_context_amends_what_the_server_already_has(home: Home) -> None:
    record = frames.glucose(7, 104, AT, context_follows=True)
    [first] = home.session(GLUCOSE, ("2a18", record))
    home.outbox.acknowledge([first.seq]).result(60)
    home.session(GLUCOSE, ("2a18", record), ("2a34", frames.meal_context(7, 1)))
    [amended] = home.waiting()
    assert amended.amends
    assert amended.reading.context.meal is Meal.PREPRANDIAL


@pytest.mark.parametrize(
    ("driver", "uuid", "data", "code"),
    [
        (CUFF, "2a35", frames.blood_pressure(128, 82, 71, AT)[:-1], "DEC-01"),
        (CUFF, "2a35", frames.blood_pressure(128, 82, 71, AT) + b"\0", "DEC-01"),
        (CUFF, "2a35", b"", "DEC-01"),
        (CUFF, "2a35", frames.blood_pressure(907, 600, 71, AT), "DEC-02"),
        (GLUCOSE, "2a18", frames.glucose(1, 104, AT, control_solution=True), "DROP-01"),
    ],
)
def test_what_cannot_be_a_reading_is_kept_once_and_never_offered(
    home: Home, driver: Driver, uuid: str, data: bytes, code: str
) -> None:
    home.session(driver, (uuid, data))
    home.session(driver, (uuid, data))
    assert home.evidence() == [code]
    assert home.waiting() == []


def test_a_bad_frame_does_not_stop_the_next(home: Home) -> None:
    good = frames.blood_pressure(128, 82, 71, AT)
    home.session(CUFF, ("2a35", good[:5]), ("2a35", good))
    assert len(home.waiting()) == 1


def test_a_failed_attempt_is_data_and_goes_to_the_care_team(home: Home) -> None:
    # boso medicus after movement: every field NaN, no status bit.
    home.session(CUFF, ("2a35", frames.BLOOD_PRESSURE[0].data))
    [record] = home.waiting()
    assert not record.reading.has_number


def test_a_year_of_zero_keeps_the_reading_and_invents_no_time(home: Home) -> None:
    record = frames.glucose(3, 104, AT, base_time=bytes(7))
    home.session(GLUCOSE, ("2a18", record))
    [kept] = home.waiting()
    assert kept.reading.timing.device_time is not None
    assert kept.reading.timing.device_time.local is None


def test_records_with_the_same_broken_time_are_told_apart_by_their_number(home: Home) -> None:
    for number in (3, 4):
        home.session(GLUCOSE, ("2a18", frames.glucose(number, 104, AT, base_time=bytes(7))))
    assert len({record.id for record in home.waiting()}) == 2


def test_a_diastolic_above_the_systolic_is_sent_as_it_came_and_marked(home: Home) -> None:
    # NordicSemiconductor/IOS-nRF-Toolbox BPSParsingTest: 72 over 81.
    home.session(CUFF, ("2a35", bytes.fromhex("00480051004000")))
    [record] = home.waiting()
    assert Flag.IMPLAUSIBLE in record.reading.flags
    assert str(record.reading.values[Quantity.DIASTOLIC].number) == "81"


def _with_user(slot: int) -> bytes:
    # Flags 0x08: user id follows the three pressures (GATT Blood Pressure Measurement).
    return b"\x08" + frames.blood_pressure(128, 82, 71, AT)[1:7] + bytes([slot])


def test_each_user_of_a_shared_cuff_has_their_own_chart(home: Home) -> None:
    home.session(CUFF, ("2a35", _with_user(2)), address=SHARED)
    [record] = home.waiting()
    assert record.patient == "Patient/p-2"


@pytest.mark.parametrize(
    ("frame", "address"),
    [
        (_with_user(1), SHARED),  # a user button without a patient
        (_with_user(255), SHARED),  # 255: the cuff does not know, as in guest mode
        (frames.blood_pressure(128, 82, 71, AT), SHARED),
        (_with_user(1), ADDRESS),  # a meter whose users nobody told apart
    ],
)
def test_a_user_nobody_told_us_about_is_kept_apart_and_never_sent(
    home: Home, frame: bytes, address: str
) -> None:
    home.session(CUFF, ("2a35", frame), address=address)
    home.outbox.ping().result(60)
    assert home.waiting() == []
    [parked] = home.outbox.entries({State.PARKED})
    assert parked.refusal is not None
    assert parked.refusal.code == "WHO-01"


def test_a_full_store_raises_an_alarm_and_the_meter_is_read_again_later(
    tmp_path: Path, home: Home
) -> None:
    del home
    outbox = Outbox.open(
        tmp_path / "small.db",
        key=b"\x02" * 32,
        tenant="t",
        hub_id="h",
        max_bytes=400_000,
        max_evidence=100,
        now=HubClock(),
    )
    config = Config(
        hub=Hub(id="h"), patient=Patient(reference="Patient/p"), fhir=Fhir(base_url="https://f")
    )
    small = Home(outbox, config)
    meter = small.meter(GLUCOSE)
    small.sink.began(GLUCOSE, meter)
    futures = [
        small.sink.frame(
            GLUCOSE,
            Frame(
                uuid="2a18", data=frames.glucose(n, 104, AT), received=small.clock(), meter=meter
            ),
        )
        for n in range(4000)
    ]
    errors = [error for future in futures if (error := future.exception(60)) is not None]
    alarms = small.status.snapshot().alarms
    outbox.close()
    assert errors
    assert list(alarms) == ["STORE-02"]


def test_no_value_and_no_patient_is_ever_logged(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        home.session(CUFF, ("2a35", frames.blood_pressure(128, 82, 71, AT)))
        home.session(CUFF, ("2a35", frames.blood_pressure(137, 88, 71, AT)[:-1]))
    for secret in ("128", "137", "p-1", "89002900", ADDRESS):
        assert secret not in caplog.text
    assert replace(home.status.snapshot(), stored=1) == home.status.snapshot()

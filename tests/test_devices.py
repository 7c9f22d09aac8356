"""Rules over every declared device at once: a new one is held to them without a line here."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import devices, registry
from drivers.driver import (
    Advertisement,
    Clock,
    ClockWrite,
    Driver,
    Evidence,
    History,
    Pairing,
    Procedure,
)
from drivers.frame import Frame
from vitals.errors import DecodeError
from vitals.reading import Absent, HubTime, ImpossibleReadingError, MeterIdentity, Value

VECTORS = Path(__file__).parent / "vectors" / "devices"
NOON = HubTime(
    at=datetime(2026, 11, 23, 12, tzinfo=UTC), boot_id="boot", boottime_ns=1, synchronised=True
)
DRIVERS = registry.drivers()


def told(driver: Driver) -> dict[str, Any]:
    """Read what others published about a device."""
    return tomllib.loads((VECTORS / f"{driver.name.replace('-', '_')}.toml").read_text())


def frame(driver: Driver, uuid: str, data: bytes) -> Frame:
    meter = MeterIdentity(address="C1:00:00:00:00:01", driver=driver.name)
    return Frame(uuid=uuid, data=data, received=NOON, meter=meter)


def written(value: Value) -> str:
    number = value.number.value if isinstance(value.number, Absent) else value.number
    return f"{number} {value.unit.ucum}"


CASES = [
    pytest.param(driver, vector, id=f"{driver.name}: {vector['name']}")
    for driver in DRIVERS
    for vector in told(driver)["vector"]
]
HEARD = [
    pytest.param(driver, heard, id=driver.name)
    for driver in DRIVERS
    for heard in told(driver)["advertisement"]
]
EVERY_DRIVER = pytest.mark.parametrize("driver", DRIVERS, ids=[d.name for d in DRIVERS])


def test_every_file_is_a_device_and_every_vector_file_has_one() -> None:
    files = {path.stem for path in Path(*devices.__path__).glob("[!_]*.py")}
    assert {driver.name.replace("-", "_") for driver in DRIVERS} == files
    assert {path.stem for path in VECTORS.glob("*.toml")} == files


@pytest.mark.parametrize(("driver", "heard"), HEARD)
def test_a_device_is_known_by_its_advertisement(driver: Driver, heard: dict[str, Any]) -> None:
    seen = Advertisement(
        address="C1:00:00:00:00:01",
        local_name=heard["local_name"],
        services=frozenset(heard["services"]),
        company_ids=frozenset(heard.get("company_ids", ())),
    )
    assert heard["source"]
    for order in (DRIVERS, DRIVERS[::-1]):
        assert registry.find(seen, order) is driver


@pytest.mark.parametrize(("driver", "vector"), CASES)
def test_a_published_frame_becomes_the_reading_its_display_showed(
    driver: Driver, vector: dict[str, Any]
) -> None:
    assert vector["source"]
    data = bytes.fromhex(vector["hex"])
    reading = driver.notify[vector["uuid"]](frame(driver, vector["uuid"], data))
    assert reading is not None
    values = {quantity.value: written(value) for quantity, value in reading.values.items()}
    assert values == vector["values"]
    time = reading.timing.device_time
    assert (None if time is None else str(time)) == vector.get("time")
    assert reading.sequence == vector.get("sequence")
    assert [raw.data for raw in reading.frames] == [data]


@EVERY_DRIVER
def test_what_was_worked_by_hand_is_marked_and_proves_no_more_than_the_book(
    driver: Driver,
) -> None:
    vectors = told(driver)["vector"]
    constructed = [vector for vector in vectors if vector.get("kind") == "constructed"]
    by_hand = [vector for vector in vectors if vector["source"].startswith("worked by hand")]
    assert all(vector in constructed for vector in by_hand)
    assert driver.evidence is Evidence.SPEC or len(constructed) < len(vectors)


@pytest.mark.parametrize(("driver", "vector"), CASES)
def test_a_cut_frame_is_refused(driver: Driver, vector: dict[str, Any]) -> None:
    whole = bytes.fromhex(vector["hex"])
    for length in range(len(whole)):
        with pytest.raises(DecodeError):
            driver.notify[vector["uuid"]](frame(driver, vector["uuid"], whole[:length]))


@pytest.mark.parametrize(("driver", "vector"), CASES)
def test_a_frame_with_octets_to_spare_is_refused(driver: Driver, vector: dict[str, Any]) -> None:
    longer = bytes.fromhex(vector["hex"]) + b"\0"
    with pytest.raises(DecodeError):
        driver.notify[vector["uuid"]](frame(driver, vector["uuid"], longer))


@EVERY_DRIVER
@given(data=st.binary(max_size=40))
def test_noise_is_refused_or_read_and_never_crashes(driver: Driver, data: bytes) -> None:
    for uuid, decode in driver.notify.items():
        with suppress(DecodeError, ImpossibleReadingError):
            decode(frame(driver, uuid, data))


@EVERY_DRIVER
@given(data=st.binary(max_size=40))
def test_a_context_of_noise_never_crashes(driver: Driver, data: bytes) -> None:
    for vector in told(driver)["vector"] if driver.context else ():
        measured = frame(driver, vector["uuid"], bytes.fromhex(vector["hex"]))
        reading = driver.notify[vector["uuid"]](measured)
        assert reading is not None
        for uuid, join in driver.context.items():
            with suppress(DecodeError, ImpossibleReadingError):
                join(reading, frame(driver, uuid, data))


@EVERY_DRIVER
def test_every_wait_for_a_device_has_an_end(driver: Driver) -> None:
    assert 0 < driver.idle_timeout_s <= 600
    assert 0 <= driver.min_interval_s <= 3600


@EVERY_DRIVER
def test_a_device_that_is_asked_for_records_declares_what_they_come_in(driver: Driver) -> None:
    if driver.procedure is Procedure.RACP:
        assert set(driver.notify) == {"2a18"}
        assert set(driver.context) <= {"2a34"}
    assert driver.notify
    assert driver.title


@EVERY_DRIVER
def test_a_clock_that_is_set_is_one_the_link_or_the_session_can_set(driver: Driver) -> None:
    if driver.clock_write is not ClockWrite.NEVER:
        assert driver.clock is not Clock.NONE
        assert driver.max_skew_s >= 60
    by_session = driver.procedure is Procedure.VENDOR
    if driver.clock_write is ClockWrite.BEFORE_READ:
        assert by_session, "only a session can set a clock before it reads"
    if driver.clock is Clock.VENDOR and driver.clock_write is ClockWrite.AFTER_READ:
        assert by_session or driver.clock_set is not None


@EVERY_DRIVER
def test_a_device_that_is_bonded_first_says_how(driver: Driver) -> None:
    assert not driver.bond_before_connect or driver.pairing is not Pairing.NONE


@EVERY_DRIVER
def test_a_device_that_numbers_backwards_gives_its_records_no_number(driver: Driver) -> None:
    if driver.history is History.REVERSED:
        assert not any("sequence" in vector for vector in told(driver)["vector"])

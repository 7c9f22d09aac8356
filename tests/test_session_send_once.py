"""Meters that want to be told something before they send: A&D's, in obniz's order.

Octets: `02 00 E1` send everything (obniz `UA651BLE`), Date Time (GATT 2A08).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import registry
from drivers.sessions.indications import IndicationsSession
from drivers.sessions.session import (
    Command,
    Finish,
    Meeting,
    Outcome,
    Session,
    SetClock,
    Subscribe,
    Write,
)
from vitals.reading import DeviceTime

VENDOR = "233bf001-5a34-1b6d-975c-000d5690abe4"
EVERYTHING = Write(uuid=VENDOR, data=bytes.fromhex("0200e1"))
NOON = DeviceTime(year=2026, month=11, day=23, hour=12, minute=0, second=0)
KINDS = {"and-ua651ble": "2a35", "and-uc352ble": "2a9d", "and-ut201ble": "2a1c"}


def visited(name: str, *, may_set_clock: bool = True, lacks: str = "") -> Session:
    driver = next(driver for driver in registry.drivers() if driver.name == name)
    assert driver.session is not None
    return driver.session(Meeting(may_set_clock=may_set_clock, has=lambda uuid: uuid != lacks))


def asked(commands: list[Command]) -> list[str]:
    """Write commands as their characteristic and octets; a clock is set to noon."""
    said = []
    for command in commands:
        match command:
            case Write(uuid=uuid, data=data):
                said.append(f"{uuid[:8]} {data.hex()}")
            case SetClock(uuid=uuid, encode=encode):
                said.append(f"{uuid} {encode(NOON).hex()}")
            case Subscribe(uuid=uuid):
                said.append(f"listen {uuid}")
            case _:
                raise AssertionError(command)
    return said


def ended(commands: list[Command]) -> Finish:
    (finish,) = commands
    assert isinstance(finish, Finish)
    return finish


@pytest.mark.parametrize("name", ["and-ua651ble", "and-ut201ble"])
def test_a_meter_is_told_to_send_then_the_time_and_then_listened_to(name: str) -> None:
    assert asked(visited(name).begin()) == [
        "233bf001 0200e1",
        "2a08 ea070b170c0000",
        f"listen {KINDS[name]}",
    ]


def test_a_scale_is_told_the_time_only() -> None:
    assert asked(visited("and-uc352ble").begin()) == ["2a08 ea070b170c0000", "listen 2a9d"]


@pytest.mark.parametrize("name", KINDS)
def test_a_hub_that_does_not_know_the_time_does_not_tell_it(name: str) -> None:
    commands = visited(name, may_set_clock=False).begin()
    assert not any(isinstance(command, SetClock) for command in commands)
    assert commands[-1] == Subscribe(uuid=KINDS[name])


def test_a_meter_without_the_makers_characteristic_is_read_without_it() -> None:
    commands = visited("and-ua651ble", lacks=VENDOR).begin()
    assert asked(commands) == ["2a08 ea070b170c0000", "listen 2a35"]


def test_a_meter_that_refuses_the_command_still_gets_the_time() -> None:
    session = visited("and-ua651ble")
    session.begin()
    assert asked(session.failed(0x0E)) == ["2a08 ea070b170c0000", "listen 2a35"]
    assert asked(session.failed(0x0E)) == ["listen 2a35"]
    assert ended(session.failed(0x03)).outcome is Outcome.REFUSED


def test_a_meter_that_wants_a_bond_is_not_asked_again() -> None:
    session = visited("and-ua651ble")
    session.begin()
    assert ended(session.failed(0x05)).outcome is Outcome.NEEDS_PAIRING


@given(
    first=st.lists(st.just(EVERYTHING), max_size=3),
    events=st.lists(
        st.one_of(st.integers(0, 255), st.binary(max_size=20), st.just("silent")), max_size=12
    ),
)
def test_every_order_of_events_ends(first: list[Command], events: list[int | bytes | str]) -> None:
    session = IndicationsSession(("2a35",), first=first)
    session.begin()
    frames = refusals = 0
    for event in events:
        if isinstance(event, bytes):
            assert session.frame("2a35", event) == []
            frames += 1
        elif isinstance(event, str):
            assert ended(session.silent()).outcome is Outcome.COMPLETE
        elif isinstance(session.failed(event)[0], Finish):
            break
        else:
            refusals += 1
    assert refusals <= len(first)
    assert ended(session.gone()).outcome is (Outcome.COMPLETE if frames else Outcome.PARTIAL)

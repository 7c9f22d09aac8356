"""What the runner of a session makes of a meter's clock: when it was read, how sure, how far off.

The line here is written by hand and lets time pass; octets are Current Time (GATT 2A2B).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from drivers import registry
from drivers.codecs import current_time
from drivers.links.talk import RefusedError, Talk
from drivers.sessions.session import (
    ClockRead,
    Command,
    Finish,
    Outcome,
    SetClock,
    Subscribe,
    Write,
)
from tests.fakes.sink import MemorySink
from vitals.reading import DeviceTime, HubTime, MeterIdentity

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
METER = MeterIdentity(address="C1:00:00:00:00:01", driver="standard-thermometer")
THERMOMETER = next(d for d in registry.drivers() if d.name == "standard-thermometer")
SET = SetClock(uuid="2a2b", encode=current_time.encode)
DONE = Finish(outcome=Outcome.COMPLETE)


def shows(minute: int, second: int = 0, hour: int = 12) -> DeviceTime:
    return DeviceTime(year=2026, month=11, day=23, hour=hour, minute=minute, second=second)


class Hub:
    """A hub whose boot began 100 s before `START`, and whose wall clock may be corrected."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.wrong_by = timedelta(0)

    def now(self) -> HubTime:
        return HubTime(
            at=START + timedelta(seconds=self.passed_s) + self.wrong_by,
            boot_id="boot",
            boottime_ns=int((100 + self.passed_s) * 1e9),
            synchronised=True,
        )


class SlowLine:
    """Takes `takes_s` for every write and then answers it."""

    def __init__(self, hub: Hub, takes_s: float = 0.0, *, refuses: bool = False) -> None:
        self._hub, self._takes_s, self._refuses = hub, takes_s, refuses
        self.written: list[str] = []
        self.answer: Callable[[], None] = lambda: None

    async def subscribe(self, uuid: str, heard: Callable[[bytes], None]) -> None:
        self.answer = lambda: heard(uuid.encode())

    async def write(self, uuid: str, data: bytes, *, response: bool) -> None:
        del uuid, response
        if self._refuses:
            raise RefusedError(0x80)
        self._hub.passed_s += self._takes_s
        self.written.append(data.hex())
        self.answer()

    async def read(self, uuid: str) -> bytes:
        raise AssertionError(f"nobody reads {uuid}")


class Scripted:
    """A session that answers each frame with the next list of commands."""

    wait_s = 5.0

    def __init__(self, *steps: list[Command]) -> None:
        self._steps = list(steps)

    def begin(self) -> list[Command]:
        return self._steps.pop(0)

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        del uuid, data
        return self._steps.pop(0)

    def failed(self, att_error: int) -> list[Command]:
        del att_error
        return self._steps.pop(0)

    def silent(self) -> list[Command]:
        raise AssertionError("the line always answers")

    def gone(self) -> list[Command]:
        raise AssertionError("the line never ends")


def talking(hub: Hub, line: SlowLine, sink: MemorySink, zone: str = "UTC") -> Talk:
    return Talk(
        driver=THERMOMETER,
        meter=METER,
        sink=sink,
        now=hub.now,
        line=line,
        zone=ZoneInfo(zone),
    )


QUESTION = Write(uuid="fff1", data=b"\1")


async def test_a_clock_is_dated_to_the_middle_between_question_and_answer() -> None:
    hub = Hub()
    talk = talking(hub, SlowLine(hub, 4.0), MemorySink())
    session = Scripted(
        [Subscribe(uuid="fff1"), QUESTION], [QUESTION, ClockRead(device=shows(0, 2)), DONE]
    )
    # The second write, an acknowledgement, takes its time too: it is no part of the question.
    assert (await talk.follow(session)).outcome is Outcome.COMPLETE
    assert talk.check is not None
    assert talk.check.hub.at == START + timedelta(seconds=2)
    assert talk.check.hub.boottime_ns == 102_000_000_000
    assert talk.check.offset == timedelta(0)
    # Two seconds each way, and a whole one because meters show no parts of a second.
    assert talk.check.uncertainty_ms == 3000


async def test_a_clock_that_was_not_asked_for_is_as_uncertain_as_it_is() -> None:
    hub = Hub()
    talk = talking(hub, SlowLine(hub), MemorySink())
    await talk.follow(Scripted([ClockRead(device=shows(0)), DONE]))
    assert talk.check is not None
    assert talk.check.uncertainty_ms is None


async def test_a_clock_is_compared_with_what_the_hubs_was_when_it_was_read() -> None:
    hub = Hub()
    talk = talking(hub, SlowLine(hub), MemorySink())
    talk.noted(shows(0), hub.now())
    hub.passed_s = 500.0  # a long history was read meanwhile
    assert talk.check is not None
    assert not talk.is_off(talk.check.device, talk.check.hub)
    assert talk.is_off(talk.check.device)


async def test_a_hub_that_learned_the_time_meanwhile_counts_back_from_it() -> None:
    hub = Hub()
    hub.wrong_by = timedelta(days=-300)
    talk = talking(hub, SlowLine(hub), MemorySink())
    talk.noted(shows(0), hub.now())
    hub.wrong_by, hub.passed_s = timedelta(0), 30.0
    assert talk.check is not None
    assert not talk.is_off(talk.check.device, talk.check.hub)


@pytest.mark.parametrize(("second", "off"), [(0, False), (59, False), (60, False), (61, True)])
async def test_a_clock_is_off_beyond_what_its_driver_allows(second: int, *, off: bool) -> None:
    assert THERMOMETER.max_skew_s == 60
    hub = Hub()
    talk = talking(hub, SlowLine(hub), MemorySink())
    assert talk.is_off(shows(second // 60, second % 60)) is off


async def test_a_clock_never_set_is_off() -> None:
    hub = Hub()
    talk = talking(hub, SlowLine(hub), MemorySink())
    unset = DeviceTime(year=0, month=0, day=0, hour=0, minute=0, second=0)
    assert talk.is_off(unset)


async def test_in_summer_and_winter_a_clock_shows_the_wall_clock_of_the_home() -> None:
    # Berlin leaves daylight saving on 2026-10-25 (EU directive 2000/84/EC): +2 h before, +1 after.
    hub = Hub()
    hub.wrong_by = datetime(2026, 10, 25, 12, 0, tzinfo=UTC) - START
    talk = talking(hub, SlowLine(hub), MemorySink(), "Europe/Berlin")
    summer, winter = (
        DeviceTime(year=2026, month=10, day=25, hour=hour, minute=0, second=0) for hour in (14, 13)
    )
    assert talk.is_off(summer)
    assert not talk.is_off(winter)


async def test_a_clock_that_a_session_set_is_told_once_with_what_it_says_now() -> None:
    hub, sink = Hub(), MemorySink()
    line = SlowLine(hub)
    talk = talking(hub, line, sink)
    session = Scripted(
        [Subscribe(uuid="fff1"), QUESTION],
        [ClockRead(device=shows(30)), SET],
        [QUESTION],
        [ClockRead(device=shows(0)), DONE],
    )
    await talk.follow(session)
    ((before, after),) = sink.clocks
    assert before is not None
    assert (before.device, after) == (shows(30), shows(0))
    # 2026-11-23 12:00:00, a Monday, adjusted from an external reference (GATT 2A2B)
    assert line.written[1] == "ea070b170c0000010002"


async def test_a_clock_that_is_not_read_back_is_told_as_such() -> None:
    hub, sink = Hub(), MemorySink()
    await talking(hub, SlowLine(hub), sink).follow(Scripted([SET, DONE]))
    assert sink.clocks == [(None, None)]


async def test_a_clock_that_was_refused_is_not_told_as_set() -> None:
    hub, sink = Hub(), MemorySink()
    talk = talking(hub, SlowLine(hub, refuses=True), sink)
    assert (await talk.follow(Scripted([SET], [DONE]))).outcome is Outcome.COMPLETE
    assert sink.clocks == []


async def test_a_clock_with_a_zone_is_given_utc_and_the_zones_minutes() -> None:
    given: list[DeviceTime] = []

    def encode(time: DeviceTime) -> bytes:
        given.append(time)
        return b""

    hub = Hub()
    for zone in ("Asia/Kolkata", "America/New_York"):
        talk = talking(hub, SlowLine(hub), MemorySink(), zone)
        await talk.set_clock(SetClock(uuid="fff1", encode=encode, zoned=True))
    # India is at +5:30, New York in November at -5:00.
    assert [(time.hour, time.minute, time.offset_min) for time in given] == [
        (12, 0, 330),
        (12, 0, -300),
    ]

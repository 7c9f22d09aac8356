"""A meter with a Battery Service tells how full it is, and the hub's report says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from bumble.controller import Controller
from bumble.gatt import Characteristic, Service

from agent.clock import HubClock
from agent.report import Noticed
from drivers.sessions.session import Outcome
from drivers.virtual import frames
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.radio import VirtualRadio
from tests.fakes.listening import listening
from tests.fakes.sink import MemorySink
from tests.fakes.stores import Shelf
from vitals.reading import MeterIdentity

MORNING = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)


class Telling(VirtualGlucose):
    """A glucose meter with a Battery Level (2A19, Battery Service 1.1)."""

    def __init__(self, level: bytes) -> None:
        super().__init__()
        self._level = level

    async def switch_on(self, controller: Controller) -> None:
        await super().switch_on(controller)
        readable = Characteristic.Properties.READ
        level = Characteristic("2A19", readable, Characteristic.Permissions.READABLE, self._level)
        self.device.add_service(Service("180F", [level]))


@pytest.mark.parametrize(
    ("level", "told"), [(b"\x50", [80]), (b"\x00", [0]), (b"\x65", []), (b"", [])]
)
async def test_a_meter_that_tells_its_battery_is_heard_and_nonsense_is_not(
    level: bytes, told: list[int]
) -> None:
    meter, sink = Telling(level), MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        await meter.measure(frames.glucose(1, 101, MORNING))
        finish = await sink.wait_for_end()
    assert finish.outcome is Outcome.COMPLETE
    assert sorted(set(sink.batteries)) == told
    assert sink.hexes("2a18")


def test_the_report_says_how_full_it_was_last(tmp_path: Path) -> None:
    cuff = MeterIdentity(address="C1:00:00:00:00:01", driver="contour-next")
    with Shelf(tmp_path).open() as outbox:
        noticed = Noticed(outbox, ZoneInfo("UTC"), HubClock(lambda: True))
        noticed.powered(cuff, 80)
        noticed.powered(cuff, 9)
        (meter,) = noticed.meters()
    assert (meter.driver, meter.percent, meter.low) == ("contour-next", 9, None)

"""A power cut in the middle of a transfer, and a clock that is wrong after it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.script import Script
from drivers.virtual.sender import VirtualBloodPressure
from tests.system.air import NOTIFICATION
from tests.system.lab import Lab, Shown, cuff_frame, remember
from tests.system.machine import CaseFailedError

_RECORDS, _CUT_AFTER = 400, 150
_CHIP_SAYS = "2020-01-01T00:00:00"
_LIMIT_S = 120.0


async def power_cut(lab: Lab) -> Shown:
    """Cut the power in the middle of a transfer; show after the reboot what the server has.

    The machine's clock chip has lost the time by then, as on a board without a battery.
    """
    meter = VirtualGlucose("Long memory", lab.address(), script=Script(pause_s=0.02))
    records = remember(meter, _RECORDS)
    async with lab.within_reach(meter):
        lab.air.told.clear()
        await meter.measure(records[-1])
        await _sent(lab, meter, _CUT_AFTER)
        await lab.cut_power()
        before = await asyncio.to_thread(lab.held)
        on_air = _count(lab, meter)
        await lab.boot(clock=_CHIP_SAYS)
        await lab.healthy()
        await lab.on_server(records, limit_s=240)
    if not _CUT_AFTER <= on_air < _RECORDS:
        raise CaseFailedError(f"the power was not cut in the middle: after {on_air} records")
    return Shown(
        what=f"cut after {on_air} of {_RECORDS} records, {sum(before.values())} on the server; "
        "after the reboot each is there once",
    )


async def wrong_clock(lab: Lab) -> Shown:
    """Show that a reading is taken though the clock is wrong, and dated once the time is known."""
    now = datetime.now(UTC)
    clock = float(await lab.machine.sh("date +%s"))
    if abs(clock - now.timestamp()) < 24 * 3600:
        raise CaseFailedError("the machine's clock is right, so this shows nothing")
    cuff = VirtualBloodPressure("Early cuff", lab.address())
    frame = cuff_frame(7)
    async with lab.within_reach(cuff):
        await cuff.measure(frame)
        await asyncio.wait_for(cuff.handed_over.wait(), _LIMIT_S)
    await lab.tell_time(datetime.now(UTC))
    await lab.on_server([frame])
    wrong_by = timedelta(seconds=now.timestamp() - clock)
    return Shown(what=f"a reading taken while the clock was {wrong_by.days} days behind")


async def _sent(lab: Lab, meter: VirtualGlucose, count: int) -> None:
    limit = time.monotonic() + _LIMIT_S
    while _count(lab, meter) < count:
        if time.monotonic() > limit:
            raise CaseFailedError(f"the meter sent {_count(lab, meter)} records and no more")
        await asyncio.sleep(0.01)


def _count(lab: Lab, meter: VirtualGlucose) -> int:
    return sum(
        one.opcode == NOTIFICATION and one.meter.startswith(meter.address) for one in lab.air.told
    )

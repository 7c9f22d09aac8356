"""A power cut in the middle of a transfer, and a clock that is wrong after it."""

from __future__ import annotations

import asyncio
import struct
import time
from datetime import UTC, datetime, timedelta

from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.script import Script
from drivers.virtual.sender import VirtualBloodPressure
from tests.system.air import INDICATION
from tests.system.lab import Lab, Shown, remember
from tests.system.machine import CaseFailedError

_RECORDS, _CUT_AFTER = 400, 150
_CHIP_SAYS = "2020-01-01T00:00:00"
_LIMIT_S = 120.0
_ASKS_S = 12.0  # the hub asks every ten seconds whether somebody vouches for the clock
_OFF_S = 10.0  # whole seconds in FHIR, and an emulated machine that hears a time server
_PULSE_ONLY = 0x04  # flags: a pulse rate, and no time stamp


async def power_cut(lab: Lab) -> Shown:
    """Cut the power in the middle of a transfer; show after the reboot what the server has.

    The machine's clock chip has lost the time by then, as on a board without a battery.
    """
    meter = VirtualGlucose("Long memory", lab.address(), script=Script(pause_s=0.02))
    records = remember(meter, _RECORDS)
    async with lab.within_reach(meter):
        lab.air.told.clear()
        await meter.measure(records[-1])
        await lab.records_sent(meter, _CUT_AFTER)
        await lab.cut_power()
        before = await asyncio.to_thread(lab.held)
        on_air = lab.notified(meter)
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
    """Show that readings are taken though the clock is wrong, and dated once the time is known.

    The cuff has no clock. The first reading goes up at once: it says that nobody vouches for its
    time. For the second the clinic cannot be reached until the machine has heard what time it is.
    """
    behind = datetime.now(UTC).timestamp() - float(await lab.machine.sh("date +%s"))
    if behind < timedelta(days=1).total_seconds():
        raise CaseFailedError("the machine's clock is right, so this shows nothing")
    cuff = VirtualBloodPressure("Cuff without clock", lab.address())
    early, late = _undated(121), _undated(122)
    async with lab.within_reach(cuff):
        await cuff.measure(early)
        await lab.on_server([early])
        marked = await asyncio.to_thread(lab.observed, early)
        await lab.machine.sh("systemctl stop lab-clinic.socket lab-clinic.service")
        lab.air.told.clear()
        cuff.handed_over.clear()
        await cuff.measure(late)
        await _wait(cuff.handed_over)
        sent = _indicated(lab, cuff)
        await lab.tell_time(datetime.now(UTC))
        await asyncio.sleep(_ASKS_S)
        await lab.machine.sh("systemctl start lab-clinic.socket")
        await lab.on_server([late], limit_s=240)
    dated = await asyncio.to_thread(lab.observed, late)
    if not any("clock" in note["text"] for note in marked.get("note", [])):
        raise CaseFailedError("nothing says that the first reading's time is not to be trusted")
    off_s = (datetime.fromisoformat(dated["effectiveDateTime"]) - sent).total_seconds()
    if abs(off_s) > _OFF_S:
        raise CaseFailedError(f"the second reading is dated {off_s:.0f} s off")
    return Shown(
        what=f"clock {behind / 86400:.0f} days behind: one reading up at once, marked; one dated "
        "anew when the time was known",
        figures={"dated_off_s": off_s},
    )


def _undated(systolic: int) -> bytes:
    """Return what a cuff without a clock sends (Blood Pressure Service 1.1.1, 3.1.1)."""
    return struct.pack("<BHHHH", _PULSE_ONLY, systolic, 81, 0x07FF, 66)


def _indicated(lab: Lab, cuff: VirtualBloodPressure) -> datetime:
    """Return when the cuff's reading went over the air; without a clock, it is dated by that."""
    told = [
        one.at_s
        for one in lab.air.told
        if one.opcode == INDICATION and one.meter.startswith(cuff.address)
    ]
    if not told:
        raise CaseFailedError("the cuff's reading did not go over the air")
    return datetime.now(UTC) - timedelta(seconds=time.monotonic() - told[-1])


async def _wait(event: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(event.wait(), _LIMIT_S)
    except TimeoutError:
        raise CaseFailedError("the hub did not take the reading") from None

"""A quiet day: the hub is started as a user starts it, and reads meters that need no bond."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from math import isnan

from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.script import Script
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.beacon import Beacon
from tests.system.air import INDICATION
from tests.system.lab import ACTIVE, STORE, Lab, Shown, cuff_frame, remember
from tests.system.machine import CaseFailedError

_RECORDS = 1000
# As fast as a meter in earnest: a few notifications in each connection interval of 30 to 50 ms.
_PAUSE_S = 0.01
_IDLE_S = 20.0
_NEIGHBOURS = 10
_MEBIBYTE = 1024 * 1024


async def started(lab: Lab) -> Shown:
    """Show that the lines of systemd/README.md end in a hub that runs and listens."""
    took_s = await lab.install()
    await lab.healthy()
    owner = await lab.machine.sh("stat -c %U /proc/$(systemctl show hearth --value -p MainPID)")
    if owner != "hearth":
        raise CaseFailedError(f"the hub runs as {owner}")
    return Shown(
        what="installed by the README's own lines, the unit runs and the adapter scans",
        figures={"unit_start_s": took_s},
    )


async def no_pairing(lab: Lab) -> Shown:
    """Show that a cuff without a bond is read, and how soon its indication is on the disk."""
    cuff = VirtualBloodPressure("Open cuff", lab.address())
    watch = (
        "systemd-run --quiet --collect --unit=lab-rows "
        f"python3 /usr/local/lib/lab/rows.py {STORE} /run/lab-rows"
    )
    await lab.machine.sh(f"rm -f /run/lab-rows; {watch}")
    await lab.machine.until("test -s /run/lab-rows")
    frames = [cuff_frame(number) for number in range(5)]
    async with lab.within_reach(cuff):
        for number, frame in enumerate(frames, 1):
            await cuff.measure(frame)
            await lab.on_server(frames[:number])
    ahead_s = await lab.machine.ahead_s()
    notes = await lab.machine.sh("cat /run/lab-rows; systemctl stop lab-rows")
    rows = [float(line.split()[1]) for line in notes.splitlines()]
    told = [
        one.at_s + ahead_s
        for one in lab.air.told
        if one.opcode == INDICATION and one.meter.startswith(cuff.address)
    ]
    waits = [min((row - at for row in rows if row > at), default=float("nan")) for at in told]
    if any(isnan(wait) for wait in waits):
        raise CaseFailedError("an indication was never followed by a row in the store")
    if len(told) != len(frames):
        raise CaseFailedError(f"the cuff sent {len(told)} indications for {len(frames)} readings")
    return Shown(
        what=f"{len(frames)} readings of an open cuff, each on the server once",
        figures={"indication_to_row_s": sorted(waits)[len(waits) // 2], "worst_s": max(waits)},
    )


async def thousand_records(lab: Lab) -> Shown:
    """Show that a full memory is read in one visit, record by record."""
    meter = VirtualGlucose("Full meter", lab.address(), script=Script(pause_s=_PAUSE_S))
    records = remember(meter, _RECORDS)
    began = time.monotonic()
    async with lab.within_reach(meter):
        await meter.measure(records[-1])
        try:
            await asyncio.wait_for(meter.handed_over.wait(), 240)
        except TimeoutError:
            raise CaseFailedError("the meter's records were not all asked for") from None
        read_s = time.monotonic() - began
        await lab.on_server(records, limit_s=240)
    return Shown(
        what=f"{_RECORDS} stored records read over RACP, each on the server once",
        figures={"read_s": read_s, "on_server_s": time.monotonic() - began},
    )


async def idle(lab: Lab) -> Shown:
    """Measure what the agent costs while it only listens, by systemd's own accounts.

    First with nothing on air, then with as many calls a second as a block of flats has.
    """
    await lab.machine.until(ACTIVE)
    await asyncio.sleep(5)
    quiet = await _core_percent(lab)
    async with AsyncExitStack() as flats:
        for number in range(_NEIGHBOURS):
            thing = Beacon(f"CA:00:00:00:00:{number:02X}")
            await flats.enter_async_context(lab.within_reach(thing))
        crowded = await _core_percent(lab)
    memory = await lab.count("MemoryCurrent")
    peak = await lab.count("MemoryPeak")
    resident = await lab.machine.sh(
        "awk '/^Rss:/{print $2}' /proc/$(systemctl show hearth --value -p MainPID)/smaps_rollup"
    )
    return Shown(
        what=f"listened with nothing on air, and with {_NEIGHBOURS} things that call on and on",
        figures={
            "cpu_percent": quiet,
            "crowded_cpu_percent": crowded,
            "resident_mb": int(resident) / 1024,
            "unit_mb": memory / _MEBIBYTE,
            "peak_mb": peak / _MEBIBYTE,
        },
    )


async def _core_percent(lab: Lab) -> float:
    """Return how much of one core the hub takes over the next seconds."""
    busy_ns, began_s = await lab.count("CPUUsageNSec"), await lab.machine.uptime_s()
    await asyncio.sleep(_IDLE_S)
    used_ns = await lab.count("CPUUsageNSec") - busy_ns
    return used_ns / 1e7 / (await lab.machine.uptime_s() - began_s)

"""A bond that one side lost: the hub finds out, pairs the meter anew by itself, and reads it.

The meter has neither display nor buttons, so that no person is needed.
"""

from __future__ import annotations

import time

from drivers.virtual.bonding import Bonding
from drivers.virtual.glucose import VirtualGlucose
from tests.system.cases_pairing import bond_file, bonded, just_works
from tests.system.lab import Lab, Shown, remember
from tests.system.machine import CaseFailedError

_MEND_LIMIT_S = 120.0
_REMOVE = (
    "one=$(ls /sys/class/bluetooth | grep -v : | head -n 1); "
    "busctl call org.bluez /org/bluez/$one org.bluez.Adapter1 RemoveDevice o "
    "/org/bluez/$one/dev_{device}"
)


async def lost_on_the_meter(lab: Lab) -> Shown:
    """Show that a meter that forgot the hub (a new battery, a reset) is read again."""
    meter = await bonded(lab, Bonding(), just_works)
    before = await bond_file(lab, meter)
    store = meter.device.keystore
    if store is None:
        raise CaseFailedError("the meter keeps no bonds")
    await store.delete_all()
    return await _mended(lab, meter, before)


async def lost_on_the_hub(lab: Lab) -> Shown:
    """Show that a meter whose bond bluetoothd lost is read again."""
    await just_works(lab)  # a meter of its own, whatever became of those before
    meter = lab.bonded[Bonding()]
    before = await bond_file(lab, meter)
    await lab.machine.sh(_REMOVE.format(device=meter.address.replace(":", "_")))
    if "LongTermKey" in await bond_file(lab, meter):
        raise CaseFailedError("the bond is still in bluetoothd's file")
    return await _mended(lab, meter, before)


async def _mended(lab: Lab, meter: VirtualGlucose, before: str) -> Shown:
    (frame,) = remember(meter, 1, first=len(meter.taken) + 1)
    sessions, began = meter.sessions, time.monotonic()
    await meter.measure(frame)
    await lab.on_server([frame], limit_s=_MEND_LIMIT_S)
    took_s = time.monotonic() - began
    after = await bond_file(lab, meter)
    if "LongTermKey" not in after or after == before:
        raise CaseFailedError("there is no new bond in bluetoothd's file")
    return Shown(
        what=f"paired anew by itself at visit {meter.sessions - sessions}; its record was not lost",
        figures={"recover_s": took_s},
    )

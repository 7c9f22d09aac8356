"""Bonds on the real bluetoothd: made by `hearth device pair`, used, and lost on either side."""

from __future__ import annotations

import json
import time

from drivers.virtual.bonding import Bonding
from drivers.virtual.glucose import VirtualGlucose
from tests.system.air import ADAPTER, on_air
from tests.system.lab import Case, Lab, Shown, remember
from tests.system.machine import CaseFailedError, Done

_PASSKEY, _WRONG = 271828, 314159
_PAIR = "/opt/hearth/bin/hearth device pair --address {address} --json"
_BONDS = f"/var/lib/bluetooth/{ADAPTER}"
_PAIR_LIMIT_S = 150.0
_GROUP = "LongTermKey"  # of a bond in bluetoothd's file, whichever side made the key


async def just_works(lab: Lab) -> Shown:
    """Show that a meter without display or buttons is paired by one command, and then read."""
    meter, frame = await _calling(lab, "Just works", Bonding())
    began = time.monotonic()
    done = await _pair(lab, meter)
    took_s = time.monotonic() - began
    await _is_bonded(lab, meter, done)
    await lab.on_server([frame])
    lab.bonded[Bonding()] = meter
    return Shown(
        what="paired by one command, the bond is in bluetoothd's file, its record is on the server",
        figures={"pair_s": took_s},
    )


async def passkey(lab: Lab) -> Shown:
    """Show that a meter that shows six digits is paired by typing them."""
    meter, frame = await _calling(lab, "Passkey", Bonding(passkey=_PASSKEY))
    began = time.monotonic()
    done = await _pair(lab, meter, typed=_PASSKEY)
    took_s = time.monotonic() - began
    await _is_bonded(lab, meter, done)
    # 3: LE Secure Connections, and a person kept others out (BlueZ, doc/mgmt-api.txt, Key_Type).
    if "Authenticated=3" not in await bond_file(lab, meter):
        raise CaseFailedError("the bond does not count as authenticated")
    await lab.on_server([frame])
    lab.bonded[Bonding(passkey=_PASSKEY)] = meter
    return Shown(
        what="the digits on its display typed in: an authenticated bond, and its record is read",
        figures={"pair_s": took_s},
    )


async def wrong_passkey(lab: Lab) -> Shown:
    """Show that wrong digits leave nothing behind, and that the right ones work afterwards."""
    meter, frame = await _calling(lab, "Wrong passkey", Bonding(passkey=_PASSKEY))
    done = await _pair(lab, meter, typed=_WRONG)
    if done.status == 0 or "PAIR-03" not in done.err:
        raise CaseFailedError(f"the command ended with {done.status}: {done.err[-300:]}")
    if _GROUP in await bond_file(lab, meter):
        raise CaseFailedError("a bond was left behind")
    listed = json.loads(await lab.machine.sh("/opt/hearth/bin/hearth device list --json"))
    if meter.address in json.dumps(listed):
        raise CaseFailedError("the meter was taken for paired")
    done = await _pair(lab, meter, typed=_PASSKEY)
    await _is_bonded(lab, meter, done)
    await lab.on_server([frame])
    return Shown(what="PAIR-03, no bond and no meter left behind; then paired and read")


async def bonded_reconnect(lab: Lab) -> Shown:
    """Show that a bonded meter is read again without anybody's help."""
    meter = await bonded(lab, Bonding(passkey=_PASSKEY), passkey)
    before = await bond_file(lab, meter)
    began, sessions = time.monotonic(), meter.sessions
    for number in range(2, 5):
        (frame,) = remember(meter, 1, first=number)
        await meter.measure(frame)
        await lab.on_server([frame])
    if meter.sessions < sessions + 3:
        raise CaseFailedError("the records did not come over connections of their own")
    if before != await bond_file(lab, meter):
        raise CaseFailedError("the bond is another one now")
    # Over a connection that bluetoothd made by itself a visit would move no mark.
    if "connected already" in await lab.machine.sh("journalctl -b -u hearth -o cat"):
        raise CaseFailedError("bluetoothd connected to the meter by itself")
    return Shown(
        what="three more records, each over a connection of its own, under the same key",
        figures={"each_s": (time.monotonic() - began) / 3},
    )


async def _calling(lab: Lab, name: str, bonding: Bonding) -> tuple[VirtualGlucose, bytes]:
    """Return a meter with one record that calls for a hub, and stays in the home."""
    meter = VirtualGlucose(name, lab.unlisted_address(), bonding=bonding)
    (frame,) = remember(meter, 1)
    await on_air(lab.air, meter)
    lab.stays.append(meter)
    await meter.measure(frame)
    return meter, frame


async def _pair(lab: Lab, meter: VirtualGlucose, *, typed: int | None = None) -> Done:
    words = _PAIR.format(address=meter.address).split()
    digits = "" if typed is None else f"{typed:06d}\n"
    return await lab.machine.run(*words, stdin=digits, limit_s=_PAIR_LIMIT_S)


async def _is_bonded(lab: Lab, meter: VirtualGlucose, done: Done) -> None:
    if done.status != 0:
        raise CaseFailedError(f"`hearth device pair` ended with {done.status}: {done.err[-300:]}")
    if json.loads(done.out)["bonded"] is not True:
        raise CaseFailedError(f"the command says: {done.out}")
    if _GROUP not in await bond_file(lab, meter):
        raise CaseFailedError("bluetoothd has no key for the meter in its file")


async def bond_file(lab: Lab, meter: VirtualGlucose) -> str:
    return await lab.machine.sh(f"cat {_BONDS}/{meter.address}/info 2>/dev/null || true")


async def bonded(lab: Lab, bonding: Bonding, pair: Case) -> VirtualGlucose:
    """Return the meter of this home that bonds so, pairing one if there is none."""
    if bonding not in lab.bonded:
        await pair(lab)
    return lab.bonded[bonding]

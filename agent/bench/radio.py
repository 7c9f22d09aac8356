"""Measures how the radio heals itself: time to notice and to recover, fault by fault, then a storm.

A whole hub on bleak's own BlueZ backend, over a D-Bus of its own, against a simulated bluetoothd on
a virtual radio. The times are the software's: no controller, no air.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from agent.bench.radio_home import BONDED, CUFF, GOAL_NOTICE_S, GOAL_RECOVER_S, Home, until
from agent.bench.radio_home import home as home_with_radio
from agent.memory import peak_rss_mb
from drivers.healing.history import Fault
from drivers.links.plan import SETTLE_S

SESSIONS = 1000
_NEW_SCAN_S = 2 * SETTLE_S
"""The hub scans anew after a visit to a bonded meter: that would cure a deaf scan by chance."""
_EVERY = 25  # one fault in so many sessions, and each kind at least once


def run(sessions: int = SESSIONS, *, only: Collection[str] = (), seed: int = 4) -> dict[str, Any]:
    """Run every measurement, or those of `only` these faults; returns one JSON object.

    Raises
    ------
    HubError
        BENCH-03 where dbus-daemon is missing.
    """
    return asyncio.run(_run(sessions, only or _FAULTS, seed))


async def _run(sessions: int, only: Collection[str], seed: int) -> dict[str, Any]:
    faults = {}
    for name in only:
        spoil = _FAULTS[name]
        async with home_with_radio() as home:
            faults[name] = await _measured(home, *spoil)
    async with home_with_radio() as home:
        storm = await _storm(home, sessions, random.Random(seed))  # noqa: S311 - repeatable faults
    return {
        "goal": {"notice_s": GOAL_NOTICE_S, "recover_s": GOAL_RECOVER_S, "missed": 0},
        "faults": faults,
        "storm": storm,
        "peak_memory_mb": peak_rss_mb(),
    }


def in_words(found: Mapping[str, Any]) -> list[str]:
    """Say the result of `run` in one line each."""
    lines = [
        f"{name}: noticed after {one['notice_s']} s, well again after {one['recover_s']} s"
        for name, one in found["faults"].items()
    ]
    storm = found["storm"]
    lines.append(
        f"{storm['sessions']} measurements with {sum(storm['faults'].values())} faults at random: "
        f"{storm['missed']} missed, {storm['doubled']} doubled, {storm['seconds']} s, "
        f"{storm['cpu_s']} s of processor time"
    )
    lines.append(
        "memory at its peak, simulated meters and bluetoothd included: "
        f"{found['peak_memory_mb']} MB"
    )
    return lines


async def _measured(
    home: Home, fault: Fault, spoil: Callable[[Home], Awaitable[None]]
) -> dict[str, Any]:
    """Return what one fault costs, counted from the moment it happened."""
    healer = home.parts.healer
    if healer is None:
        raise AssertionError
    if fault is Fault.SILENCE:
        await asyncio.sleep(_NEW_SCAN_S)
    began = time.monotonic()
    await spoil(home)
    await until(lambda: any(one.fault is fault for one in healer.history.episodes))
    noticed = time.monotonic()
    await until(lambda: fault not in healer.history.open())
    healed = time.monotonic()
    await home.measure()
    await home.all_stored()
    return {
        "notice_s": round(noticed - began, 2),
        "recover_s": round(healed - began, 2),
        "next_reading_s": round(time.monotonic() - healed, 2),
        "within_goal": noticed - began <= GOAL_NOTICE_S and healed - began <= GOAL_RECOVER_S,
    }


async def _killed(home: Home) -> None:
    """Kill bluetoothd; systemd starts it again within a second."""
    home.bluez.die()
    await asyncio.sleep(0.5)
    await home.bluez.start()


async def _unplugged(home: Home) -> None:
    await home.bluez.unplug()
    await asyncio.sleep(0.5)
    home.bluez.plug("hci1")


async def _switched_off(home: Home) -> None:
    await asyncio.sleep(0)
    home.bluez.adapter.power(on=False)


async def _deaf(home: Home) -> None:
    await asyncio.sleep(0)
    home.bluez.faults.deaf = True


async def _stone_deaf(home: Home) -> None:
    await asyncio.sleep(0)
    home.bluez.faults.deaf = home.bluez.faults.deaf_until_power = True


async def _meter_lost_bond(home: Home) -> None:
    await home.bonded.lose_bonds()
    await home.measure_bonded()


async def _hub_lost_bond(home: Home) -> None:
    if home.parts.pairing is not None:
        await home.parts.pairing.warden.forget(BONDED)
    await home.measure_bonded()


async def _stale_services(home: Home) -> None:
    home.bluez.faults.stale.add(CUFF)
    await home.measure()


_Spoil = tuple[Fault, Callable[[Home], Awaitable[None]]]
_FAULTS: Mapping[str, _Spoil] = {
    "bluetoothd killed": (Fault.DAEMON, _killed),
    "adapter pulled out, back as another": (Fault.ADAPTER, _unplugged),
    "adapter switched off": (Fault.ADAPTER, _switched_off),
    "scan deaf": (Fault.SILENCE, _deaf),
    "scan deaf until a power cycle": (Fault.SILENCE, _stone_deaf),
    "bond lost by the meter": (Fault.BOND, _meter_lost_bond),
    "bond lost by the hub": (Fault.BOND, _hub_lost_bond),
    "services remembered wrongly": (Fault.CACHE, _stale_services),
}


async def _storm(home: Home, sessions: int, chance: random.Random) -> dict[str, Any]:
    """Take readings one after the other while things go wrong at random.

    Only the pause after a visit that went well is left out, or a thousand take an hour.
    """
    counted = dict.fromkeys(_STORM, 0)
    often = max(sessions // _EVERY, len(_STORM))
    kinds = [*_STORM, *chance.choices(list(_STORM), k=often - len(_STORM))]
    planned = [(chance.randrange(sessions), kind) for kind in kinds]
    began, cpu = time.monotonic(), time.process_time()
    for number in range(sessions):
        for kind in [kind for at, kind in planned if at == number]:
            counted[kind] += 1
            await _STORM[kind](home)
        await home.measure()
        if home.parts.radio is not None:
            home.parts.radio.visit_soon(CUFF)
        await home.all_stored_but_missed()
    return {
        "sessions": sessions,
        "faults": counted,
        "missed": max(home.taken - home.stored, 0),
        "doubled": max(home.stored - home.taken, 0),
        "seconds": round(time.monotonic() - began, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
    }


async def _refused(home: Home) -> None:
    await asyncio.sleep(0)
    home.bluez.faults.errors["Connect"] = ["InProgress"]


async def _killed_in_a_visit(home: Home) -> None:
    await home.measure()
    await asyncio.sleep(0.05)
    await _killed(home)


_STORM: Mapping[str, Callable[[Home], Awaitable[None]]] = {
    "bluetoothd killed": _killed,
    "bluetoothd killed in a visit": _killed_in_a_visit,
    "adapter pulled out and back": _unplugged,
    "adapter switched off": _switched_off,
    "connect refused": _refused,
    "scan deaf": _deaf,
    "bond lost by the hub": _hub_lost_bond,
    "services remembered wrongly": _stale_services,
}

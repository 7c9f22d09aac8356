"""A bond that the hub renewed by itself: the meter has to be the one that it was."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent import hub
from agent.adopted import adopted_in
from agent.audit import Trail
from agent.serials import Serials
from drivers.virtual import frames
from drivers.virtual.bonding import Bonding
from drivers.virtual.glucose import VirtualGlucose
from tests.fakes.air import Home, running
from tests.fakes.healed import MORNING, healing_hub, never, stored, until

ADDRESS = "C1:00:00:00:00:02"
SAID = "Q7-0815-4711"


def meter_that_says(serial: str) -> VirtualGlucose:
    meter = VirtualGlucose("Meter 2", ADDRESS, bonding=Bonding())
    meter.serial = serial
    return meter


async def pair_here(parts: hub.Parts, paired: int) -> None:
    assert parts.pairing is not None
    begin = {"do": "pair", "step": "begin", "by": "kim", "address": ADDRESS}
    await asyncio.to_thread(parts.pairing.answer, begin)
    await until(lambda: len([one for one in trail(parts) if one[0] == "pair"]) == paired)


def trail(parts: hub.Parts) -> list[tuple[str, str]]:
    events = [one for one in Trail(parts.outbox).events() if one is not None]
    return [(one.what, one.why) for one in events if one.what.startswith("pair")]


async def read_once(home: Home, parts: hub.Parts) -> VirtualGlucose:
    meter = meter_that_says(SAID)
    await home.add(meter)
    await meter.measure(frames.glucose(1, 100, MORNING))
    await pair_here(parts, 1)
    await until(lambda: stored(parts) == 1)
    await until(lambda: parts.radio is not None and not parts.radio.is_visiting)
    return meter


async def test_a_meter_in_the_place_of_a_known_one_is_refused_until_a_person_pairs_it(
    home: Home, tmp_path: Path
) -> None:
    async with running(home.bluetoothd()), healing_hub(tmp_path, accept="listed") as parts:
        await (await read_once(home, parts)).switch_off()
        other = meter_that_says("another")
        await home.add(other)
        await other.measure(frames.glucose(7, 101, MORNING))
        await until(lambda: "BLE-05" in parts.status.snapshot().alarms)
        refusals = [("pair-refused", "standard-glucose: another serial number than before")]
        await until(lambda: trail(parts)[-1:] == refusals)
        assert other.asked == []
        await never(lambda: stored(parts) == 2)
        await pair_here(parts, 3)
        await until(lambda: stored(parts) == 2)
        await until(lambda: "BLE-05" not in parts.status.snapshot().alarms)


async def test_the_same_meter_is_read_again_once_it_said_its_number(
    home: Home, tmp_path: Path
) -> None:
    async with running(home.bluetoothd()), healing_hub(tmp_path, accept="listed") as parts:
        meter = await read_once(home, parts)
        await meter.lose_bonds()
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: stored(parts) == 2)
        assert [one for one, _ in trail(parts)] == ["pair", "pair"]
        assert len(adopted_in(parts.outbox)) == 1


def kept_nowhere(_: bytes) -> None:
    """Keep nothing."""


def test_a_number_is_asked_for_only_after_the_hub_renewed_the_bond_and_until_it_was_said() -> None:
    kept: list[bytes] = []
    serials = Serials(None, kept.append)
    serials.renewed(ADDRESS)
    assert serials.wanted(ADDRESS) == ""
    assert serials.said(ADDRESS.lower(), SAID)
    assert serials.wanted(ADDRESS) == ""
    serials.renewed(ADDRESS)
    assert Serials(kept[-1], kept_nowhere).wanted(ADDRESS) == SAID
    assert serials.said(ADDRESS, SAID)
    assert not serials.said(ADDRESS, SAID)
    assert Serials(kept[-1], kept_nowhere).wanted(ADDRESS) == ""


def test_a_person_who_pairs_vouches_for_the_meter() -> None:
    serials = Serials(None, kept_nowhere)
    serials.said(ADDRESS, SAID)
    serials.renewed(ADDRESS)
    serials.forget(ADDRESS)
    assert serials.wanted(ADDRESS) == ""


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_what_is_kept_may_be_anything(octets: bytes) -> None:
    assert Serials(octets, kept_nowhere).wanted(ADDRESS) == ""


def test_the_oldest_of_65_numbers_is_forgotten() -> None:
    kept: list[bytes] = []
    serials = Serials(None, kept.append)
    for number in range(65):
        serials.said(f"C1:00:00:00:00:{number:02X}", SAID)
    assert len(json.loads(kept[-1])) == 64

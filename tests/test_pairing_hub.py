"""A running hub pairs a meter: asked at its desk, by the command, and on the patient's screen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent import desk, hub
from agent.audit import Trail
from agent.display.pairing import pair_message
from agent.screen import wire
from agent.screen.messages import (
    SOCKET,
    VERSION,
    FromHub,
    FromScreen,
    Hello,
    Pair,
    Passkey,
    encoded,
)
from config.schema import Config, Fhir, Hub, Patient, Radio, Screen
from drivers.pairing import Progress, Stage
from drivers.virtual import frames
from drivers.virtual.bluez.pairing import ask_agent
from drivers.virtual.bonding import Bonding, Means
from drivers.virtual.glucose import VirtualGlucose
from tests.fakes.air import Home, running

MORNING = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)
ADDRESS = "C1:00:00:00:00:02"
_PAIR = ("pair", "--address", ADDRESS)


def settings(folder: Path) -> Config:
    return Config(
        hub=Hub(id="hub-p", state_dir=folder),
        patient=Patient(reference="Patient/p"),
        fhir=Fhir(base_url="https://127.0.0.1:9/r4"),
        radio=Radio(),
    )


@contextlib.asynccontextmanager
async def running_hub(folder: Path, config: Config | None = None) -> AsyncIterator[hub.Parts]:
    async with hub.assembled(config or settings(folder)) as parts:
        service = asyncio.create_task(hub.serve(parts))
        await until((folder / desk.SOCKET).exists)
        try:
            yield parts
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)


@contextlib.asynccontextmanager
async def looking(
    socket: Path, told: list[FromHub]
) -> AsyncIterator[Callable[[FromScreen], Awaitable[None]]]:
    """Be a screen on the hub's socket: hear everything, and say what a patient says."""
    await until(socket.exists)
    reader, writer = await asyncio.open_unix_connection(socket)
    lines = wire.at_screen()

    async def hear() -> None:
        while octets := await reader.read(65536):
            told.extend(lines.feed(octets))

    async def say(message: FromScreen) -> None:
        writer.write(encoded(message))
        await writer.drain()

    hearing = asyncio.create_task(hear())
    await say(Hello(version=VERSION))
    try:
        yield say
    finally:
        hearing.cancel()
        writer.close()


def pairs(told: list[FromHub]) -> list[Pair]:
    return [one for one in told if isinstance(one, Pair)]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not holds():  # noqa: ASYNC110 - plain values of another part
            await asyncio.sleep(0.02)


async def command(folder: Path, *words: str, typed: str = "") -> tuple[int, Any, str]:
    """Run `hearth device ...` as a program of its own."""
    file = folder / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "hub-p"\nstate_dir = "{folder}"\n[patient]\nreference = "Patient/p"\n'
        '[fhir]\nbase_url = "https://127.0.0.1:9/r4"\n'
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent.cli.main", "device", *words),
        *("--json", "--config", str(file)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ),
    )
    async with asyncio.timeout(60):
        out, errors = await process.communicate(typed.encode())
    return process.returncode or 0, json.loads(out or b"null"), errors.decode()


async def meter_with(home: Home, bonding: Bonding) -> VirtualGlucose:
    meter = VirtualGlucose("Meter 2", ADDRESS, bonding=bonding)
    await home.add(meter)
    await meter.measure(frames.glucose(1, 100, MORNING))
    return meter


def trail(parts: hub.Parts) -> list[tuple[str, str]]:
    events = [one for one in Trail(parts.outbox).events() if one is not None]
    return [(one.what, one.why) for one in events if one.what.startswith(("pair", "forget"))]


async def test_a_meter_is_paired_by_command_then_read_listed_and_forgotten(
    home: Home, tmp_path: Path
) -> None:
    await meter_with(home, Bonding(passkey=271828))
    async with running(home.bluetoothd()) as bluez, running_hub(tmp_path) as parts:
        status, made, said = await command(tmp_path, "pair", "--operator", "kim", typed="271828\n")
        assert status == 0, said
        assert "Type the number that the meter shows" in said
        assert (made["address"], made["driver"], made["by"]) == (ADDRESS, "standard-glucose", "kim")
        assert bluez.bonds == [ADDRESS]
        await until(lambda: parts.status.snapshot().stored == 1)
        _, listed, _ = await command(tmp_path, "list")
        assert [one["address"] for one in listed["meters"]] == [ADDRESS]
        _, gone, _ = await command(tmp_path, "forget", ADDRESS, "--operator", "kim")
        assert gone == {"forgotten": True, "bond_removed": True}
        assert bluez.bonds == []
        assert trail(parts) == [("pair", "standard-glucose"), ("forget", "standard-glucose")]


async def test_a_paired_meter_is_still_read_after_a_restart(home: Home, tmp_path: Path) -> None:
    meter = await meter_with(home, Bonding())
    async with running(home.bluetoothd()):
        async with running_hub(tmp_path) as parts:
            assert (await command(tmp_path, *_PAIR))[0] == 0
            await until(lambda: parts.status.snapshot().stored == 1)
        await meter.measure(frames.glucose(2, 101, MORNING))
        async with running_hub(tmp_path) as parts:
            await until(lambda: parts.status.snapshot().stored == 1)


async def test_where_no_hub_runs_the_command_pairs_by_itself(home: Home, tmp_path: Path) -> None:
    await meter_with(home, Bonding(passkey=271828))
    async with hub.assembled(settings(tmp_path)):
        pass  # the first start makes the key
    async with running(home.bluetoothd()) as bluez:
        status, made, said = await command(tmp_path, *_PAIR, typed="271828\n")
        assert status == 0, said
        assert made["address"] == ADDRESS
        assert bluez.bonds == [ADDRESS]
        async with running_hub(tmp_path) as parts:
            await until(lambda: parts.status.snapshot().stored == 1)


async def test_what_cannot_be_a_passkey_is_asked_for_again_and_nothing_more_means_stop(
    home: Home, tmp_path: Path
) -> None:
    await meter_with(home, Bonding(passkey=271828))
    typed = "12345x\n1234567\n-1\n\N{ARABIC-INDIC DIGIT ONE}\n"
    async with running(home.bluetoothd()) as bluez, running_hub(tmp_path):
        status, made, said = await command(tmp_path, *_PAIR, typed=typed)
        assert (status, made) == (1, None)
        assert said.count("(PAIR-07)") == 4
        assert "(PAIR-06)" in said
        await until(lambda: not bluez.pairable)
        assert bluez.bonds == []


async def test_a_second_pairing_waits_for_the_first(home: Home, tmp_path: Path) -> None:
    async with running(home.bluetoothd()), running_hub(tmp_path):
        begin = {"do": "pair", "step": "begin", "by": "kim"}
        begun = await asyncio.to_thread(desk.ask, tmp_path, begin)
        assert begun is not None
        status, _, said = await command(tmp_path, *_PAIR)
        assert (status, "(PAIR-05)" in said) == (1, True)
        stop = {"do": "pair", "step": "stop", "session": begun["session"]}
        await asyncio.to_thread(desk.ask, tmp_path, stop)


async def test_digits_go_to_the_screen_and_may_come_from_there(home: Home, tmp_path: Path) -> None:
    meter = await meter_with(home, Bonding(passkey=271828))
    told: list[FromHub] = []
    config = replace(settings(tmp_path), screen=Screen(enabled=True))
    async with running(home.bluetoothd()), running_hub(tmp_path, config) as parts:
        async with looking(tmp_path / SOCKET, told) as say:
            begin = {"do": "pair", "step": "begin", "by": "kim", "address": ADDRESS}
            await asyncio.to_thread(desk.ask, tmp_path, begin)
            await until(lambda: Pair(meter="Glucose meter (Bluetooth standard)") in pairs(told))
            await say(Passkey(digits=str(meter.person.digits), right=True))
            await until(lambda: any(one.paired for one in pairs(told)))
        assert [one.what for one in Trail(parts.outbox).events() if one][-1] == "pair"


@pytest.mark.parametrize("by", [Means.NOTHING, Means.KEYBOARD, Means.COMPARE])
async def test_whatever_a_person_has_to_do_for_a_meter_is_on_the_screen(
    home: Home, tmp_path: Path, by: Means
) -> None:
    meter = await meter_with(home, Bonding(by=by))
    told: list[FromHub] = []
    config = replace(settings(tmp_path), screen=Screen(enabled=True))
    async with running(home.bluetoothd()) as bluez, running_hub(tmp_path, config):
        async with looking(tmp_path / SOCKET, told) as say:
            begin = {"do": "pair", "step": "begin", "by": "kim", "address": ADDRESS}
            await asyncio.to_thread(desk.ask, tmp_path, begin)
            if by is not Means.NOTHING:
                await until(lambda: any(one.passkey for one in pairs(told)))
                asked = pairs(told)[-1]
                assert asked.compare is (by is Means.COMPARE)
                if asked.compare:
                    assert asked.passkey == f"{meter.person.digits:06d}"
                    await say(Passkey(right=True))
                else:
                    meter.person.types.put_nowait(int(asked.passkey))
            await until(lambda: any(one.paired for one in pairs(told)))
        assert bluez.bonds == [ADDRESS]


def test_a_number_on_a_label_is_asked_for_as_such() -> None:
    asked = pair_message(Progress(stage=Stage.TYPE_HERE, title="A meter", label=True))
    assert asked == Pair(meter="A meter", label=True)


async def test_a_stranger_who_asks_again_and_again_does_not_fill_the_trail(
    home: Home, tmp_path: Path
) -> None:
    async with running(home.bluetoothd()) as bluez, running_hub(tmp_path) as parts:
        await until(lambda: bluez.agent is not None and not bluez.pairable)
        for _ in range(50):
            stranger = bluez.path("C1:00:00:00:00:66")
            assert await ask_agent(bluez.daemon, stranger, "RequestAuthorization") is None
        await until(lambda: bool(trail(parts)))
        assert trail(parts) == [("pair-refused", "nobody is pairing a meter")]
        assert parts.pairing is not None
        assert parts.pairing.refusals.count == 50


async def test_a_hub_killed_while_pairing_leaves_no_bond_behind(home: Home, tmp_path: Path) -> None:
    # What a kill leaves: the note that a pairing began, and a bond at bluetoothd.
    await meter_with(home, Bonding())
    async with running(home.bluetoothd()) as bluez:
        async with running_hub(tmp_path) as parts:
            assert (await command(tmp_path, *_PAIR))[0] == 0
            await until(lambda: parts.status.snapshot().stored == 1)
        assert bluez.bonds == [ADDRESS]
        async with hub.assembled(settings(tmp_path)) as parts:
            await asyncio.wrap_future(parts.outbox.remember("meters/adopted", b"[]"))
            await asyncio.wrap_future(parts.outbox.remember("meters/begun", ADDRESS.encode()))
        async with running_hub(tmp_path):
            await until(lambda: bluez.bonds == [])


async def test_the_control_without_that_note_the_bond_would_stay(
    home: Home, tmp_path: Path
) -> None:
    await meter_with(home, Bonding())
    async with running(home.bluetoothd()) as bluez:
        async with running_hub(tmp_path) as parts:
            assert (await command(tmp_path, *_PAIR))[0] == 0
            await until(lambda: parts.status.snapshot().stored == 1)
            await asyncio.wrap_future(parts.outbox.remember("meters/adopted", b"[]"))
        async with running_hub(tmp_path):
            await until(lambda: bluez.agent is not None and not bluez.pairable)
            await asyncio.sleep(0.2)
            assert bluez.bonds == [ADDRESS]

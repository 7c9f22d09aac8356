"""The hub as it runs in a home: the real program, BlueZ's bus, the store and a FHIR server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bumble.controller import Controller
from bumble.link import LocalLink

from agent.demo.server import DemoServer, every, free_port, put
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ, private_bus
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.peripheral import VirtualMeter
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.program import HubProgram, settings

AT = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)
_ARRIVE_LIMIT_S = 120.0


class Home:
    """A private bus with a bluetoothd, meters on the air, and where the hub keeps its things."""

    def __init__(self, bus: str, folder: Path) -> None:
        self.bus = bus
        self.folder = folder
        self.air = LocalLink()  # type: ignore[no-untyped-call]
        self.meters: list[VirtualMeter] = []

    async def add(self, meter: VirtualMeter) -> None:
        self.meters.append(meter)
        await meter.switch_on(Controller(meter.name, link=self.air))

    def hub(self, config: Path) -> HubProgram:
        return HubProgram(self.folder, config, self.bus)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with private_bus() as bus:
        home = Home(bus, tmp_path)
        bluez = FakeBlueZ(home.air, bus)
        await bluez.start()
        yield home
        for meter in home.meters:
            await meter.switch_off()
        await bluez.stop()


async def arrived(base_url: str, patient: str, count: int) -> list[str]:
    """Wait until so many panels of a patient are on the server; return all their ids."""
    found: list[str] = []
    async with asyncio.timeout(_ARRIVE_LIMIT_S):
        while len(found) < count:
            await asyncio.sleep(0.3)
            everything = await asyncio.to_thread(lambda: list(every(base_url, "Observation")))
            found = [
                one["id"]
                for one in everything
                if one["subject"]["reference"] == patient
                and one["code"]["coding"][0]["code"] in {"150020", "160184"}
            ]
    return found


def newcomer(base_url: str, name: str) -> str:
    put(base_url, {"resourceType": "Patient", "id": name})
    return f"Patient/{name}"


async def test_a_reading_goes_from_the_air_to_the_server_and_the_hub_stops_when_told(
    home: Home, sekmet: DemoServer
) -> None:
    patient = newcomer(sekmet.base_url, "hub-1")
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    async with home.hub(settings(home.folder, sekmet.base_url, patient=patient)) as hub:
        await cuff.measure(frames.blood_pressure(128, 82, 71, AT))
        assert len(await arrived(sekmet.base_url, patient, 1)) == 1
    assert hub.process.returncode == 0


async def test_what_was_measured_while_the_server_was_away_survives_a_power_cut(
    home: Home, tmp_path: Path
) -> None:
    port = free_port()
    base_url = f"http://127.0.0.1:{port}/fhir"
    config = settings(home.folder, base_url, patient="Patient/hub-2")
    meter = VirtualGlucose()
    await home.add(meter)
    for number in range(1, 6):
        await meter.measure(frames.glucose(number, 100 + number, AT))
    async with home.hub(config) as hub:
        async with asyncio.timeout(_ARRIVE_LIMIT_S):
            await meter.handed_over.wait()
        await hub.says("outcome=complete")  # the meter is read to its end
        await hub.kill()
    folder = tmp_path / "server"
    folder.mkdir()
    with DemoServer(folder, port=port) as server:
        patient = newcomer(server.base_url, "hub-2")
        async with home.hub(config):
            found = await arrived(server.base_url, patient, 5)
        # The meter hands everything over again: still one copy of each.
        await meter.measure(frames.glucose(6, 106, AT))
        async with home.hub(config):
            found = await arrived(server.base_url, patient, 6)
    assert len(found) == len(set(found)) == 6


async def test_no_trace_of_a_patient_is_in_any_log_or_file_of_the_hub(
    home: Home, sekmet: DemoServer
) -> None:
    patient = newcomer(sekmet.base_url, "canary-7Q2X")
    cuff = VirtualBloodPressure(name="Canary Cuff", address="CA:9A:12:00:00:01")
    await home.add(cuff)
    async with home.hub(settings(home.folder, sekmet.base_url, patient=patient)) as hub:
        # 197 over 113, pulse 157: numbers that stand nowhere else.
        await cuff.measure(frames.blood_pressure(197, 113, 157, AT))
        await cuff.measure(frames.blood_pressure(197, 113, 157, AT)[:-1])
        await arrived(sekmet.base_url, patient, 1)
        inside = b"".join(
            one.read_bytes() for one in (home.folder / "state").rglob("*") if one.is_file()
        )
        names = " ".join(str(one) for one in (home.folder / "state").rglob("*"))
    text = hub.output.decode()
    assert "session ended" in text, "the log was meant to be wordy"
    for secret in ("canary-7Q2X", "Canary Cuff", "CA:9A:12", "CA9A12", "197", "113", "157"):
        assert secret not in text
        assert secret not in names
    octets = frames.blood_pressure(197, 113, 157, AT)[1:7]
    for hidden in (b"canary-7Q2X", b"Canary Cuff", b"CA:9A:12", octets, octets.hex().encode()):
        assert hidden not in inside


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "agent.cli.main", "run", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_wrong_settings_are_told_in_words_and_not_tried_again(tmp_path: Path) -> None:
    config = settings(tmp_path, "https://fhir.example/r4", extra='colour = "red"\n')
    done = _run("--config", str(config))
    assert done.returncode == 78
    assert "radio.colour" in done.stderr
    assert "Do this:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_that_others_can_read_stops_the_hub_in_words(tmp_path: Path) -> None:
    config = settings(tmp_path, "https://fhir.example/r4")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "hub.key").write_bytes(b"\0" * 32)
    (tmp_path / "state" / "hub.key").chmod(0o644)
    done = _run("--config", str(config))
    assert done.returncode == 1
    assert "KEY-03" in done.stderr
    assert "Traceback" not in done.stderr

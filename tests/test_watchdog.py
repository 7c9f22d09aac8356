"""systemd's watchdog is fed only while radio, store and sync all give signs of life."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent import hub, watch
from config.schema import Config, Fhir, Hub, Patient
from drivers.virtual.radio import VirtualRadio
from vitals.errors import HubError


def settings(folder: Path) -> Config:
    return Config(
        hub=Hub(id="hub-1", state_dir=folder),
        patient=Patient(reference="Patient/p"),
        fhir=Fhir(base_url="http://127.0.0.1:9/fhir", timeout_s=10),
    )


@contextlib.asynccontextmanager
async def home(folder: Path) -> AsyncIterator[hub.Parts]:
    async with (
        VirtualRadio() as radio,
        hub.assembled(settings(folder), backend=radio.backend) as parts,
    ):
        yield parts


async def test_a_healthy_hub_has_no_dead_part(tmp_path: Path) -> None:
    async with home(tmp_path) as parts:
        service = asyncio.create_task(hub.serve(parts))
        assert parts.radio is not None
        async with asyncio.timeout(60):
            await parts.radio.scanning.wait()
        assert await watch.dead_parts(parts) == []
        service.cancel()
        await asyncio.wait([service])


async def test_a_part_that_gave_no_sign_for_too_long_is_named(tmp_path: Path) -> None:
    async with home(tmp_path) as parts:
        assert parts.radio is not None
        parts.radio.heartbeat = parts.uploader.heartbeat = 1000.0
        # 90 s for each, and for sync also the time it gives the server.
        assert await watch.dead_parts(parts, lambda: 1089.0) == []
        assert await watch.dead_parts(parts, lambda: 1091.0) == ["radio"]
        assert await watch.dead_parts(parts, lambda: 1101.0) == ["radio", "sync"]


async def test_a_store_that_cannot_write_stops_the_hub(tmp_path: Path) -> None:
    async with home(tmp_path) as parts:
        parts.outbox.close()
        with pytest.raises(HubError):
            await watch.dead_parts(parts)


async def test_the_watchdog_is_fed_after_the_hub_said_it_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)  # noqa: FBT003 - the standard library's signature
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        async with VirtualRadio() as radio:
            config = settings(tmp_path / "state")
            async with hub.assembled(config, backend=radio.backend) as parts:
                service = asyncio.create_task(hub.serve(parts))
                loop = asyncio.get_running_loop()
                async with asyncio.timeout(60):
                    while heard.count(b"WATCHDOG=1") < 3:
                        heard.append(await loop.sock_recv(systemd, 1024))
                service.cancel()
                await asyncio.wait([service])
    assert heard[0].startswith(b"READY=1")


async def test_a_hub_without_a_radio_runs_and_says_so_by_its_settings(tmp_path: Path) -> None:
    quiet = settings(tmp_path)
    quiet = replace(quiet, radio=replace(quiet.radio, enabled=False))
    async with hub.assembled(quiet) as parts:
        assert parts.radio is None
        assert await watch.dead_parts(parts) == []

"""`hearth bridge` as a clinic runs it: the real program, mosquitto, FHIR server and hubs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from agent.bridge import assembled, make_key, read_key
from agent.demo.server import DemoServer, free_port, put
from config.bridge import Bridge, BridgeConfig, Web
from config.schema import Fhir, Mqtt
from drivers.frame import Frame
from drivers.readings import blood_pressure_reading
from drivers.virtual import frames
from sync.envelope import Address
from sync.links.mqtt import MqttLink
from sync.record import Measured, measured
from tests.fakes.broker import Broker
from tests.fakes.sink import NOON
from tests.fakes.upload import Upload, copies
from vitals.errors import HubError
from vitals.reading import MeterIdentity

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
CUFF = MeterIdentity(address="C1:00:00:00:00:01", driver="standard-blood-pressure")
_LIMIT_S = 90.0


class BridgeProgram:
    """A bridge of its own process."""

    def __init__(self, folder: Path, broker: Broker, base_url: str, patient: str) -> None:
        self.port = free_port()
        self._log = folder / f"bridge-{self.port}.log"
        certificate, key = broker.files["bridge"]
        config = folder / f"bridge-{self.port}.toml"
        config.write_text(
            f'[bridge]\ntenant = "t"\nname = "b{self.port}"\n'
            f'key_file = "{folder / "sealing.key"}"\n'
            f"status_port = {self.port}\n"
            f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\nca_file = "{broker.ca}"\n'
            f'cert_file = "{certificate}"\nkey_file = "{key}"\n'
            f'[fhir]\nbase_url = "{base_url}"\ntimeout_s = 10.0\n'
            f'[[hub]]\nid = "hub-1"\npatients = ["{patient}"]\n',
            encoding="utf-8",
        )
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "agent.cli.main", "bridge", "--config", str(config), "-v"],
                stdout=log,
                stderr=log,
            )

    def health(self) -> tuple[int, dict[str, Any]]:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            return error.code, json.loads(error.read())
        except OSError:
            return 0, {}

    def metrics(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
            text: str = answer.read().decode()
            return text

    def wait_for(self, status: int) -> None:
        limit = time.monotonic() + _LIMIT_S
        while self.health()[0] != status:
            assert time.monotonic() < limit, self.log()
            time.sleep(0.05)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_LIMIT_S)

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")


@contextmanager
def bridges(
    count: int, folder: Path, broker: Broker, base_url: str, patient: str
) -> Iterator[list[BridgeProgram]]:
    running = [BridgeProgram(folder, broker, base_url, patient) for _ in range(count)]
    try:
        for one in running:
            one.wait_for(200)
        yield running
    finally:
        for one in running:
            one.process.kill()
            one.process.wait(_LIMIT_S)


def pressures(patient: str, count: int) -> list[Measured]:
    records = []
    for number in range(count):
        data = frames.blood_pressure(110 + number % 60, 70, 60, START + timedelta(hours=number))
        frame = Frame(uuid="2a35", data=data, received=NOON, meter=CUFF)
        records.append(measured(blood_pressure_reading(frame), patient))
    return records


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    make_key(tmp_path / "sealing.key")
    with Broker(tmp_path) as running:
        yield running


def link_to(broker: Broker, folder: Path) -> MqttLink:
    key = read_key(folder / "sealing.key").public
    return MqttLink(broker.settings("hub-1", key), Address(tenant="t", hub="hub-1"))


def test_two_bridges_share_the_work_and_every_reading_is_there_once(
    sekmet: DemoServer, broker: Broker, tmp_path: Path
) -> None:
    put(sekmet.base_url, {"resourceType": "Patient", "id": "canary-jane"})
    records = pressures("Patient/canary-jane", 60)
    link = link_to(broker, tmp_path)
    with bridges(2, tmp_path, broker, sekmet.base_url, "Patient/canary-jane") as running:
        Upload("", records, link=link).run()
        shares = [re.findall(r'answered_2xx"\} (\d+)', one.metrics()) for one in running]
        logs = "".join(one.log() for one in running)
    link.close()
    assert all(share and int(share[0]) > 0 for share in shares)
    assert [len(copies(sekmet.base_url, one)) for one in records] == [1] * 60
    assert "canary" not in logs
    assert "canary" not in running[0].log()


def test_a_bridge_killed_in_the_middle_costs_no_reading(
    sekmet: DemoServer, broker: Broker, tmp_path: Path
) -> None:
    put(sekmet.base_url, {"resourceType": "Patient", "id": "bridge-2"})
    records = pressures("Patient/bridge-2", 60)
    link = link_to(broker, tmp_path)
    with bridges(2, tmp_path, broker, sekmet.base_url, "Patient/bridge-2") as running:
        upload = Upload("", records, link=link)
        for _ in range(3):
            upload.step()
        os.kill(running[0].process.pid, signal.SIGKILL)
        upload.run()
    link.close()
    assert upload.acknowledged == list(range(1, 61))
    assert [len(copies(sekmet.base_url, one)) for one in records] == [1] * 60


def test_a_bridge_says_how_it_is_and_stops_when_told(
    sekmet: DemoServer, broker: Broker, tmp_path: Path
) -> None:
    with bridges(1, tmp_path, broker, sekmet.base_url, "Patient/x") as (one,):
        assert one.health() == (200, {"broker": True, "server": True})
        broker.kill()
        one.wait_for(503)
        assert one.health()[1]["broker"] is False
        broker.start()
        one.wait_for(200)
        assert one.stop() == 0


@pytest.mark.parametrize("taken", ["status", "pages"])
def test_a_bridge_that_cannot_start_says_why_and_leaves_nothing_running(
    taken: str, tmp_path: Path
) -> None:
    make_key(tmp_path / "sealing.key")
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, pages = (port, 0) if taken == "status" else (0, port)
        config = BridgeConfig(
            bridge=Bridge(tenant="t", key_file=tmp_path / "sealing.key", status_port=status),
            mqtt=Mqtt(host="127.0.0.1", port=free_port()),
            fhir=Fhir(base_url="http://127.0.0.1:9/fhir"),
            web=Web(enabled=True, port=pages, signers=()),
        )
        with pytest.raises(HubError) as told, assembled(config):
            pass
    assert told.value.code == "WEB-01"
    assert set(threading.enumerate()) <= before


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "sealing.key"
    public = make_key(file)
    assert re.fullmatch(r"[0-9a-f]{64}", public)
    assert read_key(file).public.hex() == public
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(HubError) as refused:
        make_key(file)
    assert refused.value.code == "BRIDGE-02"


def test_a_key_that_is_none_is_told_in_words(tmp_path: Path) -> None:
    for text in ("", "00", "zz" * 32):
        (tmp_path / "key").write_text(text)
        with pytest.raises(HubError) as refused:
            read_key(tmp_path / "key")
        assert refused.value.code == "BRIDGE-03"

"""A hub's report on a real server, by HTTPS and through broker and bridge; a revoked hub's is not.

Needs mosquitto (Debian's package).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent import hub
from agent.clock import HubClock
from agent.demo.broker import way
from agent.demo.server import DemoServer, ask, put
from agent.report import Noticed
from config.schema import Config, Fhir, Hub, Mqtt, Patient, Radio
from sync.fhir.register import Registered, Standing, resource_of
from sync.fhir.report import REPORT, REPORT_CODE, HubReport, report_of
from sync.outbox import Outbox
from sync.record import Measured
from tests.fakes import records
from vitals.reading import Flag, Kind

LIMIT_S = 60.0
PATIENT = records.PATIENT


def config_of(folder: Path, base_url: str, mqtt: Mqtt) -> Config:
    return Config(
        hub=Hub(id="hub-r", tenant="t", state_dir=folder / "state"),
        patient=Patient(reference=PATIENT),
        fhir=Fhir(base_url=base_url),
        radio=Radio(enabled=False),
        mqtt=mqtt,
    )


def reports(base_url: str) -> list[HubReport]:
    found = ask(f"{base_url}/Device?type={REPORT}%7C{REPORT_CODE}")
    return [one for e in found.get("entry", []) if (one := report_of(e["resource"])) is not None]


async def lived(config: Config, until: Callable[[hub.Parts], bool]) -> dict[str, str]:
    """Run a hub with one reading until something is so; return its alarms."""
    async with hub.assembled(config) as parts:
        await asyncio.wrap_future(parts.outbox.put(records.blood_pressure(1)))
        service = asyncio.create_task(hub.serve(parts))
        limit_s = time.monotonic() + LIMIT_S
        while not await asyncio.to_thread(until, parts):
            assert time.monotonic() < limit_s
            await asyncio.sleep(0.1)
        alarms = dict(parts.status.snapshot().alarms)
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)
    return alarms


@pytest.mark.parametrize("by_mqtt", [False, True])
def test_a_hub_tells_how_it_is_once_its_readings_are_up(tmp_path: Path, *, by_mqtt: bool) -> None:
    with DemoServer(tmp_path) as server:
        put(server.base_url, {"resourceType": "Patient", "id": PATIENT.rpartition("/")[2]})
        url = server.base_url

        def there(parts: hub.Parts) -> bool:
            return not parts.outbox.counts().pending and bool(reports(url))

        if by_mqtt:
            nowhere = "http://127.0.0.1:9/fhir"  # what arrives went through the gate
            with way(tmp_path, url, hub_id="hub-r", tenant="t", patient=PATIENT) as found:
                asyncio.run(lived(config_of(tmp_path, nowhere, found.mqtt), there))
        else:
            asyncio.run(lived(config_of(tmp_path, url, Mqtt()), there))
        (report,) = reports(url)
        raw = json.dumps(ask(f"{url}/Device?type={REPORT}%7C{REPORT_CODE}"))
    # The canary: whose home it is, and what was measured (128 over 80), are nowhere in it.
    assert PATIENT not in raw
    assert '"value": 128' not in raw
    assert '"value": 80' not in raw
    assert (report.hub, report.rung, report.radio) == ("hub-r", "file", "off")
    assert (report.waiting, report.parked, report.oldest) == (0, 0, "")


def test_a_revoked_hub_brings_nothing_and_keeps_what_it_has(tmp_path: Path) -> None:
    with DemoServer(tmp_path) as server:
        put(server.base_url, {"resourceType": "Patient", "id": PATIENT.rpartition("/")[2]})
        gone = Registered(hub="hub-r", tenant="t", patients=(PATIENT,), state=Standing.REVOKED)
        put(server.base_url, resource_of(gone))
        nowhere = "http://127.0.0.1:9/fhir"
        with way(tmp_path, server.base_url, hub_id="hub-r", tenant="t", patient=PATIENT) as found:
            config = config_of(tmp_path, nowhere, found.mqtt)
            alarms = asyncio.run(lived(config, lambda parts: bool(parts.status.snapshot().alarms)))
        assert "SYNC-03" in alarms
        assert reports(server.base_url) == []
        assert ask(f"{server.base_url}/Observation").get("entry", []) == []


def noticed(outbox: Outbox) -> Noticed:
    return Noticed(outbox, ZoneInfo("Europe/Berlin"), HubClock(lambda: True))


def taken(number: int, at: datetime, *, low: bool = False) -> Measured:
    record = records.blood_pressure(number)
    timing = replace(
        record.reading.timing,
        received=replace(record.reading.timing.received, at=at, synchronised=True),
        device_time=None,
        clock_check=None,
    )
    flags = frozenset({Flag.BATTERY_LOW}) if low else frozenset()
    return replace(record, reading=replace(record.reading, timing=timing, flags=flags))


def test_days_are_counted_in_the_homes_own_zone_and_outlive_a_restart(tmp_path: Path) -> None:
    def opened() -> Outbox:
        return Outbox.open(
            tmp_path / "o.db",
            key=bytes(32),
            tenant="t",
            hub_id="h",
            max_bytes=1 << 24,
            max_evidence=10,
            now=HubClock(lambda: True),
        )

    outbox = opened()
    one = noticed(outbox)
    evening = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    one.saw(taken(1, evening), held=False)
    one.saw(taken(2, evening + timedelta(minutes=5), low=True), held=False)
    one.saw(taken(3, evening - timedelta(days=3)), held=True)  # nobody's yet
    one.saw(taken(4, evening - timedelta(days=40)), held=False)
    one.saw(taken(5, evening, low=True), held=False)
    guess = taken(6, evening + timedelta(days=1), low=True)
    camera = replace(guess.reading, kind=Kind.CAMERA, values={})
    one.saw(replace(guess, reading=camera), held=False)
    outbox.close()
    outbox = opened()
    again = noticed(outbox)
    outbox.close()
    assert again.days(date(2026, 11, 29)) == (1, "2026-11-28")
    (meter,) = again.meters()
    assert meter.low is True

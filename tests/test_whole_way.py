"""Fourteen kinds of meters, from their advertisement to the resource on a real FHIR server.

Each golden file holds what the server has of one meter's measurement, as it was read and checked
by eye against the device's vector file; the numbers in it are compared with that file here too.
"""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent import hub
from agent.demo.server import DemoServer, every, put
from config.schema import Config, Fhir, Hub, Meter, Patient, Radio
from drivers.virtual.radio import VirtualRadio
from sync.fhir.codes import device_id
from tests.fakes.home import CONSENT, Owned, meters

GOLDEN = Path(__file__).parent / "golden" / "meters"
VECTORS = Path(__file__).parent / "vectors" / "devices"
PATIENT = "Patient/whole-way"
_LIMIT_S = 90.0

Json = dict[str, Any]


def settings(folder: Path, base_url: str, owned: list[Owned]) -> Config:
    scale = next(one.meter.address for one in owned if one.driver == "beurer-bf")
    return Config(
        hub=Hub(id="hub-w", tenant="t", timezone="Europe/Berlin", state_dir=folder / "state"),
        patient=Patient(reference=PATIENT),
        fhir=Fhir(base_url=base_url),
        radio=Radio(accept="any"),
        meter=(Meter(address=scale, slots={"1": PATIENT}, consent=CONSENT),),
    )


@pytest.fixture(scope="module")
def on_server(
    sekmet: DemoServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Json]]:
    """Run the home once; return what the server holds, by driver."""
    put(sekmet.base_url, {"resourceType": "Patient", "id": "whole-way"})
    folder = tmp_path_factory.mktemp("home")
    return asyncio.run(_run(folder, sekmet.base_url))


async def _run(folder: Path, base_url: str) -> dict[str, list[Json]]:
    owned = meters()
    async with (
        VirtualRadio() as radio,
        hub.assembled(settings(folder, base_url, owned), backend=radio.backend) as parts,
    ):
        service = asyncio.create_task(hub.serve(parts))
        for one in owned:
            await radio.add(one.meter)
        await asyncio.gather(*(one.measure() for one in owned))
        found: dict[str, list[Json]] = {}
        async with asyncio.timeout(_LIMIT_S):
            while len(found) < len(owned) or parts.outbox.counts().pending:
                await asyncio.sleep(0.5)
                found = _by_driver(owned, await asyncio.to_thread(_of_patient, base_url))
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)
    return found


def _of_patient(base_url: str) -> list[Json]:
    own = {"reference": PATIENT}
    found = [one for one in every(base_url, "Observation") if one["subject"] == own]
    exact: list[Json] = json.loads(json.dumps(found), parse_float=str)
    return exact


def _by_driver(owned: list[Owned], every: list[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for one in owned:
        device = f"Device/{device_id(one.meter.address)}"
        own = [each for each in every if each["device"]["reference"] == device]
        if own:
            found[one.driver] = sorted(own, key=lambda each: str(each["code"]))
    return found


def _plain(resource: Json) -> Json:
    """Leave out what the server added, and what a new version of the hub changes."""
    meta = {"profile": resource["meta"]["profile"]}
    return {**resource, "meta": meta}


DRIVERS = [one.driver for one in meters()]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_meters_measurement_is_on_the_server_just_as_it_was_checked(
    driver: str, on_server: dict[str, list[Json]]
) -> None:
    written = json.loads((GOLDEN / f"{driver}.json").read_text(), parse_float=str)
    assert [_plain(one) for one in on_server[driver]] == written


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_number_on_the_server_is_one_that_the_meter_showed(
    driver: str, on_server: dict[str, list[Json]]
) -> None:
    table = tomllib.loads((VECTORS / f"{driver.replace('-', '_')}.toml").read_text())
    shown = {
        Decimal(text.split()[0])
        for vector in table["vector"]
        for text in vector["values"].values()
        if text[0].isdigit()
    }
    parts = [
        part
        for one in on_server[driver]
        for part in (one, *one.get("component", []))
        if "valueQuantity" in part
    ]
    assert parts or driver == "boso-medicus"  # whose measurement failed
    assert {Decimal(str(part["valueQuantity"]["value"])) for part in parts} <= shown


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_observation_says_where_it_comes_from(
    driver: str, on_server: dict[str, list[Json]]
) -> None:
    form = re.compile(r"urn:hearth:origin:[a-z0-9-]+:[^:]+:[^:]+:sha256:[0-9a-f]{64}")
    sources = [one["meta"]["source"] for one in on_server[driver]]
    assert [source for source in sources if not form.fullmatch(source)] == []


def test_every_golden_file_is_compared() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(DRIVERS)

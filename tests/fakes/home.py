"""A home with thirteen kinds of meters on one virtual radio, each with one measurement to tell."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.virtual.cgm import VirtualCgm
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.peripheral import Advertised, VirtualMeter
from drivers.virtual.scale import VirtualScale
from drivers.virtual.sender import VirtualSender

_VECTORS = Path(__file__).parents[1] / "vectors" / "devices"
CONSENT = {"1": "3496"}

Measure = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """One meter of the home: which driver should read it, and how it measures once."""

    driver: str
    meter: VirtualMeter
    measure: Measure


def _told(driver: str) -> tuple[str, Advertised, list[bytes]]:
    table = tomllib.loads((_VECTORS / f"{driver.replace('-', '_')}.toml").read_text())
    heard = table["advertisement"][0]
    said = Advertised(
        services=tuple(heard["services"]), company=next(iter(heard.get("company_ids", [])), None)
    )
    timed = [one for one in table["vector"] if "time" in one]
    return heard["local_name"], said, [bytes.fromhex(one["hex"]) for one in timed]


def _sender(driver: str, address: str, service: str, measurement: str, keeps: bool) -> Owned:  # noqa: FBT001 - a row of a table
    name, said, frames = _told(driver)
    meter = VirtualSender(
        name,
        address,
        service=service,
        measurement=measurement,
        keeps=keeps,
        advertised=said,
    )
    return Owned(driver=driver, meter=meter, measure=lambda: meter.measure(frames[0]))


def _glucose(driver: str, address: str) -> Owned:
    name, said, frames = _told(driver)
    meter = VirtualGlucose(name, address, advertised=said)
    return Owned(driver=driver, meter=meter, measure=lambda: meter.measure(frames[0]))


def meters() -> list[Owned]:
    """Make the meters; each has an address of its own."""
    rows = (
        ("and-ua651ble", "1810", "2A35", False),
        ("and-uc352ble", "181D", "2A9D", False),
        ("and-ut201ble", "1809", "2A1C", False),
        ("boso-medicus", "1810", "2A35", False),
        ("omron-blp", "1810", "2A35", False),
        ("medisana-bu5xx", "1810", "2A35", True),
        ("beurer-bm", "1810", "2A35", False),
        ("standard-pulse-oximeter", "1822", "2A5E", False),
    )
    found = [
        _sender(driver, f"C7:00:00:00:00:{number:02X}", service, measurement, keeps)
        for number, (driver, service, measurement, keeps) in enumerate(rows, 1)
    ]
    readers = ("accuchek-guide", "contour-next", "caresens", "taidoc-dm30b")
    found += [
        _glucose(driver, f"C8:00:00:00:00:{number:02X}") for number, driver in enumerate(readers, 1)
    ]
    return [*found, _scale(), _sensor()]


def _scale() -> Owned:
    _, _, (weight, composition) = _told("beurer-bf")
    scale = VirtualScale(codes={int(slot): int(code) for slot, code in CONSENT.items()})
    return Owned(
        driver="beurer-bf", meter=scale, measure=lambda: scale.measure(1, weight, composition)
    )


def _sensor() -> Owned:
    _, _, frames = _told("standard-cgm")
    start, record = frames[0][:9], frames[0][9:]
    sensor = VirtualCgm(session_start=start)
    return Owned(driver="standard-cgm", meter=sensor, measure=lambda: sensor.measure(record))

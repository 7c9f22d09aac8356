"""Lists of meters for people and programs: what can be read, what cannot, what is in this home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agent import desk
from agent.adopted import adopted_in
from agent.offline import view_of
from config.schema import Config
from drivers import registry
from drivers.driver import Driver
from drivers.unsupported import UNSUPPORTED
from sync.outbox import FILE_NAME

_GAP = 2


def supported() -> dict[str, Any]:
    """Return every driver with its declaration's main points, and the meters without one."""
    drivers = sorted(registry.drivers(), key=lambda one: one.title.lower())
    return {
        "supported": [_row(driver) for driver in drivers],
        "not_supported": [{"name": one.name, "why": one.why} for one in UNSUPPORTED],
    }


def of_home(config: Config, paired: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the meters in a hub's settings, then those paired with it by command.

    Patients are not repeated; an address is, where `hearth device forget` wants it.
    """
    listed = [
        {
            "name": meter.name or f"meter {number}",
            "driver": meter.driver or "found by what it says of itself",
            "way": "cable" if meter.port else "Bluetooth",
            "users": len(meter.slots),
            "address": "",
            "from": "settings",
        }
        for number, meter in enumerate(config.meter, 1)
    ]
    named = {meter.address.upper() for meter in config.meter}
    adopted = [
        {
            "name": one["name"] or one["driver"],
            "driver": one["driver"],
            "way": "Bluetooth",
            "users": 0,
            "address": one["address"],
            "from": "paired here",
        }
        for one in paired
        if str(one["address"]).upper() not in named
    ]
    return {"meters": [*listed, *adopted]}


def paired_here(config: Config) -> list[dict[str, Any]]:
    """Return the meters that were paired with this hub, asked of it or read in its store.

    Raises
    ------
    HubError
        Neither can be done.
    """
    answer = desk.ask(config.hub.state_dir, {"do": "meters"})
    if answer is not None:
        return list(answer["meters"])
    if not (config.hub.state_dir / FILE_NAME).exists():
        return []
    store = view_of(config)
    try:
        return [asdict(one) for one in adopted_in(store)]
    finally:
        store.close()


def _row(driver: Driver) -> dict[str, Any]:
    ways = [("Bluetooth", driver.match), ("cable", driver.port)]
    return {
        "driver": driver.name,
        "title": driver.title,
        "way": " or ".join(way for way, there in ways if there is not None),
        "proof": driver.evidence.value,
        "pairing": driver.pairing.value if driver.match is not None else "none",
        "history": driver.history.value,
        "users": driver.user_slots,
    }


def in_words(found: dict[str, Any]) -> list[str]:
    """Return the tables in `found`, a line each, with what is not supported below."""
    lines: list[str] = []
    if "meters" in found:
        rows = found["meters"]
        columns = ("name", "driver", "way", "users", "from", "address")
        return _table(rows, columns) if rows else ["No meters yet."]
    lines += _table(found["supported"], ("title", "driver", "way", "proof", "pairing"))
    lines += ["", "Not supported:"]
    lines += [f"  {one['name']}: {one['why']}" for one in found["not_supported"]]
    return lines


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> list[str]:
    cells = [[str(row[column]) for column in columns] for row in rows]
    head = [column.capitalize() for column in columns]
    widths = [max(len(row[place]) for row in [head, *cells]) for place in range(len(columns))]
    return [
        "".join(cell.ljust(width + _GAP) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *cells]
    ]

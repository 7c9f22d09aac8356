"""Proof: thirty days without a network, and every reading is on the server, once, in order.

Two hubs on a simulated clock: one with four meters, 36 readings a day, and one with a glucose
sensor, 288 a day. Both are switched off and on again every day, on some days with a clock that
starts in 1970. Then the network is back and a real server (sekmet) takes it all; it is asked.

    python -m tests.proofs.offline [--short] [--json] [--days 30]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.demo.server import DemoServer, put
from agent.status import Status
from agent.upload import Uploader
from config.schema import Fhir
from sync.engine import Engine
from sync.fhir import HubFacts
from sync.links.https import HttpsLink
from sync.order import Budget, Order
from sync.outbox import Outbox
from sync.policy import Policy
from sync.record import Measured, measured
from tests.fakes.records import CUFF, blood_pressure
from tests.proofs.kill9 import audit
from vitals.reading import DeviceTime, HubTime

PATIENT = "Patient/offline"
_DAYS, _SHORT_DAYS = 30, 4
_START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIMIT_S = 900.0
_STORE_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A hub's name, and when each of its meters measures, in minutes of the day."""

    name: str
    meters: int
    times: range


HOMES = (
    Home(name="hub-cuffs", meters=4, times=range(60, 1140, 120)),  # nine times a day each
    Home(name="hub-sensor", meters=1, times=range(0, 1440, 5)),
)


class Clock:
    """The hub's clock: a boot a day, of which some have no right time of day."""

    def __init__(self) -> None:
        self.at, self._boot, self._up_s, self._known = _START, 0, 0.0, True

    def boot(self, *, known: bool) -> None:
        """Switch the hub off and on; without a network it may not know the time."""
        self._boot, self._up_s, self._known = self._boot + 1, 0.0, known

    def until(self, at: datetime) -> None:
        """Let time pass."""
        self._up_s += (at - self.at).total_seconds()
        self.at = at

    def __call__(self) -> HubTime:
        return HubTime(
            at=self.at if self._known else _EPOCH + timedelta(seconds=self._up_s),
            boot_id=f"boot-{self._boot}",
            boottime_ns=int(self._up_s * 1e9),
            synchronised=self._known,
        )


def main(arguments: list[str]) -> int:
    """Run the proof; return 0 when nothing was lost, doubled or turned around."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help=f"{_SHORT_DAYS} days")
    parser.add_argument("--days", type=int, default=_DAYS)
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    options = parser.parse_args(arguments)
    days = _SHORT_DAYS if options.short else options.days
    with tempfile.TemporaryDirectory() as folder:
        found = prove(Path(folder), days)
    sys.stdout.write(json.dumps(found) + "\n")
    return 1 if found["lost"] + found["duplicates"] + found["inversions"] else 0


def prove(folder: Path, days: int) -> dict[str, Any]:
    """Live through these days offline, then drain; ask the server."""
    confirmed: dict[str, tuple[int, int]] = {}
    with DemoServer(folder) as server:
        put(server.base_url, {"resourceType": "Patient", "id": PATIENT.rpartition("/")[2]})
        for place, home in enumerate(HOMES):
            clock, path = Clock(), folder / f"{home.name}.db"
            for day in range(days):
                confirmed |= _lived(home, place, path, clock, day)
            clock.until(clock.at + timedelta(hours=2))
            clock.boot(known=True)
            asyncio.run(_drained(home, path, clock, server.base_url))
        found = audit(server.base_url, confirmed)
    return {"days": days, "readings": found.pop("confirmed"), **found}


def _opened(home: Home, path: Path, clock: Clock) -> Outbox:
    return Outbox.open(
        path,
        key=bytes(range(32)),
        tenant="t",
        hub_id=home.name,
        max_bytes=2**28,
        max_evidence=10,
        now=clock,
    )


def _lived(
    home: Home, place: int, path: Path, clock: Clock, day: int
) -> dict[str, tuple[int, int]]:
    """Measure for one day; return what was confirmed: id, meter and number."""
    chance = random.Random(day)  # noqa: S311 - which days, no secret
    clock.boot(known=day == 0 or chance.random() < 0.7)  # most days
    confirmed = {}
    with _opened(home, path, clock) as outbox:
        waiting = []
        for meter, number, record in _measured(home, place, clock, day):
            waiting.append((outbox.put(record), meter, number, record.id))
        for future, meter, number, name in waiting:
            if not future.result(_STORE_LIMIT_S).duplicate:
                confirmed[name] = (meter, number)
    return confirmed


def _measured(
    home: Home, place: int, clock: Clock, day: int
) -> Iterator[tuple[int, int, Measured]]:
    model = blood_pressure().reading
    for turn, minute in enumerate(home.times):
        clock.until(_START + timedelta(days=day, minutes=minute))
        at = clock.at
        shown = DeviceTime(
            year=at.year, month=at.month, day=at.day, hour=at.hour, minute=at.minute, second=0
        )
        for meter in range(home.meters):
            number = day * len(home.times) + turn
            timing = replace(model.timing, received=clock(), device_time=shown, clock_check=None)
            cuff = replace(CUFF, address=f"C0:26:DA:00:{place:02X}:{meter:02X}")
            made = replace(model, meter=cuff, sequence=number, timing=timing)
            yield 16 * place + meter, number, measured(made, PATIENT)


async def _drained(home: Home, path: Path, clock: Clock, base_url: str) -> None:
    """Let the hub send all it has."""
    link = HttpsLink(Fhir(base_url=base_url))
    with _opened(home, path, clock) as outbox:
        uploader = Uploader(
            engine=Engine(policy=Policy(), hub=HubFacts(id=home.name, software="0"), zone=UTC),
            outbox=outbox,
            link=link,
            status=Status(),
            batch=20,
            order=Order(zone=UTC),
            budget=Budget(0, now_s=lambda: 0.0),
            now=clock,
        )
        service = asyncio.create_task(uploader.run())
        async with asyncio.timeout(_LIMIT_S):
            await asyncio.to_thread(_until_empty, outbox)
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)
        uploader.close()
    link.close()


def _until_empty(outbox: Outbox) -> None:
    while outbox.pending(1):
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

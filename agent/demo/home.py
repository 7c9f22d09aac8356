"""One simulated home, from virtual meters to a real FHIR server, and its books."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent import hub
from agent.clock import HubClock
from agent.demo import broker, display
from agent.demo.broker import Way
from agent.demo.meters import Household
from agent.demo.server import DemoServer, Held, held, put
from agent.demo.view import Tally, screen
from agent.screen.values import Topic
from agent.visit.lines import HubLine
from config.schema import Camera, Config, Fhir, Hub, Patient, Radio, Screen

if TYPE_CHECKING:
    from agent.demo.visits import Inviter

log = logging.getLogger(__name__)

PATIENT = "Patient/demo-patient"
_REDRAW_S = 1.0
_DRAIN_LIMIT_S = 60.0
_REACH_LIMIT_S = 20.0
_LATEST = 6
_CLEAR = "\x1b[2J\x1b[H"


@dataclass(slots=True)
class _Books:
    """What the demo knows so far."""

    began: float
    server: Held


def run(  # noqa: PLR0913 - a word of the command line each
    *,
    seconds: float,
    as_json: bool,
    port: int,
    by_mqtt: bool = False,
    with_screen: bool = False,
    language: str = "en",
) -> None:
    """Run the home until Ctrl-C, or for so many seconds; then print what became of each reading."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="hearth-demo-") as directory:
        folder = Path(directory)
        with DemoServer(folder, port=port) as server:
            put(
                server.base_url,
                {"resourceType": "Patient", "id": PATIENT.rpartition("/")[2], "active": True},
            )
            config = settings(folder, server.base_url, with_screen=with_screen, language=language)
            with _way(folder, config, by_mqtt=by_mqtt) as scene:
                tally = asyncio.run(_live(scene, server, seconds=seconds, quiet=as_json))
                over = {} if scene.way is None else {"answered_over_mqtt": scene.way.answered()}
    if as_json:
        sys.stdout.write(json.dumps(tally.as_json() | over) + "\n")
    else:
        sys.stdout.write(_farewell(tally))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """The hub's settings, and what stands between it and the care team."""

    config: Config
    way: Way | None = None
    line: HubLine | None = None
    inviter: Inviter | None = None


@contextlib.contextmanager
def _way(folder: Path, config: Config, *, by_mqtt: bool) -> Iterator[_Scene]:
    """Give the hub a broker and a bridge, if it is to send by MQTT, and a page for visits."""
    inviter = None
    if config.screen.enabled:
        from agent.demo.visits import Inviter, beside, web_of  # noqa: PLC0415 - only for a screen

        inviter = Inviter(config.hub.tenant, config.hub.id)
        config = replace(config, hub=replace(config.hub, signers=(inviter.public,)))
    if not by_mqtt and inviter is None:
        yield _Scene(config=config)
    elif not by_mqtt and inviter is not None:
        with beside(folder, config, inviter) as (config, line):
            yield _Scene(config=config, line=line, inviter=inviter)
    else:
        with broker.way(
            folder,
            config.fhir.base_url,
            hub_id=config.hub.id,
            tenant=config.hub.tenant,
            patient=config.patient.reference,
            web=web_of(inviter) if inviter else None,
            plugs=(inviter,) if inviter else (),
        ) as way:
            if inviter is not None and way.running.pages is not None:
                inviter.origin = way.running.pages.origin
            yield _Scene(config=replace(config, mqtt=way.mqtt), way=way, inviter=inviter)


def settings(
    folder: Path, base_url: str, *, with_screen: bool = False, language: str = "en"
) -> Config:
    """Return the settings of the demo's hub: every meter on the virtual radio is this patient's."""
    return Config(
        hub=Hub(id="demo-hub", tenant="demo", timezone="UTC", state_dir=folder / "state"),
        patient=Patient(reference=PATIENT),
        fhir=Fhir(base_url=base_url),
        radio=Radio(accept="any"),
        camera=Camera(enabled=with_screen),
        screen=Screen(enabled=with_screen, phone="030 1234567", code="2468", language=language),
    )


async def _live(scene: _Scene, server: DemoServer, *, seconds: float, quiet: bool) -> Tally:
    config = scene.config
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    line = scene.line or HubLine()
    day = display.day(config.screen.language) if config.screen.enabled else None
    async with (
        Household(calm=day is not None) as house,
        hub.assembled(
            config,
            backend=house.backend,
            care=day,
            line=line,
            # A made-up home has this machine's time, whether or not anybody vouches for it.
            clock=HubClock(synchronised=lambda: True),
        ) as parts,
        display.shown(parts.display),
    ):
        visit = await _open_to_visits(scene, parts)
        if scene.way is not None:
            await _reached(line)
        books = _Books(began=time.monotonic(), server=Held(readings=0, duplicates=0))
        service = asyncio.create_task(hub.serve(parts), name="hub")
        limit = books.began + seconds if seconds else float("inf")
        while not told.is_set() and time.monotonic() < limit and not service.done():
            await _look(books, server)
            if not quiet:
                alarms = parts.status.snapshot().alarms
                _draw(_tally(books, parts, house), house, server.base_url, visit, alarms)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    told.wait(), min(_REDRAW_S, max(limit - time.monotonic(), 0.01))
                )
        await house.stop_measuring()
        tally = await _drained(books, parts, house, server)
        service.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await service
        return tally


async def _reached(line: HubLine) -> None:
    """Wait until the hub has reached the broker: what it sends before would go by HTTPS."""
    from sync.links.mqtt import MqttLink  # noqa: PLC0415 - a demo without a broker has no need of it

    if isinstance(line.end, MqttLink):
        await asyncio.to_thread(line.end.ready, _REACH_LIMIT_S)


async def _open_to_visits(scene: _Scene, parts: hub.Parts) -> str:
    """Have the demo's patient allow visits; return what the clinician opens, "" for nothing."""
    if scene.inviter is None or parts.visits is None or parts.display is None:
        return ""
    scene.inviter.keys = parts.visits.keys
    for topic in (Topic.VISITS, Topic.CAMERA):
        await asyncio.to_thread(parts.display.book.consent, topic, given=True)
    return scene.inviter.address


async def _drained(books: _Books, parts: hub.Parts, house: Household, server: DemoServer) -> Tally:
    """Wait until every meter has handed over its records and nothing waits to go up; count.

    A record that a meter has handed over may be on its way to the store: it is lost if it does not
    arrive within the limit.
    """
    limit = time.monotonic() + _DRAIN_LIMIT_S
    while True:
        counts = parts.outbox.counts()
        is_done = house.all_read() and not counts.pending and not counts.held
        is_late = time.monotonic() > limit
        if is_done or is_late:
            await _look(books, server)
            tally = _tally(books, parts, house)
            if is_late or (not tally.lost and tally.acknowledged + tally.parked >= tally.stored):
                return tally
        await asyncio.sleep(0.2)


async def _look(books: _Books, server: DemoServer) -> None:
    books.server = await asyncio.to_thread(held, server.base_url)


def _tally(books: _Books, parts: hub.Parts, house: Household) -> Tally:
    counts, seen = parts.outbox.counts(), parts.status.snapshot()
    return Tally(
        taken=house.taken,
        stored=seen.stored,
        acknowledged=seen.acknowledged,
        on_server=books.server.readings,
        duplicates=books.server.duplicates,
        parked=counts.parked,
        dropped={**seen.dropped, **seen.unreadable},
        seconds=time.monotonic() - books.began,
    )


def _draw(
    tally: Tally, house: Household, server: str, visit: str, alarms: Mapping[str, str]
) -> None:
    latest = house.latest(_LATEST)
    text = screen(tally, latest=latest, server=server, visit=visit, alarms=alarms)
    sys.stdout.write(f"{_CLEAR if sys.stdout.isatty() else ''}{text}\n")
    sys.stdout.flush()


def _farewell(tally: Tally) -> str:
    reasons = "".join(f", {count} set aside ({why})" for why, count in tally.dropped.items())
    return (
        f"\n{tally.taken} readings taken, {tally.on_server} on the server, "
        f"{tally.duplicates} twice, {tally.lost} lost{reasons}.\n"
    )

"""The composition root: makes every part of the hub, runs them together, stops them cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.adopted import Meters
from agent.applied import with_applied
from agent.audit import Audit
from agent.cables import wire_of
from agent.clock import HubClock
from agent.decisions import decide
from agent.desk import Desk
from agent.display.join import joined
from agent.downlink import Downlink
from agent.enrol.service import note_joined, renewal_of
from agent.estimates import Estimates
from agent.failure import EXIT_FAILED, EXIT_SETTINGS, tell
from agent.guard.guardian import Guardian
from agent.guard.join import guardian_of
from agent.ingest import Ingest
from agent.keys import present_rung
from agent.listening import Around, listening, pairing_of
from agent.notify import notify
from agent.offline import ordered, store_of
from agent.pairing import Pairing
from agent.persons import Owners
from agent.radio import RadioSink
from agent.rekey import HubKeys
from agent.report import look_of
from agent.status import Status
from agent.supervise import supervise
from agent.upload import Bell, Uploader
from agent.visit.lines import HubLine
from agent.visit.start import visits_of
from agent.watch import watch
from agent.way_up import errands_of, uploader_of, way_up
from config.load import ConfigError
from config.schema import Config
from drivers.links.ble import Backend, BleLink
from drivers.links.cable import SerialLink
from drivers.links.healer import Healer, Heals
from sync.links.failover import Way
from sync.outbox import Outbox
from sync.report import Reporter
from vitals.errors import HearthError

if TYPE_CHECKING:
    from agent.display.care import Care
    from agent.display.display import Display
    from agent.enrol.renew import Renewal
    from agent.visit.desk import VisitDesk

log = logging.getLogger(__name__)

_BOOTS = "boots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything a running hub is made of."""

    config: Config
    status: Status
    outbox: Outbox
    uploader: Uploader
    guardian: Guardian
    down: Downlink
    radio: BleLink | None
    desk: Desk
    pairing: Pairing | None = None
    healer: Healer | None = None
    display: Display | None = None
    visits: VisitDesk | None = None
    wire: SerialLink | None = None
    renewal: Renewal | None = None


@contextlib.asynccontextmanager
async def assembled(  # noqa: PLR0913 - what a test or a demo replaces, by name
    config: Config,
    *,
    backend: Backend | None = None,
    care: Care | None = None,
    line: HubLine | None = None,
    heals: Heals | None = None,
    clock: HubClock | None = None,
) -> AsyncIterator[Parts]:
    """Make the parts of one hub; close the store when done, whatever happened."""
    status, clock = Status(), clock or HubClock()
    keys, outbox, audit = _opened(config, status, clock)
    note_joined(config, audit)
    look = look_of(config, outbox, status, clock)
    link: Way | None = None
    bell, line = Bell(asyncio.get_running_loop()), line or HubLine()
    try:
        link = way_up(config, bell, line)
        errands = errands_of(config, outbox, status, audit)
        bell.look = errands[1].nudge
        guardian = guardian_of(config, outbox, errands[1], bell, status=status, clock=clock)
        uploader = bell.uploader = uploader_of(
            config,
            outbox,
            link,
            status=status,
            clock=clock,
            errands=(*errands, guardian.answers, Reporter(hub_id=config.hub.id, look=look)),
            watch=guardian,
        )
        ingest = Ingest(outbox, Owners.of(config), status, bell.nudge)
        estimates = Estimates(config.camera, ingest, clock)
        meters = Meters(config, outbox)
        pairing = pairing_of(config, meters, audit, clock, backend)

        def decided(asked: Mapping[str, Any]) -> dict[str, Any]:
            answer = decide(outbox, audit, asked)
            ingest.decided(asked, answer)
            bell.nudge()
            return answer

        def answered(asked: Mapping[str, Any]) -> dict[str, Any]:
            if asked.get("do") == "estimate":
                return estimates.take(asked)
            if pairing is not None and (said := pairing.answer(asked)) is not None:
                return said
            return decided(asked)

        def commanded(asked: Mapping[str, Any]) -> dict[str, Any]:
            if asked.get("do") == "alarms":
                return {"alarms": status.snapshot().alarms}
            if visits is not None and asked.get("do") == "visit-key":
                return visits.keys
            done = ordered(keys, outbox, audit, asked)
            bell.nudge()
            return answered(asked) if done is None else done

        display = joined(
            config,
            ingest,
            outbox=outbox,
            status=status,
            clock=clock,
            decide=answered,
            down=errands[1],
            guardian=guardian,
            estimates=estimates,
            care=care,
            meters=meters,
            pairing=pairing,
        )
        visits = visits_of(
            config,
            display,
            guardian.answers,
            outbox=outbox,
            audit=audit,
            clock=clock,
            line=line,
            nudge=bell.nudge,
            down=errands[1],
        )
        ingest.shown = look.watched(ingest.shown)
        sink = RadioSink(ingest, outbox, status)
        sink.proved = meters.proved
        sink.met, sink.powered = guardian.met, (look.powered, guardian.powered)
        around = Around(
            config=config,
            meters=meters,
            status=status,
            outbox=outbox,
            now=clock,
            unpaired=guardian.unpaired,
            heals=heals,
        )
        radio, healer = listening(around, sink, backend, pairing)
        look.radio = radio
        if healer is not None:
            look.faults = healer.history.often
        yield Parts(
            config=config,
            status=status,
            outbox=outbox,
            uploader=uploader,
            guardian=guardian,
            down=errands[1],
            radio=radio,
            pairing=pairing,
            healer=healer,
            wire=wire_of(config, sink, clock),
            renewal=renewal_of(config, errands[1], status=status, audit=audit, clock=clock),
            desk=Desk(config.hub.state_dir, commanded),
            display=display,
            visits=visits,
        )
    finally:
        if link is not None:
            link.close()
        outbox.close()


def _opened(config: Config, status: Status, clock: HubClock) -> tuple[HubKeys, Outbox, Audit]:
    """Open the store, and note in its trail that the hub started."""
    config.hub.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = HubKeys(config.hub.state_dir, create=True)
    outbox = store_of(config, keys, clock)
    keys.settle()
    clock.resume(outbox.recall(_BOOTS), lambda octets: outbox.remember(_BOOTS, octets))
    for warning in outbox.warnings:
        status.alarm(warning.code, warning.message)
        log.error("store mended code=%s", warning.code)
    audit = Audit(outbox, clock)
    audit.note_start(config, rung=present_rung(config.hub.state_dir))
    return keys, outbox, audit


async def serve(parts: Parts) -> None:
    """Run every service of the hub until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(supervise("upload", parts.uploader.run), name="upload")
        group.create_task(supervise("care", parts.guardian.run), name="care")
        if parts.radio is not None:
            group.create_task(supervise("radio", parts.radio.run), name="radio")
        if parts.pairing is not None:
            group.create_task(supervise("warden", parts.pairing.warden.run), name="warden")
        if parts.healer is not None:
            group.create_task(supervise("healer", parts.healer.run), name="healer")
        if parts.wire is not None:
            group.create_task(supervise("wire", parts.wire.run), name="wire")
        if parts.display is not None:
            group.create_task(supervise("screen", parts.display.run), name="screen")
        if parts.visits is not None:
            group.create_task(supervise("visits", parts.visits.run), name="visits")
        if parts.renewal is not None:
            group.create_task(supervise("renewal", parts.renewal.run), name="renewal")
        group.create_task(supervise("desk", parts.desk.run), name="desk")
        group.create_task(watch(parts), name="watch")


async def run(config: Config, *, backend: Backend | None = None) -> None:
    """Run one hub until SIGTERM, SIGINT or cancellation."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        async with assembled(config, backend=backend) as parts:
            service = asyncio.create_task(serve(parts))
            stop = asyncio.create_task(told.wait())
            await asyncio.wait({service, stop}, return_when=asyncio.FIRST_COMPLETED)
            notify("STOPPING=1")
            stop.cancel()
            service.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await service
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def main(arguments: list[str]) -> int:
    """Run the hub as a program of its own: `python -m agent.hub SETTINGS [-v]`.

    Returns 0 when told to stop; a HubError becomes a sentence and 1, a wrong setting 78.
    """
    wordy = "-v" in arguments[1:] or "INVOCATION_ID" in os.environ
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if wordy else logging.WARNING,
        format="%(levelname)s %(name)s %(message)s",
    )
    try:
        asyncio.run(run(with_applied(Path(arguments[0]))))
    except ConfigError as error:
        return tell(error, EXIT_SETTINGS)
    except HearthError as error:
        return tell(error, EXIT_FAILED)
    except BaseExceptionGroup as group:
        # A part was given up; its own message may hold what a patient measured.
        first = group.exceptions[0]
        log.critical("the hub stops error=%s", type(first).__name__)
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

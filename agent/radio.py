"""What the radio link tells the hub."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from agent.ingest import Ingest, meter_key
from agent.status import Status
from config.schema import Meter
from drivers import registry
from drivers.assembler import Assembler
from drivers.driver import Driver
from drivers.frame import Frame
from drivers.sessions.session import Finish, Outcome
from sync.outbox import Outbox, Stored
from vitals.errors import HubError
from vitals.reading import ClockCheck, DeviceTime, MeterIdentity

log = logging.getLogger(__name__)


def secrets(meter: Meter) -> dict[str, str]:
    """Return what the care team entered for one meter, as its session knows it."""
    found = {f"consent.{slot}": code for slot, code in meter.consent.items()}
    return found | ({"key": meter.key} if meter.key else {})


def chosen(name: str, drivers: Sequence[Driver]) -> Driver | None:
    """Return the driver the settings name, None when they name none; raises HubError RADIO-01."""
    found = registry.named(name, drivers)
    if name and found is None:
        known = [driver.name for driver in drivers]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise HubError(
            f"A meter in the settings has a driver that does not exist: {name!r}.",
            fix=f"{hint}Known here: {', '.join(known)}. Leave it out to let the hub find it.",
            code="RADIO-01",
        )
    return found


class RadioSink:
    """Takes frames from the radio into the outbox, and remembers how far each meter was read."""

    def __init__(self, ingest: Ingest, outbox: Outbox, status: Status) -> None:
        """Keep the way in and the way to remember."""
        self._ingest = ingest
        self._outbox = outbox
        self._status = status
        self._assemblers: dict[str, Assembler] = {}
        self._held: dict[str, list[Future[Stored]]] = {}
        self.met: Callable[[str, str], object] = lambda _address, _outcome: None
        self.proved: Callable[[MeterIdentity], object] = lambda _: None
        self.powered: Sequence[Callable[[MeterIdentity, int], object]] = ()

    def began(self, driver: Driver, meter: MeterIdentity) -> None:
        """Start putting this session's frames together."""
        self._assemblers[meter.address] = Assembler(driver)
        self._held[meter.address] = []

    def frame(self, driver: Driver, frame: Frame) -> Future[Stored]:
        """Store a frame at once."""
        assembler = self._assemblers.get(frame.meter.address) or Assembler(driver)
        future = self._ingest.frame(driver, assembler, frame)
        if driver.context:
            self._held.setdefault(frame.meter.address, []).append(future)
        return future

    def mark(self, meter: MeterIdentity) -> bytes | None:
        """Return how far this meter was read."""
        return self._outbox.recall(meter_key(meter))

    def clock_set(
        self,
        driver: Driver,
        meter: MeterIdentity,
        before: ClockCheck | None,
        after: DeviceTime | None,
    ) -> None:
        """Note that a meter's clock was set; what it said is in the readings taken before."""
        del meter, before, after
        self._status.count("clocks_set")
        log.info("meter clock set driver=%s", driver.name)

    def battery(self, driver: Driver, meter: MeterIdentity, percent: int) -> None:
        """Hand on what a meter says of its battery."""
        del driver
        for hear in self.powered:
            hear(meter, percent)

    def ended(self, driver: Driver, meter: MeterIdentity, finish: Finish) -> None:
        """Remember how far the meter was read, and stop waiting for contexts."""
        self._status.count("sessions")
        self.met(meter.address, finish.outcome.value)
        if finish.outcome is Outcome.COMPLETE:
            self.proved(meter)
        log.info(
            "session ended driver=%s outcome=%s why=%s",
            driver.name,
            finish.outcome.value,
            finish.why or "-",
        )
        assembler = self._assemblers.pop(meter.address, None)
        if assembler is not None:
            self._ingest.leftovers(assembler)
        done = [future for future in self._held.pop(meter.address, []) if future.done()]
        self._outbox.release(future.result().seq for future in done if future.exception() is None)
        self._ingest.tell()
        if finish.mark is not None:
            self._outbox.remember(meter_key(meter), finish.mark)

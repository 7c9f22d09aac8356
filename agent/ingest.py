"""From a frame to a sealed row: decode, doubt, decide whose it is, store. All is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from agent.persons import NOBODYS, NOT_LIKE_THEM, Owners, Weights
from agent.status import Status
from drivers.assembler import Assembler
from drivers.driver import Driver, Drop
from drivers.frame import Frame
from sync.outbox import Outbox, Stored
from sync.record import Measured, Unreadable, measured
from vitals import plausibility
from vitals.errors import DecodeError, HubError
from vitals.quantity import Quantity
from vitals.reading import Flag, ImpossibleReadingError, MeterIdentity, Reading

log = logging.getLogger(__name__)

IMPOSSIBLE = "DEC-02"
CONTROL_SOLUTION = "DROP-01"
DEMO, TESTING = "DROP-02", "DROP-03"
NOBODY = ""
LONELY_CONTEXT = "CTX-01"
_CONTEXT_HOLD_S = 90.0  # longer than any RACP session's idle limit
_PARK_HOLD_S = 60.0


class Ingest:
    """Takes every frame from the links and puts it into the outbox before anything else."""

    def __init__(
        self, outbox: Outbox, owners: Owners, status: Status, stored: Callable[[], None]
    ) -> None:
        """Keep the outbox and whom to tell (from any thread) when a row is on disk."""
        self._outbox = outbox
        self._owners = owners
        self._status = status
        self._stored = stored
        self.shown: Callable[[Measured, int, bool], None] = _nobody
        self._weights = Weights(outbox)

    def frame(self, driver: Driver, assembler: Assembler, frame: Frame) -> Future[Stored]:
        """Store what this frame says; the future ends when it is on disk."""
        try:
            made = assembler.take(frame)
        except DecodeError as error:
            return self._evidence(frame, error.code, error.message)
        except ImpossibleReadingError as error:
            return self._evidence(frame, IMPOSSIBLE, str(error))
        if isinstance(made, Reading):
            return self._reading(driver, frame, made)
        if made.waits:
            # Kept by the assembler for its other half; `leftovers` says if that never comes.
            return _done()
        return _done()  # nothing in it: a strap without contact, an empty packet of a scale

    def estimate(self, reading: Reading) -> Future[Stored]:
        """Store what the camera estimated of the hub's own patient."""
        future = self._put(plausibility.check(reading), self._owners.patient, hold_s=0.0)
        future.add_done_callback(self._count)
        return future

    def decided(self, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Take a reading that was held as its patient's own, where a person said whose it is."""
        row = self._outbox.entry(answer["seq"]) if asked.get("do") == "assign" else None
        if row is not None and isinstance(row.record, Measured):
            self._weights.learn(row.record.patient, row.record.reading)
            self.shown(row.record, answer["seq"], False)  # noqa: FBT003 - a callback

    def tell(self) -> None:
        """Say that rows may be ready to go up."""
        self._stored()

    def leftovers(self, assembler: Assembler) -> None:
        """Keep the contexts whose measurement never came."""
        for frame in assembler.leftovers():
            self._evidence(frame, LONELY_CONTEXT, "a context without its measurement")

    def _reading(self, driver: Driver, frame: Frame, reading: Reading) -> Future[Stored]:
        if (dropped := _dropped(driver, reading)) is not None:
            code, why = dropped
            future = self._keep(frame, code, why)
            future.add_done_callback(_if_new(lambda: self._status.drop(code)))
            return future
        doubted = plausibility.check(reading)
        patient = self._owners.patient_of(doubted)
        if patient is None:
            why = "The meter's user slot belongs to nobody yet; bind it under [[meter]] slots."
            return self._held(doubted, NOBODY, NOBODYS, why)
        if self._owners.is_shared(doubted) and not self._weights.is_like(patient, doubted):
            why = "On a shared scale, this weight is far from this person's last ones."
            return self._held(doubted, patient, NOT_LIKE_THEM, why)
        hold_s = _CONTEXT_HOLD_S if doubted.context_follows else 0.0
        future = self._put(doubted, patient, hold_s=hold_s)
        future.add_done_callback(self._count)
        future.add_done_callback(_if_new(lambda: self._weights.learn(patient, doubted)))
        return future

    def _evidence(self, frame: Frame, code: str, why: str) -> Future[Stored]:
        log.warning("frame kept as evidence driver=%s code=%s", frame.meter.driver, code)
        future = self._keep(frame, code, why)
        future.add_done_callback(_if_new(lambda: self._status.unreadable(code)))
        return future

    def _keep(self, frame: Frame, code: str, why: str) -> Future[Stored]:
        return self._outbox.put(
            Unreadable(
                frame=frame.raw, meter=frame.meter, received=frame.received, code=code, why=why
            )
        )

    def _held(self, reading: Reading, patient: str, code: str, why: str) -> Future[Stored]:
        """Store a reading and set it aside: nobody's until a person says whose it is."""
        self._status.count("unbound")
        future = self._put(reading, patient, hold_s=_PARK_HOLD_S, held=True)

        def quarantine(stored: Future[Stored]) -> None:
            self._count(stored)
            if stored.exception() is None and not stored.result().duplicate:
                self._outbox.park(stored.result().seq, code=code, reason=why)

        future.add_done_callback(quarantine)
        return future

    def _put(
        self, reading: Reading, patient: str, *, hold_s: float, held: bool = False
    ) -> Future[Stored]:
        """Store a reading, and show it once it is on disk."""
        record = measured(reading, patient)
        future = self._outbox.put(record, hold_s=hold_s)

        def show() -> None:
            self.shown(record, future.result().seq, held)

        future.add_done_callback(_if_new(show))
        return future

    def _count(self, future: Future[Stored]) -> None:
        error = future.exception()
        if isinstance(error, HubError):
            self._status.count("refused")
            if self._status.alarm(error.code, error.message):
                log.error("reading not stored code=%s", error.code)
        elif error is not None:
            self._status.count("refused")
            log.error("reading not stored error=%s", type(error).__name__)
        elif future.result().duplicate:
            self._status.count("repeated")
        elif future.result().supersedes is not None:
            self._status.count("completed")
            self._stored()
        else:
            self._status.count("stored")
            self._stored()


def _dropped(driver: Driver, reading: Reading) -> tuple[str, str] | None:
    """Return why a record must not enter anybody's chart, None for one that may."""
    marks = {
        Drop.CONTROL_SOLUTION: Quantity.GLUCOSE_CONTROL_SOLUTION in reading.values,
        Drop.DEMO: Flag.DEMO in reading.flags,
        Drop.TESTING: Flag.TESTING in reading.flags,
    }
    return next((_DROPS[one] for one in driver.drop if marks[one]), None)


_DROPS = {
    Drop.CONTROL_SOLUTION: (CONTROL_SOLUTION, "a control-solution test is no patient's"),
    Drop.DEMO: (DEMO, "a demonstration is no patient's"),
    Drop.TESTING: (TESTING, "a test of the device is no patient's"),
}


def _if_new(tell: Callable[[], None]) -> Callable[[Future[Stored]], None]:
    def told(future: Future[Stored]) -> None:
        if future.exception() is None and not future.result().duplicate:
            tell()

    return told


def _nobody(record: Measured, seq: int, held: bool) -> None:  # noqa: FBT001 - a callback
    """Show a reading to nobody: a hub without a screen."""


def _done() -> Future[Stored]:
    future: Future[Stored] = Future()
    future.set_result(Stored(seq=0, duplicate=True))
    return future


def meter_key(meter: MeterIdentity) -> str:
    """Name what the hub remembers of one meter; the outbox stores only a keyed hash of it."""
    return f"mark/{meter.address.upper()}"

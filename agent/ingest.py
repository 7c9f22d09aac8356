"""From a frame to a sealed row: decode, doubt, decide whose it is, store. All is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from agent.status import Status
from config.schema import Config
from drivers.assembler import Assembler
from drivers.driver import Driver, Drop
from drivers.frame import Frame
from drivers.links import ports
from sync.outbox import Outbox, Stored
from sync.record import Unreadable, measured
from vitals import plausibility
from vitals.errors import DecodeError, HubError
from vitals.quantity import Quantity
from vitals.reading import ImpossibleReadingError, MeterIdentity, Reading

log = logging.getLogger(__name__)

IMPOSSIBLE = "DEC-02"
CONTROL_SOLUTION = "DROP-01"
NOBODYS = "WHO-01"
NOBODY = ""
LONELY_CONTEXT = "CTX-01"
_CONTEXT_HOLD_S = 90.0  # longer than any RACP session's idle limit
_PARK_HOLD_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Whose reading it is, by meter and user slot, from the hub's settings."""

    patient: str
    slots: dict[str, dict[str, str]]

    @classmethod
    def of(cls, config: Config) -> Owners:
        """Take the owners from a hub's settings."""
        slots = {
            (meter.address or ports.address(meter.driver, meter.port)).upper(): dict(meter.slots)
            for meter in config.meter
        }
        return cls(patient=config.patient.reference, slots=slots)

    def patient_of(self, reading: Reading) -> str | None:
        """Return the patient, or None when nobody told us about this user of this meter.

        A meter whose users are told apart in the settings also has guests: theirs is nobody's.
        """
        slots = self.slots.get(reading.meter.address.upper(), {})
        if reading.user_slot is None:
            return None if slots else self.patient
        return slots.get(str(reading.user_slot))


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
            # Kept by the assembler for its measurement; `leftovers` says if that never comes.
            return _done()
        return self._evidence(frame, "DEC-00", "the driver makes no reading of this frame")

    def tell(self) -> None:
        """Say that rows may be ready to go up."""
        self._stored()

    def leftovers(self, assembler: Assembler) -> None:
        """Keep the contexts whose measurement never came."""
        for frame in assembler.leftovers():
            self._evidence(frame, LONELY_CONTEXT, "a context without its measurement")

    def _reading(self, driver: Driver, frame: Frame, reading: Reading) -> Future[Stored]:
        control = Quantity.GLUCOSE_CONTROL_SOLUTION in reading.values
        if control and Drop.CONTROL_SOLUTION in driver.drop:
            future = self._keep(frame, CONTROL_SOLUTION, "a control-solution test is no patient's")
            future.add_done_callback(_if_new(lambda: self._status.drop(CONTROL_SOLUTION)))
            return future
        doubted = plausibility.check(reading)
        patient = self._owners.patient_of(doubted)
        if patient is None:
            return self._nobodys(doubted)
        hold_s = _CONTEXT_HOLD_S if doubted.context_follows else 0.0
        future = self._outbox.put(measured(doubted, patient), hold_s=hold_s)
        future.add_done_callback(self._count)
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

    def _nobodys(self, reading: Reading) -> Future[Stored]:
        self._status.count("unbound")
        future = self._outbox.put(measured(reading, NOBODY), hold_s=_PARK_HOLD_S)
        future.add_done_callback(self._quarantine)
        return future

    def _quarantine(self, future: Future[Stored]) -> None:
        self._count(future)
        if future.exception() is None and not future.result().duplicate:
            why = "The meter's user slot belongs to nobody yet; bind it under [[meter]] slots."
            self._outbox.park(future.result().seq, code=NOBODYS, reason=why)

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


def _if_new(tell: Callable[[], None]) -> Callable[[Future[Stored]], None]:
    def told(future: Future[Stored]) -> None:
        if future.exception() is None and not future.result().duplicate:
            tell()

    return told


def _done() -> Future[Stored]:
    future: Future[Stored] = Future()
    future.set_result(Stored(seq=0, duplicate=True))
    return future


def meter_key(meter: MeterIdentity) -> str:
    """Name what the hub remembers of one meter; the outbox stores only a keyed hash of it."""
    return f"mark/{meter.address.upper()}"

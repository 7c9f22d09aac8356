"""From a frame to a sealed row: decode, doubt, decide whose it is, store. Nothing is thrown away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from agent.status import Status
from config.schema import Config
from drivers.driver import Driver, Drop
from drivers.frame import Frame
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
        slots = {meter.address.upper(): dict(meter.slots) for meter in config.meter}
        return cls(patient=config.patient.reference, slots=slots)

    def patient_of(self, reading: Reading) -> str | None:
        """Return the patient, or None when the meter names a user nobody told us about."""
        if reading.user_slot is None:
            return self.patient
        return self.slots.get(reading.meter.address.upper(), {}).get(str(reading.user_slot))


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

    def frame(self, driver: Driver, frame: Frame) -> Future[Stored]:
        """Store what this frame says; the future ends when it is on disk."""
        decode = driver.notify[frame.uuid]
        try:
            reading = decode(frame)
        except DecodeError as error:
            return self.unreadable(frame, error.code, error.message)
        except ImpossibleReadingError as error:
            return self.unreadable(frame, IMPOSSIBLE, str(error))
        if reading is None:
            return self.unreadable(frame, "DEC-00", "the driver makes no reading of this frame")
        return self.reading(driver, frame, reading)

    def reading(self, driver: Driver, frame: Frame, reading: Reading) -> Future[Stored]:
        """Store a reading that a session already made, for instance with its context."""
        control = Quantity.GLUCOSE_CONTROL_SOLUTION in reading.values
        if control and Drop.CONTROL_SOLUTION in driver.drop:
            self._status.drop(CONTROL_SOLUTION)
            return self._keep(frame, CONTROL_SOLUTION, "a control-solution test is no patient's")
        self._status.count("received")
        doubted = plausibility.check(reading)
        patient = self._owners.patient_of(doubted)
        if patient is None:
            return self._nobodys(doubted)
        hold_s = _CONTEXT_HOLD_S if doubted.context_follows else 0.0
        future = self._outbox.put(measured(doubted, patient), hold_s=hold_s)
        future.add_done_callback(self._count)
        return future

    def unreadable(self, frame: Frame, code: str, why: str) -> Future[Stored]:
        """Keep a frame that could not become a reading, and say so."""
        self._status.unreadable(code)
        log.warning("frame kept as evidence driver=%s code=%s", frame.meter.driver, code)
        return self._keep(frame, code, why)

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
        else:
            self._status.count("repeated" if future.result().duplicate else "stored")
            self._stored()


def meter_key(meter: MeterIdentity) -> str:
    """Name what the hub remembers of one meter; the outbox stores only a keyed hash of it."""
    return f"last-sequence/{meter.address.upper()}"

"""Whose reading it is: by meter and slot from the settings, and by what they weighed before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from config.schema import Config
from drivers.links import ports
from sync.outbox import Outbox
from vitals.outlier import MOST_HISTORY, is_outlier, weight_kg
from vitals.reading import Reading

NOBODYS = "WHO-01"
NOT_LIKE_THEM = "WHO-02"
QUESTIONS = {
    NOBODYS: "Whose reading is this?",
    NOT_LIKE_THEM: "Was this you?",
}
"""What the care team, or the screen, asks about a reading that is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Whose reading it is, by meter and user slot, from the hub's settings."""

    patient: str
    slots: dict[str, dict[str, str]]
    shared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: Config) -> Owners:
        """Take the owners from a hub's settings."""
        names = {
            (meter.address or ports.address(meter.driver, meter.port)).upper(): meter
            for meter in config.meter
        }
        slots = {name: dict(meter.slots) for name, meter in names.items()}
        shared = frozenset(n for n, meter in names.items() if meter.shared or meter.slots)
        return cls(patient=config.patient.reference, slots=slots, shared=shared)

    def patient_of(self, reading: Reading) -> str | None:
        """Return the patient, or None when nobody told us about this user of this meter.

        A meter whose users are told apart in the settings also has guests: theirs is nobody's.
        """
        slots = self.slots.get(reading.meter.address.upper(), {})
        if reading.user_slot is None:
            return None if slots else self.patient
        return slots.get(str(reading.user_slot))

    def is_shared(self, reading: Reading) -> bool:
        """Tell whether several people use this meter."""
        return reading.user_slot is not None or reading.meter.address.upper() in self.shared


class Weights:
    """What each patient weighed lately, sealed in the store: at most 20 numbers a person."""

    def __init__(self, outbox: Outbox) -> None:
        """Keep where it is remembered."""
        self._outbox = outbox

    def is_like(self, patient: str, reading: Reading) -> bool:
        """Tell whether a weight is like this patient's; anything else always is."""
        weight = weight_kg(reading)
        return weight is None or not is_outlier(weight, self._of(patient))

    def learn(self, patient: str, reading: Reading) -> None:
        """Remember a weight that is this patient's."""
        weight = weight_kg(reading)
        if weight is not None:
            lately = [*self._of(patient), weight][-MOST_HISTORY:]
            self._outbox.remember(_name(patient), json.dumps([str(one) for one in lately]).encode())

    def _of(self, patient: str) -> list[Decimal]:
        octets = self._outbox.recall(_name(patient))
        return [] if octets is None else [Decimal(one) for one in json.loads(octets)]


def _name(patient: str) -> str:
    return f"weights/{patient}"

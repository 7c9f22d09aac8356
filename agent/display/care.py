"""What the care rules tell the screen, and hear from it. A hub without care rules has `NoCare`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from agent.screen.messages import FromScreen
from agent.screen.values import Appointment, Form, Letter, Note, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What there is to do and to read today; `more_tasks` counts those that were left out."""

    tasks: list[Task] = field(default_factory=list)
    more_tasks: int = 0
    notes: list[Note] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)


class Care(Protocol):
    """The care rules, as the screen's desk sees them."""

    @property
    def takes_letters(self) -> bool:
        """Tell whether what a patient writes reaches anybody."""

    def plan(self) -> Plan:
        """Return what there is today. May block; called in a thread."""

    def heard(self, message: FromScreen) -> None:
        """Take an answer; it must be on disk when this returns. Called in a thread."""


class NoCare:
    """Nothing is planned, so nothing is asked, and there is nothing to answer."""

    takes_letters = False

    def plan(self) -> Plan:
        """Return an empty day."""
        return Plan()

    def heard(self, message: FromScreen) -> None:
        """Drop an answer to a question that nobody asked."""
        del message

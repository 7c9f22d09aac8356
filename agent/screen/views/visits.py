"""Appointments: what is planned, and "I am ready" when it is near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from agent.screen.messages import Visit
from agent.screen.page import Button, Page, Row, Rows, Symbol, Tone
from agent.screen.values import Appointment
from agent.screen.views.thanks import Thanks
from agent.screen.views.view import Seen, Step, Tell, View

_NEAR = timedelta(minutes=15)
_MOST = 4


@dataclass(frozen=True, slots=True)
class Visits(View):
    """The next appointments."""

    def page(self, seen: Seen) -> Page:
        """List them, the nearest first."""
        words, planned = seen.words, _planned(seen)
        rows = tuple(_row(one, seen) for one in planned[:_MOST])
        return Page(
            name="visits",
            heading=words("Visits") if planned else words("No visit is planned"),
            figure=None if planned else Symbol(icon="calendar", tone=Tone.PLAIN),
            body=Rows(rows=rows) if rows else None,
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Open one."""
        found = [one for one in _planned(seen) if action == f"visit:{one.id}"]
        if found:
            return Step(view=self, opens=OneVisit(visit=found[0]))
        return Step(view=None if action == "back" else self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneVisit(View):
    """One appointment."""

    visit: Appointment

    def page(self, seen: Seen) -> Page:
        """Say who and when; near its time it can be told that the patient is ready."""
        words, visit = seen.words, self.visit
        when = words.when(visit.at, seen.now) if seen.now else ""
        near = visit.by_video and seen.now is not None and abs(visit.at - seen.now) <= _NEAR
        ready = Button(action="ready", label=words("I am ready"), icon="check", tone=Tone.ACTION)
        return Page(
            name="visit",
            heading=visit.who or visit.title,
            hint=when,
            figure=Symbol(icon="camera" if visit.by_video else "calendar", tone=Tone.ACTION),
            buttons=(ready,) if near else (),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Tell the hub."""
        if action == "ready":
            told = Visit(id=self.visit.id, accepted=True)
            thanks = Thanks(text=seen.words("Please stay near. It will ring."))
            return Step(view=thanks, effects=(Tell(message=told),))
        return Step(view=None if action == "back" else self)


def _planned(seen: Seen) -> list[Appointment]:
    return sorted(seen.home.appointments if seen.home else [], key=lambda one: one.at)


def _row(one: Appointment, seen: Seen) -> Row:
    when = seen.words.when(one.at, seen.now) if seen.now else ""
    return Row(
        icon="camera" if one.by_video else "calendar",
        title=one.who or one.title,
        note=when,
        action=f"visit:{one.id}",
    )

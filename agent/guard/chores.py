"""What no reading brings: meters that are silent, a hub that was off, a score that is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from agent.care.missed import LOOK_BACK, Cause, Missed, Seen, missed, row_of
from agent.care.plans import circles, orders
from agent.care.score import TYPED, scored, sentence
from agent.care.series import Point
from agent.care.timing import since, times
from agent.care.today import NEWS2, doing_of
from agent.care.told import moment
from agent.guard.kept import Meter
from agent.guard.work import Work
from agent.screen.values import About, Doing, Note
from drivers.sessions.session import Outcome
from sync.fhir.scored import Asked, score
from sync.messages import CarePlan, Request
from vitals.quantity import Quantity
from vitals.scores import CannotScore

ALIVE = timedelta(minutes=30)
"""How often the hub notes that it is on: shorter gaps are not seen."""
LOW = 10
"""Percent of a battery, at and below which it may be why a meter is silent."""
_BY_METER = frozenset(
    {Doing.BLOOD_PRESSURE, Doing.GLUCOSE, Doing.WEIGHT, Doing.OXYGEN, Doing.TEMPERATURE}
)
_PERSON = frozenset(
    {Outcome.NEEDS_PAIRING.value, Outcome.NEEDS_PERSON.value, Outcome.REFUSED.value}
)
_SCORE_LATE = timedelta(hours=2)
_ABOUT: Mapping[Cause, About] = {
    Cause.HUB_OFF: About.OFF,
    Cause.BATTERY: About.BATTERY,
    Cause.QUIET: About.QUIET,
    Cause.NO_METER: About.QUIET,
    Cause.NOT_TAKEN: About.WAITING,
}


class Chores:
    """Works on one look's state. `vouched` tells whether anybody set the hub's clock."""

    def __init__(self, work: Work, *, vouched: bool) -> None:
        """Keep what to work on."""
        self._work, self._state, self._now = work, work.state, work.now
        self._vouched = vouched

    def met(self, address: str, outcome: str, at: datetime) -> None:
        """Note that a meter was heard, and how that ended."""
        meter = self._state.meters.setdefault(address, Meter())
        meter.heard, meter.outcome = at, outcome
        self._work.is_changed = True

    def unpaired(self, address: str, at: datetime) -> None:
        """Ask the patient to press a meter's button; the care team has the hub's alarm BLE-04."""
        meter = self._state.meters.get(address)
        doing = meter.doing[0] if meter is not None and meter.doing else Doing.OTHER
        name = f"bond-{doing.value}"
        self._work.ask(Note(id=name, about=About.BOND, doing=doing, at=at, told=True))

    def powered(self, address: str, percent: int) -> None:
        """Note how full a meter's battery is."""
        self._state.meters.setdefault(address, Meter()).percent = percent
        self._work.is_changed = True

    def declined(self, doing: Doing, at: datetime) -> None:
        """Note that the patient said "not today"."""
        self._state.declined[f"{doing.value} {at.date()}"] = at
        self._work.is_changed = True

    def told(self, path: str, version: str) -> None:
        """Note that the server has what a word to the patient speaks of, or a flag, and as what."""
        for one in self._state.flags:
            if path == f"Flag/{one.flag['id']}":
                one.version = version
                self._work.is_changed = True
        notes = [
            replace(note, told=True) if path == path_of(note) else note
            for note in self._state.notes
        ]
        if notes != self._state.notes:
            self._state.notes = notes
            self._work.is_changed = True

    def typed(self, numbers: Mapping[str, Decimal], at: datetime) -> None:
        """Keep what a score may ask for."""
        for code, number in numbers.items():
            if code in TYPED:
                self._state.typed[code] = (str(number), at)
        self._work.is_changed = True

    def tick(self) -> None:
        """Look at what time alone brings. A clock that nobody set brings nothing."""
        if not self._vouched:
            return
        self._note_alive()
        self._tell_of_circles()
        asked: dict[Doing, list[tuple[datetime, Request]]] = {}
        for request in orders(self._work.rules, self._now):
            if request.codes and request.codes[0].code == NEWS2:
                self._score(request)
            elif (doing := doing_of(request)) in _BY_METER:
                asked.setdefault(doing, []).extend((at, request) for at in self._times(request))
        for doing, times_of in asked.items():
            self._miss(doing, times_of)

    def _note_alive(self) -> None:
        last = self._state.alive
        if last is not None and self._now - last < ALIVE:
            return
        if last is not None and self._now - last > 2 * ALIVE:
            self._state.gaps.append((last, self._now))
        self._state.alive = self._now
        self._work.is_changed = True

    def _tell_of_circles(self) -> None:
        plans = [one for one in self._work.rules if isinstance(one, CarePlan)]
        for name in circles(plans):
            version = next(plan.version for plan in plans if plan.id == name)
            raised = self._work.found(
                rule=f"CarePlan/{name}",
                version=version,
                about="circle",
                title="Care plan is a part of itself",
                text=f"CarePlan/{name} is a part of itself; the hub judges it by its own status.",
                since=self._now,
            )
            self._work.tell(raised, flagged=False)

    def _times(self, request: Request) -> list[datetime]:
        """Return when something was asked for since the hub has known of it."""
        about = _about(request)
        if about not in self._state.asked:
            self._state.asked[about] = self._now
            self._work.is_changed = True
        if request.schedule is None:
            return []
        begun = self._state.asked[about]
        return [at for at in since(request.schedule, self._now, LOOK_BACK.days) if at >= begun]

    def _miss(self, doing: Doing, asked: list[tuple[datetime, Request]]) -> None:
        """Tell of a row of missed times, whichever requests asked for them."""
        open_ = [at for at, _ in asked if not self._is_declined(doing, at)]
        row = row_of(open_, self._state.taken.get(doing), self._now)
        if self._is_told(doing, row):
            return
        found = missed(row, self._now, meters=self._meters(doing), off=self._state.gaps)
        if found is not None:
            self._state.missing[doing] = found.first
            request = next(one for at, one in asked if at == found.first)
            self._tell_of(found, _about(request), request.version, doing)

    def _is_told(self, doing: Doing, row: Sequence[datetime]) -> bool:
        """Tell whether this row was told of; a reading ends it, or that nothing is missed."""
        begun, taken = self._state.missing.get(doing), self._state.taken.get(doing)
        if begun is None:
            return False
        if row and (taken is None or taken.date() < begun.date()):
            return True  # it may have begun before all that is looked back on
        del self._state.missing[doing]
        self._work.is_changed = True
        return False

    def _is_declined(self, doing: Doing, at: datetime) -> bool:
        return f"{doing.value} {at.date()}" in self._state.declined

    def _tell_of(self, found: Missed, about: str, version: str, doing: Doing) -> None:
        first = found.first.date()
        heard = "never" if found.heard is None else moment(found.heard)
        name = doing.value.replace("-", " ")
        text = (
            f"No {name} since {first}, though it was asked for {len(found.times)} times. "
            f"{found.cause.value} A meter for it was heard last: {heard}."
        )
        raised = self._work.found(
            rule=about,
            version=version,
            about=f"missed|{doing.value}|{first}",
            title=f"Missing: {name}",
            text=text,
            since=found.first,
        )
        days = (self._now.date() - (found.heard or found.first).date()).days
        kind = _ABOUT.get(found.cause)
        note = None
        if kind is not None:
            name = raised.name("alert")
            note = Note(id=name, about=kind, doing=doing, at=found.first, days=max(days, 2))
        self._work.tell(raised, note, flagged=False)

    def _meters(self, doing: Doing) -> list[Seen]:
        return [
            Seen(
                heard=one.heard,
                battery_low=one.battery_low or (one.percent is not None and one.percent <= LOW),
                needs_person=one.outcome in _PERSON,
            )
            for one in self._state.meters.values()
            if doing in one.doing
        ]

    def _score(self, request: Request) -> None:
        """Score once at each time it was asked for; a time the hub slept through is let go."""
        about = _about(request)
        due = times(request.schedule, self._now) if request.schedule else []
        past = [at for at in due if at <= self._now < at + _SCORE_LATE]
        if not past or self._state.scored.get(about) == past[-1]:
            return
        self._state.scored[about] = past[-1]
        typed = {code: (Decimal(text), at) for code, (text, at) in self._state.typed.items()}
        found = scored(self._newest, typed, self._now, request.details)
        self._work.is_changed = True
        if isinstance(found.result, CannotScore):
            raised = self._work.found(
                rule=about,
                version=request.version,
                about=f"score|{past[-1].isoformat()}",
                title="Cannot score NEWS2",
                text=sentence(found.result),
                since=past[-1],
            )
            self._work.tell(raised, flagged=False)
            return
        hub_id, patient = self._work.hub
        at = self._now.isoformat(timespec="seconds")
        asked = Asked(hub_id=hub_id, patient=patient, request=about, at=at)
        self._work.add(score(asked, found.result, found.readings))

    def _newest(self, quantity: Quantity) -> Point | None:
        points = self._work.series(quantity)
        return points[-1] if points else None


def path_of(note: Note) -> str:
    """Return where the message for the care team is that a note speaks of."""
    return f"Communication/{note.id}"


def _about(request: Request) -> str:
    return request.about or f"{request.kind}/{request.id}"

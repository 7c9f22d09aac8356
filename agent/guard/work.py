"""One look in progress: what is known and what was found. Nothing is on disk before it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from agent.care.limits import crossings, is_quiet
from agent.care.over import Standing, after, asked, counts, is_over
from agent.care.series import Point, extended
from agent.care.taken import Taken
from agent.care.told import change_text, over_text, text_of, title_of
from agent.care.trends import Change, drift, rise
from agent.guard.kept import Flagged, Meter, State, name_of, points_octets, points_of
from agent.guard.own import Memory
from agent.screen.values import About, Doing, Note
from sync.fhir.codes import Json
from sync.fhir.raised import Raised, alert, ended, flag
from sync.messages import Goal, Message
from vitals.quantity import Quantity

_AHEAD = timedelta(days=1)  # as far as `sync.fhir.timing` believes a meter's clock
_SOLVED = frozenset({About.QUIET, About.BATTERY, About.WAITING, About.OFF, About.BOND})


class Work:
    """Applies the rules to one reading after the other."""

    def __init__(  # noqa: PLR0913 - what a look needs to know
        self,
        state: State,
        memory: Memory,
        rules: Sequence[Message],
        *,
        hub_id: str,
        patient: str,
        now: datetime,
    ) -> None:
        """Take a state that may be changed."""
        self.state, self.rules, self.now = state, rules, now
        self.raised: list[Json] = []
        self.is_changed = False
        self._memory, self._hub_id, self._patient = memory, hub_id, patient
        self._goals = [one for one in rules if isinstance(one, Goal) and one.active]
        self._series: dict[Quantity, list[Point]] = {}
        self._new: set[Quantity] = set()

    def look_at(self, taken: Taken, doing: Doing | None) -> None:
        """Hold one reading against every rule."""
        if taken.apart is not None:
            return
        if doing is not None:
            self._note_meter(taken, doing)
        for quantity, value in taken.values.items():
            if value.known is not None and taken.dated and not taken.doubted:
                point = Point(at=taken.at, number=value.known, unit=value.unit, reading=taken.id)
                self._extend(quantity, point)
        self._hold_flags_against(taken)
        self._hold_against_limits(taken, doing or Doing.OTHER)
        self._hold_against_trends(taken, doing or Doing.OTHER)

    def series(self, quantity: Quantity) -> list[Point]:
        """Return the numbers of one quantity, this look's among them."""
        if quantity not in self._series:
            self._series[quantity] = points_of(self._memory, quantity)
        return self._series[quantity]

    def series_writes(self) -> Mapping[str, bytes]:
        """Return the series that have grown, to be kept."""
        return {name_of(one): points_octets(self._series[one]) for one in self._new}

    def tell(self, raised: Raised, note: Note | None = None, *, flagged: bool = True) -> None:
        """Raise something, once and never again."""
        name = raised.name("alert")
        if name in self.state.done:
            return
        self.raised += [flag(raised)] if flagged else []
        self.raised.append(alert(raised, flagged=flagged))
        self.state.done.append(name)
        self.is_changed = True
        if note is not None:
            self.ask(note)

    def ask(self, note: Note) -> None:
        """Tell the patient something of which the care team learns otherwise."""
        others = [one for one in self.state.notes if _place(one) != _place(note)]
        self.state.notes = [*others, note]
        self.is_changed = True

    def found(  # noqa: PLR0913 - the fields of what is raised
        self,
        *,
        rule: str,
        version: str,
        about: str,
        title: str,
        text: str,
        since: datetime,
        reading: str = "",
        urgent: bool = False,
    ) -> Raised:
        """Return what is to be raised, by this hub, about its patient, now."""
        return Raised(
            hub_id=self._hub_id,
            patient=self._patient,
            rule=rule,
            version=version,
            about=about,
            reading=reading,
            title=title,
            text=text,
            since=_instant(since),
            sent=_instant(self.now),
            urgent=urgent,
        )

    def add(self, resource: Json) -> None:
        """Tell the server something else than a flag or an alert."""
        self.raised.append(resource)
        self.is_changed = True

    @property
    def hub(self) -> tuple[str, str]:
        """Return the hub's id and its patient."""
        return self._hub_id, self._patient

    def _note_meter(self, taken: Taken, doing: Doing) -> None:
        meter = self.state.meters.setdefault(taken.meter, Meter())
        if doing not in meter.doing:
            meter.doing.append(doing)
        if meter.heard is None or taken.heard > meter.heard:
            meter.heard, meter.battery_low = taken.heard, taken.battery_low
        known = self.state.taken.get(doing)
        ahead = known is not None and known > self.now + _AHEAD  # by a clock that was wrong
        if taken.dated and (known is None or ahead or taken.at > known):
            self.state.taken[doing] = taken.at
        # A battery may be low although the reading came; what was missing is there.
        self.state.notes = [
            one
            for one in self.state.notes
            if one.doing is not doing
            or one.about not in _SOLVED
            or (one.about is About.BATTERY and meter.battery_low)
        ]

    def _extend(self, quantity: Quantity, point: Point) -> None:
        self._series[quantity] = extended(self.series(quantity), [point], self.now)
        self._new.add(quantity)

    def _hold_against_limits(self, taken: Taken, doing: Doing) -> None:
        for crossing in crossings(self._goals, taken, self.now):
            goal = crossing.goal
            key = f"{goal.id}/{goal.version}"
            if is_quiet(taken.at, self.state.loud.get(key)):
                continue
            self.state.loud[key] = taken.at
            raised = self._by(goal, taken.id, title_of(crossing), text_of(crossing), taken.at)
            name = raised.name("alert")
            self.tell(raised, Note(id=name, about=About.LIMIT, doing=doing, at=taken.at))
            if asked(goal) is not None:
                parts = list({one.quantity for one in crossing.parts})
                own = Flagged(flag=flag(raised), goal=goal.id, quantities=parts, last=taken.at)
                self.state.flags.append(own)

    def _hold_flags_against(self, taken: Taken) -> None:
        """See whether a reading keeps flags up, or ends them where the care team said when."""
        for goal in (one for one in self._goals if one.kind == "limit"):
            over = [
                one
                for one in self.state.flags
                if one.goal == goal.id and self._is_over(one, goal, taken)
            ]
            if over:
                self._end(over, goal, taken)

    def _is_over(self, one: Flagged, goal: Goal, taken: Taken) -> bool:
        before = Standing(quantities=frozenset(one.quantities), last=one.last, since=one.since)
        standing = after(before, [goal], taken)
        if standing != before:
            one.last, one.since = standing.last, standing.since
            self.is_changed = True
        # Until the server said as which version it has the flag, nothing is written over it.
        shows = bool(one.version) and counts(standing, [goal], taken)
        return shows and is_over(standing, goal, taken.at)

    def _end(self, over: Sequence[Flagged], goal: Goal, taken: Taken) -> None:
        """End flags that one reading showed to be over; tell of them in one message."""
        names = [str(one.flag["id"]) for one in over]
        last = max(one.last for one in over)
        since = min(one.since or taken.at for one in over)
        raised = self.found(
            rule=f"Goal/{goal.id}",
            version=goal.version,
            about=f"over|{'|'.join(names)}",
            reading=taken.id,
            title="Within the limit again",
            text=over_text(goal, since=since, last=last, taken=taken),
            since=taken.at,
        )
        self.state.flags = [one for one in self.state.flags if one not in over]
        for one in over:
            self.add(ended(one.flag, end=_instant(taken.at), version=one.version))
        self.add(alert(raised, flagged=False, of=names))

    def _hold_against_trends(self, taken: Taken, doing: Doing) -> None:
        for goal, quantity, place in self._trends(taken):
            points, target = self.series(quantity), goal.targets[place]
            newest = points[-1] if points else None
            if newest is None or newest.reading != taken.id:
                continue  # a meter's memory: the trend is over what is newest
            change = rise(points, target) if goal.kind == "rise" else drift(points, target)
            key = f"{goal.id}/{goal.version}/{place}/{quantity.value}"
            if not isinstance(change, Change) or not change.is_beyond:
                self._over(key)
            elif key not in self.state.standing:
                self.state.standing.append(key)
                what = quantity.term.text.capitalize()
                title = f"{what}: {goal.kind} beyond the rule"
                text = change_text(goal, what, change)
                raised = self._by(goal, taken.id, title, text, taken.at)
                note = Note(id=raised.name("alert"), about=About.TREND, doing=doing, at=taken.at)
                self.tell(raised, note)

    def _over(self, key: str) -> None:
        if key in self.state.standing:
            self.state.standing.remove(key)

    def _trends(self, taken: Taken) -> Iterator[tuple[Goal, Quantity, int]]:
        for goal in self._goals:
            if goal.kind in {"rise", "drift"} and not (goal.start and taken.at < goal.start):
                for place, target in enumerate(goal.targets):
                    for quantity in taken.values:
                        if quantity in target.quantities:
                            yield goal, quantity, place

    def _by(self, goal: Goal, reading: str, title: str, text: str, at: datetime) -> Raised:
        return self.found(
            rule=f"Goal/{goal.id}",
            version=goal.version,
            about=reading,
            reading=reading,
            title=title,
            text=text,
            since=at,
            urgent=goal.urgent,
        )


def _place(note: Note) -> tuple[About, Doing]:
    return note.about, note.doing


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")

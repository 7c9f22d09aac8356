"""Guided blood pressure: sit, rest five minutes, measure, wait a minute, measure again.

What the readings are worth depends on how they were taken, so the proof goes with them: how long
the rest was and how far apart they are. A step may be left out; the proof then says so.
Source: 2021 European Society of Hypertension practice guidelines for office and out-of-office blood
pressure measurement (Stergiou et al., J Hypertens 39:1293): 5 min rest, readings 1 min apart, back
supported, legs uncrossed, arm bare and resting at heart level, no talking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeGuard

from agent.screen.messages import Arrived, FromHub, Protocol
from agent.screen.page import Button, Card, Page, Ring, Row, Rows, Symbol, Tone
from agent.screen.values import Doing, Shown
from agent.screen.views.names import card
from agent.screen.views.view import Chime, Say, Seen, Step, Tell, View

REST_S = 300.0
PAUSE_S = 60.0
_WAIT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare(View):
    """How to sit."""

    task: str
    busy = True

    def page(self, seen: Seen) -> Page:
        """Show posture and cuff, one thing a line."""
        words = seen.words
        return Page(
            name="pressure-sit",
            heading=words("Sit down. Put on the cuff."),
            figure=Symbol(icon="chair", tone=Tone.ACTION),
            body=Rows(
                rows=(
                    Row(icon="chair", title=words("Back supported, feet flat")),
                    Row(icon="check", title=words("Cuff on the bare arm")),
                    Row(icon="ruler", title=words("Arm on the table")),
                )
            ),
            buttons=(
                Button(action="sit", label=words("I am sitting"), icon="check", tone=Tone.ACTION),
            ),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Begin the rest."""
        if action == "sit":
            return _spoken(Rest(task=self.task, since_s=seen.at_s), seen)
        return Step(view=None if action == "back" else self)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Take a reading that came without any rest, and say so in the proof."""
        if _is_pressure(message):
            return _spoken(_first(self.task, 0, message.reading, seen), seen)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(View):
    """Five quiet minutes."""

    task: str
    since_s: float
    stays = True
    busy = True

    def page(self, seen: Seen) -> Page:
        """Show how much is left."""
        words, rested = seen.words, seen.at_s - self.since_s
        return Page(
            name="pressure-rest",
            heading=words("Rest quietly"),
            hint=words("No talking. The screen tells you when."),
            figure=Ring(done=rested / REST_S, text=_minutes(REST_S - rested)),
            buttons=(Button(action="skip", label=words("Measure now"), icon="next"),),
            back=words("Stop"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Leave the rest out, or stop."""
        if action == "skip":
            return _spoken(self._measure(seen), seen)
        return Step(view=None if action == "back" else self)

    def ticked(self, seen: Seen) -> Step:
        """Go on when five minutes are over."""
        if seen.at_s - self.since_s < REST_S:
            return Step(view=self)
        return _spoken(self._measure(seen), seen)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Take a reading that came before the rest was over."""
        if _is_pressure(message):
            rested = int(min(seen.at_s - self.since_s, REST_S))
            return _spoken(_first(self.task, rested, message.reading, seen), seen)
        return None

    def _measure(self, seen: Seen) -> Measure:
        rested = int(min(seen.at_s - self.since_s, REST_S))
        return Measure(task=self.task, rested_s=rested, since_s=seen.at_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(View):
    """Waiting for the cuff's reading: the first, or the second when there is one already."""

    task: str
    rested_s: int
    since_s: float
    first: Shown | None = None
    stays = True
    busy = True

    def page(self, seen: Seen) -> Page:
        """Ask for the cuff's button."""
        words = seen.words
        return Page(
            name="pressure-measure" if self.first is None else "pressure-again",
            heading=words("Press start on the cuff")
            if self.first is None
            else words("Once more: press start on the cuff"),
            hint=words("Sit still. No talking."),
            figure=Symbol(icon="blood-pressure", tone=Tone.ACTION),
            buttons=()
            if self.first is None
            else (Button(action="end", label=words("Finish"), icon="check"),),
            back=words("Stop"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Finish with what there is: stopping keeps a first reading and its proof too."""
        if action in {"end", "back"} and self.first is not None:
            return _finished(self.task, self.rested_s, (self.first,), seen)
        return Step(view=None if action in {"back", "end"} else self)

    def ticked(self, seen: Seen) -> Step:
        """Give up quietly when no reading comes; one that was taken keeps its proof."""
        if seen.at_s - self.since_s < _WAIT_S:
            return Step(view=self)
        return self.pressed("end", seen)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Take the reading."""
        if not _is_pressure(message):
            return None
        if self.first is None:
            return _spoken(_first(self.task, self.rested_s, message.reading, seen), seen)
        if message.reading.seq == self.first.seq:
            return Step(view=self)
        both = (self.first, message.reading)
        return _finished(self.task, self.rested_s, both, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(View):
    """The minute between two readings."""

    task: str
    rested_s: int
    since_s: float
    first: Shown
    stays = True
    busy = True

    def page(self, seen: Seen) -> Page:
        """Show the minute, not the number: nobody shall be stirred up before the second."""
        words, waited = seen.words, seen.at_s - self.since_s
        return Page(
            name="pressure-pause",
            heading=words("Thank you. One minute of rest."),
            hint=words("Leave the cuff on."),
            figure=Ring(done=waited / PAUSE_S, text=_minutes(PAUSE_S - waited)),
            buttons=(Button(action="end", label=words("One is enough"), icon="check"),),
            back=words("Stop"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Finish with one reading: stopping here keeps it and its proof too."""
        if action in {"end", "back"}:
            return _finished(self.task, self.rested_s, (self.first,), seen)
        return Step(view=self)

    def ticked(self, seen: Seen) -> Step:
        """Ask for the second when the minute is over."""
        if seen.at_s - self.since_s < PAUSE_S:
            return Step(view=self)
        following = Measure(
            task=self.task, rested_s=self.rested_s, since_s=seen.at_s, first=self.first
        )
        return _spoken(following, seen)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Take a second reading that came early; the proof says how early."""
        if not _is_pressure(message):
            return None
        if message.reading.seq == self.first.seq:
            return Step(view=self)
        return _finished(self.task, self.rested_s, (self.first, message.reading), seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(View):
    """Both numbers, and that they are safe."""

    readings: tuple[Shown, ...]

    def page(self, seen: Seen) -> Page:
        """Show the last number; the first stands above it in the list of today."""
        words = seen.words
        shown: Card = card(self.readings[-1], seen)
        return Page(
            name="pressure-done",
            heading=words("Well done. Thank you."),
            hint=words("Your reading is safe.")
            if len(self.readings) == 1
            else words("Both readings are safe."),
            figure=shown,
            buttons=(Button(action="back", label=words("OK"), icon="check", tone=Tone.ACTION),),
        )


def _is_pressure(message: FromHub) -> TypeGuard[Arrived]:
    return isinstance(message, Arrived) and message.reading.doing is Doing.BLOOD_PRESSURE


def _first(task: str, rested_s: int, reading: Shown, seen: Seen) -> Pause:
    return Pause(task=task, rested_s=rested_s, since_s=seen.at_s, first=reading)


def _finished(task: str, rested_s: int, readings: tuple[Shown, ...], seen: Seen) -> Step:
    """Tell the proof; how far apart two readings are is said by their own times."""
    between = abs((readings[-1].at - readings[0].at).total_seconds())
    proof = Protocol(
        task=task,
        rested_s=rested_s,
        readings=[one.seq for one in readings],
        between_s=int(between),
    )
    step = _spoken(Finished(readings=readings), seen)
    return replace(step, effects=(Tell(message=proof), *step.effects))


def _spoken(view: View, seen: Seen) -> Step:
    return Step(view=view, effects=(Chime(name="arrived"), Say(text=view.page(seen).speech)))


def _minutes(seconds: float) -> str:
    left = max(int(seconds + 0.999), 0)
    return f"{left // 60}:{left % 60:02d}"

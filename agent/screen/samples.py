"""One of every page, made up: for pictures, and for tests of what people see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import msgspec

from agent.screen.messages import Home, Pair
from agent.screen.model import Model
from agent.screen.sample_notes import notes
from agent.screen.sample_words import SAID, Said
from agent.screen.samples_bedside import bedside_views
from agent.screen.samples_visit import visit_views
from agent.screen.sight import Progress, Snapped
from agent.screen.values import (
    Appointment,
    Doing,
    Due,
    Form,
    Kind,
    Letter,
    Option,
    Question,
    Shown,
    Task,
    Topic,
    Way,
)
from agent.screen.views.arrived import Arrived
from agent.screen.views.form import Asking, begin
from agent.screen.views.helping import Consents, Helping
from agent.screen.views.letters import CallMe, Letters, OneLetter
from agent.screen.views.mine import WasItYou
from agent.screen.views.pairing import Pairing
from agent.screen.views.photo import Photographing
from agent.screen.views.pressure import Finished, Measure, Pause, Prepare, Rest
from agent.screen.views.pulse import GUIDANCE, Watching
from agent.screen.views.settings import Locked, Settings
from agent.screen.views.silence import OtherVersion
from agent.screen.views.task import OneTask
from agent.screen.views.tasks import Tasks
from agent.screen.views.thanks import Thanks
from agent.screen.views.today import Today
from agent.screen.views.view import View
from agent.screen.views.visits import OneVisit, Visits
from agent.screen.words import words

MORNING = datetime(2026, 11, 23, 8, 5, tzinfo=timezone(timedelta(hours=1)))
_AT_S = 1000.0
_PRESSURES = [142.0, 139.0, 140.0, 135.0, 133.0, 134.0, 128.0]
_SUGARS = [6.9, 7.4, 6.1, 5.8, 6.4]


def home(language: str, *, at: datetime = MORNING) -> Home:
    """Return a home in the middle of its morning."""
    said = SAID[language]
    return Home(
        now=at,
        language=language,
        phone="030 1234567",
        consents=[Topic.CAMERA, Topic.PHOTOS],
        tasks=[
            Task(id="bp", doing=Doing.BLOOD_PRESSURE, due=Due.NOW),
            _done(Doing.MEDICINE, at - timedelta(minutes=20), "Metformin 500 mg"),
            Task(id="sugar", doing=Doing.GLUCOSE, due=Due.SOON, at=at + timedelta(hours=1)),
            Task(id="ask", doing=Doing.QUESTIONS, due=Due.SOON, at=at + timedelta(hours=10)),
        ],
        readings=[_pressure(at - timedelta(hours=13)), _sugar(at - timedelta(minutes=25))],
        way=Way.ON_THE_WAY,
        waiting=1,
        writes=True,
        letters=[
            Letter(id="1", sender=said.nurse, text=said.letter, at=at, answers=[said.fine]),
            Letter(
                id="2",
                sender=said.doctor,
                text=said.letter,
                at=at - timedelta(days=1),
                seen=True,
                answered=said.fine,
            ),
        ],
        appointments=[
            Appointment(id="v1", title="", who=said.nurse, at=at, by_video=True),
            Appointment(id="v2", title="", who=said.doctor, at=at + timedelta(days=3)),
        ],
        forms=[form(said)],
    )


def _pressure(at: datetime, value: str = "128/82", *, sent: bool = True, seq: int = 41) -> Shown:
    return Shown(
        seq=seq,
        doing=Doing.BLOOD_PRESSURE,
        value=value,
        unit="mmHg",
        at=at,
        sent=sent,
        trend=_PRESSURES,
    )


def _sugar(at: datetime) -> Shown:
    return Shown(
        seq=42, doing=Doing.GLUCOSE, value="6.4", unit="mmol/L", at=at, sent=False, trend=_SUGARS
    )


def _done(doing: Doing, at: datetime, title: str = "") -> Task:
    return Task(id=f"done-{doing.value}", doing=doing, due=Due.DONE, title=title, at=at)


def form(said: Said) -> Form:
    """Return a daily check-in with a question of every kind."""
    choices = [Option(code=str(at), text=text) for at, text in enumerate(said.choices)]
    foods = [Option(code=str(at), text=text) for at, text in enumerate(said.foods)]
    return Form(
        task="ask",
        title=said.form,
        questions=[
            Question(id="q0", text=said.display, kind=Kind.DISPLAY),
            Question(id="q1", text=said.choice, kind=Kind.CHOICE, options=choices, required=True),
            Question(id="q2", text=said.many, kind=Kind.MANY, options=choices),
            Question(id="q3", text=said.boolean, kind=Kind.BOOLEAN, required=True),
            Question(id="q4", text=said.integer, kind=Kind.INTEGER, least=0, most=10),
            Question(id="q5", text=said.decimal, kind=Kind.DECIMAL, unit="kg"),
            Question(id="q6", text=said.date, kind=Kind.DATE),
            Question(id="q7", text=said.time, kind=Kind.TIME),
            Question(id="q8", text=said.open, kind=Kind.OPEN, options=foods),
            Question(id="q9", text=said.text, kind=Kind.TEXT),
        ],
    )


def samples(language: str, *, night: bool = False) -> Iterator[tuple[str, Model]]:
    """Yield the name of every page and a model that shows it."""
    at = MORNING.replace(hour=21, minute=40) if night else MORNING
    full = home(language, at=at)
    for name, view, of_home in (*_todays(full), *notes(full), *_overlays(full), *_guides(full)):
        views = (Today(), view) if view is not None else (Today(),)
        yield (
            name,
            Model(
                at_s=_AT_S,
                home_s=_AT_S,
                home=of_home,
                language=language,
                dark=night,
                connected=True,
                views=views,
            ),
        )


_Sample = tuple[str, View | None, Home | None]


def _todays(full: Home) -> Iterator[_Sample]:
    replace = msgspec.structs.replace
    done = [_done(task.doing, full.now, task.title) for task in full.tasks[:3]]
    sent = [replace(one, sent=True) for one in full.readings]
    yield "starting", None, None
    yield "today", None, full
    yield "today-done", None, Home(now=full.now, language=full.language, tasks=done, readings=sent)
    yield "today-empty", None, Home(now=full.now, language=full.language)
    yield "today-no-network", None, replace(full, way=Way.NO_NETWORK, waiting=12)
    held = [_pressure(full.now, "171/99", sent=False, seq=50)]
    yield "today-held", None, replace(full, held=held, way=Way.REFUSED, clock_set=False)
    yield "other-version", OtherVersion(), full
    yield "tasks", Tasks(), full


def _overlays(full: Home) -> Iterator[_Sample]:
    said, told = SAID[full.language], words(full.language)
    reading = _pressure(full.now, sent=False, seq=43)
    yield "arrived", Arrived(reading=reading, since_s=_AT_S), full
    yield "was-it-you", WasItYou(reading=_pressure(full.now, "171/99", sent=False, seq=50)), full
    yield "letters", Letters(), full
    yield "letter", OneLetter(letter=full.letters[0]), full
    long = Letter(id="3", sender=said.nurse, text=said.letter * 9, at=full.now)
    yield "letter-long", OneLetter(letter=long, turned=1), full
    yield "call-me", CallMe(), full
    yield "thanks", Thanks(text=told("Your answer is on its way.")), full
    yield "visits", Visits(), full
    yield "visit", OneVisit(visit=full.appointments[0]), full
    yield "help", Helping(), msgspec.structs.replace(full, way=Way.NO_NETWORK, code="SYNC-01")
    yield "consents", Consents(), full
    yield "settings-code", Locked(typed="1234"), full
    yield "settings-again", Locked(answered=True, wait_s=30), full
    yield "settings", Settings(), full
    yield from bedside_views(full)
    for doing in Doing:
        yield f"task-{doing.value}", OneTask(task=Task(id="t", doing=doing, due=Due.NOW)), full
    for name, view in visit_views(full.language, _AT_S):
        yield name, view, full


def _guides(full: Home) -> Iterator[_Sample]:
    first, second = _pressure(full.now, "131/84", seq=44), _pressure(full.now, seq=45)
    yield "pressure-sit", Prepare(task="bp"), full
    yield "pressure-rest", Rest(task="bp", since_s=_AT_S - 72), full
    yield "pressure-measure", Measure(task="bp", rested_s=300, since_s=_AT_S), full
    yield "pressure-pause", Pause(task="bp", rested_s=300, since_s=_AT_S - 21, first=first), full
    again = Measure(task="bp", rested_s=300, since_s=_AT_S, first=first)
    yield "pressure-again", again, full
    yield "pressure-done", Finished(readings=(first, second)), full
    for name, pair in _pairs().items():
        yield name, Pairing(pair=pair, typed="4821" if name == "pair-type" else ""), full
    yield from _questions(full.forms[0], full)
    nothing = msgspec.structs.replace(full, consents=[])
    yield "photo-consent", Photographing(task="p"), nothing
    yield "photo-frame", Photographing(task="p"), full
    for doubt in ("", "dark", "blurred"):
        view = Photographing(task="p", snapped=Snapped(jpeg="", doubt=doubt))
        yield f"photo-look{doubt and '-'}{doubt}", view, full
    yield "pulse-consent", Watching(task="c"), nothing
    yield "pulse-ready", Watching(task="c"), full
    yield "pulse-none", Watching(task="c", blind=True), full
    yield "pulse-going", Watching(task="c", progress=Progress(seconds=12)), full
    for code in GUIDANCE:
        view_of = Watching(task="c", progress=Progress(seconds=3, guidance=code))
        yield f"pulse-{code}", view_of, full
    unknown, sure = Progress(seconds=30, over=True), Progress(seconds=30, pulse_bpm=68, over=True)
    yield "pulse-unknown", Watching(task="c", progress=unknown), full
    yield "pulse-done", Watching(task="c", progress=sure), full


def _pairs() -> dict[str, Pair]:
    return {
        "pair-show": Pair(meter="A&D UA-651BLE", passkey="048213"),
        "pair-compare": Pair(meter="A&D UA-651BLE", passkey="048213", compare=True),
        "pair-type": Pair(meter="Accu-Chek Guide"),
        "pair-label": Pair(meter="Accu-Chek Guide", label=True),
        "pair-done": Pair(meter="Accu-Chek Guide", ended=True, paired=True),
        "pair-again": Pair(meter="Accu-Chek Guide", ended=True),
    }


def _questions(of: Form, full: Home) -> Iterator[_Sample]:
    yield "form-display", begin(of), full
    yield "form-choice", Asking(form=of, at="q1"), full
    yield "form-many", Asking(form=of, at="q2", answers={"q2": ["1", "3"]}), full
    yield "form-boolean", Asking(form=of, at="q3"), full
    yield "form-integer", Asking(form=of, at="q4", typed="12", odd=True), full
    yield "form-decimal", Asking(form=of, at="q5", typed="78.4"), full
    yield "form-date", Asking(form=of, at="q6", typed="23112026"), full
    yield "form-date-begun", Asking(form=of, at="q6", typed="9911", odd=True), full
    yield "form-time", Asking(form=of, at="q7", typed="730"), full
    yield "form-open", Asking(form=of, at="q8"), full
    yield "form-text", Asking(form=of, at="q9", typed=of.questions[-1].text[:30]), full
    yield "form-text-signs", Asking(form=of, at="q9", signs=True), full
    yield "form-send", Asking(form=of, at=""), full

"""Care as the server tells it: messages, appointments, tasks and forms; answers go back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo

import msgspec

from agent.care.timing import moved
from agent.care.today import MOST, Known, Listed, Said, listed, meant
from agent.care.typed import typed_numbers
from agent.display.care import Plan
from agent.display.forms import askable, paged
from agent.guard.guardian import Guardian
from agent.screen.messages import (
    Answered,
    Consent,
    Filled,
    FromScreen,
    Photo,
    Protocol,
    Reply,
    Seen,
    Visit,
)
from agent.screen.values import Appointment, Doing, Form, How, Letter
from sync.fhir import said as fhir
from sync.fhir import visit
from sync.fhir.timing import corrected
from sync.messages import Appointment as Planned
from sync.messages import Communication, Message, NotUnderstood, Questionnaire
from sync.outbox import Outbox
from vitals.reading import HubTime

_NAME = "screen/care"
_LIMIT_S = 20.0
_FRESH_S = 5.0
_MOST_LETTERS, _MOST_VISITS, _MOST_FORMS, _MOST_SAID, _MOST_FILLED = 20, 20, 10, 200, 20
_WORDS = {How.DONE: "Done.", How.LATER: "Later.", How.CANNOT: "Not today."}
_UNASKED = "The home's screen has no page for an item of this form; the patient was not asked."
_LIVE = frozenset({"booked", "pending", "proposed", "arrived", "checked-in"})

Messages = Callable[[], Iterable[Message | NotUnderstood]]


class Kept(msgspec.Struct):
    """What the patient did, remembered beyond a restart."""

    seen: list[str] = msgspec.field(default_factory=list)
    replied: dict[str, str] = msgspec.field(default_factory=dict)
    said: dict[str, tuple[How, datetime]] = msgspec.field(default_factory=dict)
    filled: dict[str, dict[str, list[str]]] = msgspec.field(default_factory=dict)
    told: list[str] = msgspec.field(default_factory=list)


class Served:
    """The care rules of a hub whose server holds a plan. Thread-safe."""

    takes_letters = True

    def __init__(  # noqa: PLR0913 - each is a part of the hub
        self,
        messages: Messages,
        guardian: Guardian,
        outbox: Outbox,
        *,
        hub_id: str,
        patient: str,
        now: Callable[[], HubTime],
        boot_offsets: Mapping[str, int],
        zone: tzinfo,
        clock: Callable[[], float],
        taken: Callable[[], Mapping[Doing, datetime]] = dict,
    ) -> None:
        """Go on where the last process stopped."""
        self._messages, self._answers, self._outbox = messages, guardian.answers, outbox
        self._guardian, self._offsets = guardian, boot_offsets
        self._hub_id, self._patient = hub_id, patient
        self._now, self._zone, self._clock, self.taken = now, zone, clock, taken
        self._lock = threading.Lock()
        self._read: list[Message] = []
        self._read_s = -1e9
        try:
            self._kept = msgspec.json.decode(outbox.recall(_NAME) or b"{}", type=Kept)
        except msgspec.DecodeError:
            self._kept = Kept()

    def plan(self) -> Plan:
        """Return what the server's messages make of today."""
        with self._lock:
            everything, messages = self._today(), self._all()
            return Plan(
                tasks=[one.task for one in everything[:MOST]],
                more_tasks=max(len(everything) - MOST, 0),
                notes=self._guardian.notes(),
                letters=self._letters(messages),
                appointments=self._visits(messages),
                forms=self._forms(everything, messages)[:_MOST_FORMS],
            )

    def forget(self) -> None:
        """Read the server's messages anew at the next look: something came."""
        with self._lock:
            self._read_s = -1e9

    def heard(self, message: FromScreen) -> None:
        """Keep an answer for the server, and what it changes here."""
        with self._lock:
            match message:
                case Seen(letter=letter):
                    if not self._guardian.noticed(letter):
                        self._kept.seen.append(letter)
                case Reply(letter=letter, text=text):
                    about = f"Communication/{letter}" if letter else ""
                    self._answers.put(fhir.communication(self._who(), text, reply_to=about))
                    self._kept.replied[letter] = text
                case Answered(task=task, how=how):
                    self._answer(task, how)
                case Filled(task=task, answers=answers, complete=complete):
                    self._fill(task, answers, complete=complete)
                case Consent(topic=topic, given=given):
                    self._answers.put(fhir.consent(self._who(), topic.value, given=given))
                case Visit(id=name, accepted=True):
                    self._ready(name)
                case Photo(task=task, jpeg=jpeg):
                    octets = self._answers.put(fhir.binary(self._who(), jpeg))
                    self._answers.put(fhir.photo(self._who(), octets, task=self._about(task)))
                    self._kept.said[task] = (How.DONE, self._local())
                case Protocol(task=task, rested_s=rested, between_s=between, readings=taken):
                    text = f"{len(taken)} readings after {rested} s of rest, {between} s apart."
                    about = self._about(task)
                    self._answers.put(
                        fhir.communication(self._who(), text, about=[about] if about else [])
                    )
                    self._kept.said[task] = (How.DONE, self._local())
            self._save()

    def _ready(self, name: str) -> None:
        """Tell the care team "I am ready", of an appointment that is really planned."""
        if any(isinstance(one, Planned) and one.id == name for one in self._all()):
            self._answers.put(
                visit.ready(
                    hub_id=self._hub_id,
                    patient=self._patient,
                    appointment=f"Appointment/{name}",
                    at=self._local().isoformat(timespec="seconds"),
                )
            )

    def _answer(self, task: str, how: How) -> None:
        about = self._about(task)
        text = _WORDS[how]
        if how is How.CANNOT:
            for one in self._today():
                if one.task.id == task:
                    self._guardian.declined(one.task.doing)
        self._answers.put(fhir.communication(self._who(), text, about=[about] if about else []))
        self._kept.said[task] = (how, self._local())

    def _fill(self, task: str, answers: dict[str, list[str]], *, complete: bool) -> None:
        self._kept.filled.pop(task, None)  # the one begun or gone on with last stands last
        self._kept.filled[task] = answers
        about, name = meant(self._all(), task, self._local())
        form = self._form(name, self._all()) if complete and name else None
        if form is not None:
            self._answers.put(fhir.response(self._who(), form, answers, task=about))
            self._kept.said[task] = (How.DONE, self._local())
            self._kept.filled.pop(task)
            if numbers := typed_numbers(form, answers):
                self._guardian.typed(about, numbers)

    def _all(self) -> list[Message]:
        if self._clock() - self._read_s >= _FRESH_S:
            found = self._messages()
            self._read = [one for one in found if not isinstance(one, NotUnderstood)]
            self._read_s = self._clock()
        return self._read

    def _today(self) -> list[Listed]:
        said = {name: Said(how=how, at=at) for name, (how, at) in self._kept.said.items()}
        known = Known(now=self._local(), said=said, taken=self.taken())
        messages = self._all()
        found = listed(messages, known)
        return [one for one in found if not one.form or self._can_ask(one, messages)]

    def _can_ask(self, one: Listed, messages: list[Message]) -> bool:
        """Tell whether the screen can ask a form; one it cannot, the care team hears of, once."""
        form = self._form(one.form, messages)
        if form is None or askable(form):
            return form is not None
        if one.about not in self._kept.told:
            self._kept.told.append(one.about)
            self._answers.put(fhir.communication(self._who(), _UNASKED, about=[one.about]))
            self._save()
        return False

    def _forms(self, tasks: list[Listed], messages: list[Message]) -> list[Form]:
        found = []
        for one in tasks:
            form = self._form(one.form, messages) if one.form else None
            if form is not None:
                name = one.task.id
                found.append(paged(form, name, self._kept.filled.get(name, {})))
        return found

    def _form(self, reference: str, messages: list[Message]) -> Questionnaire | None:
        name = reference.partition("/")[2]
        forms = (one for one in messages if isinstance(one, Questionnaire) and one.id == name)
        return next(forms, None)

    def _letters(self, messages: list[Message]) -> list[Letter]:
        letters = [
            Letter(
                id=one.id,
                sender=one.sender[:200],
                text=one.text,
                at=moved(one.sent or self._local(), self._zone),
                seen=one.id in self._kept.seen,
                answers=list(one.answers),
                answered=self._kept.replied.get(one.id, ""),
            )
            for one in messages
            if isinstance(one, Communication) and one.status in {"in-progress", "completed"}
        ]
        return sorted(letters, key=lambda letter: letter.at)[-_MOST_LETTERS:]

    def _visits(self, messages: list[Message]) -> list[Appointment]:
        now = self._local()
        return [
            Appointment(
                id=one.id,
                title=one.description[:200],
                who="",
                at=moved(one.start, self._zone),
                by_video=bool(one.address),
            )
            for one in messages
            if isinstance(one, Planned) and one.status in _LIVE and (one.end or one.start) >= now
        ][:_MOST_VISITS]

    def _about(self, task: str) -> str:
        return meant(self._all(), task, self._local())[0]

    def _local(self) -> datetime:
        # A clock that jumps is put right by what is known of this boot: nothing rings at 3 am.
        return corrected(self._now(), self._offsets).astimezone(self._zone)

    def _who(self) -> fhir.Speaker:
        at = self._local().isoformat(timespec="seconds")
        return fhir.Speaker(hub_id=self._hub_id, patient=self._patient, at=at)

    def _save(self) -> None:
        self._kept.seen = self._kept.seen[-_MOST_SAID:]
        self._kept.told = self._kept.told[-_MOST_SAID:]
        self._kept.said = dict(list(self._kept.said.items())[-_MOST_SAID:])
        self._kept.replied = dict(list(self._kept.replied.items())[-_MOST_SAID:])
        self._kept.filled = dict(list(self._kept.filled.items())[-_MOST_FILLED:])
        self._outbox.remember(_NAME, msgspec.json.encode(self._kept)).result(_LIMIT_S)

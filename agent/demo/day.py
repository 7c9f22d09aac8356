"""A simulated day for the demo's screen: what is due comes up within minutes, answers count."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from agent.display.care import Plan
from agent.screen.messages import (
    Answered,
    Filled,
    FromScreen,
    Photo,
    Protocol,
    Reply,
    Seen,
    Visit,
)
from agent.screen.sample_words import SAID
from agent.screen.samples import form
from agent.screen.values import About, Appointment, Doing, Due, How, Letter, Note, Task

_LATER_S = 60.0
# When each thing becomes due, in seconds after the demo began.
_DUE_S = {"pill": 5.0, "bp": 25.0, "ask": 75.0, "photo": 120.0}
_LETTER_S = {"morning": 15.0, "limit": 150.0}
_NOTE_S = 140.0
_TASKS = {
    "pill": (Doing.MEDICINE, "Metformin 500 mg"),
    "bp": (Doing.BLOOD_PRESSURE, ""),
    "ask": (Doing.QUESTIONS, ""),
    "photo": (Doing.PHOTO, ""),
}


class Day:
    """Care rules for one made-up day. The real ones are in `agent/care`."""

    takes_letters = True

    def __init__(
        self, now: Callable[[], datetime], clock: Callable[[], float], *, language: str = "en"
    ) -> None:
        """Begin the day now; `clock` tells seconds and never jumps."""
        self._words = SAID[language]
        self._now, self._clock = now, clock
        self._began_s, self._began = clock(), now()
        self._due_s = dict(_DUE_S)
        self._done: dict[str, datetime] = {}
        self._cannot: set[str] = set()
        self._seen: set[str] = set()
        self._answered: dict[str, str] = {}
        self._answers: dict[str, list[str]] = {}
        self._lock = threading.Lock()
        self.heard_count = 0

    def plan(self) -> Plan:
        """Return what has come up so far."""
        with self._lock:
            passed_s = self._clock() - self._began_s
            questions = replace(form(self._words), answers=self._answers)
            return Plan(
                tasks=[self._task(name, passed_s) for name in _TASKS],
                notes=[
                    Note(
                        id="note",
                        about=About.LIMIT,
                        doing=Doing.BLOOD_PRESSURE,
                        at=self._began + timedelta(seconds=_NOTE_S),
                        told=True,
                    )
                ]
                if passed_s >= _NOTE_S and "note" not in self._seen
                else [],
                letters=[
                    self._letter(name) for name, at_s in _LETTER_S.items() if at_s <= passed_s
                ],
                appointments=[
                    Appointment(
                        id="visit",
                        title="",
                        who=self._words.doctor,
                        at=self._began + timedelta(minutes=10),
                        by_video=True,
                    )
                ],
                forms=[questions],
            )

    def _task(self, name: str, passed_s: float) -> Task:
        doing, title = _TASKS[name]
        at = self._began + timedelta(seconds=self._due_s[name])
        if name in self._done:
            return Task(id=name, doing=doing, title=title, due=Due.DONE, at=self._done[name])
        if name in self._cannot:
            return Task(id=name, doing=doing, title=title, due=Due.CANNOT)
        due = Due.NOW if passed_s >= self._due_s[name] else Due.SOON
        return Task(id=name, doing=doing, title=title, due=due, at=at)

    def _letter(self, name: str) -> Letter:
        texts = {
            "morning": self._words.letter,
            "limit": self._words.high,
        }
        return Letter(
            id=name,
            sender=self._words.nurse,
            text=texts[name],
            at=self._began + timedelta(seconds=_LETTER_S[name]),
            seen=name in self._seen,
            answers=[self._words.fine],
            answered=self._answered.get(name, ""),
        )

    def heard(self, message: FromScreen) -> None:
        """Take an answer into the day."""
        with self._lock:
            self.heard_count += 1
            match message:
                case Answered(task=task, how=How.LATER) if task in _TASKS:
                    self._due_s[task] = self._clock() - self._began_s + _LATER_S
                case Answered(task=task, how=How.CANNOT) if task in _TASKS:
                    self._cannot.add(task)
                case Answered(task=task) | Protocol(task=task) | Photo(task=task):
                    self._done[task] = self._now()
                case Filled(task=task, answers=answers, complete=complete):
                    self._answers = answers
                    if complete:
                        self._done[task] = self._now()
                case Seen(letter=letter):
                    self._seen.add(letter)
                case Reply(letter=letter, text=text):
                    self._answered[letter] = text
                case Visit():
                    self._seen.add("visit")

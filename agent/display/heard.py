"""Who hears what the patient answers on the screen."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from agent.display.book import Book
from agent.display.care import Care
from agent.display.proof import Proofs
from agent.estimates import not_allowed
from agent.screen.messages import (
    Consent,
    Estimated,
    FromHub,
    FromScreen,
    Mine,
    Passkey,
    Photo,
    Protocol,
    Setting,
    Unlock,
    Unlocked,
)
from agent.screen.values import Topic

_FREE_TRIES = 3
_FIRST_WAIT_S, _LONGEST_WAIT_S = 30.0, 3600.0
BY_PATIENT, BY_CODE = "the patient, on the screen", "the care team, on the screen"

Decide = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Carries out a decision as `agent.decisions.decide` does, and notes who made it."""


class Ear:
    """Takes each answer to whom it concerns. May block: call it in a thread."""

    def __init__(  # noqa: PLR0913 - whom it asks, and whom it tells
        self,
        book: Book,
        care: Care,
        decide: Decide,
        *,
        proofs: Proofs,
        tell: Callable[[FromHub], None],
        visit: Callable[[FromScreen], bool] = lambda _: False,
    ) -> None:
        """Keep whom to ask, and how to tell the screens; `visit` takes what is about a call."""
        self._visit = visit
        self._book, self._care, self._decide, self._tell = book, care, decide, tell
        self._proofs = proofs
        self._door = Door(book.settings.code)

    def hear(self, message: FromScreen, patient: str) -> None:  # noqa: C901 - one row a message
        """Do what one message wants.

        Raises
        ------
        HubError
            The decision cannot be carried out; its code says why.
        """
        if self._visit(message):
            return
        match message:
            case Mine(seq=seq, mine=True):
                self._decide({"do": "assign", "seq": seq, "patient": patient, "by": BY_PATIENT})
            case Mine(seq=seq):
                why = "not the patient's, as said on the screen"
                self._decide({"do": "discard", "seq": seq, "why": why, "by": BY_PATIENT})
            case Consent(topic=topic, given=given):
                self._book.consent(topic, given=given)  # obeyed from here on, whatever comes
                told = {"do": "consent", "topic": topic.value, "given": given}
                self._decide({**told, "by": BY_PATIENT})
                self._care.heard(message)
            case Protocol():
                self._book.moved(self._proofs.attach(message, patient))
                self._care.heard(message)
            case Photo():
                self._allowed(Topic.PHOTOS)
                self._care.heard(message)
            case Estimated():
                self._allowed(Topic.CAMERA)
                self._decide({"do": "estimate", **msgspec.structs.asdict(message)})
            case Passkey(digits=digits, right=right):
                step = "answer" if right or digits else "stop"
                self._decide({"do": "pair", "step": step, "digits": digits, "right": right})
            case Unlock(code=code):
                self._tell(self._door.knock(code, time.monotonic()))
            case Setting(name=name, value=value):
                self._book.set(name, value)
            case _:
                self._care.heard(message)

    def _allowed(self, topic: Topic) -> None:
        """Obey the patient, whatever a screen sends."""
        if topic not in self._book.consents:
            raise not_allowed()


class Door:
    """The settings code. Three tries are free; then each waits longer, up to an hour."""

    def __init__(self, code: str) -> None:
        """Keep the code; empty: nobody gets in."""
        self._code = code
        self._misses = 0
        self._shut_until_s = 0.0

    def knock(self, code: str, at_s: float) -> Unlocked:
        """Judge one try, `at_s` by a clock that never jumps."""
        if at_s < self._shut_until_s:
            return Unlocked(right=False, wait_s=_whole(self._shut_until_s - at_s))
        if self._code and hmac.compare_digest(code, self._code):
            self._misses = 0
            return Unlocked(right=True)
        self._misses += 1
        over = self._misses - _FREE_TRIES
        if over < 0:
            return Unlocked(right=False)
        wait_s = min(_FIRST_WAIT_S * 2**over, _LONGEST_WAIT_S)
        self._shut_until_s = at_s + wait_s
        return Unlocked(right=False, wait_s=_whole(wait_s))


def _whole(seconds: float) -> int:
    return int(seconds + 0.999)

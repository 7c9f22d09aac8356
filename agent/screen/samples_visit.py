"""One of every page of a visit, made up; `samples.py` has the others."""

from __future__ import annotations

from collections.abc import Iterator

from agent.screen.messages import Dial, Ring
from agent.screen.sample_words import SAID
from agent.screen.values import Doing
from agent.screen.views.incall import InCall, Over
from agent.screen.views.ringing import Ringing
from agent.screen.views.view import View
from agent.visit.media.news import Standing, State
from agent.visit.words import book

_PLAIN = {"call-connecting": Standing.CONNECTING, "call-lost": Standing.LOST}


def visit_views(language: str, at_s: float) -> Iterator[tuple[str, View]]:
    """Yield the name of every page of a visit and a view that shows it at that moment."""
    said = SAID[language]
    ring = Ring(id="c", who=said.doctor, role=said.role)
    yield "ringing", Ringing(ring=ring, since_s=at_s, rang_s=at_s)
    yield "connecting", Ringing(ring=ring, since_s=at_s, rang_s=at_s, answered=True)
    itself = Ring(id="c", who=said.doctor, role=said.role, auto_s=10)
    yield "ringing-auto", Ringing(ring=itself, since_s=at_s - 3, rang_s=at_s)
    dial = Dial(visit="v", call="c", who=said.doctor)
    for name, standing in _PLAIN.items():
        yield name, InCall(dial=dial, state=State(call="c", standing=standing))
    live = State(call="c", standing=Standing.LIVE, theirs=True)
    longest = tuple(sorted(book().get(language, book()["en"]), key=len)[-4:])
    yield "call", InCall(dial=dial, state=live)
    yield "call-words", InCall(dial=dial, state=live, words=longest, words_s=at_s - 2)
    yield "call-closed", InCall(dial=dial, state=live, muted=True, camera=False, loudness=4)
    dark = State(call="c", standing=Standing.LIVE, camera_fault="VIT-06", sound_fault="VISIT-33")
    yield "call-blind", InCall(dial=dial, state=dark)
    silent = State(call="c", standing=Standing.LIVE, theirs=True, sound_fault="VISIT-34")
    yield "call-silent", InCall(dial=dial, state=silent)
    they = State(call="c", standing=Standing.LIVE, theirs=True, they_mute=True)
    yield "call-they-mute", InCall(dial=dial, state=they)
    for doing in (Doing.BLOOD_PRESSURE, Doing.WEIGHT, Doing.TEMPERATURE):
        yield f"call-{doing.value}", InCall(dial=dial, state=live, wanted=doing)
    yield "call-over", Over(who=said.doctor, since_s=at_s)

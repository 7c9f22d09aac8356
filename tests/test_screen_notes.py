"""What the hub tells the patient is so: the care team was told only of what its server has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.screen.messages import Home
from agent.screen.page import Prose
from agent.screen.values import About, Doing, Note
from agent.screen.views.notes import OneNote, row
from agent.screen.words import LANGUAGES, words
from tests.fakes.watched import Screen

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
TOLD, UNTOLD = "Your care team has been told", "Not with your care team yet"


def _read(about: About, *, told: bool, language: str) -> str:
    note = Note(id="n", about=about, doing=Doing.WEIGHT, at=NOW, days=3, told=told)
    page = OneNote(note=note).page(Screen(Home(now=NOW, language=language)).model.seen)
    assert isinstance(page.body, Prose)
    assert page.body.text in page.spoken
    return f"{page.heading} {page.body.text} {row(note, words(language)).note}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", [About.QUIET, About.BATTERY, About.LIMIT, About.TREND])
def test_the_care_team_is_said_to_know_only_once_its_server_has_the_message(
    about: About, language: str
) -> None:
    say = words(language)
    assert say(TOLD) in _read(about, told=True, language=language)
    untold = _read(about, told=False, language=language)
    assert say(UNTOLD) in untold
    assert say(TOLD) not in untold

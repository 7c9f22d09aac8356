"""Words of the care team that are far longer than anybody planned: whole where they are asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from agent.display.book import bounded
from agent.screen.messages import MAX_LINE_OCTETS, Home, Pair, Ring, encoded
from agent.screen.model import Model
from agent.screen.qt.gallery import SIZES, scene_of, without_display
from agent.screen.samples import home
from agent.screen.shapes import Rect, Text
from agent.screen.values import Doing, Due, Form, Kind, Letter, Option, Question, Task
from agent.screen.views.form import Asking
from agent.screen.views.letters import OneLetter
from agent.screen.views.pairing import Pairing
from agent.screen.views.ringing import Ringing
from agent.screen.views.task import OneTask
from agent.screen.views.today import Today
from agent.screen.views.view import View

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
WORDY = (
    "Please take the large white tablet with plenty of water after your breakfast, sitting. " * 3
)[:200].strip()
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
TASK = Task(id="t", doing=Doing.MEDICINE, due=Due.NOW, title=WORDY)
MANY = [Option(code=str(at), text=f"{at} {WORDY[:80]}") for at in range(6)]
VIEWS: dict[str, View] = {
    "task": OneTask(task=TASK),
    "task unbroken": OneTask(task=msgspec.structs.replace(TASK, title=UNBROKEN)),
    "caller": Ringing(ring=Ring(id="c", who=WORDY, role=WORDY), since_s=0, rang_s=0),
    "meter": Pairing(pair=Pair(meter=WORDY, passkey="048213")),
    "question": Asking(
        form=Form(
            task="t",
            title="",
            questions=[Question(id="q", text=WORDY, kind=Kind.CHOICE, options=MANY)],
        ),
        at="q",
    ),
    "number": Asking(
        form=Form(task="t", title="", questions=[Question(id="q", text=WORDY, kind=Kind.INTEGER)]),
        at="q",
    ),
    "letter": OneLetter(
        letter=Letter(id="l", sender=WORDY[:80], text=UNBROKEN * 20, at=NOW, answers=[WORDY[:90]])
    ),
}


def _texts(model: Model, size: tuple[int, int]) -> tuple[list[Text], Rect]:
    without_display()
    scene, _ = scene_of(model, size)
    texts = [shape for shape in scene.shapes if isinstance(shape, Text)]
    return texts, Rect(0, 0, scene.width, scene.height)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", VIEWS)
def test_what_is_asked_is_shown_to_its_last_word(name: str, size: tuple[int, int]) -> None:
    model = Model(at_s=0.0, home=home("en", at=NOW), views=(Today(), VIEWS[name]))
    texts, glass = _texts(model, size)

    assert [text.lines for text in texts if text.cut] == []
    assert [text.lines for text in texts if not text.rect.within(glass)] == []


def test_on_today_a_long_title_ends_in_dots_and_leads_to_all_of_it() -> None:
    full = msgspec.structs.replace(home("en", at=NOW), tasks=[TASK])
    model = Model(at_s=0.0, home=full)
    texts, glass = _texts(model, SIZES[0])

    assert all(text.rect.within(glass) for text in texts)
    opened = Today().pressed("task:t", model.seen).opens
    assert isinstance(opened, OneTask)
    whole, _ = _texts(replace(model, views=(Today(), opened)), SIZES[0])
    assert WORDY in {" ".join(text.lines) for text in whole}


def test_a_home_that_is_too_much_for_one_line_keeps_what_matters_most() -> None:
    options = [Option(code=str(at), text="x" * 200) for at in range(40)]
    questions = [
        Question(id=str(at), text="?", kind=Kind.CHOICE, options=options) for at in range(100)
    ]
    forms = [Form(task=str(at), title="", questions=questions) for at in range(10)]
    letters = [Letter(id=str(at), sender="x", text="y" * 8000, at=NOW) for at in range(50)]
    huge = msgspec.structs.replace(home("en", at=NOW), forms=forms, letters=letters)
    assert len(encoded(huge)) > MAX_LINE_OCTETS

    told = bounded(huge)

    assert len(encoded(told)) <= MAX_LINE_OCTETS
    assert (told.tasks, told.readings) == (huge.tasks, huge.readings)


def test_a_home_of_common_size_is_told_whole() -> None:
    full: Home = home("en", at=NOW)

    assert bounded(full) == full

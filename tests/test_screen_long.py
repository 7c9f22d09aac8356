"""Words of the care team that are far longer than anybody planned: whole where they are asked."""

from __future__ import annotations

import gettext
import re
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.display.book import bounded
from agent.screen.fit import wrapped
from agent.screen.layout import lay_out, unit_of
from agent.screen.messages import MAX_LINE_OCTETS, Home, Pair, Ring, encoded
from agent.screen.model import Model
from agent.screen.qt.gallery import SIZES, scene_of, without_display
from agent.screen.qt.paint import Face
from agent.screen.samples import home, samples
from agent.screen.shapes import Rect, Text
from agent.screen.values import Doing, Due, Form, Kind, Letter, Option, Question, Task
from agent.screen.views.form import Asking
from agent.screen.views.letters import OneLetter
from agent.screen.views.names import header
from agent.screen.views.pairing import Pairing
from agent.screen.views.ringing import Ringing
from agent.screen.views.task import OneTask
from agent.screen.views.today import Today
from agent.screen.views.view import View
from agent.screen.words import Words

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


class Twice(gettext.NullTranslations):
    """A language in which everything takes twice as many letters."""

    def gettext(self, message: str) -> str:
        parts = re.split(r"(\{\w+\})", message)  # what is put in is no word of the language
        return "".join(part if part.startswith("{") else 2 * part for part in parts)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.mark.parametrize("size", SIZES)
def test_a_language_twice_as_long_loses_no_word_that_is_needed_to_act(
    size: tuple[int, int],
) -> None:
    """Beside it (a date, a label, how far a reading has come) text may end in dots."""
    without_display()
    unit = unit_of(*size)
    face, glass = Face(unit), (size[0] / unit, size[1] / unit)
    for name, model in samples("en"):
        seen = replace(model.seen, words=Words("en", Twice()))
        page = model.views[-1].page(seen)
        scene = lay_out(page, header(seen), glass, face)
        texts = [shape for shape in scene.shapes if isinstance(shape, Text)]
        whole = {" ".join(text.lines) for text in texts if not text.cut}
        needed = [page.heading, page.hint, page.back, *(one.label for one in page.buttons)]
        assert {" ".join(one.split()) for one in needed if one} <= whole, name
        everything = Rect(0, 0, scene.width, scene.height)
        assert all(text.rect.within(everything) for text in texts), name
        assert all(target.rect.within(everything) for target in scene.targets), name


@given(st.text(min_size=1, max_size=400), st.floats(20, 400))
def test_no_letter_of_a_word_is_lost_or_moved_where_it_is_broken(word: str, width: float) -> None:
    without_display()
    lines = wrapped(Face(1.0), word, width, 24.0, bold=False)
    assert "".join("".join(lines).split()) == "".join(word.split())


def test_a_word_of_thousands_of_letters_is_measured_a_little_at_a_time() -> None:
    """One that was measured to its end for each line held the screen still for a minute."""
    measured: list[int] = []

    class Counting:
        def width(self, text: str, size: float, *, bold: bool) -> float:
            del bold
            measured.append(len(text))
            return len(text) * size / 2

    lines = wrapped(Counting(), "x" * 8000, 400.0, 20.0, bold=False)
    assert [len(line) for line in lines] == [40] * 200
    assert max(measured) <= 2 * 41
    assert len(measured) < 20 * len(lines)

"""Every page in every language on three glasses: readable, pressable, kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from agent.screen.model import Model
from agent.screen.page import Board, Card, Grid, Page, Rows
from agent.screen.qt.gallery import painted, scene_of, without_display
from agent.screen.qt.paint import Face
from agent.screen.samples import samples
from agent.screen.shapes import Rect, Scene, Text
from agent.screen.theme import DAY, NIGHT, SMALLEST, TARGET, contrast
from agent.screen.words import LANGUAGES

MOST_WORDS = 12
LEAST_KEY = 50  # units; a number pad of twelve keys has no room for more
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
# Words that put the fault with the patient, in any of the languages.
BLAME = re.compile(
    r"\b(wrong|failed|failure|forgot\w*|missed|must|should have|invalid|error|overdue|bad|"
    r"falsch|Fehler|vergessen|versäumt|müssen|ungültig|überfällig|schlecht|"
    r"mal|error|fallo|olvid\w+|debe|inválid\w+|incorrect\w+|atrasad\w+)\b",
    re.IGNORECASE,
)
NAMES = [name for name, _ in samples("en")]


GLASSES = ((800, 480), (1280, 800), (1920, 1080))


@cache
def models(language: str, *, night: bool = False) -> Mapping[str, Model]:
    return dict(samples(language, night=night))


def every(name: str) -> Iterator[tuple[str, Model]]:
    for language in LANGUAGES:
        yield language, models(language)[name]


@cache
def laid(name: str) -> tuple[tuple[str, Model, Scene, Face], ...]:
    """Return a page in every language on every glass, laid out once for all tests."""
    without_display()
    return tuple(
        (f"{language} {size[0]}", model, *scene_of(model, size))
        for language, model in every(name)
        for size in GLASSES
    )


def scenes(name: str) -> Iterator[tuple[str, Scene]]:
    for where, _, scene, _ in laid(name):
        yield where, scene


def texts(scene: Scene) -> list[Text]:
    return [shape for shape in scene.shapes if isinstance(shape, Text)]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_off_in_any_language(name: str) -> None:
    for where, scene in scenes(name):
        glass = Rect(0, 0, scene.width, scene.height)
        for text in texts(scene):
            assert not text.cut, (where, text.lines)
            assert text.rect.within(glass), (where, text.lines)


@pytest.mark.parametrize("name", NAMES)
def test_everything_a_page_says_is_on_the_glass(name: str) -> None:
    """Words that a layout left out would be a fault nobody sees in a picture."""
    for where, model, scene, _ in laid(name):
        shown = {" ".join(text.lines) for text in texts(scene)}
        assert set(filter(None, _all_words(model.page))) <= shown, where


def _all_words(page: Page) -> list[str]:
    said = [page.heading, page.hint, page.back, *(button.label for button in page.buttons)]
    if isinstance(page.body, Rows | Board):
        said += [word for row in page.body.rows for word in (row.title, row.note)]
    if isinstance(page.body, Grid):
        said += [button.label for button in page.body.buttons]
    cards = page.body.cards if isinstance(page.body, Board) else ()
    shown = (*cards, page.figure) if isinstance(page.figure, Card) else cards
    return said + [word for card in shown for word in (card.label, card.value, card.state)]


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_as_wide_as_its_place_at_most_when_really_set(name: str) -> None:
    for where, _, scene, face in laid(name):
        for text in texts(scene):
            for line in text.lines:
                wide = face.width(line, text.size, bold=text.bold)
                assert wide <= text.rect.w + 0.5, (where, line)


@pytest.mark.parametrize("name", NAMES)
def test_no_letters_are_smaller_than_the_smallest(name: str) -> None:
    for where, scene in scenes(name):
        assert min((text.size for text in texts(scene)), default=SMALLEST) >= SMALLEST, where


@pytest.mark.parametrize("name", NAMES)
def test_no_text_lies_on_another(name: str) -> None:
    for where, scene in scenes(name):
        for one, other in combinations(texts(scene), 2):
            assert not _overlap(_ink(one), _ink(other)), (where, one.lines, other.lines)


def _ink(text: Text) -> Rect:
    """Return where the letters are: less than the line is high."""
    return text.rect.inset(0, text.size * 0.18)


def _overlap(one: Rect, other: Rect) -> bool:
    return (
        min(one.right, other.right) - max(one.x, other.x) > 1
        and min(one.bottom, other.bottom) - max(one.y, other.y) > 1
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_target_is_large_and_stands_apart(name: str) -> None:
    for where, scene in scenes(name):
        for target in scene.targets:
            smallest = min(target.rect.w, target.rect.h)
            assert smallest >= LEAST_KEY, (where, target)
            if not target.action.startswith("key:"):
                assert smallest >= TARGET - 4, (where, target)
        for one, other in combinations(scene.targets, 2):
            assert not _overlap(one.rect, other.rect), (where, one, other)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_reads_more_than_twelve_words_to_act(name: str) -> None:
    for language, model in every(name):
        page = model.page
        assert len(f"{page.heading} {page.hint}".split()) <= MOST_WORDS, (language, page.heading)


@pytest.mark.parametrize("name", NAMES)
def test_no_page_blames(name: str) -> None:
    for _, model in every(name):
        assert not BLAME.search(_ours(model.page)), _ours(model.page)


def _ours(page: Page) -> str:
    """Return all of a page's words that are ours, not the care team's."""
    said = [page.heading, page.hint, page.spoken, *(button.label for button in page.buttons)]
    if isinstance(page.body, Rows):
        said += [row.note for row in page.body.rows]
    if isinstance(page.body, Grid):
        said += [button.label for button in page.body.buttons]
    return " | ".join(said)


@pytest.mark.parametrize(
    ("size", "night"), [(size, night) for size in GLASSES for night in (False, True)]
)
@pytest.mark.parametrize("name", NAMES)
def test_letters_stand_out_on_the_painted_picture(
    name: str, size: tuple[int, int], *, night: bool
) -> None:
    """Measured on the pixels: what differs most from what lies beside the text, in the text."""
    without_display()
    model = models("en", night=night)[name]
    pixels, (scene, face) = _pixels(painted(model, size)), scene_of(model, size)
    for text in texts(scene):
        found = _measured(pixels, text.rect, face.unit)
        assert found >= LEAST_CONTRAST, (text.lines, found)


def _pixels(image: QImage) -> NDArray[np.uint32]:
    rows = np.frombuffer(image.constBits(), dtype=np.uint32).copy()  # Qt's octets go with the image
    return rows.reshape(image.height(), image.bytesPerLine() // 4)[:, : image.width()]


def _measured(pixels: NDArray[np.uint32], rect: Rect, unit: float) -> float:
    left, top, right, bottom = (
        int(side * unit) for side in (rect.x, rect.y, rect.right, rect.bottom)
    )
    behind = _colour(pixels[min((top + bottom) // 2, len(pixels) - 1), max(left - 2, 0)])
    seen = np.unique(pixels[top:bottom:2, left:right])
    return max(contrast(_colour(one), behind) for one in seen)


def _colour(pixel: np.uint32) -> str:
    return f"#{int(pixel) & 0xFFFFFF:06x}"


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_what_the_standard_says(first: str, second: str, ratio: float) -> None:
    """W3C's own example: #767676 is the lightest grey that passes 4.5 on white."""
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)


def test_both_palettes_name_every_colour() -> None:
    assert DAY.keys() == NIGHT.keys()

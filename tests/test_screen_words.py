"""The catalogues: compiled as GNU gettext compiles them, complete, and with every blank kept."""

from __future__ import annotations

import ast
import gettext
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, text

from agent.screen.words import LANGUAGES, compiled, words
from tests.house import ROOT, sources, tree_of

LOCALE = ROOT / "agent" / "screen" / "locale"
TRANSLATED = sorted(set(LANGUAGES) - {"en"})
SAYING = {"words", "say", "self", "marked", "counted", "count"}
HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'


def said(tree: ast.AST) -> Iterator[str]:
    """Yield every text the screen can say: the constants that are handed to a teller of words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            teller = ast.unparse(node.func).rpartition(".")[2]
            first = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if teller in SAYING:
                yield from (one for one in first if isinstance(one, str))


def everything_said() -> set[str]:
    return {
        found
        for path in sources()
        if path.parts[:2] == ("agent", "screen")
        for found in said(tree_of(path))
    }


def by_msgfmt(po: Path, folder: Path) -> gettext.GNUTranslations:
    """Return a catalogue as GNU gettext's own compiler reads it."""
    assert shutil.which("msgfmt"), "install Debian's package gettext"
    mo = folder / "out.mo"
    subprocess.run(["msgfmt", "--check", "-o", str(mo), str(po)], check=True, timeout=60)
    with mo.open("rb") as file:
        return gettext.GNUTranslations(file)


def _entries(catalogue: gettext.GNUTranslations) -> dict[object, str]:
    found: dict[object, str] = vars(catalogue)["_catalog"]
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_says_what_gnu_gettext_says(language: str, tmp_path: Path) -> None:
    po = LOCALE / f"{language}.po"
    ours = gettext.GNUTranslations(io.BytesIO(compiled(po.read_text(encoding="utf-8"))))

    assert _entries(ours) == _entries(by_msgfmt(po, tmp_path))


@given(dictionaries(text(min_size=1), text(min_size=1), max_size=5))
def test_any_text_survives_the_catalogue(pairs: dict[str, str]) -> None:
    pairs = {key.replace("\0", ""): value.replace("\0", "") for key, value in pairs.items()}
    pairs = {key: value for key, value in pairs.items() if key.isprintable() and value}
    pairs.pop("", None)
    po = HEAD + "".join(
        f"\nmsgid {_quoted(key)}\nmsgstr {_quoted(value)}\n" for key, value in pairs.items()
    )

    catalogue = gettext.GNUTranslations(io.BytesIO(compiled(po)))

    assert {key: catalogue.gettext(key) for key in pairs} == pairs


def _quoted(some: str) -> str:
    """Write a text as PO does: C escapes (GNU gettext manual, "The Format of PO Files")."""
    escaped = "".join(
        one if one.isprintable() and one not in '"\\' else f"\\U{ord(one):08x}" for one in some
    )
    return f'"{escaped}"'


@pytest.mark.parametrize("wrong", ['msgid "a', "msgid", "hello", '"text before a word"'])
def test_a_broken_catalogue_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        compiled(wrong)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_the_screen_can_say_is_in_the_catalogue(language: str, tmp_path: Path) -> None:
    catalogue = _entries(by_msgfmt(LOCALE / f"{language}.po", tmp_path))
    there = {key[0] if isinstance(key, tuple) else key for key in catalogue} - {""}
    singular = {one for one in everything_said() if "{n}" not in one or one in there}

    assert sorted(singular - {str(one) for one in there}) == []
    assert sorted({str(one) for one in there} - everything_said()) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_every_blank(language: str, tmp_path: Path) -> None:
    for key, value in _entries(by_msgfmt(LOCALE / f"{language}.po", tmp_path)).items():
        asked = str(key[0] if isinstance(key, tuple) else key)
        if asked:
            assert set(re.findall(r"\{\w+\}", value)) == set(re.findall(r"\{\w+\}", asked)), asked


def test_numbers_keep_every_digit_and_get_the_languages_mark() -> None:
    assert words("en").number("36.80") == "36.80"
    assert words("de").number("36.80") == "36,80"
    assert words("es").number("128/82") == "128/82"


def test_days_are_written_as_people_say_them() -> None:
    at = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)

    assert words("en").day(at) == "Monday 23 November"
    assert words("de").day(at) == "Montag, 23. November"
    assert words("es").day(at) == "lunes, 23 de noviembre"


def test_how_many_is_said_in_the_right_form() -> None:
    def on_its_way(language: str, number: int) -> str:
        return words(language).count("{n} reading on its way", "{n} readings on their way", number)

    assert on_its_way("en", 1) == "1 reading on its way"
    assert on_its_way("en", 0) == "0 readings on their way"
    assert on_its_way("de", 1) == "1 Messwert ist unterwegs"
    assert on_its_way("de", 2) == "2 Messwerte sind unterwegs"


def test_a_language_nobody_translated_is_english() -> None:
    assert words("xx").language == "en"

"""The screen's words in the patient's language: gettext catalogues, read as they were written.

A `.po` file travels in the wheel and is compiled in memory (GNU gettext manual, "The Format of GNU
MO Files"), so that nothing needs compiling when the wheel is built. English is the source text.
"""

from __future__ import annotations

import ast
import gettext
import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "es": "Español"}
_MAGIC = 0x950412DE
_HEAD = struct.Struct("<7I")
_PAIR = struct.Struct("<2I")


@dataclass(frozen=True, slots=True)
class Words:
    """Says things in one language."""

    language: str
    _catalogue: gettext.NullTranslations = field(repr=False, compare=False)

    def __call__(self, text: str, **parts: object) -> str:
        """Say `text`, with `{name}` replaced by parts that are not translated."""
        return self._catalogue.gettext(text).format(**parts)

    def count(self, one: str, many: str, number: int, **parts: object) -> str:
        """Say how many, in the form this language has for that number."""
        return self._catalogue.ngettext(one, many, number).format(n=number, **parts)

    def day(self, at: datetime) -> str:
        """Write a day as people say it: "Monday 23 November"."""
        weekday, month = self(_WEEKDAYS[at.weekday()]), self(_MONTHS[at.month - 1])
        return self("{weekday} {day} {month}", weekday=weekday, day=at.day, month=month)

    def clock(self, at: datetime) -> str:
        """Write a time of day."""
        return self("{hour}:{minute}", hour=at.hour, minute=f"{at.minute:02d}")

    def when(self, at: datetime, now: datetime) -> str:
        """Write a moment as near as people need it: time today, else the day and time."""
        days = (at.date() - now.date()).days
        if days == 0:
            return self.clock(at)
        if days in _NEAR:
            return self(_NEAR[days], time=self.clock(at))
        return self("{day}, {time}", day=self.day(at), time=self.clock(at))

    def roughly(self, at: datetime, now: datetime) -> str:
        """Write a moment in a word or two: the time today, else the day."""
        days = (now.date() - at.date()).days
        if days == 0:
            return self.clock(at)
        if days == 1:
            return self("yesterday")
        if 1 < days < len(_WEEKDAYS):
            return self(_WEEKDAYS[at.weekday()])
        return self("{day} {month}", day=at.day, month=self(_MONTHS[at.month - 1]))

    def number(self, written: str) -> str:
        """Write a number with this language's decimal mark, every digit kept."""
        return written.replace(".", self("."))


def marked(text: str) -> str:
    """Mark a text that stands in a table, so that the catalogues are asked to have it."""
    return text


def counted(one: str, many: str) -> tuple[str, str]:
    """Mark a pair of texts of which a number chooses one."""
    return one, many


_NEAR = {-1: marked("yesterday, {time}"), 1: marked("tomorrow, {time}")}
_WEEKDAYS = (
    marked("Monday"),
    marked("Tuesday"),
    marked("Wednesday"),
    marked("Thursday"),
    marked("Friday"),
    marked("Saturday"),
    marked("Sunday"),
)
_MONTHS = (
    marked("January"),
    marked("February"),
    marked("March"),
    marked("April"),
    marked("May"),
    marked("June"),
    marked("July"),
    marked("August"),
    marked("September"),
    marked("October"),
    marked("November"),
    marked("December"),
)


@cache
def words(language: str) -> Words:
    """Return the words of a language; English where there is no catalogue."""
    if language == "en" or language not in LANGUAGES:
        return Words("en", gettext.NullTranslations())
    text = (files("agent.screen") / "locale" / f"{language}.po").read_text(encoding="utf-8")
    return Words(language, gettext.GNUTranslations(io.BytesIO(compiled(text))))


def compiled(po: str) -> bytes:
    """Compile a catalogue: PO text in, the octets of an MO file out (little-endian, no hashes)."""
    entries = sorted(
        (_key(entry).encode(), _value(entry).encode()) for entry in _entries(po) if _value(entry)
    )
    originals, translations, octets = b"", b"", b""
    start = _HEAD.size + 2 * _PAIR.size * len(entries)
    for key, _ in entries:
        originals += _PAIR.pack(len(key), start + len(octets))
        octets += key + b"\0"
    for _, value in entries:
        translations += _PAIR.pack(len(value), start + len(octets))
        octets += value + b"\0"
    second = _HEAD.size + len(originals)
    head = _HEAD.pack(_MAGIC, 0, len(entries), _HEAD.size, second, 0, start)
    return head + originals + translations + octets


def _entries(po: str) -> Iterator[dict[str, str]]:
    """Yield each entry as its keywords and texts; comments and obsolete entries are left out."""
    entry: dict[str, str] = {}
    word = ""
    for number, line in enumerate((*po.splitlines(), ""), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            if entry:
                yield entry
            entry, word = {}, ""
            continue
        head, _, quoted = text.partition('"')
        if head.strip():
            word = head.strip()
            entry[word] = ""
        if not quoted.endswith('"') or not word:
            raise ValueError(f"line {number} of a catalogue is no text in quotes")
        entry[word] += str(ast.literal_eval(f'"{quoted}'))


def _key(entry: Mapping[str, str]) -> str:
    plural = entry.get("msgid_plural")
    return entry["msgid"] if plural is None else f"{entry['msgid']}\0{plural}"


def _value(entry: Mapping[str, str]) -> str:
    if "msgid_plural" not in entry:
        return entry.get("msgstr", "")
    forms = [text for word, text in entry.items() if word.startswith("msgstr[")]
    return "\0".join(forms) if all(forms) else ""

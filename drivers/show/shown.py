"""How one characteristic is shown: its assigned name and two ways to look into a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drivers.codecs.ieee11073 import Number, text
from drivers.show.fields import Fields
from vitals.reading import Absent, DeviceTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One characteristic Hearth decodes."""

    title: str
    fields: Callable[[bytes], Fields]
    words: Callable[[bytes], list[str]]


def plain(identifier: str) -> str:
    """Return an identifier as people write it."""
    return identifier.replace("_", " ")


def clock(time: DeviceTime) -> str:
    """Say a device's own time."""
    local = time.local
    if local is None:
        return f"{str(time).replace('T', ' ')} (device's clock, not a real moment)"
    return f"{local.isoformat(sep=' ')} (device's clock)"


def amount(number: Number | None, unit: str) -> str:
    """Say a number with its unit, or that there is none."""
    if number is None:
        return "no number"
    return f"no number ({text(number)})" if isinstance(number, Absent) else f"{text(number)} {unit}"


def listed(words: list[str], otherwise: str) -> str:
    """Say a list of identifiers in one line."""
    return ", ".join(map(plain, words)) or otherwise


def in_words(fields: Callable[[bytes], Fields]) -> Callable[[bytes], list[str]]:
    """Return the words of a frame that nobody but a developer reads: its fields, a line each."""

    def words(data: bytes) -> list[str]:
        return [f"{plain(name)}: {_said(value)}" for name, value in fields(data).items()]

    return words


def _said(value: Any) -> str:  # noqa: ANN401 - any field's value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return listed([str(one) for one in value], "none")
    return "unknown" if value is None else str(value)

"""Walks through JSON that may be anything, and remembers where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_TEXT = 2000
MAX_LIST = 1000
WHOLE_DAY = timezone(timedelta(0), "whole day")
"""The zone of a date without a time: its first moment in UTC, and that date wherever it is read."""
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


class WrongError(Exception):
    """Something is not as FHIR R4 has it, or beyond what a hub can act on."""

    def __init__(self, path: str, why: str) -> None:
        """Name where and what, without any value."""
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


class Look:
    """A JSON object and the path to it."""

    def __init__(self, value: object, path: str) -> None:
        """Look at a value; raises WrongError when it is no object."""
        if not isinstance(value, dict):
            raise WrongError(path, "is no object")
        self.value: dict[str, Any] = value
        self.path = path

    def has(self, name: str) -> bool:
        """Tell whether something is there."""
        return self.value.get(name) is not None

    def at(self, name: str) -> str:
        """Return the path of a member."""
        return f"{self.path}.{name}"

    def wrong(self, name: str, why: str) -> WrongError:
        """Return what to raise about a member."""
        return WrongError(self.at(name), why)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a member that is text, without control characters, cut at 2,000 characters."""
        value = self.value.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(name, "is missing" if value is None else "is no text")
        plain = "".join(one for one in value if one.isprintable() or one == "\n")
        return plain.strip()[:MAX_TEXT]

    def id(self, name: str = "id") -> str:
        """Return a member that is a FHIR id."""
        value = self.text(name)
        if not _ID.fullmatch(value):
            raise self.wrong(name, "is no id")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a member that is true or false."""
        value = self.value.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "is neither true nor false")
        return value

    def number(self, name: str) -> Decimal:
        """Return a member that is a number."""
        value = self.value.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.wrong(name, "is missing" if value is None else "is no number")
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise self.wrong(name, "is no number") from None
        if not number.is_finite() or abs(number) > 10**12:
            raise self.wrong(name, "is out of all bounds")
        return number

    def objects(self, name: str) -> Iterator[Look]:
        """Yield the objects of a list; none where there is no list."""
        value = self.value.get(name, [])
        if not isinstance(value, list) or len(value) > MAX_LIST:
            raise self.wrong(name, "is no list, or too long a one")
        for place, one in enumerate(value):
            yield Look(one, f"{self.at(name)}[{place}]")

    def words(self, name: str) -> list[str]:
        """Return the texts of a list."""
        value = self.value.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(name, "is no list of words")
        return value[:MAX_LIST]

    def object(self, name: str) -> Look:
        """Return a member that is an object."""
        if not self.has(name):
            raise self.wrong(name, "is missing")
        return Look(self.value[name], self.at(name))

    def reference(self, name: str) -> str:
        """Return the reference of a member, empty where there is none."""
        return self.object(name).text("reference", "") if self.has(name) else ""

    def moment(self, name: str) -> datetime | None:
        """Return a FHIR dateTime or instant; a date alone is its first moment in `WHOLE_DAY`."""
        return self.moment_of(name, self.text(name)) if self.has(name) else None

    def moment_of(self, name: str, value: str) -> datetime:
        """Return a text as a moment; the member is named where it is none."""
        try:
            if _DATE.fullmatch(value):
                full = value + "-01-01"[len(value) - 4 :] if len(value) < 10 else value  # noqa: PLR2004 - a date's length
                return datetime.combine(date.fromisoformat(full), datetime.min.time(), WHOLE_DAY)
            found = datetime.fromisoformat(value)
        except ValueError:
            raise self.wrong(name, "is no date and time") from None
        if found.tzinfo is None:
            raise self.wrong(name, "has no zone")
        return found

    def period(self, name: str) -> tuple[datetime | None, datetime | None]:
        """Return start and end of a FHIR Period."""
        if not self.has(name):
            return None, None
        period = self.object(name)
        start, end = period.moment("start"), period.moment("end")
        if start is not None and end is not None and end < start:
            raise self.wrong(name, "ends before it starts")
        return start, end

"""What a check says: how bad it is, what it means, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is. `UNKNOWN`: it could not be found out, which is not the same as good."""

    GOOD = "good"
    LOOK = "look"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence on one thing. Whatever is not good also says what it means and what to do.

    Nothing in it names a patient or what was measured: it may be read out on the telephone.
    """

    check: str
    grade: Grade
    what: str
    means: str = ""
    do: str = ""

    def __post_init__(self) -> None:
        """Refuse a problem without a way out."""
        if self.grade is not Grade.GOOD and not (self.means and self.do):
            raise ValueError(f"{self.check}: says neither what it means nor what to do")


def good(check: str, what: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, grade=Grade.GOOD, what=what)


def look(check: str, what: str, *, means: str, do: str) -> Finding:
    """Return what works today and wants a person soon."""
    return Finding(check=check, grade=Grade.LOOK, what=what, means=means, do=do)


def broken(check: str, what: str, *, means: str, do: str) -> Finding:
    """Return what does not work."""
    return Finding(check=check, grade=Grade.BROKEN, what=what, means=means, do=do)


def unknown(check: str, what: str, *, means: str, do: str) -> Finding:
    """Return that nobody knows."""
    return Finding(check=check, grade=Grade.UNKNOWN, what=what, means=means, do=do)


def worst(findings: list[Finding]) -> Grade:
    """Return the worst grade; what is unknown counts as less than what wants a look."""
    order = (Grade.BROKEN, Grade.LOOK, Grade.UNKNOWN)
    grades = {finding.grade for finding in findings}
    return next((grade for grade in order if grade in grades), Grade.GOOD)

"""What came of each case: a line for people, an object for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

_NAME_COLUMNS = 20
GOALS = {"notice_s": 5.0, "recover_s": 15.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One case: whether it held, what was shown or what went wrong, and its figures."""

    name: str
    ok: bool
    what: str
    seconds: float
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def over_goal(self) -> list[str]:
        """Return the figures that miss their goal: that is told, and fails nothing."""
        return [name for name, goal in GOALS.items() if self.figures.get(name, 0.0) > goal]


def line(result: Result) -> str:
    """Say one result in one line."""
    word = "ok" if result.ok else "FAILED"
    figures = "  ".join(
        f"{name}={value:.2f}" + (f" (goal {GOALS[name]:.0f})" if name in result.over_goal else "")
        for name, value in result.figures.items()
    )
    said = f"{word:<7} {result.name:<{_NAME_COLUMNS}} {result.seconds:6.1f} s  {result.what}"
    return f"{said}  [{figures}]" if figures else said


def as_json(
    results: Sequence[Result], *, seconds: float, built_s: Mapping[str, float]
) -> dict[str, Any]:
    """Return the whole report; `built_s` says which layers of the disk were built anew."""
    return {
        "ok": bool(results) and all(result.ok for result in results),
        "seconds": round(seconds, 1),
        "disk_built_s": dict(built_s),
        "cases": [
            asdict(result)
            | {
                "seconds": round(result.seconds, 1),
                "over_goal": result.over_goal,
                "figures": {name: round(value, 3) for name, value in result.figures.items()},
            }
            for result in results
        ],
    }

"""Measures what the care rules cost a reading before it leaves the hub.

`python -m tests.bench.care` in the repository's root prints one JSON object:

rules             how many limits and trends each reading was held against
look_ms           one new reading: looked at, and all that is remembered on disk (the median)
crossing_ms       the same for one that crosses a limit: a Flag and a Communication on disk too
backlog_ms        for each reading of a backlog, 200 at a time
nothing_new_ms    a look at nothing, as the uploader does it before every request

The disk is the one that the temporary folder is on.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync.record import Measured
from tests.fakes.goals import goal, most, within_days
from tests.fakes.guarded import Guarded, guarded
from tests.fakes.readings_now import pressure, weight

_ROUNDS, _BACKLOG, _LIMITS = 50, 1000, 20
_NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def _look_ms(home: Guarded) -> float:
    began = time.perf_counter()
    home.guardian.look()
    return (time.perf_counter() - began) * 1e3


def _each_ms(home: Guarded, systolic: str) -> float:
    took = []
    for _ in range(_ROUNDS):
        home.later(minutes=20)
        home.put(pressure(systolic, "80", home.at))
        took.append(_look_ms(home))
    return round(statistics.median(took), 2)


def main() -> None:
    """Print the figures."""
    limits = [goal(f"g{n}", most(180 + n)) for n in range(_LIMITS)]
    trend = goal("kg", within_days(2, 3), rule="rise")
    with tempfile.TemporaryDirectory() as folder, guarded(Path(folder), _NOW) as home:
        home.rule(*limits, trend)
        home.guardian.look()
        figures: dict[str, float] = {"rules": len(limits) + 1}
        figures["look_ms"] = _each_ms(home, "128")
        home.rule(goal("g", most(180)), trend)
        figures["crossing_ms"] = _each_ms(home, "190")
        figures["nothing_new_ms"] = round(
            statistics.median(_look_ms(home) for _ in range(_ROUNDS)), 4
        )
        old: list[Measured] = [
            weight(f"{70 + n % 10}.5", home.at - timedelta(minutes=15 * n)) for n in range(_BACKLOG)
        ]
        home.put(*old)
        figures["backlog_ms"] = round(_look_ms(home) / _BACKLOG, 3)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

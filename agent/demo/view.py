"""The demo's live view, as pure text: what was measured, what is stored, what the server has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_WIDTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The books of one demo run. `on_server` and `duplicates` are the server's own count."""

    taken: int
    stored: int
    acknowledged: int
    on_server: int
    duplicates: int
    parked: int
    dropped: Mapping[str, int]
    seconds: float

    @property
    def lost(self) -> int:
        """Return the records that are neither on the server nor set aside for a stated reason."""
        return max(self.taken - sum(self.dropped.values()) - self.on_server - self.parked, 0)

    def as_json(self) -> dict[str, object]:
        """Return the one object that `--json` prints."""
        return {
            "taken": self.taken,
            "stored": self.stored,
            "acknowledged": self.acknowledged,
            "on_server": self.on_server,
            "duplicates": self.duplicates,
            "lost": self.lost,
            "parked": self.parked,
            "dropped": dict(self.dropped),
            "seconds": round(self.seconds, 1),
        }


def screen(
    tally: Tally, *, latest: list[str], server: str, alarms: Mapping[str, str], visit: str = ""
) -> str:
    """Lay the tally out for a terminal of 64 columns or more.

    `visit` is where a clinician comes in by video, "" for nowhere.
    """
    on_the_way = max(tally.stored - tally.acknowledged - tally.parked, 0)
    lines = [
        "Hearth demo: a simulated home. Ctrl-C ends it.",
        f"FHIR server: {server}",
        *([f"Video visit: open {visit} in a browser"] if visit else []),
        "-" * _WIDTH,
        f"{'measured by the meters':<34}{tally.taken:>8}",
        f"{'sealed on disk':<34}{tally.stored:>8}",
        f"{'on the way to the care team':<34}{on_the_way:>8}",
        f"{'the care team has it':<34}{tally.on_server:>8}   (asked the server)",
        f"{'copies too many':<34}{tally.duplicates:>8}   (asked the server)",
        f"{'refused by the server, kept':<34}{tally.parked:>8}",
    ]
    lines += [
        f"{'set aside: ' + reason:<34}{count:>8}" for reason, count in sorted(tally.dropped.items())
    ]
    lines += ["-" * _WIDTH, "Last readings"]
    lines += [f"  {line}" for line in latest] or ["  (waiting for the first one)"]
    lines += [f"! {sentence}" for sentence in alarms.values()]
    return "\n".join(lines)

"""Checks the hub's time. Readings are dated by it, and certificates judged."""

from __future__ import annotations

from agent.doctor.finding import Finding, broken, good, look
from agent.doctor.place import Place
from vitals.reading import HubTime

NAME = "clock"
_OLDEST_YEAR = 2026  # no hub with this software was running before


def judge(now: HubTime, *, battery: bool) -> Finding:
    """Judge one look at the clock.

    Parameters
    ----------
    battery : bool
        Whether there is a clock with a battery (/dev/rtc0): a Pi 4 has none.
    """
    if now.at.year < _OLDEST_YEAR:
        return broken(
            NAME,
            f"The hub believes it is the year {now.at.year}.",
            means="Readings are taken all the same and dated once the time is known, but no "
            "server's certificate is valid in that year: nothing can be sent.",
            do="Connect the network; a time server sets the clock. Or: timedatectl set-time.",
        )
    if now.synchronised:
        return good(NAME, "A time server has set the clock.")
    return look(
        NAME,
        "No time server has set the clock since the start.",
        means="Readings are marked as dated by a clock that nobody vouches for"
        + ("." if battery else "; there is no battery clock, so it may be far off."),
        do="See that the network lets time through (NTP, UDP port 123): run timedatectl.",
    )


def check(place: Place) -> list[Finding]:
    """Look at the clock."""
    return [judge(place.now(), battery=bool(place.found("dev/rtc0")))]

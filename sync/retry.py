"""When to try again, and whether a search found our very reading."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from sync.bundle import has_identifier

FIRST_S = 1.0
LONGEST_S = 300.0
LONGEST_SILENCE_S = 30.0
"""Where nobody answers at all there is no server to be spared: look again sooner."""
LONGEST_ASKED_S = 3600.0
_REQUEST_TIMEOUT, _TOO_EARLY = 408, 425
_SERVER_ERROR, _REDIRECT, _CLIENT_ERROR = 500, 300, 400
_NOT_IMPLEMENTED = 501


def is_passing(status: int) -> bool:
    """Tell whether an answer means "not now": server errors, time-outs and redirects."""
    if status in {_REQUEST_TIMEOUT, _TOO_EARLY}:
        return True
    if status == _NOT_IMPLEMENTED:
        return False
    return status >= _SERVER_ERROR or _REDIRECT <= status < _CLIENT_ERROR


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a server asks us to wait (RFC 9110, 10.2.3), None when it does not.

    A date is taken against the answer's own Date header: the hub's clock may be wrong.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_ASKED_S)
    try:
        until = parsedate_to_datetime(asked)
        now = parsedate_to_datetime(headers.get("date", ""))
        return min(max((until - now).total_seconds(), 0.0), LONGEST_ASKED_S)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def pause_s(
    failures: int, asked_s: float | None, chance: float, *, longest_s: float = LONGEST_S
) -> float:
    """Return how long to wait: what was asked, or a full-jitter back-off (0 to `longest_s`).

    `chance` is from 0 to 1 (AWS Architecture Blog, "Exponential Backoff and Jitter").
    """
    if asked_s is not None:
        return asked_s
    ceiling = min(longest_s, FIRST_S * 2.0 ** min(failures - 1, 16))
    return ceiling * chance


def matching(found: Mapping[str, Any], value: str) -> list[Mapping[str, Any]]:
    """Return the Observations in an answer that carry our identifier with this value.

    Servers ignore search parameters they do not know: only the identifier in the resource counts.
    """
    if found.get("resourceType") == "Observation":
        return [found] if has_identifier(found, value) else []
    entries = found.get("entry")
    resources = [
        entry.get("resource")
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    return [one for one in resources if isinstance(one, dict) and has_identifier(one, value)]

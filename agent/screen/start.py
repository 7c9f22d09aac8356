"""What the screen remembers for its next start, so that it begins in the home's light and language.

No patient's data and nothing that is shown as a fact: only which language the first sentence is in,
and between which hours it is dark. What is not readable counts as nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import msgspec

from agent.screen.messages import Home

FILE = "start.json"
_MOST_S = 86_399  # of an offset from UTC, either way


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """The last home's language, its night in full hours, and its offset from UTC in seconds.

    Without an offset the machine's own time of day is used.
    """

    language: str = ""
    night_from: int = 21
    night_until: int = 7
    offset_s: int | None = None

    def is_dark(self, at: datetime) -> bool:
        """Tell whether it is night in the home at this moment."""
        if self.offset_s is not None and abs(self.offset_s) <= _MOST_S:
            local = at.astimezone(timezone(timedelta(seconds=self.offset_s)))
        else:
            local = at.astimezone()
        return is_night(local.hour, self.night_from, self.night_until)


def is_night(hour: int, start: int, end: int) -> bool:
    """Tell whether an hour lies in the night, which may go over midnight."""
    return start <= hour or hour < end if start > end else start <= hour < end


def start_of(home: Home) -> Start:
    """Return what to remember of a home."""
    offset = home.now.utcoffset()
    return Start(
        language=home.language,
        night_from=home.night_from,
        night_until=home.night_until,
        offset_s=None if offset is None else int(offset.total_seconds()),
    )


def encoded(start: Start) -> bytes:
    """Write it down."""
    return msgspec.json.encode(start)


def decoded(octets: bytes) -> Start:
    """Read what was written; the beginning of a first start where there is nothing sensible."""
    try:
        return msgspec.json.decode(octets, type=Start)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Start()

"""Cuffs whose clock may be set only right after they have told the time (Omron with BLP).

Source: weliem/blessed-android and blessed-bluez examples: an Omron cuff takes a new time only
directly after its first Current Time notification, and only a difference of more than ten minutes
is worth it. Its records come under the clock they were taken with all the same: each carries its
own time, and the clock's error was noted before.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.codecs import current_time
from drivers.sessions.indications import IndicationsSession
from drivers.sessions.session import ClockRead, Command, Meeting, SetClock, Subscribe
from vitals.errors import DecodeError

CLOCK = "2a2b"


class NotifiedClockSession:
    """One visit: the clock first, then whatever the cuff indicates until it leaves."""

    def __init__(self, uuids: Sequence[str], meeting: Meeting, *, idle_s: float = 30.0) -> None:
        """Keep what to listen to; nothing has been asked yet."""
        self._meeting = meeting
        self._rest = IndicationsSession(uuids, idle_s=idle_s)
        self._told = not meeting.has(CLOCK)
        self._setting = False
        self.wait_s = idle_s

    def begin(self) -> list[Command]:
        """Listen to the clock before the measurements."""
        clock: list[Command] = [] if self._told else [Subscribe(uuid=CLOCK)]
        return [*clock, *self._rest.begin()]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Note the first time it tells, and correct it if it is far off."""
        if uuid != CLOCK:
            return self._rest.frame(uuid, data)
        if self._told:
            return []
        self._told = True
        try:
            shown = current_time.decode(data).time
        except DecodeError:
            return []
        noted: list[Command] = [ClockRead(device=shown)]
        if self._meeting.may_set_clock and self._meeting.is_off(shown):
            self._setting = True
            noted.append(SetClock(uuid=CLOCK, encode=current_time.encode))
        return noted

    def failed(self, att_error: int) -> list[Command]:
        """Read on without the clock: a reading matters more than the time."""
        if not self._told or self._setting:
            self._told, self._setting = True, False
            return self._rest.begin()
        return self._rest.failed(att_error)

    def silent(self) -> list[Command]:
        """End: nothing more comes."""
        return self._rest.silent()

    def gone(self) -> list[Command]:
        """End: leaving is how cuffs say they are done."""
        return self._rest.gone()

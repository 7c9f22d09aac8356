"""How a meter's own clock is read and set over Bluetooth: octets and declarations, no radio."""

from __future__ import annotations

from drivers.codecs import current_time, date_time
from drivers.driver import Clock, ClockWrite, Driver
from drivers.sessions.session import SetClock
from vitals.errors import DecodeError
from vitals.reading import DeviceTime

_DATE_TIME_OCTETS = 7


def command_of(driver: Driver) -> SetClock | None:
    """Return how to set the clock after reading, None where that is not ours to do."""
    if driver.clock_write is not ClockWrite.AFTER_READ:
        return None
    if driver.clock is Clock.CURRENT_TIME:
        return SetClock(uuid=driver.clock.value, encode=current_time.encode)
    if driver.clock is Clock.DATE_TIME:
        return SetClock(uuid=driver.clock.value, encode=date_time.encode)
    return driver.clock_set


def shown_by(octets: bytes) -> DeviceTime | None:
    """Return what Current Time (2A2B) or Date Time (2A08) says, None where it is no time."""
    try:
        return date_time.decode(octets[:_DATE_TIME_OCTETS])
    except DecodeError:
        return None

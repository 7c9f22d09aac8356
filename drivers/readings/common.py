"""What every reading takes from its frame: when it was, and the flags of the same name."""

from __future__ import annotations

from enum import IntFlag

from drivers.frame import Frame
from vitals.reading import DeviceTime, Flag, Timing


def named(status: IntFlag | None) -> frozenset[Flag]:
    """Return the flags of the same name; reserved bits have none and stay in the raw frame."""
    return frozenset() if status is None else frozenset(Flag[str(bit.name)] for bit in status)


def timing(frame: Frame, time: DeviceTime | None) -> Timing:
    """Return when the hub heard of it, and what the device said."""
    return Timing(received=frame.received, device_time=time, clock_check=frame.clock_check)

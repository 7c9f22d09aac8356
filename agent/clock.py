"""The one place that reads a clock: wall time, boot time, and whether anybody set them right."""

from __future__ import annotations

import ctypes
import os
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from vitals.reading import HubTime

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNCD = Path("/run/systemd/timesync/synchronized")
_TIMEX_OCTETS = 256  # struct timex is 208 octets on 64-bit Linux; modes = 0 only reads
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_ASK_AGAIN_NS = 10_000_000_000

NowFunction = Callable[[], HubTime]


@cache
def boot_id() -> str:
    """Return the kernel's id of this boot; a made-up one for this process where there is none."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())


def is_synchronised() -> bool:
    """Tell whether a time service has set the clock since boot.

    systemd-timesyncd leaves a file. Any other service is seen through adjtimex(2), which
    `ProtectClock=` forbids: then the answer is no, because nobody vouched for the clock.
    """
    if _TIMESYNCD.exists():
        return True
    buffer = ctypes.create_string_buffer(_TIMEX_OCTETS)
    state = int(ctypes.CDLL(None, use_errno=True).adjtimex(buffer))
    return 0 <= state < _TIME_ERROR


class HubClock:
    """Reads the hub's time; asks about synchronisation at most every ten seconds."""

    def __init__(self, synchronised: Callable[[], bool] = is_synchronised) -> None:
        """Take the question "is the clock synchronised?" as an argument."""
        self._synchronised = synchronised
        self._answer = False
        self._asked_ns: int | None = None
        # For this boot, once its clock was set: wall time minus boot time in nanoseconds.
        self.boot_offsets: dict[str, int] = {}

    def __call__(self) -> HubTime:
        """Return this instant, with its evidence."""
        boottime_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        if self._asked_ns is None or boottime_ns - self._asked_ns > _ASK_AGAIN_NS:
            self._answer, self._asked_ns = self._synchronised(), boottime_ns
        if self._answer and not self.boot_offsets:
            self.boot_offsets[boot_id()] = time.time_ns() - boottime_ns
        return HubTime(
            at=datetime.now(UTC),
            boot_id=boot_id(),
            boottime_ns=boottime_ns,
            synchronised=self._answer,
        )


def process_age_s() -> float:
    """Return the seconds since the kernel started this process (proc(5), field 22 of stat)."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    started_ticks = int(fields[19])
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_ticks / ticks_per_s

"""The one place that reads a clock: wall time, boot time, and whether anybody set them right."""

from __future__ import annotations

import ctypes
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from vitals.reading import HubTime

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNCD = Path("/run/systemd/timesync/synchronized")
_TIMEX_OCTETS = 256  # struct timex is 208 octets on 64-bit Linux; modes = 0 only reads
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_ASK_AGAIN_NS = 10_000_000_000
_JUMP_NS = 5_000_000_000  # more than any drift between two looks
_BELIEVED_AFTER_NS = 3600 * 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_BOOTS = 64

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


def _boottime_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class HubClock:
    """Reads the hub's time; asks about synchronisation at most every ten seconds.

    `boot_offsets` holds, for each boot whose clock was once set, wall time minus boot time in
    nanoseconds: by it readings are dated that came before.

    A wall clock that jumps away from this boot's offset is not believed, whoever vouches for it:
    somebody set it by hand, or a time server went mad. After an hour the new time counts.
    """

    def __init__(
        self,
        synchronised: Callable[[], bool] = is_synchronised,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
        boottime_ns: Callable[[], int] = _boottime_ns,
    ) -> None:
        """Take the question "is the clock synchronised?" as an argument, and both clocks."""
        self._synchronised = synchronised
        self._wall_ns, self._boottime_ns = wall_ns, boottime_ns
        self._answer = False
        self._asked_ns: int | None = None
        self._odd_since_ns: int | None = None
        self.boot_offsets: dict[str, int] = {}
        self._learned: Callable[[bytes], object] = lambda _: None

    def resume(self, octets: bytes | None, learned: Callable[[bytes], object]) -> None:
        """Take over what earlier boots knew; from now on hand on whatever is learned.

        Parameters
        ----------
        octets : bytes or None
            What `learned` was given last, by whatever process of this hub.
        learned : callable
            Is given octets to be remembered, in whatever thread asked for the time.
        """
        known = boots(octets)
        # What an earlier process of this very boot knew holds: the clock may have jumped since.
        new = self.boot_offsets.keys() - known.keys()
        self.boot_offsets.update(known)
        self._learned = learned
        if boot_id() in new:
            self._hand_on()

    def _hand_on(self) -> None:
        offsets = dict(self.boot_offsets)
        # This boot last: the oldest are the first to be forgotten.
        offsets[boot_id()] = offsets.pop(boot_id())
        self._learned(boots_octets(offsets))

    def __call__(self) -> HubTime:
        """Return this instant, with its evidence."""
        boottime_ns, wall_ns = self._boottime_ns(), self._wall_ns()
        if self._asked_ns is None or boottime_ns - self._asked_ns > _ASK_AGAIN_NS:
            self._answer, self._asked_ns = self._synchronised(), boottime_ns
        return HubTime(
            at=_EPOCH + timedelta(microseconds=wall_ns // 1000),
            boot_id=boot_id(),
            boottime_ns=boottime_ns,
            synchronised=self._answer and self._agrees(wall_ns - boottime_ns, boottime_ns),
        )

    def wall_s(self) -> float:
        """Return the hub's time of day, seconds since 1970, whoever set it."""
        return self._wall_ns() / 1e9

    def _agrees(self, offset_ns: int, boottime_ns: int) -> bool:
        """Tell whether this boot's wall clock is where it was when it was set."""
        known_ns = self.boot_offsets.get(boot_id())
        if known_ns is not None and abs(offset_ns - known_ns) > _JUMP_NS:
            if self._odd_since_ns is None:
                self._odd_since_ns = boottime_ns
            if boottime_ns - self._odd_since_ns < _BELIEVED_AFTER_NS:
                return False
            known_ns = None
        self._odd_since_ns = None
        if known_ns is None:
            self.boot_offsets[boot_id()] = offset_ns
            self._hand_on()
        return True


def boots_octets(offsets: Mapping[str, int]) -> bytes:
    """Write what is known of the last 64 boots, to be remembered beyond this one."""
    return json.dumps(dict(list(offsets.items())[-_MAX_BOOTS:])).encode()


def boots(octets: bytes | None) -> dict[str, int]:
    """Read what `boots_octets` wrote; nothing where there is nothing, or nothing sensible."""
    try:
        found = json.loads(octets or b"{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: one for name, one in found.items() if type(one) is int}


def machine_now() -> datetime:
    """Return what the machine's clock says, whoever set it; no reading is dated by this."""
    return datetime.now(UTC)


def process_age_s() -> float:
    """Return the seconds since the kernel started this process (proc(5), field 22 of stat)."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    started_ticks = int(fields[19])
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_ticks / ticks_per_s

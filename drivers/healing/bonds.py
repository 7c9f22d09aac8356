"""A bond that one side lost. Pure: how visits end in, what to do out.

Whoever is within reach can answer in a meter's name and let every visit fail. So only a meter of
this home is ever paired anew, its bond is given up only after several failures without one visit
that went well, and at most once a day: a stranger gains a meter that wants its button pressed, and
no reading of his is taken for the patient's where the meter pairs by a passkey.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

FAILURES = 3
LOST_FAILURES = 6
HURRIES = 8
ONCE_S = 24 * 3600.0
_MOST = 64


class End(Enum):
    """How a visit ended, as far as bonds go."""

    WELL = "well"  # it was read
    KEY = "key"  # encryption failed, or the meter talks only to a bonded hub
    EARLY = "early"  # connected, and gone before it said what it is
    OTHER = "other"


class Step(Enum):
    """What to do about it."""

    PAIR = "pair"  # the hub has no bond: nothing can be lost by trying
    RENEW = "renew"  # remove the bond, pair anew
    TELL = "tell"  # a person must look


@dataclass(slots=True)
class _Meter:
    key: int = 0
    early: int = 0
    since: int = 0  # visits since the key failed first
    owed: bool = False  # it was to be paired, and was not read well since
    renewed_s: float | None = None


@dataclass(slots=True)
class Bonds:
    """Follows the meters of this home by address. Times are monotonic, in seconds."""

    failures: int = FAILURES
    lost_failures: int = LOST_FAILURES
    _meters: dict[str, _Meter] = field(default_factory=dict)

    def visited(self, address: str, end: End, *, bonded: bool | None, at_s: float) -> Step | None:
        """Take the end of one visit to a meter of this home that was bonded when it was paired.

        Parameters
        ----------
        bonded : bool or None
            Whether the hub holds a bond now; None where that is not known.
        """
        meter = self._meter(address)
        if end is End.WELL:
            meter.key = meter.early = meter.since = 0
            meter.owed = False
            return None
        meter.since += bool(meter.since) or end is End.KEY
        if bonded is False:
            # Once a pairing was due and failed, a visit may end in any way (bluetoothd 5.82 keeps
            # a write that waited for it in progress for ever): the pairing is still due.
            meter.owed = meter.owed or end is End.KEY
            return Step.PAIR if meter.owed else None
        meter.key += end is End.KEY
        meter.early += end is End.EARLY
        if meter.key < self.failures and meter.early < self.lost_failures:
            return None
        if meter.renewed_s is not None and at_s - meter.renewed_s < ONCE_S:
            return Step.TELL
        meter.key = meter.early = meter.since = 0
        meter.renewed_s, meter.owed = at_s, True
        return Step.RENEW

    def hurries(self, address: str) -> bool:
        """Tell whether to visit a meter again soon: its key is suspected, it calls briefly.

        For eight visits at most; then it is left alone as any other that fails.
        """
        return 0 < self._meter(address).since <= HURRIES

    def _meter(self, address: str) -> _Meter:
        meter = self._meters.setdefault(address, _Meter())
        while len(self._meters) > _MOST:
            del self._meters[next(iter(self._meters))]
        return meter

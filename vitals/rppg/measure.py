"""From pictures to a result, as they come: what is known now, and whether that is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from vitals.rppg.estimate import estimate
from vitals.rppg.face import SkinWatcher, Watcher
from vitals.rppg.frame import TimedFrame
from vitals.rppg.result import Refusal, Result
from vitals.rppg.rows import Rows

_EVERY_S = 1.65  # between two estimates: the fifth is the first that is long enough
_SAME_BPM = 4.0  # two estimates in a row that say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is known at one moment, for a screen.

    Parameters
    ----------
    seconds : float
        Length of what has been seen of the present face.
    result : Result
        The latest estimate. Its reasons may be those of a measurement that has just begun.
    guidance : Refusal or None
        What the patient may do now; None where there is nothing to do but sit still.
    settled : bool
        Two estimates in a row gave a pulse rate within 4 per minute of each other: from here on
        more time makes it better and not other.
    """

    seconds: float
    result: Result
    guidance: Refusal | None
    settled: bool


class Live:
    """A measurement that goes on while pictures come. Its memory has a bound: two minutes.

    Parameters
    ----------
    skin : bool
        The pictures show nothing but skin, so no face is looked for.
    """

    def __init__(self, *, skin: bool = False) -> None:
        """Start with nothing seen."""
        self.watcher: Watcher | SkinWatcher = SkinWatcher() if skin else Watcher()
        self.rows = Rows()
        self.status = Status(seconds=0.0, result=_NOTHING_YET, guidance=None, settled=False)
        self._lost = 0
        self._next_s = 0.0

    def feed(self, frame: TimedFrame) -> Status | None:
        """Take the next picture; return a new status every second or two, else None."""
        seen = self.watcher.look(frame.bgr, frame.at_s)
        self._lost += seen.lost
        self.rows.add(frame.at_s, seen)
        if self.rows.seconds < self._next_s and not seen.begun:
            return None
        return self.conclude()

    def conclude(self) -> Status:
        """Estimate from all that has been seen so far."""
        before, result = self.status.result, self._estimate()
        self._next_s = _EVERY_S * (self.rows.seconds // _EVERY_S + 1)
        reasons = [reason for reason in result.reasons if reason is not Refusal.TOO_SHORT]
        self.status = Status(
            seconds=self.rows.seconds,
            result=result,
            guidance=reasons[0] if reasons else None,
            settled=_same(before, result),
        )
        return self.status

    def run(
        self,
        frames: Iterable[TimedFrame],
        *,
        quick: bool = False,
        progress: Callable[[Status], None] | None = None,
    ) -> Result:
        """Take pictures until they end, or as `measure` says; return what was found."""
        for frame in frames:
            status = self.feed(frame)
            if status is None:
                continue
            if progress is not None:
                progress(status)
            if quick and status.settled:
                return status.result
        return self.conclude().result

    def _estimate(self) -> Result:
        result = estimate(self.rows.trace())
        reasons = list(result.reasons)
        # A face that is lost begins anew: what is left is too short because somebody moved.
        if self._lost and reasons == [Refusal.TOO_SHORT]:
            reasons = [Refusal.MOVING, *reasons]
        # In the dark nobody is found, and a lamp helps more than sitting elsewhere.
        reasons.sort(key=lambda reason: reason is not Refusal.TOO_DARK)
        return replace(result, reasons=tuple(reasons))


def measure(
    frames: Iterable[TimedFrame],
    *,
    skin: bool = False,
    quick: bool = False,
    progress: Callable[[Status], None] | None = None,
) -> Result:
    """Measure one person from pictures, in the order they were taken.

    Parameters
    ----------
    frames : iterable of TimedFrame
        Read as they come and not kept; at most their last two minutes count.
    skin : bool
        The pictures show nothing but skin.
    quick : bool
        Stop at the first pulse rate that two estimates in a row agree on, as a rule after 10 s;
        then there is no breathing and no variability. Otherwise all frames are used.
    progress : callable or None
        Told the status every second or two.

    Returns
    -------
    Result
    """
    return Live(skin=skin).run(frames, quick=quick, progress=progress)


_NOTHING_YET = Result(reasons=(Refusal.TOO_SHORT,))


def _same(before: Result, now: Result) -> bool:
    if before.pulse_rate_bpm is None or now.pulse_rate_bpm is None:
        return False
    return abs(before.pulse_rate_bpm - now.pulse_rate_bpm) <= _SAME_BPM

"""Take what comes until the meter leaves: cuffs, thermometers, scales."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.sessions.session import Command, Finish, Outcome, SetClock, Subscribe, refusal


class IndicationsSession:
    """Subscribe, then listen. The meter ends the session by leaving or by falling silent.

    Parameters
    ----------
    uuids : sequence of str
        The characteristics to listen to.
    clock : SetClock, optional
        The clock to set first: A&D meters take the time only before they send (UA-651BLE).
    idle_s : float
        How long to wait for the next frame, in seconds.
    """

    def __init__(
        self, uuids: Sequence[str], *, idle_s: float = 30.0, clock: SetClock | None = None
    ) -> None:
        """Keep what to ask for; nothing has been asked yet."""
        self._uuids = tuple(uuids)
        self._clock = clock
        self._begun = False
        self.wait_s = idle_s

    def begin(self) -> list[Command]:
        """Set the clock where the meter wants it first, then subscribe."""
        clock: list[Command] = [self._clock] if self._clock else []
        return [*clock, *(Subscribe(uuid=uuid) for uuid in self._uuids)]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Wait for more: the meter alone knows when it is done."""
        del uuid, data
        self._begun = True
        return []

    def failed(self, att_error: int) -> list[Command]:
        """End, unless only the clock was refused: a reading matters more than the time."""
        if self._clock is not None:
            self._clock = None
            return self.begin()
        return [refusal(att_error)]

    def silent(self) -> list[Command]:
        """End: nothing more comes."""
        return [Finish(outcome=Outcome.COMPLETE)]

    def gone(self) -> list[Command]:
        """End: leaving is how these meters say they are done."""
        if self._begun:
            return [Finish(outcome=Outcome.COMPLETE)]
        return [Finish(outcome=Outcome.PARTIAL, why="the meter left before it sent anything")]

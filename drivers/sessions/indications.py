"""Take what comes until the meter leaves: cuffs, thermometers, scales."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.sessions.session import NOT_BONDED, Command, Finish, Outcome, Subscribe, refusal


class IndicationsSession:
    """Subscribe, then listen. The meter ends the session by leaving or by falling silent.

    Parameters
    ----------
    uuids : sequence of str
        The characteristics to listen to.
    first : sequence of Command
        What the meter wants to be told before it sends, such as the time. It may refuse each.
    idle_s : float
        How long to wait for the next frame, in seconds.
    """

    def __init__(
        self, uuids: Sequence[str], *, idle_s: float = 30.0, first: Sequence[Command] = ()
    ) -> None:
        """Keep what to ask for; nothing has been asked yet."""
        self._uuids = tuple(uuids)
        self._first = list(first)
        self._begun = False
        self.wait_s = idle_s

    def begin(self) -> list[Command]:
        """Tell the meter what it wants to know first, then subscribe."""
        return [*self._first, *(Subscribe(uuid=uuid) for uuid in self._uuids)]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Wait for more: the meter alone knows when it is done."""
        del uuid, data
        self._begun = True
        return []

    def failed(self, att_error: int) -> list[Command]:
        """End, unless only what came first was refused: a reading matters more.

        What was refused is not said, so one command less is tried each time.
        """
        if self._first and att_error not in NOT_BONDED:
            del self._first[0]
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

"""Fetch each person's weights from a scale that asks for that person's consent code.

User Data Service 1.1: the hub gives user and code to the control point; the scale then sends that
user's measurements. Seen with Beurer BF720 and its kin (KristianP26/ble-scale-sync): the clock is
written before any consent, and a wrong code costs the bond. So a wrong or missing code ends the
visit for a person to mend, and is never tried again by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.codecs import current_time, user_data
from drivers.codecs.user_data import Opcode, Result
from drivers.sessions.session import (
    NOT_BONDED,
    Command,
    Finish,
    Meeting,
    Outcome,
    SetClock,
    Subscribe,
    Write,
    refusal,
)
from vitals.errors import DecodeError

CONTROL_POINT = "2a9f"
CLOCK = "2a2b"
ANSWER_S = 10.0
QUIET_S = 5.0  # a user's measurements follow within a second of the answer

_PREFIX = "consent."


class ConsentSession:
    """One visit.

    Parameters
    ----------
    uuids : sequence of str
        The characteristics that carry measurements.
    meeting : Meeting
        Its secrets hold a code for each user slot: "consent.1" is user 1's.
    """

    def __init__(self, uuids: Sequence[str], meeting: Meeting) -> None:
        """Keep whom to ask for; nothing has been asked yet."""
        self._uuids = tuple(uuids)
        self._meeting = meeting
        self._codes = [
            (int(name.removeprefix(_PREFIX)), int(code))
            for name, code in sorted(meeting.secrets.items())
            if name.startswith(_PREFIX)
        ]
        self._person: tuple[int, int] | None = None  # who was asked for and not yet answered
        self._clock = meeting.may_set_clock and meeting.has(CLOCK)

    @property
    def wait_s(self) -> float:
        """Return how long the scale may take for an answer, or for one measurement more."""
        return QUIET_S if self._person is None else ANSWER_S

    def begin(self) -> list[Command]:
        """Listen, set the clock, give the first code."""
        if not self._codes:
            return [_person("the settings hold no consent code for this scale")]
        return [*self._listen(), *self._next()]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Act on the answer to a code; measurements need none."""
        if uuid != CONTROL_POINT:
            return []
        try:
            message = user_data.decode(data)
        except DecodeError:
            return [Finish(outcome=Outcome.REFUSED, why="the scale's answer breaks the rules")]
        if message.request_code != Opcode.CONSENT:
            return []
        self._person, self._clock = None, False
        if message.result_code == Result.SUCCESS:
            return []
        return [_person("the scale refuses a user's consent code")]

    def failed(self, att_error: int) -> list[Command]:
        """Go on without the clock if it was refused; end on anything else.

        What was refused is not said. Without the clock everything up to the first code is asked
        for again, once: if it was not the clock, it is refused again.
        """
        if not self._clock or att_error in NOT_BONDED:
            return [refusal(att_error)]
        self._clock = False
        return [*self._listen(), *self._ask()]

    def silent(self) -> list[Command]:
        """Ask for the next user once one has nothing more; end after the last."""
        if self._person is not None:
            return [Finish(outcome=Outcome.PARTIAL, why="the scale did not answer a code")]
        return self._next() or [Finish(outcome=Outcome.COMPLETE)]

    def gone(self) -> list[Command]:
        """End: well if nobody was left to ask for."""
        if self._person is not None or self._codes:
            return [Finish(outcome=Outcome.PARTIAL, why="the scale left before all were asked for")]
        return [Finish(outcome=Outcome.COMPLETE)]

    def _listen(self) -> list[Command]:
        clock: list[Command] = []
        if self._clock:
            clock = [SetClock(uuid=CLOCK, encode=current_time.encode)]
        return [*(Subscribe(uuid=uuid) for uuid in (*self._uuids, CONTROL_POINT)), *clock]

    def _next(self) -> list[Command]:
        self._person = self._codes.pop(0) if self._codes else None
        return self._ask()

    def _ask(self) -> list[Command]:
        if self._person is None:
            return []
        return [Write(uuid=CONTROL_POINT, data=user_data.consent(*self._person))]


def _person(why: str) -> Finish:
    return Finish(outcome=Outcome.NEEDS_PERSON, why=why)

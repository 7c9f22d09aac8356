"""The engine's fixed words: how much at once, what each status means, what an alarm says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sync.exchange import Alarm, ClearAlarm, Effect

JSON = "application/fhir+json"
OFFLINE, LOGIN, FORBIDDEN, NOT_FHIR, REFUSED, UNABLE, FAILING, CLOCK, CERTIFICATE, EXPIRED = (
    "SYNC-01",
    "SYNC-02",
    "SYNC-03",
    "SYNC-04",
    "SYNC-05",
    "SYNC-06",
    "SYNC-07",
    "SYNC-08",
    "SYNC-09",
    "SYNC-10",
)
SENTENCES: Mapping[str, str] = {
    OFFLINE: "The care team's server cannot be reached; readings are kept and sent later.",
    LOGIN: "The care team's server does not accept this hub's login.",
    FORBIDDEN: "The care team's server does not allow this hub to store readings.",
    NOT_FHIR: "The address of the care team's server answers, but not as a FHIR server.",
    REFUSED: "The care team's server refused a reading; it is kept, with the reason.",
    UNABLE: "The care team's server cannot store a reading exactly once; readings are kept.",
    FAILING: "The care team's server fails at a reading every time; it is kept and tried again.",
    CLOCK: "The hub's clock and the clock of the care team's server differ; one of them is wrong.",
    CERTIFICATE: "The certificate of the care team's server is not one that this hub trusts.",
    EXPIRED: "The server's certificate is not valid on the date that the hub's clock shows.",
}
UNCHANGEABLE = "The server holds this reading without its context and lets no hub change it."
UNPROVED = "The server says it has this reading but does not show it."
OK, CREATED = 200, 201
STORED = frozenset({OK, CREATED})
UNAUTHORISED, NOT_ALLOWED = 401, 403
BAD = frozenset({400, 422})
MISSING = frozenset({404, 410})
CONFLICT = frozenset({409, 412})
TOO_LARGE = 413
FAILED = 500  # unlike 502 and 504 it may be this very reading that the server stumbles over
LATER = frozenset({429, 503})
NO_SUCH_INTERACTION = frozenset({405, 501})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How much at once, and how patient."""

    batch: int = 20  # readings in one transaction
    max_puts: int = 50  # entries; Medplum's router takes no more
    max_conditional: int = 8  # entries; Medplum's limit when any entry is conditional
    tries: int = 3  # for what conflicts or is missing, and before a Bundle is halved
    apart_s: float = 300.0  # between tries of a reading at which the server fails every time
    idle_s: float = 60.0
    login_pause_s: float = 300.0
    skew_s: float = 120.0  # of hub and server: SMART logins fail from five minutes on


class Alarms:
    """Which alarms are raised, so that they can be taken back."""

    def __init__(self) -> None:
        """Start with none."""
        self._raised: set[str] = set()

    def sound(self, code: str) -> list[Effect]:
        """Raise an alarm."""
        self._raised.add(code)
        return [Alarm(code=code, sentence=SENTENCES[code])]

    def stands(self, code: str) -> bool:
        """Tell whether an alarm is raised."""
        return code in self._raised

    def calm(self) -> list[Effect]:
        """Take back every alarm that a good answer ends."""
        return self.end(*(self._raised - {REFUSED, FAILING, CLOCK}))

    def end(self, *codes: str) -> list[Effect]:
        """Take back these alarms, where they were raised."""
        over = self._raised.intersection(codes)
        self._raised -= over
        return [ClearAlarm(code=code) for code in sorted(over)]


class Verdict(Enum):
    """What to do with one reading that the server did not take."""

    LOOK = "look whether it is there"
    AGAIN = "send it again"
    AGAIN_WITH_ALL = "send it again, with all it refers to"
    PARK = "set it aside"


def verdict(status: int, tries: int, *, amends: bool, policy: Policy) -> Verdict:
    """Decide by the server's status for that very reading, and how often it was tried.

    A conflict about an amendment is never settled by looking: the older version is there.
    """
    if status in CONFLICT and not amends:
        return Verdict.LOOK if tries <= policy.tries else Verdict.PARK
    if status in MISSING and tries == 1:
        return Verdict.AGAIN_WITH_ALL
    if status not in BAD | MISSING | {TOO_LARGE} and tries < policy.tries:
        return Verdict.AGAIN
    return Verdict.PARK

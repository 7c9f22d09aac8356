"""What a supported device is: a declaration, all data, one file each under `devices/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from drivers.frame import Frame
from drivers.sessions.session import Meeting, Session, SetClock
from vitals.reading import Reading

Decode = Callable[[Frame], Reading | None]
"""Turn one frame into a Reading, or None when it holds nothing to keep.

Raises DecodeError when the octets break the characteristic's rules, and ImpossibleReadingError
when they keep them but cannot be a measurement. Either way the caller keeps the frame.
"""

Join = Callable[[Reading, Frame], Reading]
"""Join a context frame to the reading it belongs to; raises like Decode."""


class Evidence(Enum):
    """How far a declaration has been proved; claim only what was done."""

    SPEC = "spec"
    CAPTURED = "captured"
    BENCH = "bench"


class Procedure(Enum):
    """How a session gets its records."""

    INDICATIONS = "indications"  # subscribe and take what comes until the device leaves
    RACP = "racp"  # ask the Record Access Control Point
    VENDOR = "vendor"  # the maker's own: `Driver.session` makes it


class History(Enum):
    """What a device sends again."""

    UNSENT_ONLY = "unsent-only"
    FULL = "full"
    INCREMENTAL = "incremental"
    REVERSED = "reversed"  # record 0 is the newest: numbers shift with every measurement
    NONE = "none"  # only what is measured while the hub listens


class Pairing(Enum):
    """What the device wants before it talks."""

    NONE = "none"
    JUST_WORKS = "just-works"
    PASSKEY_DISPLAY = "passkey-display"
    PASSKEY_LABEL = "passkey-label"


class Clock(Enum):
    """Where the device's own clock can be read."""

    NONE = "none"
    CURRENT_TIME = "2a2b"
    DATE_TIME = "2a08"  # inside the measurement service
    VENDOR = "vendor"  # by commands of the session


class ClockWrite(Enum):
    """When the device's clock is set, if the hub's own is right."""

    NEVER = "never"
    BEFORE_READ = "before-read"  # only where the device sends nothing before it has the time
    AFTER_READ = "after-read"  # every record is stored under the clock it was taken with


class Drop(Enum):
    """Why a record must not enter the patient's chart. Dropped ones are counted and audited."""

    CONTROL_SOLUTION = "control-solution"
    DEMO = "demo"
    TESTING = "testing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement:
    """What one advertisement said. UUIDs are short where they can be, all lower case."""

    address: str
    local_name: str = ""
    services: frozenset[str] = frozenset()
    company_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How to know a device by its advertisement: every rule that is given must hold."""

    services: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()  # services that another declaration stands for
    local_name_prefixes: tuple[str, ...] = ()
    company_ids: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a declaration that would match every device in the street."""
        if not (self.services or self.local_name_prefixes or self.company_ids):
            raise ValueError("a match needs at least one rule")

    def fits(self, seen: Advertisement) -> bool:
        """Tell whether every given rule holds for this advertisement."""
        return (
            self.services <= seen.services
            and not self.without & seen.services
            and (
                not self.local_name_prefixes or seen.local_name.startswith(self.local_name_prefixes)
            )
            and (not self.company_ids or bool(self.company_ids & seen.company_ids))
        )

    @property
    def specificity(self) -> int:
        """Rank matches: a name or a company beats a bare service."""
        return 4 * bool(self.local_name_prefixes) + 2 * bool(self.company_ids) + bool(self.services)


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPort:
    """How to talk to a device on a serial port, and the USB adapters it is known to come with."""

    baud: int
    parity: str = "N"  # "N", "E" or "O"
    xonxoff: bool = False
    usb: frozenset[tuple[int, int]] = frozenset()  # vendor and product of a cable sold with it


MakeSession = Callable[[Meeting], Session]


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A supported device.

    `match` is how it is known on the radio, `port` how it is spoken to by wire; one of the two is
    given, or both. `notify` maps a characteristic, or the source of a session's records, to the
    decoder of its frames, `context` one whose frames add to a reading that came before or is still
    to come. `session` makes the maker's own procedure where `procedure` is VENDOR.
    """

    name: str
    title: str
    match: Match | None = None
    port: SerialPort | None = None
    notify: Mapping[str, Decode]
    context: Mapping[str, Join] = field(default_factory=dict)
    context_required: bool = False  # a record that announces a context means nothing without it
    procedure: Procedure
    history: History
    evidence: Evidence
    version: str = "1"
    pairing: Pairing = Pairing.NONE
    bond_before_connect: bool = False
    clock: Clock = Clock.NONE
    clock_write: ClockWrite = ClockWrite.NEVER
    clock_set: SetClock | None = None  # how, where the clock is a vendor's
    max_skew_s: float = 60.0  # a clock nearer to the truth than this is left alone
    user_slots: int = 0  # how many people the device tells apart
    session: MakeSession | None = None
    live: bool = False  # sends only what it has just measured
    drop: frozenset[Drop] = frozenset()
    min_interval_s: float = 0.0  # the least time between two connections
    idle_timeout_s: float = 30.0  # how long a session waits for the next frame

    def __post_init__(self) -> None:
        """Refuse a declaration that could never be used."""
        if self.match is None and self.port is None:
            raise ValueError("a driver needs a match, a port, or both")
        if (self.procedure is Procedure.VENDOR) != (self.session is not None):
            raise ValueError("a vendor procedure, and no other, needs a session")

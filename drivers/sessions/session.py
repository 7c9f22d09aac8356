"""What a session may ask of its link, and what the link tells it. Pure: nothing waits here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from vitals.reading import DeviceTime


class Outcome(Enum):
    """How a session ended, told apart by what to do next."""

    COMPLETE = "complete"  # everything the meter had is here
    PARTIAL = "partial"  # it broke off: come back soon, nothing of it is lost
    BUSY = "busy"  # the meter asked to be left alone for now
    NEEDS_PAIRING = "needs-pairing"  # the meter talks only to a bonded hub
    REFUSED = "refused"  # the meter does not speak this procedure as declared
    NEEDS_PERSON = "needs-person"  # trying again cannot help: a setting is missing or wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """Turn on notifications or indications of one characteristic."""

    uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Write a characteristic, or octets to a serial port (`uuid` is then `SERIAL`)."""

    uuid: str
    data: bytes
    response: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Read a characteristic; what it holds comes back as a frame."""

    uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Store one record that the session put together of several answers.

    The link makes a frame of it under `source`, a name of the driver's `notify` ("taidoc-record"),
    and stores it like any frame. `data` holds the answers' octets as they came, one after another.
    """

    source: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRead:
    """Note what the meter's own clock says at this instant, beside the hub's."""

    device: DeviceTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced:
    """Note who the meter says it is; frames stored from now on carry it. Empty: it did not say."""

    serial: str = ""
    model: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClock:
    """Write the hub's time at this instant; only given when `Meeting.may_set_clock`.

    `encode` gets the local time, or with `zoned` the time in UTC with the zone as its offset.
    """

    uuid: str
    encode: Callable[[DeviceTime], bytes]
    zoned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """End the session. `mark` is what to remember of it once all its frames are stored."""

    outcome: Outcome
    why: str = ""
    mark: bytes | None = None


Command = Subscribe | Write | Read | Record | ClockRead | Introduced | SetClock | Finish

SERIAL = "serial"
"""What stands for a UUID where a link has one stream of octets and no characteristics."""

_NO_SECRETS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What a session needs to know of this visit before it begins.

    `mark` is what the last complete session left to be remembered, `has` tells whether the meter
    has a characteristic, `may_set_clock` whether the hub's own clock is right, `is_off` whether a
    time that the meter's clock says now is further from it than the driver allows. `secrets` is
    what the care team entered for this meter, such as a scale user's consent code ("consent.1").
    """

    mark: bytes | None = None
    has: Callable[[str], bool] = lambda _: True
    may_set_clock: bool = False
    is_off: Callable[[DeviceTime], bool] = lambda _: True
    secrets: Mapping[str, str] = field(default_factory=lambda: _NO_SECRETS)


class Session(Protocol):
    """A procedure: events in, commands out. The link stores every frame before it tells."""

    @property
    def wait_s(self) -> float:
        """How long the link waits for the next event before it calls `silent`."""

    def begin(self) -> list[Command]:
        """Return the first commands."""

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take octets that arrived: a notification, a value read, or a piece of a stream."""

    def failed(self, att_error: int) -> list[Command]:
        """Take the ATT error that a Subscribe, Write, Read or SetClock was answered with."""

    def silent(self) -> list[Command]:
        """Take the news that nothing came for `wait_s` seconds."""

    def gone(self) -> list[Command]:
        """Take the news that the meter ended the link."""


# Core 5.4, Vol 3, Part F, 3.4.1.1 and the Core Specification Supplement, Part B.
ATT_INSUFFICIENT_AUTHENTICATION = 0x05
ATT_INSUFFICIENT_ENCRYPTION = 0x0F
ATT_PROCEDURE_IN_PROGRESS = frozenset({0x80, 0xFE})
ATT_CCCD_NOT_CONFIGURED = frozenset({0x81, 0xFD})
NOT_BONDED = frozenset({ATT_INSUFFICIENT_AUTHENTICATION, ATT_INSUFFICIENT_ENCRYPTION})


def refusal(att_error: int) -> Finish:
    """Explain an ATT error that ends a session."""
    if att_error in NOT_BONDED:
        return Finish(outcome=Outcome.NEEDS_PAIRING, why="the meter talks only to a paired hub")
    if att_error in ATT_CCCD_NOT_CONFIGURED:
        return Finish(outcome=Outcome.PARTIAL, why="the meter lost our subscriptions")
    if att_error in ATT_PROCEDURE_IN_PROGRESS:
        return Finish(outcome=Outcome.BUSY, why="the meter is still at an earlier request")
    return Finish(outcome=Outcome.REFUSED, why=f"the meter answered ATT error 0x{att_error:02x}")

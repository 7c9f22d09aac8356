"""i-SENS CareSens N Premier, Dual and their kin.

They have no Current Time Service: the clock is set through a service of their own (FFF0), with
C0 03 01 00 and the local time, at every visit because it cannot be read. CareSens Dual also
measures ketone: the context then says meal 6, and the number shown as mg/dL is ten times the
ketone in mmol/L. Such a record is never a glucose; it is kept as evidence until ketone has a place
of its own. Source: NightscoutFoundation/xDrip tests.
"""

from __future__ import annotations

from drivers.codecs import date_time, glucose_context
from drivers.driver import (
    Clock,
    ClockWrite,
    Driver,
    Drop,
    Evidence,
    History,
    Match,
    Pairing,
    Procedure,
)
from drivers.frame import Frame
from drivers.readings import glucose_reading, with_context
from drivers.sessions.session import SetClock
from vitals.reading import DeviceTime, ImpossibleReadingError, Reading

CLOCK = "fff1"
KETONE_MEAL = 6
_SET = bytes((0xC0, 0x03, 0x01, 0x00))


def clock_octets(local: DeviceTime) -> bytes:
    """Write the local time as the meter takes it."""
    return _SET + date_time.encode(local)


def joined(reading: Reading, frame: Frame) -> Reading:
    """Join a context to its glucose record.

    Raises
    ------
    ImpossibleReadingError
        When the context says that the record is a ketone and no glucose.
    """
    if glucose_context.decode(frame.data).meal_code == KETONE_MEAL:
        raise ImpossibleReadingError("this record is a ketone, not a glucose")
    return with_context(reading, frame)


DRIVER = Driver(
    name="caresens",
    title="i-SENS CareSens N Premier / Dual",
    match=Match(services=frozenset({"1808"}), local_name_prefixes=("CareSens",)),
    notify={"2a18": glucose_reading},
    context={"2a34": joined},
    context_required=True,
    procedure=Procedure.RACP,
    history=History.INCREMENTAL,
    pairing=Pairing.PASSKEY_LABEL,
    bond_before_connect=True,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    clock_set=SetClock(uuid=CLOCK, encode=clock_octets),
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)

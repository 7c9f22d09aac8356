"""LifeScan OneTouch Verio Flex, Verio Reflect, Select Plus Flex and Ultra Plus Flex.

They advertise "OneTouch" and the end of their serial number, and talk only to a paired hub: the
meter shows six digits. Once paired again they have another address. They keep 500 results in mg/dL
whatever the display shows, and mark control solution. Meals are left unknown (see the codec).
"""

from __future__ import annotations

from drivers.codecs import lifescan_ble
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
from drivers.onetouch import Result, glucose_reading
from drivers.sessions.onetouch_ble import SOURCE, OneTouchBleSession
from vitals.errors import DecodeError
from vitals.reading import Reading

SERVICE = "af9df7a1-e595-11e3-96b4-0002a5d5c51b"


def reading(frame: Frame) -> Reading | None:
    """Turn one answer into a reading, None when the meter keeps an event there and no result.

    Raises
    ------
    DecodeError
        When it is no sound answer, or a result with marks that no source explains.
    """
    sent = lifescan_ble.decode_record(lifescan_ble.decode(frame.data))
    if sent.event:
        if sent.mg_per_dl:
            raise DecodeError("The result has marks that no source explains", at=8)
        return None
    result = Result(
        time=sent.time, mg_per_dl=sent.mg_per_dl, control_solution=sent.control_solution
    )
    return glucose_reading(frame, result)


DRIVER = Driver(
    name="onetouch-flex",
    title="OneTouch Verio Flex, Select Plus Flex",
    match=Match(services=frozenset({SERVICE})),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=OneTouchBleSession,
    history=History.INCREMENTAL,
    pairing=Pairing.PASSKEY_DISPLAY,
    bond_before_connect=True,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)

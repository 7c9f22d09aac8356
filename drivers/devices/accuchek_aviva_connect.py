"""Roche Accu-Chek Aviva Connect and Performa Connect glucose meters.

Unlike the Guide they have no Current Time Service: Date Time (2A08) stands inside the glucose
service. They want the six digits on their display or label. Source: NightscoutFoundation/xDrip.
"""

from __future__ import annotations

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
from drivers.readings import glucose_reading, with_context

DRIVER = Driver(
    name="accuchek-aviva-connect",
    title="Roche Accu-Chek Aviva Connect / Performa Connect",
    match=Match(services=frozenset({"1808"}), local_name_prefixes=("Accu-Chek",)),
    notify={"2a18": glucose_reading},
    context={"2a34": with_context},
    procedure=Procedure.RACP,
    history=History.INCREMENTAL,
    pairing=Pairing.PASSKEY_LABEL,
    bond_before_connect=True,
    clock=Clock.DATE_TIME,
    clock_write=ClockWrite.AFTER_READ,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)

"""TaiDoc DM30b glucose meters, sold under many brands.

They follow the Glucose Profile but number their records backwards: 0 is always the newest, so a
record's number changes with every measurement. Numbers are therefore no part of what a record is;
its time and value are (`sessions/reversed.py`). There is no context and no pairing. What they
advertise differs by brand: name the driver in the settings. Source: issues of
NightscoutFoundation/xDrip.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.driver import Driver, Drop, Evidence, History, Match, Procedure
from drivers.frame import Frame
from drivers.readings import glucose_reading
from vitals.reading import Reading


def unnumbered(frame: Frame) -> Reading:
    """Turn a Glucose Measurement into a reading without its number; raises as for any meter."""
    return replace(glucose_reading(frame), sequence=None)


DRIVER = Driver(
    name="taidoc-dm30b",
    title="TaiDoc DM30b glucose meter",
    match=Match(services=frozenset({"1808"}), local_name_prefixes=("DM30",)),
    notify={"2a18": unnumbered},
    procedure=Procedure.RACP,
    history=History.REVERSED,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)

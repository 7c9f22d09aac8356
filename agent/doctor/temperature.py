"""Checks the heat. A Raspberry Pi slows down from 80 °C, and more at 85 (its documentation)."""

from __future__ import annotations

from agent.doctor.finding import Finding, broken, good, look, unknown
from agent.doctor.place import Place

NAME = "temperature"
_WARM_C, _HOT_C = 80.0, 85.0
_DO = "Give it air: out of the cupboard, off the radiator, away from the sun."


def judge(celsius: float) -> Finding:
    """Judge the warmest part of the machine."""
    what = f"{celsius:.0f} °C at the warmest."
    if celsius >= _HOT_C:
        means = "The machine protects itself by being slow; heat ages the card."
        return broken(NAME, what, means=means, do=_DO)
    if celsius >= _WARM_C:
        return look(NAME, what, means="The machine begins to slow down.", do=_DO)
    return good(NAME, what)


def check(place: Place) -> list[Finding]:
    """Read the kernel's thermal zones, in thousandths of a degree."""
    degrees = []
    for zone in place.found("sys/class/thermal/thermal_zone*/temp"):
        try:
            degrees.append(int(place.text(zone) or "") / 1000)
        except ValueError:  # a zone without a sensor says so with an error instead of a number
            continue
    if degrees:
        return [judge(max(degrees))]
    what = "This machine has no thermometer."
    return [unknown(NAME, what, means="Heat cannot be told.", do="Feel whether it is hot.")]

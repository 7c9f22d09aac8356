"""Finds every declared device by walking `drivers.devices`: a new file is all it takes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from drivers import devices
from drivers.driver import Advertisement, Driver


@cache
def drivers() -> tuple[Driver, ...]:
    """Return every declared driver, by name.

    Raises
    ------
    ValueError
        When two declarations share a name.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(devices.__path__))
    found = [importlib.import_module(f"{devices.__name__}.{name}").DRIVER for name in names]
    if len({driver.name for driver in found}) != len(found):
        raise ValueError("two device declarations share a name")
    return tuple(found)


def named(name: str, among: Sequence[Driver]) -> Driver | None:
    """Return the driver of that name."""
    return next((driver for driver in among if driver.name == name), None)


def find(seen: Advertisement, among: Sequence[Driver]) -> Driver | None:
    """Return the driver that fits best: a device's own declaration beats a bare service."""
    best, rank = None, 0
    for driver in among:
        match = driver.match
        if match is not None and match.fits(seen) and match.specificity > rank:
            best, rank = driver, match.specificity
    return best

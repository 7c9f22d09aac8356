"""Makes every check at once, each within its time; one that hangs or breaks spoils no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from agent.doctor import (
    alarms,
    camera,
    certificates,
    clock,
    disk,
    key,
    network,
    power,
    radio,
    software,
    store,
    temperature,
)
from agent.doctor.finding import Finding, unknown
from agent.doctor.place import Place
from vitals.errors import HearthError

Check = Callable[[Place], list[Finding]]

LIMIT_S = 20.0
"""For all checks together: they run side by side."""

MACHINE: Mapping[str, Check] = {
    "software": software.check,
    "clock": clock.check,
    "disk": disk.check,
    "radio": radio.check,
    "camera": camera.check,
    "power": power.check,
    "temperature": temperature.check,
}
"""What can be looked at whatever the settings say."""

SETTINGS: Mapping[str, Check] = {
    "key": key.check,
    "store": store.check,
    "alarms": alarms.check,
    "certificate": certificates.check,
    "broker": network.check_broker,
    "server": network.check_server,
}
"""What only the settings tell where to look for."""


def examine(
    place: Place, checks: Mapping[str, Check], *, limit_s: float = LIMIT_S
) -> list[Finding]:
    """Return what every check found, in the order of `checks`.

    A check that gives no answer in time is left behind, on a thread that ends with the process.
    """
    answers: dict[str, list[Finding]] = {}

    def ask(name: str, check: Check) -> None:
        try:
            answers[name] = check(place)
        except (HearthError, OSError, ValueError, RuntimeError) as error:
            answers[name] = [_failed(name, f"failed ({type(error).__name__})")]

    threads = [
        threading.Thread(target=ask, args=pair, name=pair[0], daemon=True)
        for pair in checks.items()
    ]
    until_s = time.monotonic() + limit_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until_s - time.monotonic()))
    given = dict(answers)  # one that comes later counts no more
    return [
        finding
        for name in checks
        for finding in given.get(name) or [_failed(name, f"gave no answer in {limit_s:.0f} s")]
    ]


def _failed(name: str, how: str) -> Finding:
    return unknown(
        name,
        f"This check {how}.",
        means="Nothing is known of it; the others are not concerned.",
        do="Try again; if it stays like this, report it with the version that software names.",
    )

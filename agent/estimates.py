"""What the camera's program hands to the hub: estimates, taken only where the care team wants them.

The camera is not looked through here. `hearth vitals --send`, or the screen, asks the hub's desk;
the hub decides whether estimates are wanted at all, and dates them by its own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from agent.ingest import Ingest
from config.schema import Camera
from sync.fhir.camera import SOURCE
from vitals.errors import HubError
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Flag,
    HubTime,
    ImpossibleReadingError,
    Kind,
    MeterIdentity,
    RawFrame,
    Reading,
    Timing,
    Value,
)

DRIVER = "camera"
LEAST_S = 5.0
"""Between two estimates: no measurement is shorter, so what comes sooner is a mistake."""
_STORE_LIMIT_S = 20.0


def question(made: Reading) -> dict[str, Any]:
    """Write an estimate as a question for the hub's desk."""
    return {
        "do": "estimate",
        "address": made.meter.address,
        "version": made.meter.driver_version,
        "values": {one.value: [str(v.number), v.unit.value] for one, v in made.values.items()},
        "about": made.frames[0].data.decode(),
    }


def estimate(asked: Mapping[str, Any], now: HubTime) -> Reading:
    """Read such a question.

    Raises
    ------
    HubError
        CAM-02 when it is none, or has a number that no estimate can have.
    """
    try:
        values = {
            Quantity(name): Value(number=Decimal(number), unit=Unit(unit))
            for name, (number, unit) in asked["values"].items()
        }
        return Reading(
            kind=Kind.CAMERA,
            values=values,
            timing=Timing(received=now, live=True),
            meter=MeterIdentity(
                address=str(asked["address"]), driver=DRIVER, driver_version=str(asked["version"])
            ),
            frames=(RawFrame(source=SOURCE, data=str(asked["about"]).encode()),),
            flags=frozenset() if values else frozenset({Flag.SIGNAL_POOR}),
        )
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        InvalidOperation,
        ImpossibleReadingError,
    ) as error:
        raise _no_estimate() from error


class Estimates:
    """Takes estimates from the camera's program, one measurement at a time."""

    def __init__(self, settings: Camera, ingest: Ingest, now: Callable[[], HubTime]) -> None:
        """Keep what the care team wants."""
        self._settings, self._ingest, self._now = settings, ingest, now
        self._last_ns: int | None = None
        self.allowed: Callable[[], bool] = lambda: True  # a home's screen asks its patient

    def take(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Store an estimate, or a refusal where the care team asked for refusals too.

        Raises
        ------
        HubError
            CAM-01 when estimates are off, CAM-02 for what is none, CAM-03 for one too many, CAM-05
            when the patient has not allowed it on the home's screen.
        """
        if not self._settings.enabled:
            raise HubError(
                "Camera estimates are off for this patient; nothing was kept.",
                fix="The care team turns them on with enabled = true under [camera].",
                code="CAM-01",
            )
        if not self.allowed():
            raise not_allowed()
        now = self._now()
        made = estimate(asked, now)
        if self._last_ns is not None and now.boottime_ns - self._last_ns < LEAST_S * 1e9:
            raise HubError(
                "Another estimate was taken a moment ago.",
                fix="Measure again; each measurement takes ten seconds or more.",
                code="CAM-03",
            )
        self._last_ns = now.boottime_ns
        if not made.values and not self._settings.send_refusals:
            return {"kept": False}
        self._ingest.estimate(made).result(_STORE_LIMIT_S)
        return {"kept": True}


def not_allowed() -> HubError:
    """Say that the patient's permission is missing; nothing was kept."""
    return HubError(
        "The patient has not allowed this use of the camera; nothing was kept.",
        fix="The patient allows it on the screen, under Help.",
        code="CAM-05",
    )


def _no_estimate() -> HubError:
    return HubError(
        "This is no estimate the hub knows.",
        fix="Use the same version of Hearth for the camera's program and the hub.",
        code="CAM-02",
    )

"""Readings of one number or a few, made by hand: oximeter, thermometer, scale, strap."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from sync.record import Measured, measured
from tests.fakes.fhir_cases import METER, RECEIVED
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Absent,
    BodySite,
    Context,
    DeviceTime,
    Flag,
    Kind,
    MeterIdentity,
    RawFrame,
    Reading,
    Timing,
    Value,
)

Sent = Mapping[Quantity, tuple[str | Absent, Unit]]
SHOWN = DeviceTime(year=2026, month=11, day=23, hour=8, minute=9, second=30)


def reading(kind: Kind, sent: Sent, *flags: Flag, site: BodySite | None = None) -> Measured:
    """Return a reading of these numbers, for `Patient/pat-1`."""
    values = {
        quantity: Value(number=number if isinstance(number, Absent) else Decimal(number), unit=unit)
        for quantity, (number, unit) in sent.items()
    }
    return measured(
        Reading(
            kind=kind,
            values=values,
            timing=Timing(received=RECEIVED, device_time=SHOWN),
            meter=METER,
            frames=(RawFrame(source="test", data=b"\0"),),
            flags=frozenset(flags),
            context=Context(body_site=site),
        ),
        "Patient/pat-1",
    )


OXIMETER = reading(
    Kind.OXYGEN_SATURATION,
    {
        Quantity.OXIMETER_PULSE_RATE: ("72", Unit.PER_MINUTE),
        Quantity.OXYGEN_SATURATION: ("97", Unit.PERCENT),
        Quantity.PULSE_AMPLITUDE_INDEX: ("3.1", Unit.PERCENT),
    },
)
EARLY = reading(
    Kind.OXYGEN_SATURATION,
    {Quantity.OXYGEN_SATURATION: ("91", Unit.PERCENT)},
    Flag.NOT_VALIDATED,
)
NO_SATURATION = reading(
    Kind.OXYGEN_SATURATION,
    {Quantity.OXYGEN_SATURATION: (Absent.NAN, Unit.PERCENT)},
)
EAR = reading(
    Kind.BODY_TEMPERATURE,
    {Quantity.BODY_TEMPERATURE: ("37.60", Unit.CELSIUS)},
    site=BodySite.EAR,
)
FAHRENHEIT = reading(Kind.BODY_TEMPERATURE, {Quantity.BODY_TEMPERATURE: ("99.5", Unit.FAHRENHEIT)})
SCALE = reading(
    Kind.BODY_WEIGHT,
    {
        Quantity.BODY_WEIGHT: ("81.400", Unit.KILOGRAM),
        Quantity.BODY_MASS_INDEX: ("26.6", Unit.KG_PER_M2),
        Quantity.BODY_HEIGHT: ("1.750", Unit.METRE),
    },
)
POUNDS = reading(Kind.BODY_WEIGHT, {Quantity.BODY_WEIGHT: ("179.40", Unit.POUND)})
NO_WEIGHT = reading(Kind.BODY_WEIGHT, {}, Flag.WEIGHING_FAILED)
COMPOSITION = reading(
    Kind.BODY_COMPOSITION,
    {
        Quantity.BODY_FAT: ("24.5", Unit.PERCENT),
        Quantity.MUSCLE_PERCENTAGE: ("36.9", Unit.PERCENT),
        Quantity.IMPEDANCE: ("501.0", Unit.OHM),
        Quantity.BASAL_METABOLISM: ("7000", Unit.KILOJOULE),
    },
)
STRAP = reading(Kind.HEART_RATE, {Quantity.HEART_RATE: ("64", Unit.PER_MINUTE)})
NUMBERS = {
    "oximeter": OXIMETER,
    "early estimate": EARLY,
    "no saturation": NO_SATURATION,
    "ear": EAR,
    "fahrenheit": FAHRENHEIT,
    "scale": SCALE,
    "pounds": POUNDS,
    "no weight": NO_WEIGHT,
    "composition": COMPOSITION,
    "strap": STRAP,
}


def camera(sent: Sent, *, confidence: float = 0.97, reasons: tuple[str, ...] = ()) -> Measured:
    """Return what the camera estimated, or a refusal when nothing is `sent`."""
    values = {
        quantity: Value(number=number if isinstance(number, Absent) else Decimal(number), unit=unit)
        for quantity, (number, unit) in sent.items()
    }
    about = {
        "v": 1,
        "pulse_confidence": confidence,
        "breathing_confidence": 0.9,
        "seconds": 24.0,
        "frames_per_s": 29.97,
        "valid_share": 0.914,
        "snr_db": 6.31,
        "reasons": list(reasons),
        "parameters": "ab" * 8,
    }
    octets = json.dumps(about).encode()
    return measured(
        Reading(
            kind=Kind.CAMERA,
            values=values,
            timing=Timing(received=RECEIVED),
            meter=MeterIdentity(address="usb-camera-1", driver="camera", driver_version="1.2"),
            frames=(RawFrame(source="camera-estimate", data=octets),),
            flags=frozenset() if values else frozenset({Flag.SIGNAL_POOR}),
        ),
        "Patient/pat-1",
    )


SEEN = camera(
    {
        Quantity.CAMERA_RESPIRATORY_RATE: ("15", Unit.PER_MINUTE),
        Quantity.CAMERA_PULSE_RATE: ("72", Unit.PER_MINUTE),
        Quantity.CAMERA_SDNN: ("41", Unit.MILLISECOND),
    }
)
NOT_SEEN = camera({}, confidence=0.0, reasons=("too-dark", "moving"))

"""What the camera estimated as a Reading, and what may never be in one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sync.record import measured
from tests.fakes.fhir_cases import as_sent, mapped
from vitals.quantity import Quantity
from vitals.reading import Flag, HubTime, Kind
from vitals.rppg.frame import Locks
from vitals.rppg.reading import Circumstances, parameters_sha256, reading
from vitals.rppg.result import Hrv, Refusal, Result

AT = HubTime(
    at=datetime(2026, 5, 4, 9, 30, tzinfo=UTC), boot_id="b", boottime_ns=5, synchronised=True
)
SEEN = Circumstances(
    address="usb-camera-1",
    frames_per_s=29.97,
    valid_share=0.914,
    locks=Locks(exposure=True, white_balance=False),
)
GIVEN = Result(
    pulse_rate_bpm=71.96,
    respiratory_rate_bpm=15.04,
    hrv=Hrv(sdnn_ms=41.2, rmssd_ms=33.7, beats=70),
    confidence=0.9968,
    respiratory_confidence=0.9,
    quality={"snr_db": 6.312},
    seconds_used=62.03,
)


def test_every_number_that_was_given_is_in_the_reading() -> None:
    made = reading(GIVEN, SEEN, AT)

    assert made.kind is Kind.CAMERA
    assert {quantity: value.known for quantity, value in made.values.items()} == {
        Quantity.CAMERA_PULSE_RATE: Decimal("72.0"),
        Quantity.CAMERA_RESPIRATORY_RATE: Decimal("15.0"),
        Quantity.CAMERA_SDNN: Decimal(41),
        Quantity.CAMERA_RMSSD: Decimal(34),
    }
    assert made.flags == frozenset()


def test_how_it_came_about_stays_with_it() -> None:
    about = json.loads(reading(GIVEN, SEEN, AT).frames[0].data)

    assert about == {
        "v": 1,
        "pulse_confidence": 0.9968,
        "breathing_confidence": 0.9,
        "seconds": 62.03,
        "frames_per_s": 29.97,
        "valid_share": 0.914,
        "snr_db": 6.31,
        "reasons": [],
        "parameters": parameters_sha256(),
        "locks": [True, False, None],
    }
    assert len(parameters_sha256()) == 64


def test_a_refusal_has_no_value_and_says_why() -> None:
    refused = Result(reasons=(Refusal.TOO_DARK, Refusal.MOVING))
    made = reading(refused, SEEN, AT)

    assert made.values == {}
    assert made.flags == {Flag.SIGNAL_POOR}
    assert json.loads(made.frames[0].data)["reasons"] == ["too-dark", "moving"]


def test_every_reason_at_once_still_fits_into_a_frame() -> None:
    made = reading(Result(reasons=tuple(Refusal)), SEEN, AT)

    assert len(made.frames[0].data) < 512


@pytest.mark.parametrize("bpm", [40.0, 180.0])
def test_the_edges_of_the_range_are_possible(bpm: float) -> None:
    assert reading(Result(pulse_rate_bpm=bpm), SEEN, AT).has_number


def test_the_server_is_told_the_same() -> None:
    record = measured(reading(GIVEN, SEEN, AT), "Patient/1")
    pulse = as_sent(mapped(record).observations[0])

    assert pulse["valueQuantity"]["value"] == 72.0
    parts = {part["code"]["text"]: part["valueQuantity"]["value"] for part in pulse["component"]}
    assert parts == {"signal-quality-index": 100, "valid-frames": 91}
    assert parameters_sha256() in json.dumps(as_sent(mapped(record).prerequisites[-1]))

"""Whole resources, compared with files written from the guide's own examples, not by our code.

Each file in `golden/` is an example resource of HL7 PHD IG 2.0.0 with the values of one made-up
home. Ids are the letter h and 63 hex digits of a SHA-256 anyone can make again, for instance
`printf 'urn:hearth:device|hub-1' | sha256sum`; where a reading comes from ends with the hash of the
meter's own octets (`printf 020600ea070b1708091e68b011 | xxd -r -p | sha256sum` for the glucose).
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.virtual import frames
from tests.fakes.fhir_cases import BP, CUFF_CLOCK, DISPLAY, Json, as_sent, glucose, mapped, pressure

GOLDEN = Path(__file__).parent / "golden"
CUFF = mapped(pressure(BP, CUFF_CLOCK))
PLAIN = mapped(glucose(frames.glucose(6, 104, DISPLAY)))
MEAL = mapped(
    glucose(frames.glucose(6, 104, DISPLAY, context_follows=True), frames.meal_context(6, 2))
)
MADE = {
    "hub": CUFF.prerequisites[0],
    "cuff": CUFF.prerequisites[1],
    "coincident-time-stamp": CUFF.prerequisites[2],
    "blood-pressure": CUFF.observations[0],
    "pulse": CUFF.observations[1],
    "glucose-meter": PLAIN.prerequisites[1],
    "glucose": PLAIN.observations[0],
    "glucose-after-meal": MEAL.observations[0],
}


def _written(name: str) -> Json:
    text = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    found: Json = json.loads(text, parse_float=Decimal)
    return found


@pytest.mark.parametrize("name", list(MADE))
def test_a_resource_is_just_what_the_guide_shows(name: str) -> None:
    assert as_sent(MADE[name]) == _written(name)


def test_every_golden_file_is_compared() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(MADE)

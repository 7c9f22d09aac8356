"""The sweep's figures, on outcomes whose figures anyone can work out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench.vitals_report import First, Outcome, rates, reliability, report
from tests.simulator.case import Case
from tests.simulator.cases import cases
from tests.simulator.skin import FITZPATRICK

SWEEP = cases(1, 120)
PEOPLE = [case for case in SWEEP if not case.negative]


def an_outcome(case: Case, bpm: float | None, confidence: float = 0.99) -> Outcome:
    alive = case.subject.alive
    return Outcome(
        case=case,
        true_bpm=70.0 if alive else None,
        true_breaths=15.0 if alive else None,
        bpm=bpm,
        breaths=None,
        guess_bpm=bpm,
        confidence=confidence,
    )


def of_kind(kind: str) -> Case:
    return next(case for case in SWEEP if case.kind == kind)


def test_errors_are_those_of_what_was_answered() -> None:
    answers = [70.0, 71.0, 73.0, None, 80.0]
    found = rates(an_outcome(PEOPLE[0], bpm) for bpm in answers)
    # Errors 0, 1, 3 and 10 per minute; the last is wrong by more than 5.
    assert found["coverage"] == 0.8
    assert found["mae"] == 3.5
    assert found["worst"] == 10.0
    assert found["rmse"] == pytest.approx((110 / 4) ** 0.5, abs=1e-4)
    assert (found["wrong"], found["wrong_share"]) == (1, 0.25)


def test_five_per_minute_is_still_right() -> None:
    assert not an_outcome(PEOPLE[0], 75.0).wrong
    assert an_outcome(PEOPLE[0], 75.1).wrong


@pytest.mark.parametrize("kind", ["wall", "photograph", "television", "doll", "two people"])
def test_any_answer_about_what_has_no_one_pulse_is_wrong(kind: str) -> None:
    found = rates([an_outcome(of_kind(kind), 70.0)])
    assert found["wrong"] == 1
    assert found["mae"] is None


def test_a_right_answer_in_a_poor_picture_is_an_answer_and_not_wrong() -> None:
    negatives = report([an_outcome(of_kind("talking"), 71.0)])["negatives"]
    assert (negatives["answered"], negatives["wrong"]) == (1, 0)
    assert negatives["without_a_pulse_answered"] == 0


def test_refusing_everything_is_no_error() -> None:
    found = report([an_outcome(case, None) for case in SWEEP])
    assert found["whole_sweep"]["coverage"] == 0.0
    assert found["whole_sweep"]["wrong"] == 0
    assert found["whole_sweep"]["mae"] is None


def test_the_gap_is_the_coverage_of_the_lightest_less_that_of_the_darkest() -> None:
    light = [case for case in PEOPLE if case.person.tone == "I"][:4]
    dark = [case for case in PEOPLE if case.person.tone == "VI"][:4]
    outcomes = [an_outcome(case, 70.0) for case in light]
    outcomes += [an_outcome(case, 70.0 if place else None) for place, case in enumerate(dark)]
    assert report(outcomes)["tone_gap"]["all"] == 25.0


def test_every_tone_has_its_figures() -> None:
    found = report([an_outcome(case, 70.0) for case in SWEEP])
    assert set(found["tone"]) == set(FITZPATRICK)
    assert sum(group["clips"] for group in found["tone"].values()) == found["people"]["clips"]


def test_a_probability_is_held_against_what_came_true() -> None:
    case = PEOPLE[0]
    sure = [an_outcome(case, 70.0 if place < 9 else 90.0, 0.9) for place in range(10)]
    doubtful = [an_outcome(case, 70.0 if place < 2 else 90.0, 0.2) for place in range(10)]
    hard = an_outcome(case, None, 0.0)
    found = reliability([*sure, *doubtful, hard])
    assert [(one["predicted"], one["right"], one["clips"]) for one in found] == [
        (0.2, 0.2, 10),
        (0.9, 0.9, 10),
    ]


def test_the_first_rate_is_judged_by_the_time_until_then() -> None:
    soon = First(after_s=10.0, bpm=70.0, true_bpm=72.0)
    late = First(after_s=20.0, bpm=90.0, true_bpm=72.0)
    people = [replace(an_outcome(PEOPLE[0], 71.0), first=first) for first in (soon, late, None)]
    found = report(people)["first"]["people"]
    assert (found["shown"], found["median_s"], found["wrong"]) == (2, 15.0, 1)


def test_the_wrong_ones_are_named() -> None:
    wrong = replace(an_outcome(PEOPLE[3], 120.0), reasons=())
    named = report([an_outcome(PEOPLE[0], 70.0), wrong])["wrong_ones"]
    assert [one["number"] for one in named] == [PEOPLE[3].number]

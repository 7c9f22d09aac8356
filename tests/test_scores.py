"""NEWS2 against the chart it comes from, and its silence when something is missing or old.

Every threshold is from chart 1, every band from chart 2 of: Royal College of Physicians, "National
Early Warning Score (NEWS) 2", 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitals.scores import Band, CannotScore, Measured, Parameter, Score, news2

HOUR = timedelta(hours=1)
WELL = {
    Parameter.RESPIRATION: "16",
    Parameter.OXYGEN_SATURATION: "97",
    Parameter.SYSTOLIC: "125",
    Parameter.PULSE: "70",
    Parameter.TEMPERATURE: "36.8",
    Parameter.CONSCIOUSNESS: "0",
    Parameter.OXYGEN: "0",
}


def taken(changes: Mapping[str, str]) -> dict[Parameter, Measured]:
    numbers = WELL | {Parameter[name]: number for name, number in changes.items()}
    return {name: Measured(number=Decimal(text), age=HOUR) for name, text in numbers.items()}


def scored(changes: Mapping[str, str], *, hypercapnic: bool = False) -> Score:
    found = news2(taken(changes), hypercapnic=hypercapnic)
    assert isinstance(found, Score)
    return found


def test_somebody_well_scores_nothing() -> None:
    assert scored({}).total == 0
    assert scored({}).band is Band.LOW


CHART = {
    "RESPIRATION": {"8": 3, "9": 1, "11": 1, "12": 0, "20": 0, "21": 2, "24": 2, "25": 3},
    "OXYGEN_SATURATION": {"91": 3, "92": 2, "93": 2, "94": 1, "95": 1, "96": 0},
    "SYSTOLIC": {
        "90": 3,
        "91": 2,
        "100": 2,
        "101": 1,
        "110": 1,
        "111": 0,
        "219": 0,
        "220": 3,
    },
    "PULSE": {
        "40": 3,
        "41": 1,
        "50": 1,
        "51": 0,
        "90": 0,
        "91": 1,
        "110": 1,
        "111": 2,
        "130": 2,
        "131": 3,
    },
    "TEMPERATURE": {
        "35.0": 3,
        "35.1": 1,
        "36.0": 1,
        "36.1": 0,
        "38.0": 0,
        "38.1": 1,
        "39.0": 1,
        "39.1": 2,
    },
    "CONSCIOUSNESS": {"1": 3},
    "OXYGEN": {"1": 2},
}


@pytest.mark.parametrize(
    ("name", "number", "points"),
    [(name, number, points) for name, row in CHART.items() for number, points in row.items()],
)
def test_each_parameter_scores_as_on_the_chart(name: str, number: str, points: int) -> None:
    assert scored({name: number}).total == points


@pytest.mark.parametrize(
    ("saturation", "oxygen", "points"),
    [
        ("83", "0", 3), ("84", "0", 2), ("85", "0", 2), ("86", "0", 1), ("87", "0", 1),
        ("88", "0", 0), ("92", "0", 0), ("93", "0", 0), ("99", "0", 0),
        ("92", "1", 0), ("93", "1", 1), ("94", "1", 1), ("95", "1", 2), ("96", "1", 2),
        ("97", "1", 3),
    ],
)  # fmt: skip
def test_scale_two_is_used_only_where_a_clinician_said_so(
    saturation: str, oxygen: str, points: int
) -> None:
    found = scored({"OXYGEN_SATURATION": saturation, "OXYGEN": oxygen}, hypercapnic=True)
    assert found.parts[Parameter.OXYGEN_SATURATION] == points


@pytest.mark.parametrize(
    ("changes", "total", "band"),
    [
        ({"RESPIRATION": "21", "PULSE": "100"}, 3, Band.LOW),
        ({"CONSCIOUSNESS": "1"}, 3, Band.LOW_MEDIUM),
        ({"RESPIRATION": "21", "PULSE": "115", "TEMPERATURE": "38.5"}, 5, Band.MEDIUM),
        ({"RESPIRATION": "25", "PULSE": "131", "TEMPERATURE": "38.5"}, 7, Band.HIGH),
    ],
)
def test_the_bands_are_those_of_the_second_chart(
    changes: dict[str, str], total: int, band: Band
) -> None:
    found = scored(changes)
    assert (found.total, found.band) == (total, band)


def test_what_is_a_day_old_is_not_used_and_the_sentence_says_which() -> None:
    measured = taken({})
    measured[Parameter.RESPIRATION] = Measured(number=Decimal(16), age=26 * HOUR)
    assert news2(measured) == CannotScore(reasons=("breathing rate is 26 hours old",))


def test_what_was_not_measured_is_never_taken_as_normal() -> None:
    measured = taken({})
    del measured[Parameter.TEMPERATURE], measured[Parameter.OXYGEN]
    found = news2(measured)
    assert found == CannotScore(
        reasons=("temperature was not measured", "air or oxygen was not measured")
    )


@given(
    st.dictionaries(
        st.sampled_from(Parameter),
        st.builds(
            Measured,
            number=st.decimals(allow_nan=True, allow_infinity=True),
            age=st.timedeltas(),
        ),
    )
)
def test_there_is_a_score_only_when_all_seven_are_known_and_fresh(
    measured: dict[Parameter, Measured],
) -> None:
    found = news2(measured)
    fresh = {
        name
        for name, one in measured.items()
        if one.number.is_finite() and one.number >= 0 and timedelta(0) <= one.age <= 24 * HOUR
    }
    assert isinstance(found, Score) == (fresh == set(Parameter))
    if isinstance(found, Score):
        assert 0 <= found.total <= 20

"""So many times a day or a week, and on named days of the week only (FHIR R4, Timing)."""

from __future__ import annotations

import pytest

from tests.test_care_timing import Json, schedule, week


@pytest.mark.parametrize(
    ("repeat", "due"),
    [
        (  # R4's own text: "twice a day" and "only on these days"
            {"frequency": 2, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon", "thu"]},
            ["Mon 08:00", "Mon 20:00", "Thu 08:00", "Thu 20:00"],
        ),
        (
            {"frequency": 1, "period": 4, "periodUnit": "h", "dayOfWeek": ["tue"]},
            [f"Tue {at}" for at in ("08:00", "10:24", "12:48", "15:12", "17:36", "20:00")],
        ),
        (
            {"frequency": 3, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "wed", "fri"]},
            ["Mon 08:00", "Wed 08:00", "Fri 08:00"],
        ),
        (
            {"frequency": 4, "period": 2, "periodUnit": "wk", "dayOfWeek": ["mon", "wed"]},
            ["Mon 08:00", "Mon 20:00", "Wed 08:00", "Wed 20:00"],
        ),
        (
            {"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "wed"]},
            ["Mon 08:00", "Wed 08:00"],
        ),
    ],
)
def test_named_days_have_as_many_times_as_the_plan_says(repeat: Json, due: list[str]) -> None:
    bounds = {"boundsPeriod": {"start": "2026-11-23"}}
    assert week(schedule(bounds | repeat)) == due

"""A limit's flag ends where the care team said when, on readings and never on silence.

FHIR R4: Goal.target.dueDuration, Flag.status and Flag.period, If-Match of its http chapter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.exchange import Answer
from tests.fakes.goals import UCUM, goal, most
from tests.fakes.guarded import Guarded, guarded
from tests.fakes.readings_now import camera, pressure, weight
from vitals.reading import Flag

NOW = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
Json = dict[str, Any]


def limit(*, days: float | None = 2, code: str = "d", status: str = "active") -> Json:
    due = {"value": days, "unit": code, "system": UCUM, "code": code}
    asked = {"dueDuration": due} if days is not None else {}
    return goal("bp", most(180) | asked, lifecycleStatus=status) | {"meta": {"versionId": "3"}}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path, NOW) as one:
        one.rule(limit())
        yield one


def sent(home: Guarded, *, status: int = 201, etag: str = 'W/"1"') -> list[tuple[Json, str]]:
    """Look, let the server answer, and return what it got with its If-Match."""
    home.guardian.look()
    found = []
    while (request := home.answers.next(1e12)) is not None:
        found.append((json.loads(request.body), request.headers.get("if-match", "")))
        answer = Answer(status=status, headers={"etag": etag} if etag else {})
        home.answers.answer(request, answer, 1e12)
    home.guardian.look()
    return found


def crossed(home: Guarded, *, etag: str = 'W/"1"') -> Json:
    home.put(pressure("190", "90", home.at))
    (flag, _), _ = sent(home, etag=etag)
    return flag


def measured(home: Guarded, systolic: str, *, days: float = 1.0) -> list[tuple[Json, str]]:
    home.later(days=days)
    home.put(pressure(systolic, "90", home.at))
    return sent(home)


def test_readings_within_it_for_as_long_as_the_rule_says_end_the_flag(home: Guarded) -> None:
    flag = crossed(home)
    assert measured(home, "170") == []  # the first within; two days begin here
    home.started()
    assert measured(home, "171") == []
    (over, only), (told, free) = measured(home, "172")

    assert (only, free) == ('W/"1"', "")
    assert (over["id"], over["status"]) == (flag["id"], "inactive")
    assert over["period"] == {
        "start": "2026-11-23T08:15:00+00:00",
        "end": "2026-11-26T08:15:00+00:00",
    }
    same = ("code", "subject", "author", "category", "extension", "identifier")
    assert [over[one] for one in same] == [flag[one] for one in same]
    text = told["payload"][0]["contentString"]
    assert "from 2026-11-24 08:15+00:00 to 2026-11-26 08:15+00:00" in text
    assert "the last reading beyond it was at 2026-11-23 08:15+00:00" in text
    assert text.endswith("not active monitoring.")
    assert told["about"][0] == {"reference": f"Flag/{flag['id']}"}
    assert measured(home, "171") == []  # once


def test_without_a_time_in_the_rule_the_flag_is_the_care_teams_to_close(home: Guarded) -> None:
    home.rule(limit(days=None))
    crossed(home)
    assert [measured(home, "150") for _ in range(9)] == [[]] * 9


@pytest.mark.parametrize(("days", "code"), [(0.5, "d"), (31, "d"), (6, "mo"), (-2, "d")])
def test_a_time_that_is_none_stops_no_limit_and_ends_no_flag(
    home: Guarded, days: float, code: str
) -> None:
    home.rule(limit(days=days, code=code))
    assert crossed(home)["resourceType"] == "Flag"
    assert [measured(home, "150") for _ in range(4)] == [[]] * 4


def test_another_crossing_begins_the_time_anew_and_both_flags_end_with_one_message(
    home: Guarded,
) -> None:
    first = crossed(home)
    measured(home, "170")
    home.later(days=1)
    second = crossed(home)
    assert measured(home, "170") == []
    assert measured(home, "170") == []
    found = [one for one, _ in measured(home, "170")]
    assert [one["resourceType"] for one in found] == ["Flag", "Flag", "Communication"]
    assert {one["id"] for one in found[:2]} == {first["id"], second["id"]}


def test_a_crossing_that_a_meter_remembered_counts_though_it_is_too_old_to_be_raised(
    home: Guarded,
) -> None:
    crossed(home)
    measured(home, "170")
    remembered = home.at
    home.later(days=1.5)
    home.put(pressure("199", "90", remembered.replace(hour=12)))
    assert sent(home) == [], "older than a day: history"
    assert measured(home, "170", days=0.6) == [], "the first within is none any more"
    assert measured(home, "170", days=1.9) == []
    assert measured(home, "170", days=0.2) != []


def test_silence_and_what_does_not_count_end_nothing(home: Guarded) -> None:
    crossed(home)
    measured(home, "170")
    home.later(days=5)
    home.put(
        pressure("150", "90", home.at, flags=frozenset({Flag.TESTING})),
        pressure("150", "90", home.at, flags=frozenset({Flag.BODY_MOVEMENT})),
        pressure("150", "90", home.at, patient="Patient/other"),
        camera("60", home.at),
        weight("80", home.at),
    )
    assert sent(home) == []
    assert measured(home, "170", days=0.1) != []


def test_a_limit_withdrawn_leaves_its_flags_to_the_care_team(home: Guarded) -> None:
    crossed(home)
    home.rule(limit(status="cancelled"))
    assert [measured(home, "150") for _ in range(4)] == [[]] * 4


def test_a_new_version_with_a_tighter_limit_is_what_later_readings_are_held_against(
    home: Guarded,
) -> None:
    crossed(home)
    home.rule(goal("bp", most(160) | {"dueDuration": limit()["target"][0]["dueDuration"]}))
    kinds = [one["resourceType"] for one, _ in measured(home, "170")]
    assert kinds == ["Flag", "Communication"], "beyond the new one"
    assert [measured(home, "150") for _ in range(2)] == [[]] * 2
    assert len(measured(home, "150")) == 3


def test_nothing_is_written_over_a_flag_of_which_no_version_is_known(home: Guarded) -> None:
    crossed(home, etag="")
    assert [measured(home, "150") for _ in range(4)] == [[]] * 4


def test_while_the_server_is_away_a_flag_waits_for_its_version_and_ends_later(
    home: Guarded,
) -> None:
    home.put(pressure("190", "90", home.at))
    for _ in range(4):
        home.guardian.look()
        home.later(days=1)
        home.put(pressure("150", "90", home.at))
    assert [one["resourceType"] for one, _ in sent(home)] == ["Flag", "Communication"]
    assert [one["resourceType"] for one, _ in measured(home, "150")] == ["Flag", "Communication"]


@pytest.mark.parametrize("status", [409, 412])
def test_a_flag_that_somebody_changed_stays_as_they_left_it(home: Guarded, status: int) -> None:
    crossed(home)
    measured(home, "170")
    home.later(days=2)
    home.put(pressure("170", "90", home.at))
    home.guardian.look()
    request = home.answers.next(1e12)
    assert request is not None
    assert request.headers["if-match"] == 'W/"1"'
    assert home.answers.answer(request, Answer(status=status), 1e12) == []
    told = home.answers.next(1e12)
    assert told is not None
    assert told.path.startswith("Communication/")

"""What no reading brings: silent meters, a hub that was off, scores that are due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.guard.daybook import days
from agent.screen.values import About, Doing
from sync.record import measured
from tests.fakes.guarded import Guarded, guarded
from tests.fakes.readings_now import SCALE, pressure, reading, weight
from vitals.quantity import Quantity, Unit
from vitals.reading import Flag, Kind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Json = dict[str, Any]


def daily(loinc: str, *, name: str = "o", system: str = "http://loinc.org", at: str = "08") -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": name,
        "meta": {"versionId": "2"},
        "status": "active",
        "code": {"coding": [{"system": system, "code": loinc}]},
        "occurrenceTiming": {"repeat": {"timeOfDay": [f"{at}:00:00"]}},
    }


WEIGH = daily("29463-7")
NEWS2 = daily("1104051000000101", name="news2", system="http://snomed.info/sct", at="20")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path, NOW) as one:
        one.rule(WEIGH)
        one.look()
        yield one


def text(found: list[Json]) -> str:
    return " ".join(one["payload"][0]["contentString"] for one in found)


def pass_days(home: Guarded, count: int, *, on: bool = True) -> list[Json]:
    """Let days go by, the hub being on all the while or off; return what was told."""
    told = []
    for _ in range(count * 26 if on else 0):  # the hub notes each half hour that it is on
        home.later(hours=24 / 26)
        told += home.look()
    if not on:
        home.later(days=count)
        home.started()
        told += home.look()
    return told


def test_a_scale_that_is_not_heard_is_told_of_once_and_the_patient_is_asked_kindly(
    home: Guarded,
) -> None:
    home.put(weight("80", home.at))
    home.look()
    assert pass_days(home, 2) == []
    told = pass_days(home, 6)
    (alert,) = told
    assert "No weight since 2026-11-24, though it was asked for 2 times." in text(told)
    assert "was not heard: its battery may be empty" in text(told)
    assert "heard last: 2026-11-23 09:00+00:00" in text(told)
    assert alert["about"] == [{"reference": "ServiceRequest/o/_history/2"}]
    (note,) = home.guardian.notes()
    assert (note.about, note.doing, note.days) == (About.QUIET, Doing.WEIGHT, 3)


def test_weeks_of_silence_are_told_of_once_and_never_as_if_they_began_later(home: Guarded) -> None:
    home.put(weight("80", home.at))
    home.look()
    (alert,) = pass_days(home, 20)
    assert "No weight since 2026-11-24," in text([alert])
    home.put(weight("81", home.at))
    home.look()
    (alert,) = pass_days(home, 20)
    assert "No weight since 2026-12-14," in text([alert])


def test_a_reading_that_a_wrong_clock_dated_years_ahead_hides_no_missed_one(home: Guarded) -> None:
    home.put(weight("80", home.at.replace(year=2030)))
    home.look()
    home.put(weight("81", home.at))
    home.look()
    assert "No weight since 2026-11-24," in text(pass_days(home, 4))


def test_two_requests_for_one_kind_are_one_word(home: Guarded) -> None:
    home.rule(WEIGH, daily("29463-7", name="evening", at="19"))
    home.put(weight("80", home.at))
    home.look()
    (alert,) = pass_days(home, 6)
    assert "asked for 4 times" in text([alert])


def test_a_reading_ends_it_and_the_next_row_is_told_anew(home: Guarded) -> None:
    home.put(weight("80", home.at))
    home.look()
    assert len(pass_days(home, 4)) == 1
    home.put(weight("81", home.at))
    home.look()
    assert home.guardian.notes() == []
    assert len(pass_days(home, 4)) == 1


def test_a_meter_that_is_heard_without_a_reading_is_another_matter(home: Guarded) -> None:
    home.put(weight("80", home.at))
    home.look()
    home.later(days=1)
    home.guardian.met(SCALE.address, "complete")
    told = pass_days(home, 3)
    assert "was heard and had no new reading" in text(told)
    assert home.guardian.notes()[0].about is About.WAITING


def test_a_meter_that_must_be_paired_again_is_a_word_to_the_patient_until_it_is_read(
    home: Guarded,
) -> None:
    home.put(weight("80", home.at))
    home.look()
    home.guardian.unpaired(SCALE.address)
    home.look()
    (note,) = home.guardian.notes()
    assert (note.about, note.doing) == (About.BOND, Doing.WEIGHT)
    home.put(weight("81", home.at))
    home.look()
    assert home.guardian.notes() == []


def test_a_low_battery_is_told_as_that(home: Guarded) -> None:
    home.put(weight("80", home.at, flags=frozenset({Flag.BATTERY_LOW})))
    home.look()
    assert "its battery is low" in text(pass_days(home, 4))
    assert home.guardian.notes()[0].about is About.BATTERY


@pytest.mark.parametrize(("percent", "said"), [(10, "battery is low"), (11, "had no new reading")])
def test_a_battery_level_counts_as_low_from_10_percent_down(
    home: Guarded, percent: int, said: str
) -> None:
    home.put(weight("80", home.at))
    home.look()
    home.later(days=1)
    home.guardian.met(SCALE.address, "complete")
    home.guardian.powered(SCALE, percent)
    assert said in text(pass_days(home, 3))


def test_a_meter_that_wants_to_be_paired_is_the_care_teams_matter_alone(home: Guarded) -> None:
    home.put(weight("80", home.at))
    home.look()
    home.later(days=2)
    home.guardian.met(SCALE.address, "needs-pairing")
    assert "pair it" in text(pass_days(home, 2))
    assert home.guardian.notes() == []


def test_a_hub_that_was_off_blames_no_meter(home: Guarded) -> None:
    home.put(weight("80", home.at))
    home.look()
    told = pass_days(home, 4, on=False)
    assert "The hub was off at each of these times." in text(told)
    assert home.guardian.notes()[0].about is About.OFF


def test_a_meter_that_was_never_there_is_told_as_that(home: Guarded) -> None:
    assert "No meter for it has ever been heard" in text(pass_days(home, 4))


def test_nothing_is_missed_before_the_hub_knew_that_it_was_asked_for(home: Guarded) -> None:
    assert pass_days(home, 2) == []


def test_a_day_that_the_patient_declined_is_not_missed(home: Guarded) -> None:
    home.put(weight("80", home.at))
    home.look()
    for _ in range(4):
        assert pass_days(home, 1) == []
        home.guardian.declined(Doing.WEIGHT)
        home.look()


def test_a_clock_that_nobody_set_misses_nothing(home: Guarded) -> None:
    home.synchronised = False
    assert pass_days(home, 5) == []


def test_a_plan_that_is_a_part_of_itself_is_told_once(home: Guarded) -> None:
    ring = [
        {
            "resourceType": "CarePlan",
            "id": name,
            "status": "active",
            "partOf": [{"reference": f"CarePlan/{other}"}],
        }
        for name, other in (("a", "b"), ("b", "a"))
    ]
    home.rule(*ring)
    home.later(minutes=2)
    assert len(home.look()) == 2
    assert pass_days(home, 1) == []


def measure(home: Guarded) -> None:
    oxygen = {Quantity.OXYGEN_SATURATION: ("96", Unit.PERCENT)}
    pulse = {Quantity.OXIMETER_PULSE_RATE: ("72", Unit.PER_MINUTE)}
    warm = {Quantity.BODY_TEMPERATURE: ("36.8", Unit.CELSIUS)}
    home.put(
        pressure("128", "80", home.at),
        measured(reading(Kind.OXYGEN_SATURATION, oxygen | pulse, home.at), "Patient/p"),
        measured(reading(Kind.BODY_TEMPERATURE, warm, home.at), "Patient/p"),
    )


def test_a_score_goes_up_at_the_time_it_was_asked_for_when_everything_is_there(
    home: Guarded,
) -> None:
    home.rule(NEWS2)
    measure(home)
    typed = {"9279-1": Decimal(16), "67775-7": Decimal(0), "3151-8": Decimal(0)}
    home.guardian.typed("Task/1", typed)
    home.look()
    assert pass_days(home, 0) == []
    home.at = NOW.replace(hour=20, minute=5)
    (score,) = home.look()
    assert score["resourceType"] == "Observation"
    assert score["valueQuantity"]["value"] == 0  # Royal College of Physicians 2017, chart 1
    assert len(score["derivedFrom"]) == 3
    assert score["basedOn"] == [{"reference": "ServiceRequest/news2"}]
    home.later(minutes=30)
    assert home.look() == []
    apart = [line.apart for day in days(home.own) for line in day.lines if line.apart]
    assert [one.value for one in apart] == ["typed"]


def test_a_score_that_cannot_be_is_said_with_what_is_missing(home: Guarded) -> None:
    home.rule(NEWS2)
    measure(home)
    home.guardian.typed("Task/1", {"9279-1": Decimal(16), "67775-7": Decimal(0)})
    home.look()
    home.later(hours=11, minutes=1)
    (told,) = home.look()
    assert "Cannot score NEWS2: air or oxygen was not measured." in text([told])
    home.later(days=1)
    (told,) = home.look()
    assert "breathing rate is 35 hours old" in text([told])


def test_without_a_request_there_is_no_score(home: Guarded) -> None:
    home.rule()
    measure(home)
    assert pass_days(home, 1) == []

"""What about a hub needs a person: told in plain words, the most urgent first, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.codes.book import BOOK
from agent.fleet.look import bounded, row_of
from agent.fleet.needs import Need, Urgency, needs, plain, span
from agent.fleet.words import WIDTH, listed, shown
from sync.fhir.register import Registered, Standing
from sync.fhir.report import HubReport, MeterReport

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ENTRY = Registered(
    hub="kitchen", tenant="t", patients=("Patient/1",), since="2026-10-01T00:00:00+00:00"
)
WELL = HubReport(
    hub="kitchen",
    software="0.1.0",
    at=NOW.isoformat(),
    synchronised=True,
    rung="tpm",
    ends="2026-12-20T00:00:00+00:00",
    radio="scanning",
    days=14,
    newest="2026-11-28",
)


def of(report: HubReport | None, *, ago: timedelta | None = timedelta(0)) -> list[Need]:
    return needs(ENTRY, report, None if ago is None else NOW - ago, NOW)


def whats(found: list[Need]) -> list[str]:
    return [one.what for one in found]


def test_a_hub_that_is_well_needs_nobody() -> None:
    assert of(WELL) == []
    assert of(WELL, ago=timedelta(minutes=40)) == []


def test_a_silent_hub_is_asked_about_its_plug() -> None:
    (need,) = of(WELL, ago=timedelta(days=3, hours=2))
    assert need.what == "No contact for 3 days."
    assert need.do == "Ask whether it is plugged in, and whether the internet works there."
    assert need.urgency is Urgency.NOW
    (need,) = of(WELL, ago=timedelta(hours=2))
    assert (need.what, need.urgency) == ("No contact for 2 hours.", Urgency.TODAY)


def test_a_silent_hub_with_readings_on_it_is_not_to_be_thrown_away() -> None:
    held = replace(WELL, waiting=12, oldest="2026-11-20T00:00:00+00:00")
    found = of(held, ago=timedelta(days=2))
    assert "It had 12 readings to send when it was last heard." in whats(found)
    assert any("do not replace or reset it" in one.do for one in found)


def test_a_hub_that_is_there_and_sends_nothing_is_looked_at() -> None:
    stuck = replace(WELL, waiting=1, oldest="2026-11-28T07:00:00+00:00")
    assert whats(of(stuck)) == ["1 reading could not be sent, the oldest for 5 hours."]


def test_a_patient_who_measures_nothing_is_asked_how_they_are() -> None:
    (need,) = of(replace(WELL, newest="2026-11-23"))
    assert need.what == "Nothing was measured for 5 days."
    assert need.do.startswith("Ask how the patient is")


@pytest.mark.parametrize(
    ("report", "what"),
    [
        (replace(WELL, radio="silent"), "Its Bluetooth radio does not listen"),
        (replace(WELL, synchronised=False), "Nothing has set its clock"),
        (replace(WELL, parked=2), "2 readings set aside"),
        (replace(WELL, ends="2026-12-02T12:00:00+00:00"), "Its certificate ends in 4 days"),
        (replace(WELL, ends="2026-11-02T12:00:00+00:00"), "Its certificate has ended."),
        (replace(WELL, rung="null"), "Its key is not sealed"),
        (
            replace(WELL, meters=(MeterReport(driver="nonin-3230", device="h", low=True),)),
            "The battery of the meter nonin-3230 is low.",
        ),
        (
            replace(WELL, meters=(MeterReport(driver="nonin-3230", device="h", percent=7),)),
            "The battery of the meter nonin-3230 is low (7 %).",
        ),
        (replace(WELL, alarms=("ZZ-99",)), "It reports ZZ-99."),
    ],
)
def test_each_thing_that_is_wrong_has_words_of_its_own(report: HubReport, what: str) -> None:
    (need,) = of(report)
    assert need.what.startswith(what)


def test_an_alarm_is_told_as_hearth_explain_tells_it() -> None:
    (need,) = of(replace(WELL, alarms=("SYNC-02",)))
    assert BOOK["SYNC-02"].means.startswith(need.what.removesuffix(" (SYNC-02)"))
    assert need.urgency is Urgency.NOW


def test_a_battery_that_says_nothing_is_no_need() -> None:
    assert of(replace(WELL, meters=(MeterReport(driver="cuff", device="h"),))) == []


def test_a_hub_that_never_reported_has_an_hour_for_its_set_up() -> None:
    assert whats(of(None, ago=None)) == ["It has never reported."]
    fresh = replace(ENTRY, since=(NOW - timedelta(minutes=5)).isoformat())
    assert needs(fresh, None, None, NOW) == []


def test_a_revoked_hub_needs_nobody_unless_it_comes_back() -> None:
    gone = replace(ENTRY, state=Standing.REVOKED, since=NOW.isoformat())
    assert needs(gone, WELL, NOW - timedelta(hours=1), NOW) == []
    (need,) = needs(gone, WELL, NOW + timedelta(hours=1), NOW + timedelta(hours=1))
    assert need.what.startswith("It was taken back, and still reports")


def test_the_most_urgent_comes_first() -> None:
    worst = replace(WELL, radio="silent", parked=1, synchronised=False)
    assert [one.urgency for one in of(worst)] == [Urgency.NOW, Urgency.TODAY, Urgency.SOON]


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_a_span_is_told_in_its_largest_whole_unit(length: timedelta, said: str) -> None:
    assert span(length) == said


@given(st.text())
def test_no_text_reaches_a_terminal_that_it_would_obey(text: str) -> None:
    shown_ = plain(text)
    assert all(one.isprintable() for one in shown_)
    assert len(shown_) <= 60


TEXT = st.text(max_size=200)
REPORTS = st.builds(
    HubReport,
    hub=TEXT,
    software=TEXT,
    at=TEXT,
    oldest=TEXT,
    ends=TEXT,
    newest=TEXT,
    rung=TEXT,
    radio=TEXT,
    waiting=st.integers(0, 10**6),
    alarms=st.tuples(TEXT),
    meters=st.tuples(st.builds(MeterReport, driver=TEXT, device=TEXT, percent=st.none())),
)
ENTRIES = st.builds(
    Registered, hub=TEXT, tenant=TEXT, patients=st.tuples(TEXT), label=TEXT, since=TEXT
)


@given(ENTRIES, REPORTS, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_whatever_somebody_wrote_into_the_server_fits_the_screen(
    entry: Registered, report: HubReport, ago: timedelta
) -> None:
    row = row_of(entry, bounded(report), NOW - ago, NOW)
    lines = [*listed([row], NOW, everything=True, most=10), *shown(row, NOW)]
    assert all(len(line) <= WIDTH for line in lines)
    assert all(line.isprintable() for line in lines)

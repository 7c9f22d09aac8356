"""How the screen begins: in the light and the language of the home, before the hub has answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from agent.screen.messages import Home
from agent.screen.model import Model, told
from agent.screen.qt.gallery import painted, without_display
from agent.screen.qt.program import Remembered
from agent.screen.start import FILE, Start, decoded, start_of
from agent.screen.theme import NIGHT, Colour

BERLIN = timezone(timedelta(hours=1))
HOME = Home(
    now=datetime(2026, 11, 23, 12, 0, tzinfo=BERLIN), language="de", night_from=20, night_until=8
)


@pytest.mark.parametrize(
    ("utc_hour", "dark"), [(18, False), (19, True), (23, True), (6, True), (7, False), (12, False)]
)
def test_it_is_dark_by_the_homes_own_time_of_day(utc_hour: int, *, dark: bool) -> None:
    """20 to 8 o'clock at UTC+1 is 19 to 7 o'clock UTC."""
    assert start_of(HOME).is_dark(datetime(2026, 11, 23, utc_hour, 30, tzinfo=UTC)) is dark


def test_a_start_at_night_shows_no_light_before_the_hub_answers_nor_after() -> None:
    without_display()
    first = Model(at_s=0.0, language="de", dark=True)
    paper = NIGHT[Colour.PAPER].lower()
    assert painted(first, (800, 480)).pixelColor(2, 2).name() == paper

    after, _ = told(first, Home(now=HOME.now.replace(hour=23), language="de"), 1.0)
    assert painted(after, (800, 480)).pixelColor(2, 2).name() == paper


def test_the_hubs_word_counts_as_soon_as_it_is_there() -> None:
    after, _ = told(Model(at_s=0.0, dark=True), HOME, 1.0)
    assert not after.is_night
    bright, _ = told(Model(at_s=0.0), Home(now=HOME.now.replace(hour=23)), 1.0)
    assert bright.is_night


def test_the_next_run_knows_what_the_last_one_was_told(tmp_path: Path) -> None:
    kept = {"CACHE_DIRECTORY": str(tmp_path)}
    assert Remembered(kept).now == Start()
    Remembered(kept).hear(HOME)
    found = Remembered(kept).now
    assert (found.language, found.night_from, found.night_until, found.offset_s) == (
        "de",
        20,
        8,
        3600,
    )
    assert set((tmp_path / FILE).read_text().split('"')[1::2]) == {
        "language",
        "de",
        "night_from",
        "night_until",
        "offset_s",
    }, "nothing of the patient's"


def test_without_a_folder_or_a_disk_that_takes_it_the_screen_goes_on(tmp_path: Path) -> None:
    Remembered({}).hear(HOME)
    gone = Remembered({"CACHE_DIRECTORY": str(tmp_path / "gone")})
    gone.hear(HOME)
    assert gone.now == start_of(HOME)


@given(binary(max_size=200))
def test_what_is_not_readable_is_a_first_start(octets: bytes) -> None:
    assert isinstance(decoded(octets), Start)


@given(integers(), integers(), integers())
def test_odd_figures_are_no_reason_not_to_start(offset: int, start: int, end: int) -> None:
    one = Start(offset_s=offset, night_from=start, night_until=end)
    assert one.is_dark(datetime(2026, 11, 23, tzinfo=UTC)) in {True, False}

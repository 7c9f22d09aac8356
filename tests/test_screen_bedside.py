"""What a nurse at the bedside finds behind the code: loudness, speech, night, meters, network."""

from __future__ import annotations

import io
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from agent.adopted import AdoptedMeter
from agent.display.heard import Door
from agent.display.meters import seen
from agent.guard.kept import Meter as Known
from agent.screen.chimes import wav
from agent.screen.messages import Home, Setting, Unlocked
from agent.screen.page import Grid, Rows
from agent.screen.values import Doing, Due, MeterSeen, Task, Volume, Way
from agent.screen.views.bedside import Network, TheMeters
from agent.screen.views.view import Chime, Say
from agent.screen.voice import ESPEAK, Voice
from config.schema import Meter
from drivers.links import ports
from tests.fakes.watched import Screen

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
HOME = Home(now=NOW)


def opened(page: str, home: Home = HOME) -> Screen:
    """Go through the door and to one page, as a hand does."""
    screen = Screen(home)
    screen.press("open:help", "settings", *(f"key:{digit}" for digit in "2468"), "unlock")
    screen.hub(Unlocked(right=True))
    screen.press(f"open:{page}")
    return screen


def test_whoever_guesses_the_code_waits_longer_and_longer() -> None:
    door = Door("2468")
    waits, at_s = [], 0.0
    for _ in range(12):
        answer = door.knock("0000", at_s)
        waits.append(answer.wait_s)
        at_s += answer.wait_s

    assert waits == [0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert door.knock("2468", at_s - 1) == Unlocked(right=False, wait_s=1)
    assert door.knock("2468", at_s) == Unlocked(right=True)


def test_without_a_code_nobody_gets_in() -> None:
    assert Door("").knock("0000", 0.0) == Unlocked(right=False)


@pytest.mark.parametrize(
    ("page", "presses", "name", "value"),
    [
        ("language", ("set:es",), "language", "es"),
        ("sound", ("set:loud",), "volume", "loud"),
        ("speech", ("set:off",), "speech", "off"),
        ("night", ("hour:22", "hour:6"), "night", "22-6"),
    ],
)
def test_each_setting_is_told_to_the_hub(
    page: str, presses: tuple[str, ...], name: str, value: str
) -> None:
    screen = opened(page)
    screen.press(*presses)
    assert screen.told[-1] == Setting(name=name, value=value)


@pytest.mark.parametrize("page", ["language", "sound", "speech", "night"])
def test_what_is_set_now_is_marked(page: str) -> None:
    body = opened(page).model.page.body
    assert isinstance(body, Grid)
    assert sum(button.chosen for button in body.buttons) == 1


def test_a_page_left_alone_locks_the_door_again() -> None:
    screen = opened("sound")
    screen.wait(121)
    assert screen.page == "today"


def test_a_sound_is_tried_before_anybody_leaves_the_room() -> None:
    screen = opened("sound")
    screen.press("play")
    assert screen.did[-2:] == [Chime(name="reminder"), Say(text="This is how loud it is.")]


def test_a_home_that_wants_no_speech_hears_the_bell_and_what_it_asks_for() -> None:
    pill = Task(id="pill", doing=Doing.MEDICINE, due=Due.SOON, at=NOW)
    quiet = msgspec.structs.replace(HOME, speaks=False, tasks=[pill])
    screen = Screen(quiet)
    due = msgspec.structs.replace(pill, due=Due.NOW)
    screen.hub(msgspec.structs.replace(quiet, tasks=[due]))
    assert screen.page == "task-medicine"
    assert screen.said == []
    assert Chime(name="reminder") in screen.did
    screen.press("speak")
    assert screen.said


def _peak(octets: bytes) -> float:
    with wave.open(io.BytesIO(octets)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return float(np.abs(samples.astype(float)).max() / 32767)


def test_bells_are_as_loud_as_they_are_set(tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    player = tmp_path / "player"
    player.write_text(f"#!/bin/sh\nexec cat > {heard}\n")
    player.chmod(0o755)
    voice, peaks = Voice(player=(str(player),)), []
    for volume in Volume:
        voice.do(Chime(name="ring"), "en", volume)
        voice.wait()
        peaks.append(round(_peak(heard.read_bytes()), 2))
    assert peaks == [0.2, 0.5, 1.0]
    assert _peak(wav("ring")) == pytest.approx(0.5, abs=0.01)


def test_the_voice_is_as_loud_as_it_is_set(tmp_path: Path) -> None:
    """Real espeak-ng into a file: louder is louder."""
    loud = []
    for volume in Volume:
        out = tmp_path / f"{volume.value}.wav"
        voice = Voice((*ESPEAK, "-w", str(out)))
        voice.say("Time for your blood pressure", "en", volume)
        voice.wait()
        loud.append(_peak(out.read_bytes()))
    assert loud[0] < 0.6 * loud[1] < loud[1] < loud[2]


def test_meters_are_those_of_the_settings_and_those_paired_here_each_once() -> None:
    settings = (
        Meter(address="aa:00", name="Cuff", driver="ua651"),
        Meter(port="usb", driver="cms50"),
        Meter(address="bb:00", driver="bf720"),
    )
    paired = [
        AdoptedMeter(address=address, name=name, driver="d", bonded=True, at="", by="")
        for address, name in (("AA:00", "again"), ("CC:00", "Guide"))
    ]
    wire = ports.address("cms50", "usb").upper()
    known = {
        "AA:00": Known(heard=NOW - timedelta(hours=1)),
        wire: Known(heard=NOW - timedelta(days=1), percent=9),
        "CC:00": Known(heard=NOW, battery_low=True),
        "DD:00": Known(heard=NOW),  # a neighbour's
    }
    assert seen(settings, paired, known, UTC) == [
        MeterSeen(name="Cuff", heard=NOW - timedelta(hours=1)),
        MeterSeen(name="cms50", heard=NOW - timedelta(days=1), battery_low=True),
        MeterSeen(name="bf720"),
        MeterSeen(name="Guide", heard=NOW, battery_low=True),
    ]


def test_a_meter_on_a_cable_is_found_by_the_serial_number_it_told() -> None:
    known = {ports.address("cms50", "usb", "A12").upper(): Known(heard=NOW)}
    (one,) = seen((Meter(port="usb", driver="cms50"),), [], known, UTC)
    assert one.heard == NOW


def test_more_meters_than_have_room_are_on_the_next_page() -> None:
    meters = [MeterSeen(name=str(number)) for number in range(4)]
    screen = opened("meters", msgspec.structs.replace(HOME, meters=meters))
    titles = []
    for _ in range(3):
        body = screen.model.page.body
        assert isinstance(body, Rows)
        titles.append([row.title for row in body.rows])
        screen.press("more")
    assert titles == [["0", "1", "2"], ["3"], ["0", "1", "2"]]


@pytest.mark.parametrize("way", Way)
def test_the_network_page_says_what_the_hub_says_and_the_code_to_look_up(way: Way) -> None:
    home = msgspec.structs.replace(HOME, way=way, waiting=3, code="SYNC-01", hub="hub-7")
    screen = opened("network", home)
    body = screen.model.page.body
    assert isinstance(body, Rows)
    assert [row.note for row in body.rows] == ["SYNC-01", "", "This hub"]
    assert (body.rows[1].title, body.rows[2].title) == ("3 readings wait", "hub-7")
    screen.connected(is_there=False)
    assert screen.model.page.heading == "The hub does not answer"


def test_pages_without_a_home_are_pages_too() -> None:
    screen = Screen()
    for view in (TheMeters(), Network()):
        assert view.page(screen.model.seen).heading

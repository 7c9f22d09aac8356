"""What is heard: real espeak-ng in three languages, bells of the right pitch, and no hanging."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agent.screen.chimes import RATE_HZ, wav
from agent.screen.views.view import Chime, Look, Say
from agent.screen.voice import ESPEAK, Voice

LIMIT_S = 60.0
SENTENCES = {
    "en": "Time for your blood pressure",
    "de": "Zeit für Ihren Blutdruck",
    "es": "Es hora de su presión",
}


def _sound(octets: bytes) -> tuple[NDArray[np.float64], int]:
    with wave.open(io.BytesIO(octets)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return samples / 32768, file.getframerate()


def _until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_really_spoken(language: str, tmp_path: Path) -> None:
    assert shutil.which("espeak-ng"), "install Debian's package espeak-ng"
    out = tmp_path / "said.wav"
    voice = Voice((*ESPEAK, "-w", str(out)))
    voice.do(Say(text=SENTENCES[language]), language)
    voice.wait()
    samples, rate_hz = _sound(out.read_bytes())

    assert 1.0 < len(samples) / rate_hz < 6.0
    assert np.sqrt(np.mean(samples**2)) > 0.02


def test_a_new_sentence_ends_the_one_before(tmp_path: Path) -> None:
    talker = tmp_path / "talker"
    talker.write_text("#!/bin/sh\ncat >> $1\nexec sleep 600\n")
    talker.chmod(0o755)
    heard = tmp_path / "heard"
    voice = Voice((str(talker), str(heard)))
    voice.say("first ", "en")
    _until(lambda: heard.exists() and heard.read_text() == "first ")
    voice.say("second", "en")
    _until(lambda: heard.read_text() == "first second")
    voice.close()

    assert not subprocess.run(
        ["pgrep", "-f", str(talker)], capture_output=True, check=False, timeout=30
    ).stdout


def test_a_home_without_a_voice_is_silent_and_works() -> None:
    voice = Voice(("no-such-voice",), player=("no-such-player",))
    voice.do(Say(text="Hello"), "en")
    voice.do(Chime(name="ring"), "en")
    voice.do(Look(what="on"), "en")
    voice.close()


@pytest.mark.parametrize(
    ("name", "pitches_hz"),
    [("arrived", (523, 659)), ("reminder", (440, 554, 659)), ("ring", (587, 784))],
)
def test_a_bell_has_its_pitch_and_is_not_too_loud(name: str, pitches_hz: tuple[int, ...]) -> None:
    """Pitches of the equal-tempered scale on A4 = 440 Hz (ISO 16): C5 523, E5 659, D5 587."""
    samples, rate_hz = _sound(wav(name))
    spectrum = np.abs(np.fft.rfft(samples))
    bins_hz = np.fft.rfftfreq(len(samples), 1 / rate_hz)

    assert rate_hz == RATE_HZ
    assert 0.3 < np.abs(samples).max() <= 0.51
    assert abs(samples[0]) < 0.01
    for pitch_hz in pitches_hz:
        near = np.abs(bins_hz - pitch_hz) < 6
        between = (bins_hz > 200) & (bins_hz < 400)
        assert spectrum[near].max() > 8 * spectrum[between].max()


@pytest.mark.parametrize("name", ["arrived", "reminder", "ring"])
def test_a_bell_is_a_plain_wav_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bell.wav"
    path.write_bytes(wav(name))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getnframes() * 2 + 44 == path.stat().st_size

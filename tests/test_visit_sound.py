"""Microphone and loudspeaker on a real sound server: a tone at one end is measured at the other."""

from __future__ import annotations

import asyncio
import math
import subprocess
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from av import AudioFrame
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agent.visit.media.codecs import BLOCK, RATE_HZ
from agent.visit.media.sound import ALSA, PULSE, Commands, Sound, found, loud
from tests.fakes.called import Called
from tests.fakes.clinician import Clinician
from tests.fakes.pulse import Pulse, pulse

LIMIT_S = 90.0
QUIET = 20
RAW = ("--raw", "--format=s16le", "--rate=48000", "--channels=1")
OURS_HZ, THEIRS_HZ = 440.0, 700.0


@pytest.fixture(scope="module")
def server() -> Iterator[Pulse]:
    with pulse() as one:
        yield one


def on(server: Pulse) -> Commands:
    """Return the commands that a machine with this server is given, told which server it is."""
    found_there = found(server.environment)
    assert found_there == PULSE
    where = f"--server={server.environment['PULSE_SERVER']}"
    return Commands(
        record=(PULSE.record[0], where, *PULSE.record[1:]),
        play=(PULSE.play[0], where, *PULSE.play[1:]),
    )


def wave(pitch_hz: float, seconds: float, height: int = 8000) -> bytes:
    turn = 2 * math.pi * pitch_hz / RATE_HZ
    count = int(seconds * RATE_HZ)
    return array("h", (round(height * math.sin(turn * at)) for at in range(count))).tobytes()


def pitch_of(octets: bytes) -> float:
    """Return the strongest pitch of some sound, in Hz."""
    samples = np.frombuffer(octets, np.int16).astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE_HZ / len(samples))


def is_tone(octets: bytes, pitch_hz: float) -> bool:
    return abs(pitch_of(octets) - pitch_hz) <= 4


def until(there: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


def recorded(server: Pulse, sink: str, seconds: float) -> bytes:
    """Return what is played on a sink for a while, from its first sound on."""
    with subprocess.Popen(
        [
            "parec",
            f"--device={sink}.monitor",
            "--raw",
            "--format=s16le",
            "--rate=48000",
            "--channels=1",
        ],
        env=server.environment,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        end = time.monotonic() + LIMIT_S
        try:
            while not any(first := process.stdout.read(2 * BLOCK)):
                assert first, "parec has ended"
                assert time.monotonic() < end, "nothing is played"
            return process.stdout.read(2 * int(seconds * RATE_HZ))
        finally:
            process.kill()


@contextmanager
def voice(server: Pulse, pitch_hz: float) -> Iterator[None]:
    """Have a tone sound in the room for as long as the block lasts."""
    with tempfile.TemporaryFile() as file:
        file.write(wave(pitch_hz, 60))
        file.seek(0)
        with subprocess.Popen(
            ["pacat", "--device=mic", *RAW],
            env=server.environment,
            stdin=file,
        ) as process:
            yield
            process.kill()


async def test_a_tone_goes_both_ways_through_a_whole_call(server: Pulse) -> None:
    """Half a second of it is heard whole; a machine that is busy may lose a part before that."""
    us, them = Called(sound=lambda: Sound(on(server), None)), Clinician(pitch_hz=THEIRS_HZ)
    end = time.monotonic() + LIMIT_S
    with voice(server, OURS_HZ):
        await us.with_(them)
        while not is_tone(await asyncio.to_thread(recorded, server, "speaker", 0.5), THEIRS_HZ):
            assert time.monotonic() < end
        await us.until(
            lambda: (
                len(them.sound) > 90
                and is_tone(
                    np.concatenate([left(one) for one in them.sound[-40:]]).tobytes(), OURS_HZ
                )
            )
        )
        us.call.mute(muted=True)
        await us.until(lambda: np.abs(left(them.sound[-1])).max() < QUIET)
        await asyncio.to_thread(us.call.hang_up)
    await them.close()


def left(frame: AudioFrame) -> NDArray[np.int16]:
    """Return the left of two channels, 16 bits each, one after the other."""
    octets = bytes(frame.planes[0])[: 4 * frame.samples]
    return np.frombuffer(octets, np.int16)[::2]


def test_without_a_microphone_it_is_told_and_the_loudspeaker_works(server: Pulse) -> None:
    sound = Sound(Commands(record=("false",), play=on(server).play), None)
    sound.open(lambda _: None)
    sound.play(wave(THEIRS_HZ, 0.1))
    until(lambda: sound.fault == "VISIT-33")
    sound.close()


def test_without_a_loudspeaker_it_is_told_and_the_microphone_works(server: Pulse) -> None:
    blocks: list[bytes] = []
    sound = Sound(Commands(record=on(server).record, play=("no-such-command",)), None)
    sound.open(blocks.append)
    until(lambda: sound.fault == "VISIT-34" and len(blocks) > 3)
    sound.close()
    assert {len(block) for block in blocks} == {2 * BLOCK}


def test_a_loudspeaker_that_fails_again_and_again_is_one_line_in_the_log_and_one_steady_sign(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    starts = tmp_path / "starts"
    failing = tmp_path / "failing"
    failing.write_text(f"#!/bin/sh\necho >> {starts}\nexit 1\n")
    failing.chmod(0o755)
    sound = Sound(Commands(record=("sleep", "60"), play=(str(failing),)), None)
    sound.open(lambda _: None)
    until(lambda: sound.fault == "VISIT-34")
    signs = set()

    def tried() -> bool:
        sound.play(wave(THEIRS_HZ, 0.02))
        signs.add(sound.fault)
        return starts.exists() and len(starts.read_text()) >= 3

    until(tried)
    sound.close()
    assert signs == {"VISIT-34"}
    assert [one.getMessage() for one in caplog.records] == ["sound does not work: name=play"]


def test_closing_ends_every_command(server: Pulse) -> None:
    sound = Sound(on(server), None)
    sound.open(lambda _: None)
    until(lambda: "Hearth" in server.run("list", "source-outputs"))
    sound.close()
    until(lambda: "Hearth" not in server.run("list", "source-outputs"))


def test_a_machine_without_a_sound_server_is_spoken_to_by_alsa() -> None:
    assert found({"XDG_RUNTIME_DIR": "/nonexistent"}) == ALSA


@given(st.binary(max_size=200), st.integers(-18, 18))
def test_louder_never_wraps_round(octets: bytes, by_db: int) -> None:
    block = octets[: len(octets) // 2 * 2]
    before, after = (
        np.frombuffer(one, np.int16).astype(int) for one in (block, loud(block, by_db))
    )
    wanted = np.clip(before * 10 ** (by_db / 20), -32767, 32767)
    assert np.abs(after - wanted).max(initial=0) <= 1 + (by_db == 0)

"""Which echo canceller a visit uses, measured while both talk: `python -m tests.bench.echo`.

A made-up room (40 ms to the first echo, a tail of 60 ms, a small loudspeaker that distorts) and two
voices of espeak-ng: the clinician alone, then both, then the patient alone. Candidates are WebRTC's
canceller as livekit carries it, fed block by block, and PulseAudio's module-echo-cancel, in real
time on a server of its own.

Figures: `erle_db`, what is gone of the echo while only the clinician talks; `echo_gone_db`, what is
gone of it while both talk; `near_kept_db`, what is left of the patient then (0 is all of it), and
`near_alone_db`, when nobody else talks; `cpu_percent` of one core. Both talking is told apart
frequency by frequency: the output is fitted by least squares with the echo and the patient's voice,
which are known.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agent.visit.media.echo import WebRtcEcho
from tests.fakes.pulse import Pulse, pulse

RATE_HZ, BLOCK = 48_000, 960
FAR = "Good morning Mister Jones, I am your doctor. How are you feeling today? Please sit still. "
NEAR = "Thank you doctor, I slept badly. My left leg is swollen again, and I took both tablets. "
_FAR_S, _BOTH_S, _NEAR_S = 14.0, 12.0, 6.0
_LEARNING_S = 6.0
_WINDOW, _HOP = 2048, 1024
_DRIFT = RATE_HZ // 5
_RAW = ("--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1", "--latency-msec=20")
Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What the microphone was given, in its two parts, and what came out of a canceller."""

    echo: Sound
    near: Sound
    out: Sound
    cpu_percent: float


class Candidate(Protocol):
    """Something that is given what is played and what is heard."""

    def __call__(self, far: Sound, near: Sound) -> Heard:
        """Return what came of it."""


def spoken(text: str, voice: str, seconds: float) -> Sound:
    """Return a voice at 48 kHz, as long as asked for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        subprocess.run(
            ["espeak-ng", "-v", voice, "-s", "150", "-w", str(path), text * 9],
            check=True,
            timeout=60,
        )
        with wave.open(str(path)) as file:
            rate = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float)
    count = int(seconds * RATE_HZ)
    found = np.interp(np.arange(count) / RATE_HZ, np.arange(len(samples)) / rate, samples)
    return np.asarray(found * 8000 / np.abs(found).max())


def room() -> Sound:
    """Return what comes back of a click: 100 ms of it."""
    random = np.random.default_rng(1)
    response = np.zeros(RATE_HZ // 10)
    first, tail = int(0.040 * RATE_HZ), int(0.060 * RATE_HZ)
    response[first] = 0.5
    fading = np.exp(-np.arange(tail) / (0.012 * RATE_HZ))
    response[first : first + tail] += random.normal(0, 0.03, tail) * fading
    return response


def played(far: Sound) -> Sound:
    """Return what a small loudspeaker makes of a sound."""
    return np.asarray(12_000 * np.tanh(far / 12_000))


def in_process(far: Sound, near: Sound) -> Heard:
    """Hear a room through livekit's canceller, as `agent.visit.media.sound` does."""
    echo = np.convolve(played(far), room())[: len(far)]
    microphone = (echo + near + np.random.default_rng(2).normal(0, 5, len(far))).astype(np.int16)
    canceller, out = WebRtcEcho(), bytearray()
    began_s = time.process_time()
    for at in range(0, len(far) - BLOCK + 1, BLOCK):
        canceller.played(far[at : at + BLOCK].astype(np.int16).tobytes())
        out += canceller.cleaned(microphone[at : at + BLOCK].tobytes(), 40)
    used_s = time.process_time() - began_s
    return Heard(echo, near, _samples(out), 100 * used_s * RATE_HZ / len(far))


def by_pulse(far: Sound, near: Sound) -> Heard:
    """Hear a room through PulseAudio's module-echo-cancel, in real time."""
    with pulse() as server:
        for name in ("room_speaker", "room_mic"):
            server.sink(name)
        server.run(
            "load-module",
            "module-echo-cancel",
            "source_master=room_mic.monitor",
            "sink_master=room_speaker",
            "source_name=cleaned",
            "sink_name=calls",
            "aec_method=webrtc",
            'aec_args="analog_gain_control=0 digital_gain_control=0 noise_suppression=1"',
            f"rate={RATE_HZ}",
            "channels=1",
        )
        return _in_real_time(server, far, near)


def _in_real_time(server: Pulse, far: Sound, near: Sound) -> Heard:
    def pipe(program: str, device: str) -> subprocess.Popen[bytes]:
        ends = {"stdout" if program == "parec" else "stdin": subprocess.PIPE}
        command = [program, f"--device={device}", *_RAW]
        return subprocess.Popen(command, env=server.environment, **ends)  # type: ignore[call-overload,no-any-return] # which end depends

    speaker, cleaned = pipe("parec", "room_speaker.monitor"), pipe("parec", "cleaned")
    microphone, call = pipe("pacat", "room_mic"), pipe("pacat", "calls")
    heard: list[Sound] = []
    out = bytearray()
    pid = int(subprocess.run(["pgrep", "-n", "pulseaudio"], capture_output=True, check=True).stdout)
    before = _ticks(pid)
    threads = [
        threading.Thread(target=_be_the_room, args=(speaker, microphone, near, heard)),
        threading.Thread(target=_write, args=(call, far)),
        threading.Thread(target=_read, args=(cleaned, out, len(far))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(len(far) / RATE_HZ + 30)
    used_s = (_ticks(pid) - before) / os.sysconf("SC_CLK_TCK")
    for process in (speaker, cleaned, microphone, call):
        process.kill()
        process.wait(10)
    echo = np.concatenate(heard)[: len(near)]
    return Heard(echo, near[: len(echo)], _samples(out), 100 * used_s * RATE_HZ / len(far))


def _be_the_room(
    speaker: subprocess.Popen[bytes],
    microphone: subprocess.Popen[bytes],
    near: Sound,
    heard: list[Sound],
) -> None:
    """Turn what the loudspeaker plays into what the microphone hears, block by block."""
    assert speaker.stdout is not None
    assert microphone.stdin is not None
    response, rest = room(), np.zeros(len(room()) - 1)
    for at in range(0, len(near) - BLOCK + 1, BLOCK):
        block = _samples(speaker.stdout.read(2 * BLOCK))
        echo = np.convolve(played(block), response)
        echo[: len(rest)] += rest
        rest = echo[BLOCK:].copy()
        heard.append(echo[:BLOCK])
        mixed = np.clip(echo[:BLOCK] + near[at : at + BLOCK], -32767, 32767)
        microphone.stdin.write(mixed.astype(np.int16).tobytes())
        microphone.stdin.flush()


def _write(call: subprocess.Popen[bytes], far: Sound) -> None:
    assert call.stdin is not None
    call.stdin.write(far.astype(np.int16).tobytes())
    call.stdin.flush()


def _read(cleaned: subprocess.Popen[bytes], out: bytearray, count: int) -> None:
    assert cleaned.stdout is not None
    while len(out) < 2 * count:
        out += cleaned.stdout.read(2 * BLOCK)


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _samples(octets: bytes | bytearray) -> Sound:
    return np.frombuffer(bytes(octets), np.int16).astype(float)


def aligned(heard: Heard) -> Heard:
    """Return what came out moved to where it was heard, second by second.

    A canceller takes a moment, and in real time that moment is not always the same one.
    """
    near, echo = heard.near, heard.echo
    first = _late(heard.out, near, 0, 2 * RATE_HZ)
    out = np.zeros(len(near))
    for at in range(0, len(near) - RATE_HZ + 1, RATE_HZ):
        part = slice(at, at + RATE_HZ)
        wide = heard.out[max(at + first - _DRIFT, 0) : at + first + RATE_HZ + _DRIFT]
        talks = np.abs(near[part]).max() > 0
        late = _late(wide, near[part], 0, 2 * _DRIFT) if talks else min(first, _DRIFT)
        found = wide[late : late + RATE_HZ]
        out[at : at + len(found)] = found
    return Heard(echo, near, out, heard.cpu_percent)


def _late(out: Sound, known: Sound, least: int, most: int) -> int:
    """Return by how many samples a known sound is late in what came out."""
    size = 1 << (len(known) + len(out)).bit_length()
    match = np.fft.irfft(np.fft.rfft(out, size) * np.conj(np.fft.rfft(known, size)), size)
    return least + int(np.abs(match[least:most]).argmax())


def _spectra(sound: Sound) -> NDArray[np.complex128]:
    starts = range(0, len(sound) - _WINDOW + 1, _HOP)
    window = np.hanning(_WINDOW)
    return np.array([np.fft.rfft(sound[at : at + _WINDOW] * window) for at in starts])


def _db(part: float, whole: float) -> float:
    return round(float(10 * np.log10(max(part, 1e-9) / max(whole, 1e-9))), 1)


def figures(heard: Heard) -> dict[str, float]:
    """Return what was lost and what was kept."""
    heard = aligned(heard)
    alone = slice(int(_LEARNING_S * RATE_HZ), int((_FAR_S - 1) * RATE_HZ))
    both = slice(int(_FAR_S * RATE_HZ), int((_FAR_S + _BOTH_S) * RATE_HZ))
    quiet = slice(both.stop + RATE_HZ, both.stop + 4 * RATE_HZ)
    echo, near, out = (_spectra(one[both]) for one in (heard.echo, heard.near, heard.out))
    echo_kept = near_kept = 0.0
    for at in range(out.shape[1]):
        causes = np.stack([echo[:, at], near[:, at]], axis=1)
        gains = np.linalg.lstsq(causes, out[:, at], rcond=None)[0]
        echo_kept += float((np.abs(gains[0] * echo[:, at]) ** 2).sum())
        near_kept += float((np.abs(gains[1] * near[:, at]) ** 2).sum())
    return {
        "erle_db": _db(
            float((heard.echo[alone] ** 2).mean()), float((heard.out[alone] ** 2).mean())
        ),
        "echo_gone_db": _db(float((np.abs(echo) ** 2).sum()), echo_kept),
        "near_kept_db": _db(near_kept, float((np.abs(near) ** 2).sum())),
        "near_alone_db": _db(*(float((one[quiet] ** 2).mean()) for one in (heard.out, heard.near))),
        "cpu_percent": round(heard.cpu_percent, 1),
    }


CANDIDATES: dict[str, Candidate] = {"webrtc_in_process": in_process, "pulseaudio": by_pulse}


def main() -> int:
    """Print the figures of each candidate."""
    total_s = _FAR_S + _BOTH_S + _NEAR_S
    far, near = spoken(FAR, "en", total_s), spoken(NEAR, "en+f3", total_s)
    far[int((_FAR_S + _BOTH_S) * RATE_HZ) :] = 0
    near[: int(_FAR_S * RATE_HZ)] = 0
    found = {name: figures(run(far, near)) for name, run in CANDIDATES.items()}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

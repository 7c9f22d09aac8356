"""Microphone and loudspeaker: commands that record and play raw sound through pipes.

Debian's `arecord` and `aplay` reach ALSA, which every hub has; where a PulseAudio or PipeWire
server runs, its own `parec` and `pacat` do. So this process links no sound library, a command that
hangs can be ended, and a card that is unplugged ends a command and nothing else.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import subprocess
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from av import AudioResampler

from agent.visit.media.codecs import BLOCK, RATE_HZ

if TYPE_CHECKING:
    from agent.visit.media.echo import Echo

log = logging.getLogger(__name__)

_ALSA = ("-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE_HZ), "-c", "1")
_PULSE = ("--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1")
_QUEUE = 6
"""Blocks of 20 ms that wait for the loudspeaker at most; the oldest goes."""
_PIPE_OCTETS = 4096  # 43 ms: what lies in a pipe is heard late
_AGAIN_S = 2.0
_END_S = 2.0
_TELL_S = 600.0  # a plug that hangs loose is told of once in a while
_DELAY_MS = 90  # of the commands below, from the one's pipe to the other's; the canceller finds out
_STEPS_DB = 3
_LEAST, _MOST = -6, 6
_LOUDEST = 32767


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """How sound is recorded and played: mono, 16 bits, 48 kHz, without a header."""

    record: Sequence[str]
    play: Sequence[str]


ALSA = Commands(
    record=("arecord", *_ALSA, "--buffer-time=80000", "--period-time=10000"),
    play=("aplay", *_ALSA, "--buffer-time=80000", "--period-time=20000"),
)
PULSE = Commands(
    record=("parec", *_PULSE, "--latency-msec=20", "--client-name=Hearth"),
    play=("pacat", "--playback", *_PULSE, "--latency-msec=40", "--client-name=Hearth"),
)


def found(environment: Mapping[str, str]) -> Commands | None:
    """Return the commands for this machine; None where there are none."""
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    folder = environment.get("PULSE_RUNTIME_PATH") or f"{runtime}/pulse"
    server = "PULSE_SERVER" in environment or Path(folder, "native").exists()
    for commands in (PULSE, ALSA) if server else (ALSA,):
        if all(shutil.which(one[0]) for one in (commands.record, commands.play)):
            return commands
    return None


class Sound:
    """The sound of one visit. `fault` is the code of what does not work, or empty."""

    def __init__(self, commands: Commands, echo: Echo | None) -> None:
        """Prepare; the microphone is off until `open`."""
        self._commands, self._echo = commands, echo
        self._lock = threading.Lock()
        self._queue: deque[bytes] = deque(maxlen=_QUEUE)
        self._came = threading.Event()
        self._stop = threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._faults: dict[str, str] = {}
        self._threads: list[threading.Thread] = []
        self._loudness = self._written = 0
        self._told_s: dict[str, float] = {}

    @property
    def fault(self) -> str:
        """Return VISIT-33 without a microphone, VISIT-34 without a loudspeaker, or nothing."""
        return self._faults.get("record") or self._faults.get("play") or ""

    def open(self, take: Callable[[bytes], None]) -> None:
        """Begin: `take` gets the microphone's sound, 20 ms at a time, on a thread of this one."""
        for run in (lambda: self._record(take), self._play):
            thread = threading.Thread(target=run, name="sound", daemon=True)
            self._threads.append(thread)
            thread.start()

    def play(self, block: bytes) -> None:
        """Let some sound be heard, as soon as what is before it is over."""
        self._queue.append(block)
        self._came.set()

    def louder(self, by: int) -> None:
        """Change the loudness by steps of 3 dB, from -18 to +18."""
        self._loudness = min(max(self._loudness + by, _LEAST), _MOST)

    def close(self) -> None:
        """Switch the microphone off and fall silent."""
        self._stop.set()
        self._came.set()
        # The threads close the pipes themselves: under one that reads, nobody else may.
        for end in (subprocess.Popen.terminate, subprocess.Popen.kill):
            for process in list(self._running.values()):
                end(process)
            for thread in self._threads:
                thread.join(_END_S)

    def _record(self, take: Callable[[bytes], None]) -> None:
        while not self._stop.is_set():
            source = self._start("record", self._commands.record)
            while source is not None and (block := source.read(2 * BLOCK)):
                if len(block) < 2 * BLOCK:
                    break
                self._faults.pop("record", None)
                if self._echo is not None:
                    with self._lock:
                        block = self._echo.cleaned(block, _DELAY_MS)
                take(block)
            self._failed("record", "VISIT-33")

    def _play(self) -> None:
        rest = b""
        while not self._stop.is_set():
            sink = self._start("play", self._commands.play)
            try:
                while sink is not None and self._is_on("play"):
                    rest = self._one(sink, rest)
                    # What the pipe holds nobody has taken yet: a command that is about to fail has
                    # this much written to it too, and the sign would go on and off.
                    if self._written > _PIPE_OCTETS:
                        self._faults.pop("play", None)
            except OSError:  # the command has ended, because its card is gone or the call is over
                rest = b""
            self._failed("play", "VISIT-34")

    def _one(self, sink: IO[bytes], rest: bytes) -> bytes:
        """Play what has come, in whole parts; return what is left of it."""
        if not self._came.wait(_AGAIN_S):
            return rest
        self._came.clear()
        while self._queue:
            rest += loud(self._queue.popleft(), self._loudness * _STEPS_DB)
            whole = len(rest) // (2 * BLOCK) * 2 * BLOCK
            block, rest = rest[:whole], rest[whole:]
            if block and self._echo is not None:
                with self._lock:
                    self._echo.played(block)
            sink.write(block)
            sink.flush()
            self._written += len(block)
        return rest

    def _start(self, name: str, command: Sequence[str]) -> IO[bytes] | None:
        records = name == "record"
        try:
            process = subprocess.Popen(  # noqa: S603 - of the table above
                command,
                stdin=subprocess.DEVNULL if records else subprocess.PIPE,
                stdout=subprocess.PIPE if records else subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return None
        self._running[name] = process
        self._written = 0 if name == "play" else self._written
        pipe = process.stdout if records else process.stdin
        if pipe is not None:
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_OCTETS)
        return pipe

    def _is_on(self, name: str) -> bool:
        return not self._stop.is_set() and self._running[name].poll() is None

    def _failed(self, name: str, code: str) -> None:
        """Note that a command ended by itself, and wait before the next."""
        if (process := self._running.pop(name, None)) is not None:
            _end(process)
        if not self._stop.is_set():
            now_s = time.monotonic()
            if now_s - self._told_s.get(name, -_TELL_S) >= _TELL_S:
                log.warning("sound does not work: name=%s", name)
                self._told_s[name] = now_s
            self._faults[name] = code
            self._stop.wait(_AGAIN_S)


def this_machine() -> Sound | None:
    """Return microphone and loudspeaker of this machine, its echo cancelled; None without any."""
    commands = found(os.environ)
    if commands is None:
        return None
    from agent.visit.media.echo import WebRtcEcho  # noqa: PLC0415 - 30 MB, for a call only

    return Sound(commands, WebRtcEcho())


def to_mono() -> AudioResampler:
    """Return what makes any sound mono, 16 bits, 48 kHz."""
    return AudioResampler(format="s16", layout="mono", rate=RATE_HZ)


def loud(block: bytes, by_db: int) -> bytes:
    """Return sound of 16 bits made louder; what would be too loud is as loud as it can be."""
    if by_db == 0:
        return block
    factor = 10 ** (by_db / 20)
    samples = array("h", block)
    return array(
        "h", (max(-_LOUDEST, min(_LOUDEST, round(one * factor))) for one in samples)
    ).tobytes()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_END_S)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what was not played any more
                log.debug("a pipe of sound was not empty")

"""The hub's voice: espeak-ng, or whatever command a home likes better, and a player for bells."""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence

from agent.screen.chimes import wav
from agent.screen.values import Volume
from agent.screen.views.view import Chime, Effect, Say

log = logging.getLogger(__name__)

ESPEAK = ("espeak-ng", "-v", "{language}", "-a", "{loudness}", "-s", "140", "--stdin")
APLAY = ("aplay", "-q")
_MAX_CHARACTERS = 600
_LIMIT_S = 60
_LOUDNESS: Mapping[Volume, int] = {Volume.QUIET: 40, Volume.MEDIUM: 100, Volume.LOUD: 200}
_PEAK: Mapping[Volume, float] = {Volume.QUIET: 0.2, Volume.MEDIUM: 0.5, Volume.LOUD: 1.0}


class Voice:
    """Speaks and rings through commands that read their standard input.

    A new sentence ends the one before. `timeout` ends a command that hangs. Where a command is
    missing the screen is silent, and works all the same.
    """

    def __init__(
        self,
        command: Sequence[str] = ESPEAK,
        *,
        player: Sequence[str] = APLAY,
        silent: bool = False,
    ) -> None:
        """Take the commands; in the voice's, "{language}" is replaced by two letters.

        "{loudness}" by a number from 0 to 200, 100 being common (espeak-ng(1), -a).
        """
        self._command, self._player = tuple(command), tuple(player)
        self._able = {name: not silent and _is_there(name) for name in (command[0], player[0])}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def do(self, effect: Effect, language: str, volume: Volume = Volume.MEDIUM) -> None:
        """Make an effect heard; one without a sound is not this voice's matter."""
        if isinstance(effect, Say):
            self.say(effect.text, language, volume)
        elif isinstance(effect, Chime):
            self._run(self._player, wav(effect.name, _PEAK[volume]))

    def say(self, text: str, language: str, volume: Volume = Volume.MEDIUM) -> None:
        """Begin to say something."""
        parts = {"language": language, "loudness": _LOUDNESS[volume]}
        command = tuple(part.format(**parts) for part in self._command)
        self._run(command, text[:_MAX_CHARACTERS].encode())

    def _run(self, command: tuple[str, ...], octets: bytes) -> None:
        name = command[0]
        self._end(name)
        if not self._able[name]:
            return
        # A file, not a pipe: whoever reads slowly must not hold the screen up.
        with tempfile.TemporaryFile() as file:
            file.write(octets)
            file.seek(0)
            self._running[name] = subprocess.Popen(  # noqa: S603 - commands of the settings
                ["timeout", str(_LIMIT_S), *command],  # noqa: S607 - coreutils
                stdin=file,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def _end(self, name: str) -> None:
        if (process := self._running.pop(name, None)) is not None:
            process.terminate()
            process.wait(_LIMIT_S)

    def wait(self) -> None:
        """Wait until everything has been said."""
        for process in self._running.values():
            process.wait(_LIMIT_S)

    def close(self) -> None:
        """Fall silent."""
        for name in list(self._running):
            self._end(name)


def _is_there(name: str) -> bool:
    if shutil.which(name) is not None:
        return True
    log.warning("the screen is silent: name=%s is not installed", name)
    return False

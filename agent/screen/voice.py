"""The hub's voice: espeak-ng, or whatever command a home likes better. One sentence at a time."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Sequence

from agent.screen.views.view import Effect, Say

log = logging.getLogger(__name__)

ESPEAK = ("espeak-ng", "-v", "{language}", "-s", "140", "--stdin")
_MAX_CHARACTERS = 600
_LIMIT_S = 60


class Voice:
    """Speaks through a command that reads text from its standard input.

    A new sentence ends the one before. `timeout` ends a voice that hangs. Without the command the
    screen is silent, and works all the same.
    """

    def __init__(self, command: Sequence[str] = ESPEAK, *, silent: bool = False) -> None:
        """Take the command; "{language}" in it is replaced by two letters."""
        self._command = tuple(command)
        self._silent = silent or shutil.which(self._command[0]) is None
        if self._silent and not silent:
            log.warning("there is no voice: install espeak-ng")
        self._speaking: subprocess.Popen[bytes] | None = None

    def do(self, effect: Effect, language: str) -> None:
        """Say what an effect wants said; anything else is not this voice's matter."""
        if isinstance(effect, Say):
            self.say(effect.text, language)

    def say(self, text: str, language: str) -> None:
        """Begin to say something."""
        self.close()
        if self._silent:
            return
        command = [part.format(language=language) for part in self._command]
        self._speaking = subprocess.Popen(  # noqa: S603 - a command of the settings, text on stdin
            ["timeout", str(_LIMIT_S), *command],  # noqa: S607 - coreutils
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if self._speaking.stdin is not None:
            # Shorter than a pipe holds (pipe(7): 65,536 octets), so this never waits.
            self._speaking.stdin.write(text[:_MAX_CHARACTERS].encode())
            self._speaking.stdin.close()

    def close(self) -> None:
        """Fall silent."""
        if self._speaking is not None:
            self._speaking.terminate()
            self._speaking.wait(_LIMIT_S)
            self._speaking = None

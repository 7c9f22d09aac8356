"""How the command line ends: a failure is a sentence, a way out and a code, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable

from agent.failure import EXIT_FAILED, EXIT_SETTINGS, tell
from config.load import ConfigError
from vitals.errors import HearthError


def carried_out(command: Callable[[], object]) -> None:
    """Carry out a command; a failure of ours ends the process with its exit status."""
    try:
        command()
    except ConfigError as error:
        sys.exit(tell(error, EXIT_SETTINGS))
    except HearthError as error:
        sys.exit(tell(error, EXIT_FAILED))

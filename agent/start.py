"""Starts the hub's own process: for systemd directly, and for `hearth run`.

systemd starts a hub on a small computer, also after every crash: nothing of the command line's
libraries is loaded here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from agent.cli.ending import carried_out
from config.load import load
from config.schema import Config

_USAGE = "usage: python -m agent.start --config FILE"


def start(config: Path, *, wordy: bool) -> NoReturn:
    """Become the hub that these settings describe.

    The agent runs for months on a hub with little memory: it takes this process's place, whose
    libraries it does not need, and keeps its number for systemd.

    Raises
    ------
    ConfigError
        The settings are wrong: told in words, before anything starts.
    """
    settings = load(config)
    environment = {"MALLOC_ARENA_MAX": "2", **_tpm(settings), **os.environ}
    words = [sys.executable, "-P", "-m", "agent.hub", str(config), *(["-v"] if wordy else [])]
    os.execve(sys.executable, words, environment)  # noqa: S606 - our own interpreter, fixed words


def _tpm(settings: Config) -> dict[str, str]:
    """Return what lets TLS use a key in the TPM, where `hearth enroll --tpm` made it there."""
    root = settings.enrol.root_file
    found = None if root is None else root.with_name("openssl.cnf")
    return {"OPENSSL_CONF": str(found)} if found is not None and found.exists() else {}


def main(arguments: list[str]) -> None:
    """Start the hub as the unit does; exits with 78 when the settings are wrong, 1 for a slip."""
    match arguments:
        case ["--config", config]:
            carried_out(lambda: start(Path(config), wordy=False))
        case _:
            sys.exit(_USAGE)


if __name__ == "__main__":
    main(sys.argv[1:])

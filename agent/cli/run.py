"""`hearth run`: the agent itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.ending import carried_out

if TYPE_CHECKING:  # other commands must not pay for it
    from config.schema import Config

DEFAULT_CONFIG = Path("/etc/hearth/hearth.toml")


def run(
    config: Annotated[
        Path, typer.Option(help="The hub's settings.", show_default=True)
    ] = DEFAULT_CONFIG,
    *,
    verbose: Annotated[bool, typer.Option(help="Log every session and upload.")] = False,
) -> None:
    """Run the hub until it is told to stop (SIGTERM or Ctrl-C).

    Exit status: 0 stopped when told, 1 a part broke and could not be restarted, 78 the settings
    are wrong.

    For example: hearth run --config hearth.toml
    """
    from config import load  # noqa: PLC0415 - other commands must not pay for it

    settings = load.load(config)  # a wrong setting is told here, in words, before anything starts
    # The agent runs for months on a hub with little memory: it replaces the command line, whose
    # libraries take 10 MB, and keeps its process number for systemd.
    environment = {"MALLOC_ARENA_MAX": "2", **_tpm(settings), **os.environ}
    words = [sys.executable, "-P", "-m", "agent.hub", str(config), *(["-v"] if verbose else [])]
    os.execve(sys.executable, words, environment)  # noqa: S606 - our own interpreter, fixed words


def _tpm(settings: Config) -> dict[str, str]:
    """Return what lets TLS use a key in the TPM, where `hearth enroll --tpm` made it there."""
    root = settings.enrol.root_file
    found = None if root is None else root.with_name("openssl.cnf")
    return {"OPENSSL_CONF": str(found)} if found is not None and found.exists() else {}


def main() -> None:
    """Run the hub as systemd starts it: `hearth run` without the other commands' libraries."""
    carried_out(lambda: typer.run(run))


if __name__ == "__main__":
    main()

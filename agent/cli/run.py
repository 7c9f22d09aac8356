"""`hearth run`: the agent itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    from agent.start import start  # noqa: PLC0415 - other commands must not pay for it

    start(config, wordy=verbose)

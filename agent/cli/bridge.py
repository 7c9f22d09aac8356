"""`hearth bridge`: the care team's end of the broker."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()

_DEFAULT = Path("/etc/hearth/bridge.toml")
_KEY = Path("/etc/hearth/bridge.key")


@app.callback(invoke_without_command=True)
def bridge(
    context: typer.Context,
    *,
    config: Annotated[Path, typer.Option(help="The bridge's settings.")] = _DEFAULT,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
) -> None:
    """Take hubs' sealed requests from the broker, make them, seal the server's answers.

    Any number of bridges may run side by side; they keep nothing. Ctrl-C stops this one.

    For example: hearth bridge --config bridge.toml
    """
    if context.invoked_subcommand is not None:
        return
    from agent import bridge as program  # noqa: PLC0415 - other commands must not pay for it
    from config.bridge import load_bridge  # noqa: PLC0415 - the same

    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose or "INVOCATION_ID" in os.environ else logging.WARNING,
        format="%(levelname)s %(name)s %(message)s",
    )
    program.run(load_bridge(config))


@app.command("key")
def key(
    *,
    file: Annotated[Path, typer.Option(help="Where the private key is, or shall be.")] = _KEY,
    show: Annotated[bool, typer.Option(help="Only print the public key of the one there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Make the bridge's key and print its public half, which goes into every hub's settings.

    For example: hearth bridge key --show
    """
    from agent import bridge as program  # noqa: PLC0415 - other commands must not pay for it

    public = program.read_key(file).public.hex() if show else program.make_key(file)
    typer.echo(json.dumps({"public_key": public}) if as_json else public)

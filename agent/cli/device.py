"""`hearth device`: the meters Hearth can read, and those of this home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from vitals.errors import HubError

app = typer.Typer(help="The meters Hearth can read, and those of this home.", no_args_is_help=True)

_DEFAULT = Path("/etc/hearth/hearth.toml")


@app.command("list")
def show(
    *,
    supported: Annotated[
        bool,
        typer.Option("--supported", help="All meters there are drivers for, and for which not."),
    ] = False,
    config: Annotated[Path, typer.Option(help="The hub's settings.")] = _DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the meters of this home, or with --supported every meter Hearth can read.

    "Proof" says how far a driver was proved: spec (by the book), captured (somebody's published
    frames decode to what their display showed), bench (ours, with the device in hand).

    For example: hearth device list --supported
    """
    from agent import device_list  # noqa: PLC0415 - other commands must not pay for the drivers

    if supported:
        found = device_list.supported()
    else:
        from config.load import load  # noqa: PLC0415 - the same

        settings = load(config)
        try:
            paired = device_list.paired_here(settings)
        except HubError as error:
            typer.echo(f"Paired meters could not be looked up. {error.fix}", err=True)
            paired = []
        found = device_list.of_home(settings, paired)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for line in device_list.in_words(found):
        typer.echo(line)

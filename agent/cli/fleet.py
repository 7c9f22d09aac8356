"""`hearth fleet`: what the care team does for all its hubs, on a machine of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="All hubs of a clinic, from a machine of its care team.", no_args_is_help=True
)

_FILE = Path("signing.key")


@app.command("key")
def key(
    *,
    file: Annotated[Path, typer.Option(help="Where the private key is, or shall be.")] = _FILE,
    show: Annotated[bool, typer.Option(help="Only print the public key of the one there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a signing key, for hubs without a clinic.

    Its public half is printed; hubs trust it by hub.signers. A clinic of `hearth fleet init` has
    such keys already. Whoever has the file can change every hub's settings: keep it off the hubs
    and the bridge.

    For example: hearth fleet key --file signing.key
    """
    from agent import fleet_settings  # noqa: PLC0415 - other commands must not pay for it

    public = fleet_settings.read_key(file).public.hex() if show else fleet_settings.make_key(file)
    typer.echo(json.dumps({"public": public}) if as_json else public)

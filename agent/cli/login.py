"""`hearth login`: the key by which a hub or a bridge logs in at the FHIR server."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The key for logging in at a FHIR server (SMART Backend Services).")

_FILE = Path("/etc/hearth/login.pem")


class Algorithm(Enum):
    """The two that SMART App Launch 2.2.0 names."""

    ES384 = "ES384"
    RS384 = "RS384"


@app.command("key")
def key(
    *,
    file: Annotated[Path, typer.Option(help="Where the private key is, or shall be.")] = _FILE,
    algorithm: Annotated[
        Algorithm, typer.Option(help="RS384 only for a server that does not know ES384.")
    ] = Algorithm.ES384,
    show: Annotated[bool, typer.Option(help="Only print the public key of the one there.")] = False,
) -> None:
    """Make a login key and print its public half as JSON, for the server's administrator.

    Register what is printed (a JSON Web Key Set) at the server, and write the client id you are
    given, and the key's file, into the settings: fhir.login_client_id and fhir.login_key_file.

    For example: hearth login key --file login.pem
    """
    from agent import logins  # noqa: PLC0415 - other commands must not pay for it

    made = logins.read(file) if show else logins.make(file, algorithm.value)
    typer.echo(json.dumps({"keys": [made.public()]}, indent=2))

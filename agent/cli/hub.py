"""`hearth hub`: what is done to a hub as a whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.readings import ConfigOption, JsonOption
from agent.cli.run import DEFAULT_CONFIG

if TYPE_CHECKING:  # other commands must not pay for it
    from config.schema import Config

app = typer.Typer(help="What is done to a hub as a whole.", no_args_is_help=True)

CredentialOption = Annotated[
    Path, typer.Option(help="The sealed hub key, where the service is given one.")
]
OperatorOption = Annotated[
    str, typer.Option("--operator", help="Who does it; your login if left out.", show_default=False)
]
CREDENTIAL = Path("/etc/hearth/hub-key.cred")


@app.command("rekey")
def rekey(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    credential: CredentialOption = CREDENTIAL,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give the hub a new key, while it runs; no reading is touched.

    From then on the old key opens nothing of the present store, and new readings are sealed under
    new data keys. It may be run again after a power cut at any moment. The key itself is never
    shown. An older copy of the store still opens with the older key: destroy such copies.

    For example: sudo hearth hub rekey
    """
    from agent import keepers, operators, rekey  # noqa: PLC0415 - as in the other commands
    from config import load  # noqa: PLC0415 - the same

    settings = load.load(config)
    keeper = keepers.keeper(settings.hub.state_dir, credential)
    new = rekey.new_key()
    keeper.stage(new)
    who = operators.operator(os.environ, operator)
    present = keeper.read()
    asked(settings, present, {"do": "rekey", "key": new.hex(), "by": who})
    keeper.promote()
    asked(settings, new, {"do": "rekeyed", "by": who})
    said = "The hub has a new key. The old one opens nothing of this store any more."
    typer.echo(json.dumps({"rekeyed": True}) if as_json else said)


def asked(settings: Config, key: bytes, question: dict[str, Any]) -> dict[str, Any]:
    """Ask the running hub, or do it here, with this key, when none runs."""
    from agent import desk, offline  # noqa: PLC0415 - as in the other commands

    answer = desk.ask(settings.hub.state_dir, question)
    if answer is not None:
        return answer
    with offline.opened(settings, key=key) as answers:
        return answers(question)

"""`hearth fleet machine`: the care team's machines that may sign for hubs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.fleet_keep import opened_for
from agent.cli.fleet_make import CLINIC, ClinicOption, JsonOption, OperatorOption
from agent.cli.passphrase import PassphraseOption, passphrase
from agent.cli.patience import counting

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.fleet.clinic import Clinic

app = typer.Typer(help="The care team's machines that may sign for hubs.", no_args_is_help=True)

NameOption = Annotated[str, typer.Option("--name", help="How the machine is called.")]
OutOption = Annotated[Path, typer.Option("--out", help="The file to carry over.")]


@app.command("list")
def list_(
    *, clinic: ClinicOption = CLINIC, operator: OperatorOption = "", as_json: JsonOption = False
) -> None:
    """List the machines that may sign settings for this clinic's hubs.

    For example: hearth fleet machine list
    """
    opened = opened_for(clinic, operator, "viewer")
    known = opened.roster()
    own = opened.config.clinic.machine
    if as_json:
        rows = [{"name": name, "public": key} for name, key in known.signers]
        typer.echo(json.dumps({"version": known.version, "machines": rows}, indent=1))
        return
    for name, key in known.signers:
        typer.echo(f"{name:<20} {key[:16]}…{'  (this one)' if name == own else ''}")


@app.command("ask")
def ask(
    folder: Annotated[Path, typer.Argument(help="Where the clinic's folder shall be.")] = CLINIC,
    *,
    name: NameOption,
    out: OutOption = Path("machine-request.json"),
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """On a new machine: make its signing key, and a file that asks to be let in.

    For example: hearth fleet machine ask --name second
    """
    from agent.fleet import machines  # noqa: PLC0415 - other commands must not pay for it

    words = passphrase(passphrase_file, new=True)
    out.write_text(machines.ask(folder, name=name, passphrase=words), encoding="utf-8")
    said = f"Carry {out} to the clinic's first machine; there: hearth fleet machine add {out}"
    typer.echo(json.dumps({"request": str(out)}) if as_json else said)


@app.command("add")
def add(  # noqa: PLR0913 - each is an option of its own
    request: Annotated[Path, typer.Argument(help="The file that the new machine made.")],
    *,
    out: OutOption = Path("machine-welcome.json"),
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """On the first machine: put a new machine on the list of signers, and tell every hub.

    For example: hearth fleet machine add machine-request.json
    """
    from agent.fleet import machines  # noqa: PLC0415 - other commands must not pay for it

    opened = opened_for(clinic, operator, "admin")
    text = machines.text_of(request)
    secret = opened.secret(passphrase(passphrase_file))
    name, welcome = machines.add(opened, text, secret=secret)
    out.write_text(welcome, encoding="utf-8")
    opened.trail().note(by=opened.operator, what="machine-added", why=name)
    told = _sent(opened)
    said = (
        f"{name} may sign. {told} hubs are told.\n"
        f"Carry {out} back; there: hearth fleet machine join {out}\n"
        f"It shows this clinic's pin; compare it: {machines.pin_of(opened)}"
    )
    typer.echo(json.dumps({"name": name, "hubs": told}) if as_json else said)


@app.command("join")
def join(
    welcome: Annotated[Path, typer.Argument(help="The file that the first machine made.")],
    *,
    clinic: ClinicOption = CLINIC,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """On the new machine: take in the clinic; from then on it invites and signs.

    For example: hearth fleet machine join machine-welcome.json
    """
    from agent import operators  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import clinic as at  # noqa: PLC0415 - the same
    from agent.fleet import machines  # noqa: PLC0415 - the same

    machines.join(clinic, machines.text_of(welcome))
    opened = at.opened(clinic, operators.operator(os.environ, operator))
    opened.trail().note(by=opened.operator, what="machine-joined")
    pin = machines.pin_of(opened)
    own = f"This machine is {opened.config.clinic.machine} of {opened.tenant}."
    said = f"{own} The clinic's pin: {pin}"
    typer.echo(json.dumps({"tenant": opened.tenant, "pin": pin}) if as_json else said)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="As hearth fleet machine list shows it.")],
    *,
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take a machine off the list of signers, and tell every hub: what it signs counts no more.

    For example: hearth fleet machine remove second
    """
    from agent.fleet import machines  # noqa: PLC0415 - other commands must not pay for it

    opened = opened_for(clinic, operator, "admin")
    secret = opened.secret(passphrase(passphrase_file))
    machines.remove(opened, name, secret=secret)
    opened.trail().note(by=opened.operator, what="machine-removed", why=name)
    told = _sent(opened)
    said = f"{name} may sign no more. {told} hubs are told; each obeys as soon as it has heard."
    typer.echo(json.dumps({"name": name, "hubs": told}) if as_json else said)


@app.command("send")
def send(
    *, clinic: ClinicOption = CLINIC, operator: OperatorOption = "", as_json: JsonOption = False
) -> None:
    """Tell every hub which machines may sign; it may be done again at any time.

    For example: hearth fleet machine send
    """
    told = _sent(opened_for(clinic, operator, "admin"))
    typer.echo(json.dumps({"hubs": told}) if as_json else f"{told} hubs are told.")


def _sent(opened: Clinic) -> int:
    """Put the list of signers on the server for every hub that is not revoked."""
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import act, machines  # noqa: PLC0415 - the same

    with counting("Telling the hubs") as tell, opened.line() as line:
        desk = act.Desk(clinic=opened, line=line, now=HubClock()().at)
        told = machines.tell(desk, tell)
        opened.trail().send(line.link)
    return told

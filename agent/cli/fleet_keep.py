"""`hearth fleet sheet`, `restore`, `certificates` and `machine`: what keeps a clinic alive."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.fleet_make import CLINIC, ClinicOption, JsonOption, OperatorOption, app
from agent.cli.passphrase import PassphraseOption, passphrase
from agent.cli.patience import patience
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.fleet.clinic import Clinic

__all__ = ["app"]

machine = typer.Typer(help="The care team's machines that may sign for hubs.", no_args_is_help=True)

NameOption = Annotated[str, typer.Option("--name", help="How the machine is called.")]
OutOption = Annotated[Path, typer.Option("--out", help="The file to carry over.")]


def _opened(folder: Path, operator: str, role: str) -> Clinic:
    from agent import operators  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import clinic as at  # noqa: PLC0415 - the same

    opened = at.opened(folder, operators.operator(os.environ, operator))
    opened.allow(role)
    return opened


@app.command("sheet")
def sheet(
    *,
    clinic: ClinicOption = CLINIC,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print the backup sheet: the clinic's secret, locked, on paper. Put it in a safe.

    With the sheet and the passphrase the clinic can be made again on another machine (hearth fleet
    restore), and its hubs go on. Either alone opens nothing: keep them apart.

    For example: hearth fleet sheet | lp
    """
    from agent.fleet import clinic as at  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import machines, paper, sheets  # noqa: PLC0415 - the same

    opened = _opened(clinic, operator, "admin")
    lines = sheets.lines(at.octets_of(opened.folder / at.SECRET))
    opened.trail().note(by=opened.operator, what="sheet-printed")
    if as_json:
        typer.echo(json.dumps({"tenant": opened.tenant, "lines": lines}, indent=1))
        return
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    code = paper.qr("".join(line[1:].replace(" ", "") for line in lines), coloured=coloured)
    for line in sheets.in_words(opened, lines, code, pin=machines.pin_of(opened)):
        typer.echo(line)


@app.command("restore")
def restore(  # noqa: PLR0913 - each is an option of its own
    folder: Annotated[Path, typer.Argument(help="Where the clinic's folder shall be.")] = CLINIC,
    *,
    settings: Annotated[
        Path | None,
        typer.Option(help="A copy of clinic.toml, if there is one.", show_default=False),
    ] = None,
    fhir: Annotated[str, typer.Option(help="Else: the FHIR server, as on the sheet.")] = "",
    bridge: Annotated[str, typer.Option(help="Else: HOST[:PORT] of the bridge.")] = "",
    broker: Annotated[str, typer.Option(help="Else: HOST[:PORT] of the broker.")] = "",
    name: Annotated[str, typer.Option(help="Else: the clinic's short name.")] = "clinic",
    lines_file: Annotated[
        Path | None,
        typer.Option(help="Read the sheet's lines there; asked for if left out."),
    ] = None,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make a lost clinic again from its backup sheet: the same root, so its hubs go on.

    It asks for the sheet's lines, one by one, and tells at once which is mistyped; then for the
    passphrase. This machine signs with a new key: tell the hubs with hearth fleet machine send.

    For example: hearth fleet restore clinic --settings clinic.toml
    """
    from agent import operators  # noqa: PLC0415 - other commands must not pay for it
    from agent.clock import HubClock  # noqa: PLC0415 - the same
    from agent.fleet import clinic as at  # noqa: PLC0415 - the same
    from agent.fleet import found, sheets  # noqa: PLC0415 - the same
    from sync import locked  # noqa: PLC0415 - the same

    who = operators.operator(os.environ, operator)
    config = found.known(settings, fhir=fhir, bridge=bridge, broker=broker, name=name, admin=who)
    found.checked(folder, config)
    octets = _typed() if lines_file is None else sheets.read(_lines(lines_file))
    words = passphrase(passphrase_file)
    secret = locked.unlock(octets, words)
    with patience("Making the clinic's keys again"):
        now = HubClock()().at
        found.made(
            folder, config, secret=secret, passphrase=words, now=now, version=int(now.timestamp())
        )
        at.opened(folder, who).trail().note(by=who, what="clinic-restored")
    said = f"The clinic {config.clinic.tenant} is in {folder} again. Its hubs believe it as before."
    more = (
        f"Next: hearth fleet machine send --clinic {folder}   (this machine signs with a new key)"
    )
    typer.echo(json.dumps({"clinic": str(folder)}) if as_json else f"{said}\n{more}")


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise HubError(
            f"{file} cannot be read ({type(error).__name__}).",
            fix="Name a file with the sheet's numbered lines, or leave it out and type them.",
            code="FLEET-18",
        ) from None


def _typed() -> bytes:
    from agent.fleet import sheets  # noqa: PLC0415 - other commands must not pay for it

    octets = b""
    for number in range(1, sheets.LINES + 1):
        while True:
            try:
                octets += sheets.read_line(number, typer.prompt(f"Line {number}", err=True))
                break
            except HubError as error:
                if not sys.stdin.isatty():
                    raise
                typer.echo(f"{error.message} {error.fix}", err=True)
    return octets


@app.command("certificates")
def certificates(
    *,
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make the kits of broker and bridge anew: their certificates last one year.

    Hubs renew theirs by themselves and need nothing of this.

    For example: hearth fleet certificates
    """
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import clinic as at  # noqa: PLC0415 - the same
    from agent.fleet import found  # noqa: PLC0415 - the same

    opened = _opened(clinic, operator, "admin")
    secret = opened.secret(passphrase(passphrase_file))
    found.kits_again(opened, secret=secret, now=HubClock()().at)
    opened.trail().note(by=opened.operator, what="kits-made")
    broker, bridge = opened.folder / at.BROKER, opened.folder / at.BRIDGE
    said = {"broker": str(broker), "bridge": str(bridge)}
    words = (
        f"New certificates for a year: move {broker} and {bridge} to their machines, and restart."
    )
    typer.echo(json.dumps(said) if as_json else words)


@machine.command("list")
def list_(
    *, clinic: ClinicOption = CLINIC, operator: OperatorOption = "", as_json: JsonOption = False
) -> None:
    """List the machines that may sign settings for this clinic's hubs.

    For example: hearth fleet machine list
    """
    opened = _opened(clinic, operator, "viewer")
    known = opened.roster()
    own = opened.config.clinic.machine
    if as_json:
        rows = [{"name": name, "public": key} for name, key in known.signers]
        typer.echo(json.dumps({"version": known.version, "machines": rows}, indent=1))
        return
    for name, key in known.signers:
        typer.echo(f"{name:<20} {key[:16]}…{'  (this one)' if name == own else ''}")


@machine.command("ask")
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


@machine.command("add")
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

    opened = _opened(clinic, operator, "admin")
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


@machine.command("join")
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


@machine.command("remove")
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

    opened = _opened(clinic, operator, "admin")
    secret = opened.secret(passphrase(passphrase_file))
    machines.remove(opened, name, secret=secret)
    opened.trail().note(by=opened.operator, what="machine-removed", why=name)
    told = _sent(opened)
    said = f"{name} may sign no more. {told} hubs are told; each obeys as soon as it has heard."
    typer.echo(json.dumps({"name": name, "hubs": told}) if as_json else said)


@machine.command("send")
def send(
    *, clinic: ClinicOption = CLINIC, operator: OperatorOption = "", as_json: JsonOption = False
) -> None:
    """Tell every hub which machines may sign; it may be done again at any time.

    For example: hearth fleet machine send
    """
    told = _sent(_opened(clinic, operator, "admin"))
    typer.echo(json.dumps({"hubs": told}) if as_json else f"{told} hubs are told.")


def _sent(opened: Clinic) -> int:
    """Put the list of signers on the server for every hub that is not revoked."""
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import act, machines  # noqa: PLC0415 - the same

    with patience("Telling the hubs"), opened.line() as line:
        desk = act.Desk(clinic=opened, line=line, now=HubClock()().at)
        told = machines.tell(desk)
        opened.trail().send(line.link)
    return told

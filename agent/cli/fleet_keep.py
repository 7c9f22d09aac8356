"""`hearth fleet sheet`, `restore` and `certificates`: what keeps a clinic alive."""

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
    from agent.fleet.servers import Held

__all__ = ["app", "opened_for"]


def opened_for(folder: Path, operator: str, role: str) -> Clinic:
    """Open a clinic for one who may do what this role may; raises HubError FLEET-11, FLEET-12."""
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

    opened = opened_for(clinic, operator, "admin")
    lines = sheets.lines(at.octets_of(opened.folder / at.SECRET))
    opened.trail().note(by=opened.operator, what="sheet-printed")
    if as_json:
        typer.echo(json.dumps({"tenant": opened.tenant, "lines": lines}, indent=1))
        return
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    code = paper.qr("\n".join(line.replace(" ", "") for line in lines), coloured=coloured)
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
    bridge_keys: Annotated[
        int, typer.Option(min=1, help="Else: how many keys the bridge has had, as on the sheet.")
    ] = 1,
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
    config = found.known(
        settings,
        fhir=fhir,
        bridge=bridge,
        broker=broker,
        name=name,
        admin=who,
        keys=bridge_keys,
    )
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
    show: Annotated[
        bool, typer.Option("--show", help="Only tell how long each lasts; asks both servers.")
    ] = False,
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make new certificates for broker and bridge: they last one year.

    hearth fleet list says so thirty days before one ends. Nothing is asked of any hub: the names
    and the authority stay the same. Hubs renew their own by themselves.

    For example: hearth fleet certificates --show
    """
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import found, servers  # noqa: PLC0415 - the same

    opened = opened_for(clinic, operator, "viewer" if show else "admin")
    now = HubClock()().at
    if not show:
        secret = opened.secret(passphrase(passphrase_file))
        found.kits_again(opened, secret=secret, now=now)
        opened.trail().note(by=opened.operator, what="kits-made")
    with patience("Asking broker and bridge"):
        held = servers.held(opened)
    if as_json:
        rows = [{"name": one.name, "ends": one.ends.isoformat(), **_said(one)} for one in held]
        typer.echo(json.dumps({"made": not show, "certificates": rows}, indent=1))
        return
    if not show:
        typer.echo("\n".join(found.renewed(opened)))
    typer.echo("\n".join(servers.in_words(held)))


def _said(one: Held) -> dict[str, bool]:
    return {"shown": one.shown, "newer": one.newer}

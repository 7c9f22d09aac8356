"""`hearth fleet note`, `settings` and `revoke`: what the care team does to one hub."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.fleet_look import HubArgument, app, opened, seen
from agent.cli.fleet_make import CLINIC, ClinicOption, JsonOption, OperatorOption
from agent.cli.passphrase import PassphraseOption, passphrase
from agent.cli.patience import counting, patience
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.fleet.act import Desk
    from agent.fleet.clinic import Clinic

__all__ = ["app"]

_KEY = Path("signing.key")
_YES = Annotated[bool, typer.Option("--yes", help="Do not ask: a program does it.")]


@app.command("note")
def note(
    hub: HubArgument,
    text: Annotated[
        str, typer.Argument(help="What the next one should know; - reads it from stdin.")
    ],
    *,
    clinic: ClinicOption = CLINIC,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write a note about a hub for the next one.

    No patient's name, no value. It stands on the FHIR server with your name and the time; hearth
    fleet show prints the last.

    For example: hearth fleet note hub-7kq2mf "Son brings a new adapter on Monday."
    """
    from agent.fleet import act  # noqa: PLC0415 - other commands must not pay for it

    with at_desk(opened(clinic, operator, "nurse")) as desk:
        made = act.note(desk, hub, sys.stdin.read() if text == "-" else text)
    done = {"hub": hub, "by": made.by, "at": made.at, "text": made.text}
    typer.echo(json.dumps(done) if as_json else f"Noted by {made.by}.")


@app.command("settings")
def settings(  # noqa: PLR0913 - each is an option of its own
    file: Annotated[Path, typer.Argument(help="The hub's new settings (TOML).")],
    *,
    send: Annotated[
        bool, typer.Option("--send", help="Sign with the clinic's key, and put it on the server.")
    ] = False,
    key_file: Annotated[Path, typer.Option(help="Without --send: the signing key.")] = _KEY,
    patient: Annotated[
        str, typer.Option(help="Without --send: print the whole Task for this patient.")
    ] = "",
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Sign new settings for a hub, and send them.

    They count under that hub's next version, for the hub that they name.
    With --send they go to the FHIR server at once. Without, what is printed goes into a Task with
    the code hub-settings, as the input named settings; with --patient the whole Task is printed.
    The hub takes it within a minute, tells what became of it (Communication?based-on=Task/...), and
    starts anew with it.

    For example: hearth fleet settings hub-1.toml --send
    """
    from agent import fleet_settings  # noqa: PLC0415 - other commands must not pay for it

    if not send:
        signed = fleet_settings.signed(file, key_file=key_file)
        typer.echo(fleet_settings.task(signed, patient=patient) if patient else signed)
        return
    from agent.fleet import act  # noqa: PLC0415 - as above
    from config.load import parse  # noqa: PLC0415 - the same

    at = opened(clinic, operator, "nurse")
    text = _text(file)
    hub = parse(text, source=str(file)).hub.id  # a mistake is told before the passphrase is asked
    key = at.signing_key(passphrase(passphrase_file))
    with at_desk(at) as desk:
        task, version = act.settings(desk, hub, text, key)
    if as_json:
        typer.echo(json.dumps({"hub": hub, "task": f"Task/{task}", "version": version}))
        return
    typer.echo(f"Settings {version} are on the server; hub {hub} takes them within a minute.")
    typer.echo(f"What becomes of them: Communication?based-on=Task/{task}")


@app.command("revoke")
def revoke(  # noqa: PLR0913 - each is an option of its own
    hub: HubArgument,
    *,
    why: Annotated[str, typer.Option(help="Why, in a few words; no patient's name.")] = "",
    yes: _YES = False,
    clinic: ClinicOption = CLINIC,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take a hub back: it reaches you no more.

    No bridge answers it, and it gets no new certificate. What it has not sent stays on it and does
    not reach you. To have that first, reset it at home (hearth hub reset sends before it wipes), or
    wait until hearth fleet show says nothing waits.

    For example: hearth fleet revoke hub-7kq2mf --why "stolen"
    """
    from agent.fleet import act, words  # noqa: PLC0415 - other commands must not pay for it

    at = opened(clinic, operator, "nurse")
    row, now = seen(at, hub)
    if not yes:
        for line in words.lost(row, now):
            typer.echo(line, err=True)
        typed = typer.prompt("Type the hub's name to go on", err=True)
        if typed.strip() != hub:
            raise HubError(
                "That is not the hub's name; nothing was done.",
                fix=f"Type {row.hub} to take it back.",
                code="FLEET-36",
            )
    with at_desk(at) as desk:
        done = act.revoke(desk, hub, why)
    if as_json:
        unsent = None if row.report is None else row.report.waiting + row.report.parked
        typer.echo(json.dumps({"hub": hub, "revoked": done.since, "by": done.by, "unsent": unsent}))
        return
    for line in words.revoked(done):
        typer.echo(line)


@app.command("rotate")
def rotate(  # noqa: PLR0913 - each is an option of its own
    hub: Annotated[
        str, typer.Argument(help="As hearth fleet list shows it.", show_default=False)
    ] = "",
    *,
    bridge: Annotated[
        bool, typer.Option("--bridge", help="Instead: make a new key for the bridges.")
    ] = False,
    tell: Annotated[
        bool, typer.Option("--tell", help="With --bridge, afterwards: tell every hub.")
    ] = False,
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Have a hub make a new key for itself; or make a new one for the bridges.

    A hub gets a new certificate for its key, and goes on working meanwhile. The key that seals
    readings on the hub is changed at the hub: sudo hearth hub rekey. Data keys change by
    themselves, every day. To the bridges' key hubs seal what they send: make it, carry it to every
    bridge, then tell the hubs. What was sealed to the old one still opens.

    For example: hearth fleet rotate hub-7kq2mf
    """
    if bridge:
        _rotate_bridge(clinic, operator, passphrase_file, tell=tell, as_json=as_json)
        return
    if not hub or tell:
        raise HubError(
            "Whose key is it?",
            fix="Name a hub (hearth fleet rotate HUB), or the bridges: --bridge.",
            code="FLEET-40",
        )
    from agent.fleet import act  # noqa: PLC0415 - other commands must not pay for it

    with at_desk(opened(clinic, operator, "nurse")) as desk:
        task = act.rotate(desk, hub)
    if as_json:
        typer.echo(json.dumps({"hub": hub, "task": f"Task/{task}"}))
        return
    typer.echo(f"Hub {hub} makes a new key as soon as it hears of this, within a minute or two.")
    typer.echo(f"What becomes of it: Communication?based-on=Task/{task}")


def _rotate_bridge(
    folder: Path, operator: str, passphrase_file: Path | None, *, tell: bool, as_json: bool
) -> None:
    from agent.fleet import bridge_key  # noqa: PLC0415 - other commands must not pay for it

    at = opened(folder, operator, "admin")
    secret = at.secret(passphrase(passphrase_file))
    if not tell:
        at = bridge_key.made(at, secret)
        number, file = at.config.bridge.keys, at.folder / "bridge" / "bridge.key"
        at.trail().note(by=at.operator, what="bridge-key-made", why=f"number {number}")
        if as_json:
            typer.echo(json.dumps({"key": number, "file": str(file)}))
            return
        typer.echo(f"1. Carry {file} to every bridge, over the one there;")
        typer.echo("   then there: systemctl restart hearth-bridge")
        typer.echo("2. When all have it: hearth fleet rotate --bridge --tell")
        typer.echo("3. Print the backup sheet anew (hearth fleet sheet): it counts the keys.")
        return
    from agent.clock import HubClock  # noqa: PLC0415 - as above
    from agent.fleet.act import Desk  # noqa: PLC0415 - the same

    with counting("Telling the hubs") as count, at.line() as line:
        desk = Desk(clinic=at, line=line, now=HubClock()().at)
        hubs = bridge_key.told(desk, secret, count)
        trail = at.trail()
        trail.note(by=at.operator, what="bridge-key-told", why=f"number {at.config.bridge.keys}")
        trail.send(desk.line.link)
    many = "1 hub is" if hubs == 1 else f"{hubs} hubs are"
    said = f"{many} told, and seal to the new key from now on. The old one still opens the rest."
    typer.echo(json.dumps({"hubs": hubs}) if as_json else said)


@app.command("denylist")
def denylist(
    *,
    file: Annotated[
        Path | None,
        typer.Option(help="Where to write it; the clinic's broker folder if left out."),
    ] = None,
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write the broker's list of revoked certificates.

    It takes the clinic's first machine. Bridges need none of it: they turn a revoked hub away at
    once. With it the broker lets such a hub not even connect.

    For example: hearth fleet denylist --file /etc/mosquitto/hearth/revoked.pem
    """
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import clinic as folder  # noqa: PLC0415 - the same
    from agent.fleet import deny  # noqa: PLC0415 - the same
    from sync.search import Search  # noqa: PLC0415 - the same

    at = opened(clinic, operator, "admin")
    secret = at.secret(passphrase(passphrase_file))
    with counting("Reading from the clinic's server") as tell, at.line() as line:
        search = Search(line.link, base_url=at.config.fhir.base_url, tell=tell)
        now = HubClock()().at
        gone = deny.serials(deny.known(search, at.tenant), now)
        place = file or at.folder / folder.BROKER / deny.FILE
        folder.keep(place, deny.written(at.folder, secret, gone, now))
        trail = at.trail()
        trail.note(by=at.operator, what="denylist", why=f"{len(gone)} certificates")
        trail.send(line.link)
    if as_json:
        typer.echo(json.dumps({"file": str(place), "certificates": len(gone)}))
        return
    many = f"{len(gone)} certificates that were taken back are"
    said = "1 certificate that was taken back is" if len(gone) == 1 else many
    typer.echo(f"{said} in {place}.")
    typer.echo("Put it where the broker reads it (crlfile), then: systemctl restart mosquitto")


@contextmanager
def at_desk(at: Clinic) -> Iterator[Desk]:
    """Open a line to the clinic's server, to do something on it."""
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet.act import Desk  # noqa: PLC0415 - the same

    with patience("Asking the clinic's server"), at.line() as line:
        yield Desk(clinic=at, line=line, now=HubClock()().at)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise HubError(
            f"The settings cannot be read from {file} ({type(error).__name__}).",
            fix="Name a file of settings, such as config/example.toml.",
            code="FLEET-37",
        ) from None

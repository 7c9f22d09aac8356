"""`hearth fleet init` and `invite`: a clinic of one's own, and a hub for a patient."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.fleet import app
from agent.cli.passphrase import PassphraseOption, passphrase
from agent.cli.patience import patience

if TYPE_CHECKING:  # other commands must not pay for it
    from sync.fhir.invitation import Invited
    from sync.invitation import Invitation

__all__ = ["app"]

CLINIC = Path("clinic")
_BRIDGE_PORT, _BROKER_PORT = 8443, 8883
ClinicOption = Annotated[Path, typer.Option("--clinic", help="The clinic's folder.")]
OperatorOption = Annotated[
    str, typer.Option("--operator", help="Who does it; your login if left out.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command("init")
def init(  # noqa: PLR0913 - each is an option of its own
    folder: Annotated[Path, typer.Argument(help="Where the clinic's folder shall be.")] = CLINIC,
    *,
    fhir: Annotated[str, typer.Option(help="Base address of the clinic's FHIR server.")],
    bridge: Annotated[str, typer.Option(help="HOST[:PORT] where hubs reach the bridge.")],
    broker: Annotated[
        str, typer.Option(help="HOST[:PORT] of the MQTT broker; the bridge's host if left out.")
    ] = "",
    name: Annotated[str, typer.Option(help="The clinic's short name, in topics.")] = "clinic",
    token_file: Annotated[
        Path | None, typer.Option(help="A bearer token for the FHIR server.", show_default=False)
    ] = None,
    timezone: Annotated[str, typer.Option(help="Where the homes are (IANA name).")] = "UTC",
    language: Annotated[str, typer.Option(help="What patients read: en, de or es.")] = "en",
    phone: Annotated[str, typer.Option(help="Whom patients call when a hub fails.")] = "",
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make a clinic: its certificate authority, its keys, and what broker and bridge need.

    Everything private is locked by one passphrase, which is asked for twice. Print the backup sheet
    next (hearth fleet sheet): without it a lost disk means visiting every hub.

    For example: hearth fleet init --fhir https://clinic.example/fhir --bridge clinic.example
    """
    from agent import operators  # noqa: PLC0415 - other commands must not pay for it
    from agent.clock import HubClock  # noqa: PLC0415 - the same
    from agent.fleet import clinic as at  # noqa: PLC0415 - the same
    from agent.fleet import found  # noqa: PLC0415 - the same
    from config.clinic import Broker, Clinic, ClinicConfig, Door, Homes, Operator  # noqa: PLC0415
    from config.schema import Fhir  # noqa: PLC0415 - the same

    who = operators.operator(os.environ, operator)
    door, door_port = found.place(bridge, _BRIDGE_PORT)
    host, port = found.place(broker or door, _BROKER_PORT)
    config = ClinicConfig(
        clinic=Clinic(tenant=name),
        fhir=Fhir(base_url=fhir, token_file=token_file.resolve() if token_file else None),
        broker=Broker(host=host, port=port),
        bridge=Door(host=door, port=door_port),
        homes=Homes(timezone=timezone, language=language, phone=phone),
        operator=(Operator(login=who, role="admin"),),
    )
    found.checked(folder, config)
    words = passphrase(passphrase_file, new=True)
    with patience("Making the clinic's keys"):
        found.made(folder, config, secret=at.new_secret(), passphrase=words, now=HubClock()().at)
        at.opened(folder, who).trail().note(by=who, what="clinic-made")
    if as_json:
        typer.echo(json.dumps({"clinic": str(folder), "tenant": name}))
        return
    for line in found.in_words(folder, config):
        typer.echo(line)


@app.command("invite")
def invite(  # noqa: PLR0913 - each is an option of its own
    *,
    patient: Annotated[
        list[str], typer.Option(help="Whose home: Patient/... on the server; more for a couple.")
    ],
    meter: Annotated[
        list[str] | None,
        typer.Option(help="A meter in that home, by the address on it; DRIVER@usb on a cable."),
    ] = None,
    ttl: Annotated[str, typer.Option(help="How long it is good: 30m, 24h, 7d.")] = "24h",
    hub: Annotated[str, typer.Option(help="A name for the hub; made up if left out.")] = "",
    label: Annotated[str, typer.Option(help="How you call it. Never a person's name.")] = "",
    language: Annotated[str, typer.Option(help="What the patient reads: en, de or es.")] = "",
    timezone: Annotated[str, typer.Option(help="Where the home is, if elsewhere.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(help="Write it there too, for a hub without network.", show_default=False),
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(help="Draw the code there too, as .png or .svg.", show_default=False),
    ] = None,
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Invite one hub into one patient's home: a code that works once, for a while.

    It is printed as text and as a QR code. Nothing of it is kept but a hash. On the hub, it is all
    that `hearth enroll` asks for.

    For example: hearth fleet invite --patient Patient/123 --meter 00:22:09:4B:1A:7C
    """
    from agent import operators  # noqa: PLC0415 - other commands must not pay for it
    from agent.clock import HubClock  # noqa: PLC0415 - the same
    from agent.fleet import clinic as at  # noqa: PLC0415 - the same
    from agent.fleet import invite as inviting  # noqa: PLC0415 - the same
    from agent.fleet import paper  # noqa: PLC0415 - the same

    opened = at.opened(clinic, operators.operator(os.environ, operator))
    opened.allow("nurse")
    wish = inviting.Wish(
        patients=tuple(patient),
        hub=hub,
        meters=tuple(meter or ()),
        ttl=ttl,
        label=label,
        language=language,
        timezone=timezone,
    )
    inviting.life(ttl)  # a slip of the hand is told before the passphrase is asked for
    key = opened.signing_key(passphrase(passphrase_file))
    with patience("Asking the clinic's server"), opened.line() as line:
        inviting.check_patients(line, wish.patients)
        invitation, entry = inviting.invite(opened, line, wish, key=key, now=HubClock()().at)
        trail = opened.trail()
        trail.note(by=opened.operator, what="invited", why=f"hub {entry.hub}")
        trail.send(line.link)
    if file is not None:
        at.keep(file, inviting.in_file(opened, invitation, entry).encode())
    if image is not None:
        paper.draw(invitation.code(), image)
    typer.echo(_json(invitation, entry) if as_json else _words(invitation, entry))


def _json(invitation: Invitation, entry: Invited) -> str:
    return json.dumps(
        {"hub": entry.hub, "expires": entry.expires, "invitation": invitation.text()}, indent=1
    )


def _words(invitation: Invitation, entry: Invited) -> str:
    from datetime import datetime  # noqa: PLC0415 - other commands must not pay for it

    from agent.fleet.paper import qr  # noqa: PLC0415 - the same

    code = qr(invitation.code(), coloured=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    until = datetime.fromisoformat(entry.expires).astimezone()
    return f"""\
Invitation for {entry.hub} ({entry.patients}). It works once, until {until:%A %d %B %H:%M}.

At the hub, run:  sudo hearth enroll
and scan this, or type the line below it.

{code}
{invitation.text()}"""

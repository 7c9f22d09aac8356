"""`hearth visit`: invites a clinician to a patient's screen, lists and cancels such visits."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from agent.cli.fleet_act import at_desk
from agent.cli.fleet_look import opened
from agent.cli.fleet_make import CLINIC, ClinicOption, JsonOption, OperatorOption
from agent.cli.passphrase import PassphraseOption, passphrase
from agent.cli.readings import ConfigOption
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

app = typer.Typer(help="Video visits to a patient's screen.", no_args_is_help=True)


@app.command("invite")
def invite(  # noqa: PLR0913 - each is an option of its own
    *,
    hub: Annotated[str, typer.Option(help="Which hub, as hearth fleet list shows it.")],
    who: Annotated[str, typer.Option(help="Who calls, as the patient reads it.")],
    role: Annotated[str, typer.Option(help="What they are, such as: Your heart nurse.")] = "",
    caller: Annotated[
        str, typer.Option(help="Their reference on the server, such as Practitioner/12.")
    ] = "",
    minutes: Annotated[int, typer.Option(help="How long the link holds, 1 to 1440.")] = 30,
    at: Annotated[
        str, typer.Option(help="From when on, such as 2026-11-30T10:00+01:00; now if left out.")
    ] = "",
    appointment: Annotated[
        bool, typer.Option("--appointment", help="Also put an Appointment on the server.")
    ] = False,
    origin: Annotated[
        str, typer.Option(help="Where browsers find the bridge; as hubs do if left out.")
    ] = "",
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make a link by which one clinician visits one patient's screen, once, for so long.

    Give it to that clinician only, by a way you trust: whoever opens it first is the one who calls.
    It is printed and kept nowhere. With --appointment the server's Appointment holds it too, for
    the care team's own system.

    For example: hearth visit invite --hub hub-7kq2mf --who "Dr. Weber"
    """
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import visits  # noqa: PLC0415 - the same

    start = _moment(at) if at else HubClock()().at
    place = opened(clinic, operator, "nurse")
    wish = visits.Wish(
        hub=hub,
        who=who,
        role=role,
        caller=caller,
        minutes=minutes,
        start=start,
        appointment=appointment,
    )
    door = place.config.bridge
    key = place.signing_key(passphrase(passphrase_file))
    with at_desk(place) as desk:
        link, planned = visits.invited(
            desk, wish, key=key, origin=origin or f"https://{door.host}:{door.port}"
        )
    if as_json:
        found = {"visit": planned.visit, "link": link, "start": planned.start, "end": planned.end}
        typer.echo(json.dumps(found | {"appointment": planned.appointment}))
        return
    typer.echo(link)
    typer.echo(f"It holds until {planned.end}, once. Visit {planned.visit}.", err=True)


@app.command("list")
def show_all(
    *, clinic: ClinicOption = CLINIC, operator: OperatorOption = "", as_json: JsonOption = False
) -> None:
    """List the visits that were invited from this machine, and what became of each.

    For example: hearth visit list
    """
    from agent.fleet import visits  # noqa: PLC0415 - other commands must not pay for it

    with at_desk(opened(clinic, operator)) as desk:
        found = list(visits.all_of(desk))
    for one, status in found:
        if as_json:
            row = {"visit": one.visit, "hub": one.hub, "who": one.who, "start": one.start}
            typer.echo(json.dumps(row | {"end": one.end, "status": status or "not opened"}))
        else:
            typer.echo(f"{one.start}  {one.visit}  {one.hub}  {one.who}: {status or 'not opened'}")
    if not found and not as_json:
        typer.echo("No visit was invited from here.")


@app.command("cancel")
def cancel(
    visit: Annotated[str, typer.Argument(help="Which visit, as hearth visit list shows it.")],
    *,
    clinic: ClinicOption = CLINIC,
    passphrase_file: PassphraseOption = None,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Cancel a visit: its link opens nothing any more, and one under way is ended.

    The hub hears of it within a minute, or when it is on again.

    For example: hearth visit cancel Jm8cQ2xPS0mB1n5yZk3t7A
    """
    from agent.fleet import visits  # noqa: PLC0415 - other commands must not pay for it

    place = opened(clinic, operator, "nurse")
    key = place.signing_key(passphrase(passphrase_file))
    with at_desk(place) as desk:
        done = visits.cancelled(desk, visit, key=key)
    said = f"Cancelled; hub {done.hub} hears of it within a minute."
    typer.echo(json.dumps({"visit": visit, "cancelled": done.cancelled}) if as_json else said)


@app.command("key")
def key(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Print this hub's public keys for visits; run it on the hub, while it runs.

    The hub tells the care team's server by itself; this shows whether both are the same.

    For example: sudo hearth visit key
    """
    from agent.desk import ask  # noqa: PLC0415 - other commands must not pay for it
    from config.load import load  # noqa: PLC0415 - the same

    found = ask(load(config).hub.state_dir, {"do": "visit-key"})
    if not found or "hub_key" not in found:
        raise HubError(
            "No hub with a screen runs here, so there are no keys for visits.",
            fix="Set screen.enabled, start the hub, and run this as its user.",
            code="VISIT-17",
        )
    keys = {name: found[name] for name in ("hub_key", "seal")}
    if as_json:
        typer.echo(json.dumps(keys))
        return
    for name, value in keys.items():
        typer.echo(f"{name} {value}")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise HubError(
            f"{text!r} is no moment with a time zone.",
            fix="Write it like 2026-11-30T10:00+01:00.",
            code="VISIT-13",
        )
    return found

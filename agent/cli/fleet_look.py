"""`hearth fleet list` and `show`: which hubs need a person, and why."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.fleet_make import CLINIC, ClinicOption, JsonOption, OperatorOption, app
from agent.cli.patience import counting, shares
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.fleet.clinic import Clinic
    from agent.fleet.look import Row

__all__ = ["HubArgument", "app", "opened", "seen"]

HubArgument = Annotated[str, typer.Argument(help="The hub's name, as hearth fleet list shows it.")]


@app.command("list")
def show_all(  # noqa: PLR0913 - each is an option of its own
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also the hubs that are well.")] = False,
    hub: Annotated[
        str, typer.Option(help="Only hubs with this in their name or label.", show_default=False)
    ] = "",
    patient: Annotated[
        str, typer.Option(help="Only hubs of this patient, as Patient/123.", show_default=False)
    ] = "",
    state: Annotated[
        str, typer.Option(help="Only hubs that are enrolled, or revoked.", show_default=False)
    ] = "",
    most: Annotated[int, typer.Option(min=1, help="Show at most so many that need a person.")] = 50,
    clinic: ClinicOption = CLINIC,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the hubs, the ones that need a person first.

    Each with what is wrong and what to do. It asks the FHIR server: every hub says there how it is,
    every quarter of an hour. With --json every hub is one line.

    For example: hearth fleet list --all
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - others need it not

    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import look, servers, words  # noqa: PLC0415 - the same
    from sync.search import Search  # noqa: PLC0415 - the same

    at = opened(clinic, operator)
    base_url = at.config.fhir.base_url
    with (
        counting("Reading from the clinic's server") as tell,
        at.line() as line,
        at.line() as second,
        ThreadPoolExecutor(1) as ahead,
    ):
        certificates = ahead.submit(servers.held, at)
        own, other = shares(tell, 2)
        search = Search(line.link, base_url=base_url, tell=own)
        beside = Search(second.link, base_url=base_url, tell=other)
        found = look.fleet(search, tenant=at.tenant, now=HubClock()().at, beside=beside)
        now = search.now or HubClock()().at
        ours = words.own(servers.needs(certificates.result(), now))
    rows = [row for row in found.rows if _wanted(row, hub=hub, patient=patient, state=state)]
    for line_ in ours:
        typer.echo(line_, err=as_json)  # a program reads one hub a line
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row.as_json()))
    else:
        typer.echo("\n".join(words.listed(rows, now, everything=everything, most=most)))
    if found.unread:
        said = "1 entry of the register is" if found.unread == 1 else f"{found.unread} entries are"
        typer.echo(f"{said} not in a form that this version reads.", err=True)


@app.command("show")
def show_one(
    hub: HubArgument,
    *,
    clinic: ClinicOption = CLINIC,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of one hub.

    What it needs, what waits on it, its meters, radio, clock, certificate and key, the last note.

    For example: hearth fleet show hub-7kq2mf
    """
    from agent.fleet import words  # noqa: PLC0415 - other commands must not pay for it

    row, now = seen(opened(clinic, operator), hub)
    typer.echo(json.dumps(row.as_json()) if as_json else "\n".join(words.shown(row, now)))


def opened(folder: Path, operator: str, role: str = "viewer") -> Clinic:
    """Open the clinic, and see that whoever sits here may do this."""
    from agent import operators  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import clinic  # noqa: PLC0415 - the same

    found = clinic.opened(folder, operators.operator(os.environ, operator))
    found.allow(role)
    return found


def seen(at: Clinic, hub: str) -> tuple[Row, datetime]:
    """Return what is known of one hub, and the server's time; raises HubError FLEET-30."""
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import look  # noqa: PLC0415 - the same
    from sync.search import Search  # noqa: PLC0415 - the same

    with counting("Asking the clinic's server") as tell, at.line() as line:
        search = Search(line.link, base_url=at.config.fhir.base_url, tell=tell)
        row = look.one(search, tenant=at.tenant, hub=hub, now=HubClock()().at)
        now = search.now or HubClock()().at
    if row is None:
        raise no_such_hub(hub)
    return row, now


def no_such_hub(hub: str) -> HubError:
    """Say that nobody knows this hub."""
    from agent.fleet.needs import plain  # noqa: PLC0415 - as above

    return HubError(
        f"The clinic knows no hub {plain(hub)}.",
        fix="hearth fleet list --all shows the names of all.",
        code="FLEET-30",
    )


def _wanted(row: Row, *, hub: str, patient: str, state: str) -> bool:
    named = hub.lower() in f"{row.hub} {row.label}".lower()
    return named and (not patient or patient in row.patients) and state in {"", row.state}

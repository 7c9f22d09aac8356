"""`hearth audit`: who did what at this hub, and whether the trail is whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.readings import ConfigOption, JsonOption, open_store
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from sync.audit import Event, Fault

app = typer.Typer(help="The audit trail: who did what at this hub.", no_args_is_help=True)


@app.command("show")
def show(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show who did what at this hub, oldest first. It names rows, never patients or values.

    With --json each line is one event, as `hearth audit verify --file` reads it.

    For example: sudo hearth audit show --json > trail.jsonl
    """
    from agent.audit import Trail  # noqa: PLC0415 - other commands must not pay for it

    with open_store(config) as store:
        trail = Trail(store)
        sent, count = trail.sent(), trail.head()[0]
        for number, event in enumerate(trail.events(), trail.first()):
            if as_json:
                typer.echo(json.dumps(None if event is None else asdict(event)))
            else:
                typer.echo(_line(number, event, sent=number < sent))
    if not as_json:
        typer.echo(f"{count} events, {sent} of them at the care team's server")


@app.command("verify")
def verify(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    file: Annotated[
        Path | None,
        typer.Option(help="A kept copy of `audit show --json` instead of this hub's own trail."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check that no event was cut out, edited or put elsewhere. Exit status 1 when one was.

    In a copy nobody can see that its end was cut off: compare its last hash with the server's.

    For example: hearth audit verify --file trail.jsonl
    """
    faults, count, newest = _checked_file(file) if file is not None else _checked_store(config)
    if as_json:
        named = [{"event": fault.number, "what": fault.what} for fault in faults]
        typer.echo(json.dumps({"events": count, "newest": newest, "faults": named}, indent=1))
    elif not faults:
        typer.echo(f"All is well: {count} events, and each follows the one before it.")
        typer.echo(f"The newest one's hash: {newest}")
    for fault in [] if as_json else faults:
        typer.echo(f"event {fault.number}: {fault.what}")
    if faults:
        raise typer.Exit(1)


def _checked_store(config: Path) -> tuple[list[Fault], int, str]:
    from agent.audit import Trail  # noqa: PLC0415 - other commands must not pay for it

    with open_store(config) as store:
        trail = Trail(store)
        count, newest = trail.head()
        return trail.faults(), count - trail.first(), newest


def _checked_file(file: Path) -> tuple[list[Fault], int, str]:
    from sync.audit import event_of, faults  # noqa: PLC0415 - the same

    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise HubError(
            f"The file {file} cannot be read: {error.strerror}.",
            fix="Name a copy that `hearth audit show --json` printed.",
            code="AUDIT-01",
        ) from None
    events = [event_of(line) for line in lines]
    known = [event for event in events if event is not None]
    first = events[0].number if events and events[0] is not None else 0
    return list(faults(events, first=first)), len(events), known[-1].hash() if known else ""


def _line(number: int, event: Event | None, *, sent: bool) -> str:
    if event is None:
        return f"{number:>6}  MISSING OR CHANGED"
    about = f" row {event.seq}" if event.seq else ""
    why = f": {event.why}" if event.why else ""
    place = "sent" if sent else "here"
    return f"{number:>6}  {event.at}  {place}  {event.by}  {event.what}{about}{why}"

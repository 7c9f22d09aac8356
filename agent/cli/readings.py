"""`hearth readings`: look into the outbox, also while the hub runs."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.patience import patience
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for the store's ciphers
    from sync.outbox import OutboxView

app = typer.Typer(
    name="readings",
    help="Look into the store of readings. Values are shown only when asked for.",
    no_args_is_help=True,
)

ConfigOption = Annotated[Path, typer.Option(help="The hub's settings.", show_default=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class Wanted(StrEnum):
    """Which rows to list, in the words the list itself uses."""

    WAITING = "waiting"
    REFUSED = "refused"
    EVIDENCE = "evidence"


def open_store(config_path: Path) -> OutboxView:
    """Open the outbox of the hub with these settings, for reading only.

    Raises
    ------
    ConfigError
        When the settings are wrong.
    HubError
        When there is no key, no store, or they do not belong together.
    """
    from agent import offline  # noqa: PLC0415 - as above
    from config import load  # noqa: PLC0415 - as above

    return offline.view_of(load.load(config_path))


def _looked(config_path: Path, seq: int = 0) -> None:
    """Note that somebody is about to see what was measured."""
    from agent.cli import noting  # noqa: PLC0415 - as above
    from config import load  # noqa: PLC0415 - as above

    noting.noted(load.load(config_path), "looking", seq=seq)


@app.command("list")
def list_readings(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    values: Annotated[
        bool, typer.Option("--values", help="Show what was measured: a patient's data.")
    ] = False,
    state: Annotated[
        Wanted | None, typer.Option(help="Only rows in this state.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List what the hub still holds, oldest first: waiting, refused, or kept as evidence.

    Readings the care team's server has are gone from here.

    For example: hearth readings list --state waiting
    """
    from agent.cli import reading_text  # noqa: PLC0415 - as above

    states = [held for held, word in reading_text.STATE_WORDS.items() if state in (None, word)]
    with open_store(config) as store:
        if values:
            _looked(config)
        if as_json:
            rows = [reading_text.as_json(row, with_values=values) for row in store.entries(states)]
            typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        found: Counter[str] = Counter()
        for line in reading_text.table(store.entries(states), found, with_values=values):
            typer.echo(line)
        said = [f"{count} {word}" for word, count in found.items()] or ["nothing held"]
        typer.echo(f"{', '.join(said)}; {store.counts().acknowledged_total} sent so far")


@app.command()
def show(
    seq: Annotated[int, typer.Argument(metavar="SEQ", help="The number that `list` prints.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show one reading in full: values, times, meter, patient and raw frames.

    For example: hearth readings show 42
    """
    from agent.cli import reading_text  # noqa: PLC0415 - as above

    with open_store(config) as store:
        row = store.entry(seq)
        if row is None:
            raise HubError(
                f"There is no row {seq} in the store.",
                fix="Run: hearth readings list. A reading the server has is no longer here.",
                code="STORE-12",
            )
        _looked(config, seq)
        if as_json:
            found = reading_text.as_json(row, with_values=True)
            typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        else:
            typer.echo("\n".join(reading_text.full(row)))


@app.command()
def verify(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check every row, the chain and the keys; name each fault. Exit status 1 when there is one.

    For example: hearth readings verify --json
    """
    with patience("Checking every record"), open_store(config) as store:
        faults = store.verify()
        counts = store.counts()
    held = counts.pending + counts.parked + counts.evidence
    if as_json:
        named = [{"seq": fault.seq, "what": fault.what} for fault in faults]
        typer.echo(json.dumps({"rows": held, "faults": named}, ensure_ascii=False, indent=1))
    elif not faults:
        typer.echo(f"All is well: {held} rows, and the chain is whole.")
    for fault in [] if as_json else faults:
        typer.echo(f"row {fault.seq}: {fault.what}" if fault.seq else f"store: {fault.what}")
    if faults:
        raise typer.Exit(1)

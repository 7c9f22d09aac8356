"""`hearth bench`: what this very machine can do, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Measure this machine; prints JSON.", no_args_is_help=True)

_Readings = Annotated[int, typer.Option(min=1, max=1_000_000, help="How many readings to use.")]


@app.command("store")
def store(
    *,
    readings: _Readings = 1000,
    directory: Annotated[
        Path | None, typer.Option(help="Measure the medium this folder is on, such as an SD card.")
    ] = None,
) -> None:
    """Measure how fast readings are sealed onto the disk, one by one and in groups of 100."""
    from agent import bench  # noqa: PLC0415 - other commands must not pay for it

    typer.echo(json.dumps(bench.store(readings, directory), indent=2))


@app.command("fhir")
def fhir(*, readings: _Readings = 1000) -> None:
    """Measure how fast blood-pressure readings become FHIR resources, ready to send."""
    from agent import bench  # noqa: PLC0415 - other commands must not pay for it

    typer.echo(json.dumps(bench.fhir(readings), indent=2))

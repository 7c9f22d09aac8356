"""`hearth bench`: what this very machine can do, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from vitals.errors import HubError

app = typer.Typer(help="Measure this machine; prints JSON.", no_args_is_help=True)

_Readings = Annotated[int, typer.Option(min=1, max=1_000_000, help="How many readings to use.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("store")
def store(
    *,
    readings: _Readings = 1000,
    directory: Annotated[
        Path | None, typer.Option(help="Measure the medium this folder is on, such as an SD card.")
    ] = None,
) -> None:
    """Measure how fast readings are sealed onto the disk, one by one and in groups of 100.

    For example: hearth bench store --directory /var/lib/hearth
    """
    from agent.bench import store as bench_store  # noqa: PLC0415 - other commands must not pay for it

    typer.echo(json.dumps(bench_store.store(readings, directory), indent=2))


@app.command("fhir")
def fhir(*, readings: _Readings = 1000) -> None:
    """Measure how fast blood-pressure readings become FHIR resources, ready to send.

    For example: hearth bench fhir --readings 5000
    """
    from agent.bench import store as bench_store  # noqa: PLC0415 - other commands must not pay for it

    typer.echo(json.dumps(bench_store.fhir(readings), indent=2))


@app.command("drivers")
def drivers(
    *,
    as_json: _AsJson = False,
) -> None:
    """Measure decoding, visits to simulated meters, a room of 30 and an hour of advertisements.

    Radio, meters and hub are one process: this is software time only. Needs the [demo] extra.

    For example: hearth bench drivers --json
    """
    try:
        from agent.bench import drivers as bench_drivers  # noqa: PLC0415 - pulls in the virtual radio
    except ModuleNotFoundError as error:
        raise _no_virtual_radio(error) from error
    found = bench_drivers.run()
    _print(found, bench_drivers.in_words, as_json=as_json)


@app.command("vitals")
def vitals(
    *,
    seconds: Annotated[
        float, typer.Option(min=10, max=120, help="How long to look at a made-up sitter.")
    ] = 30.0,
    as_json: _AsJson = False,
) -> None:
    """Measure what pulse and breathing from a camera cost: time a picture, memory, first answer.

    Everything is on but the camera: pictures are made up, and making them is not counted.

    For example: hearth bench vitals --seconds 20
    """
    from agent.bench import vitals as bench_vitals  # noqa: PLC0415 - pulls in numpy and OpenCV

    found = bench_vitals.run(seconds)
    _print(found, bench_vitals.in_words, as_json=as_json)


@app.command("radio")
def radio(
    *,
    sessions: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many measurements to take under faults.")
    ] = 1000,
    as_json: _AsJson = False,
) -> None:
    """Measure how soon faults of the radio are noticed and healed, and what they cost: no reading.

    A whole hub against a simulated bluetoothd, so this is software time only. A few minutes. Needs
    dbus-daemon and the [demo] extra.

    For example: hearth bench radio --sessions 200
    """
    try:
        from agent.bench import radio as bench_radio  # noqa: PLC0415 - pulls in the virtual radio
    except ModuleNotFoundError as error:
        raise _no_virtual_radio(error) from error
    found = bench_radio.run(sessions)
    _print(found, bench_radio.in_words, as_json=as_json)


@app.command("sync")
def sync(
    *,
    scale: Annotated[
        float, typer.Option(min=0.01, max=10, help="More or fewer readings than usual.")
    ] = 1.0,
    as_json: _AsJson = False,
) -> None:
    """Measure the way up by MQTT and HTTPS: speed, a backlog, an outage, memory, wear of the disk.

    A few minutes. Needs mosquitto and the [demo] extra.

    For example: hearth bench sync --scale 0.1
    """
    from agent.bench import sync as bench_sync  # noqa: PLC0415 - other commands must not pay for it

    found = bench_sync.run(scale)
    _print(found, bench_sync.in_words, as_json=as_json)


@app.command("fleet")
def fleet(
    *,
    scale: Annotated[
        float, typer.Option(min=0.01, max=10, help="More or fewer hubs than usual.")
    ] = 1.0,
    as_json: _AsJson = False,
) -> None:
    """Measure the care team's side: 1,000 invitations, a list of 10,000 hubs, a hub's reset.

    A minute or two. Needs the [demo] extra.

    For example: hearth bench fleet --scale 0.1
    """
    from agent.bench import fleet as bench_fleet  # noqa: PLC0415 - other commands must not pay for it

    found = bench_fleet.run(scale)
    _print(found, bench_fleet.in_words, as_json=as_json)


def _print(
    found: Mapping[str, Any], in_words: Callable[[Mapping[str, Any]], list[str]], *, as_json: bool
) -> None:
    typer.echo(json.dumps(found, indent=2) if as_json else "\n".join(in_words(found)))


def _no_virtual_radio(error: ModuleNotFoundError) -> HubError:
    return HubError(
        f"The virtual radio is not installed (no {error.name}).",
        fix="Install Hearth with its [demo] extra: pip install 'hearth-hub[demo]'.",
        code="BENCH-01",
    )

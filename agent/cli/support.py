"""`hearth support`: what a support engineer needs, sealed to the clinic."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.noting import noted
from agent.cli.patience import patience
from agent.cli.readings import ConfigOption, JsonOption
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

app = typer.Typer(help="What a support engineer needs of a hub.", no_args_is_help=True)

_OWNER_ONLY = 0o600
_KEY_DIGITS = 64
_KEY = Path("/etc/hearth/bridge.key")


@app.command("bundle")
def bundle(
    *,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("hearth-support.sealed"),
    to: Annotated[
        str,
        typer.Option(
            help="The clinic's public key, 64 hex digits; mqtt.bridge_key if left out.",
            show_default=False,
        ),
    ] = "",
    show: Annotated[
        bool, typer.Option("--show", help="Print it instead, to be looked at.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Collect what a support engineer needs, sealed so that only the clinic can open it.

    No patient, no value, no address and no key is in it: settings say only whether they are set,
    and of the log only Hearth's own lines are taken. See for yourself with --show.

    For example: sudo hearth support bundle --out bundle.sealed
    """
    from agent.applied import with_applied  # noqa: PLC0415 - other commands must not pay for it
    from agent.cli.doctor import examined  # noqa: PLC0415 - the same
    from agent.clock import HubClock  # noqa: PLC0415 - the same
    from agent.doctor.place import Place  # noqa: PLC0415 - the same
    from agent.support import collect, sealed  # noqa: PLC0415 - the same

    settings = with_applied(config)
    with patience("Collecting"):
        files = collect.collected(Place(config=settings, now=HubClock()), examined(config))
    if show and as_json:
        typer.echo(json.dumps(files, indent=1))
        return
    if show:
        for name, text in files.items():
            typer.echo(f"== {name}\n{text}")
        return
    octets = sealed.sealed(files, _public(to or settings.mqtt.bridge_key))
    _write(out, octets)
    noted(settings, "bundling")
    said = f"{out}: {len(octets)} octets, for the clinic alone. Send it as an attachment."
    typer.echo(json.dumps({"file": str(out), "octets": len(octets)}) if as_json else said)


@app.command("open")
def unpack(
    file: Annotated[Path, typer.Argument(help="What `hearth support bundle` wrote.")],
    *,
    key: Annotated[Path, typer.Option(help="The file with the clinic's private key.")] = _KEY,
    into: Annotated[Path, typer.Option(help="The folder to write the files into.")] = Path(),
    as_json: JsonOption = False,
) -> None:
    """Open a bundle at the clinic, with the key whose public half it was sealed to.

    For example: hearth support open bundle.sealed --into hub-1
    """
    from agent import bridge  # noqa: PLC0415 - other commands must not pay for it
    from agent.support import sealed  # noqa: PLC0415 - the same

    try:
        octets = file.read_bytes()
    except OSError as error:
        raise _not_written(file, error) from None
    files = sealed.opened(octets, bridge.read_key(key))
    for name, text in files.items():
        _write(into / name, text.encode())
    written = [str(into / name) for name in files]
    typer.echo(json.dumps({"files": written}) if as_json else "\n".join(written))


def _public(digits: str) -> bytes:
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        octets = b""
    if len(octets) * 2 != _KEY_DIGITS or not any(octets):
        raise HubError(
            "It is not known for whom to seal the bundle.",
            fix="Ask the clinic for its public key (hearth bridge key --show) and give it as --to.",
            code="SUPPORT-01",
        )
    return octets


def _write(path: Path, octets: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
    except OSError as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError) -> HubError:
    return HubError(
        f"The file {path} cannot be read or written: {error.strerror}.",
        fix="Check the path, and that you may write there.",
        code="SUPPORT-03",
    )

"""`hearth hub reset`: takes a hub back without leaving anything on it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.hub import CREDENTIAL, CredentialOption, OperatorOption, app, asked
from agent.cli.readings import ConfigOption, JsonOption
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.holding import Held
    from agent.keepers import Keeper
    from config.schema import Config

__all__ = ["app"]

_LOOK_S = 1.0
_STOP_LIMIT_S = 60.0


@app.command("reset")
def reset(  # noqa: PLR0913 - each is an option of its own
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    abandon: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Give up exactly N unsent readings and answers for good.",
            show_default=False,
        ),
    ] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the hub to send.")] = 60.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: a program does it.")] = False,
    keep_settings: Annotated[
        bool, typer.Option("--keep-settings", help="Leave settings, certificates and login keys.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(help="Write the record there too, as JSON.", show_default=False)
    ] = None,
    credential: CredentialOption = CREDENTIAL,
    operator: OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take a hub back: send what it holds, then destroy key, store, bonds and settings.

    It refuses while the care team lacks a single reading, or an answer or photo of the patient's,
    unless you give them up by their very number. What the server has is not touched. It ends with a
    record for the file.

    For example: sudo hearth hub reset
    """
    from agent import operators, reset  # noqa: PLC0415 - as in the other commands
    from agent.keepers import keeper  # noqa: PLC0415 - the same
    from config import load  # noqa: PLC0415 - the same

    began_s = time.monotonic()
    settings = load.load(config)
    kept = keeper(settings.hub.state_dir, credential)
    who = operators.operator(os.environ, operator)
    key = _key(kept)
    held, generation = (None, "") if key is None else _drained(settings, key, who, wait)
    if held is not None:
        reset.check_abandoned(held, abandon)
    if not yes:
        _confirm(settings, held, settings_too=not keep_settings)
    _stop(settings.hub.state_dir)
    if key is not None:
        held = _counted(settings, key) or held
        if held is not None:  # the hub may have stored one more while it stopped
            reset.check_abandoned(held, abandon)
    done = reset.carry_out(
        settings,
        config,
        kept,
        held,
        who=who,
        generation=generation,
        keep_settings=keep_settings,
        began_s=began_s,
    )
    text = json.dumps(asdict(done), indent=1)
    typer.echo(text if as_json else "\n".join(reset.in_words(done)))
    if record is not None:
        _write(record, text)


def _write(record: Path, text: str) -> None:
    try:
        record.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise HubError(
            f"The hub is taken back, but its record cannot be written to {record} "
            f"({error.strerror}).",
            fix="Keep the record that is printed above: it is not made a second time.",
            code="RESET-05",
        ) from None


def _key(kept: Keeper) -> bytes | None:
    """Return the hub key; None where there is none: what is stored opens for nobody then."""
    try:
        return kept.read()
    except HubError as error:
        if error.code != "KEY-01":
            raise
        return None


def _drained(settings: Config, key: bytes, who: str, wait_s: float) -> tuple[Held | None, str]:
    """Let the running hub send what waits; return what is left."""
    from sync.outbox import FILE_NAME  # noqa: PLC0415 - as in the other commands

    if not (settings.hub.state_dir / FILE_NAME).exists():
        return None, ""
    answer = asked(settings, key, {"do": "resetting", "by": who})
    began_s = time.monotonic()
    until_s = began_s + wait_s
    while _running(settings.hub.state_dir) and (left := _left(answer)):
        if time.monotonic() > until_s:
            break
        if sys.stderr.isatty():
            past = f"{time.monotonic() - began_s:.0f} of {wait_s:.0f} s"
            typer.echo(f"\r{left}, {past} … ", err=True, nl=False)
        time.sleep(_LOOK_S)
        answer = asked(settings, key, {"do": "held"})
    return _held(answer), str(answer["generation"])


def _left(answer: dict[str, Any]) -> str:
    """Say what the hub still has to send by itself; empty for nothing."""
    numbers = {
        "readings": answer["waiting"],
        "answers": sum(answer.get("answers", {}).values()),
        "notes of the trail": answer["events_left"],
    }
    left = [f"{number} {name}" for name, number in numbers.items() if number]
    return ", ".join(left) + " still to send" if left else ""


def _held(answer: dict[str, Any]) -> Held | None:
    from agent.holding import Held  # noqa: PLC0415 - as in the other commands

    return Held.read(answer)


def _counted(settings: Config, key: bytes) -> Held | None:
    from sync.outbox import FILE_NAME  # noqa: PLC0415 - as in the other commands

    if not (settings.hub.state_dir / FILE_NAME).exists():
        return None
    return _held(asked(settings, key, {"do": "held"}))


def _confirm(settings: Config, held: Held | None, *, settings_too: bool) -> None:
    lost = "its key, its store, every paired meter" + (", its settings" if settings_too else "")
    typer.echo(f"This removes from hub {settings.hub.id} for good: {lost}.", err=True)
    if held is not None and (held.unsent or held.evidence):
        from agent.holding import counted  # noqa: PLC0415 - as in the other commands
        from agent.reset import unsent  # noqa: PLC0415 - the same

        typer.echo(
            f"Lost with it: {unsent(held)} that the care team does not have, and "
            f"{counted(held.evidence, 'frame')} kept as evidence.",
            err=True,
        )
    typed = typer.prompt("Type the hub's id to go on", err=True)
    if typed.strip() != settings.hub.id:
        raise HubError(
            "That is not this hub's id; nothing was removed.",
            fix=f"Type it as the settings have it: {settings.hub.id}.",
            code="RESET-04",
        )


def _running(state_dir: Path) -> bool:
    from agent import desk  # noqa: PLC0415 - as in the other commands

    return desk.ask(state_dir, {"do": "held"}) is not None


def _stop(state_dir: Path) -> None:
    """Stop the hub's service, if it runs, and see that it is gone."""
    if not _running(state_dir):
        return
    # Whether that worked is told by what counts: whether the hub still answers.
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            ["systemctl", "stop", "hearth.service"],  # noqa: S607 - found on PATH
            capture_output=True,
            check=True,
            timeout=_STOP_LIMIT_S,
        )
    if _running(state_dir):
        raise HubError(
            "The hub still runs; nothing was removed.",
            fix="Stop it: systemctl stop hearth, or Ctrl-C where it was started by hand.",
            code="RESET-02",
        )

"""`hearth device pair` and `forget`: a meter becomes this home's, or is it no longer."""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.device import app
from agent.cli.readings import ConfigOption, JsonOption
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from config.schema import Config

__all__ = ["app"]

Ask = Callable[[Mapping[str, Any]], dict[str, Any]]

_LOOK_S = 0.3
_WAIT_S = 0.5
_WORDS = {
    "searching": "Listening for a meter. Put it into pairing mode next to the hub.",
    "pairing": "Pairing with {title} …",
    "type-there": "Type this number on the meter: {digits}",
    "compare": "Does the meter show {digits}? [y/N] ",
}
_TYPE, _LABEL = "Type the number that the meter shows: ", "Type the number on the meter's label: "

_OperatorOption = Annotated[
    str, typer.Option("--operator", help="Who does it; your login if left out.", show_default=False)
]


@app.command("pair")
def pair(
    *,
    address: Annotated[
        str, typer.Option(help="The meter's own address; needed where several call.")
    ] = "",
    driver: Annotated[
        str, typer.Option(help="Its driver, where what it says of itself is not enough.")
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    operator: _OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Pair a meter with this hub; from then on it is read, with no line in the settings.

    Put the meter into pairing mode next to the hub first. A number that the meter shows, or that
    its label bears, is asked for here (or on the patient's screen, whichever is quicker); one that
    this command shows is typed on the meter. The running hub does it; where none runs, this
    command. Nothing is left behind of a pairing that did not work.

    For example: sudo hearth device pair
    """
    asked = {"address": address, "driver": driver, "by": _operator(operator)}
    made = _hub(config, lambda ask: _converse(ask, asked))
    if as_json:
        typer.echo(json.dumps(made))
        return
    typer.echo(f"Paired: {made['name'] or made['driver']}, {made['address']} ({made['driver']}).")
    if not made["bonded"]:
        typer.echo("It needs no bond; it is read whenever it calls.")


@app.command("forget")
def forget(
    address: Annotated[str, typer.Argument(help="As `hearth device list` shows it.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    operator: _OperatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Forget a meter that was paired: its bond is removed and it is read no more.

    Readings that came from it stay. A meter named in the settings must be taken out there too.

    For example: sudo hearth device forget C1:00:00:00:00:02
    """
    asked = {"do": "forget", "address": address, "by": _operator(operator)}
    done = _hub(config, lambda ask: ask(asked))
    found = {name: done[name] for name in ("forgotten", "bond_removed")}
    if as_json:
        typer.echo(json.dumps(found))
    elif not any(found.values()):
        typer.echo("No such meter was paired here.")
    else:
        typer.echo("Forgotten." if found["forgotten"] else "Its bond is removed.")


def _operator(named: str) -> str:
    from agent import operators  # noqa: PLC0415 - other commands must not pay for it

    return operators.operator(os.environ, named)


def _hub(config: Path, talk: Callable[[Ask], dict[str, Any]]) -> dict[str, Any]:
    """Talk to the running hub, or be one for as long as it takes."""
    from agent import desk  # noqa: PLC0415 - other commands must not pay for it
    from config import load  # noqa: PLC0415 - the same

    settings = load.load(config)
    folder = settings.hub.state_dir
    if desk.ask(folder, {"do": "meters"}) is None:
        return asyncio.run(_alone(settings, talk))

    def ask(question: Mapping[str, Any]) -> dict[str, Any]:
        answer = desk.ask(folder, question)
        if answer is None:
            raise desk.gone()
        return answer

    return talk(ask)


async def _alone(settings: Config, talk: Callable[[Ask], dict[str, Any]]) -> dict[str, Any]:
    from agent.pairing_alone import alone  # noqa: PLC0415 - other commands must not pay for it

    async with alone(settings) as ask:
        return await asyncio.to_thread(talk, ask)


def _converse(ask: Ask, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Lead one pairing to its end and return the meter; raises HubError as the hub does."""
    session = ask({"do": "pair", "step": "begin", **asked})["session"]
    said: tuple[str, str] = ("", "")
    answered = False
    try:
        while True:
            now = ask({"do": "pair", "step": "look", "session": session})
            if "meter" in now:
                made: dict[str, Any] = now["meter"]
                return made
            stage = str(now["stage"])
            if (stage, str(now["digits"])) != said:
                said, answered = (stage, str(now["digits"])), False
                _tell(now)
            # Asked once: the end of a pipe behind the digits is no wish to stop.
            asks = stage in {"type-here", "compare"} and not answered
            if asks and (line := _line()) is not None:
                answered = _took(ask, _answer(line, stage, session))
                said = said if answered else ("", "")
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        ask({"do": "pair", "step": "stop", "session": session})
        raise


def _took(ask: Ask, answer: Mapping[str, Any]) -> bool:
    """Hand on what was typed; False for what cannot be a passkey: it is asked for once more."""
    try:
        ask(answer)
    except HubError as error:
        if error.code != "PAIR-07":
            raise
        typer.echo(f"{error.message} {error.fix} ({error.code})", err=True)
        return False
    return True


def _answer(line: str, stage: str, session: int) -> dict[str, Any]:
    """Return what to say to the hub; nothing typed means stop."""
    step = {"do": "pair", "step": "answer", "session": session}
    if stage == "compare":
        return {**step, "right": line.strip().lower() in {"y", "yes"}}
    if not line.strip():
        return {**step, "step": "stop"}
    return {**step, "digits": line.strip(), "right": True}


def _tell(now: Mapping[str, Any]) -> None:
    """Say a step on stderr: stdout is for the result."""
    sentence = _WORDS.get(str(now["stage"]), "")
    if now["stage"] == "type-here":
        sentence = _LABEL if now["label"] else _TYPE
    typer.echo(sentence.format_map(now), err=True, nl=not sentence.endswith(" "))


def _line() -> str | None:
    """Return a line that was typed, empty at the end of the input, None if there is none yet.

    It may be typed on the patient's screen instead, so nobody waits here for long.
    """
    ready, _, _ = select.select([sys.stdin], [], [], _WAIT_S)
    return sys.stdin.readline() if ready else None

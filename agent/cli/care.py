"""`hearth care`: which rules of the care team's this hub keeps, and when each meter was heard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from agent.cli.readings import ConfigOption, JsonOption, open_store
from agent.cli.run import DEFAULT_CONFIG

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.guard.kept import State
    from sync.messages import Message, NotUnderstood

app = typer.Typer(help="The care rules: what this hub asks for and checks.", no_args_is_help=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One resource of the care team's, and what the hub makes of it."""

    reference: str
    version: str
    does: str
    why_not: str = ""


@app.command("show")
def show(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what the care team's rules do on this hub, and when each meter was heard.

    It names resources, versions and meters, never a limit, a value or a patient.

    For example: sudo hearth care show
    """
    from agent.guard.kept import state_of  # noqa: PLC0415 - other commands must not pay for it
    from agent.guard.own import Own  # noqa: PLC0415 - as above
    from config import load  # noqa: PLC0415 - as above
    from sync import inbox  # noqa: PLC0415 - as above
    from sync.messages import parsed  # noqa: PLC0415 - as above

    patient = load.load(config).patient.reference
    with open_store(config) as store:
        messages = [parsed(one) for one in inbox.kept(store)]
        state = state_of(Own(store, patient))
    rules = [rule for message in messages if (rule := _rule(message)) is not None]
    if as_json:
        typer.echo(json.dumps(_json(rules, state), indent=1))
    else:
        typer.echo("\n".join(_lines(rules, state)))


def _rule(message: Message | NotUnderstood) -> Rule | None:
    from sync.messages import (  # noqa: PLC0415 - other commands must not pay for it
        CarePlan,
        Goal,
        NotUnderstood,
        Request,
    )

    match message:
        case NotUnderstood(kind=kind, id=name, path=path, why=why):
            return Rule(
                reference=f"{kind}/{name}", version="", does="nothing", why_not=f"{path} {why}"
            )
        case Goal(kind=kind):
            does = f"checks a {kind}" if message.active and kind else "nothing"
            why = "" if message.active else "is not active"
            why = why if kind else "has no category of urn:hearth:rule"
        case Request():
            timed = message.schedule is not None
            does = "is asked for at its times" if message.active and timed else "nothing"
            why = "" if does != "nothing" else "is not active" if timed else "has no time"
        case CarePlan():
            does = "its activities are asked for" if message.active else "nothing"
            why = "" if message.active else "is not active"
        case _:
            return None
    kind_of = message.kind if isinstance(message, Request) else type(message).__name__
    return Rule(
        reference=f"{kind_of}/{message.id}", version=message.version, does=does, why_not=why
    )


def _lines(rules: list[Rule], state: State) -> Iterator[str]:
    for rule in rules:
        why = f" ({rule.why_not})" if rule.why_not else ""
        version = f" version {rule.version}" if rule.version else ""
        yield f"{rule.reference}{version}: {rule.does}{why}"
    yield f"{len(rules)} rules" if rules else "The care team's server has sent no rules."
    for address, meter in state.meters.items():
        kinds = ", ".join(one.value for one in meter.doing) or "nothing read yet"
        battery = "; its battery is low" if meter.battery_low else ""
        yield f"meter {address}: {kinds}; heard {_moment(meter.heard)}{battery}"
    yield f"{len(state.done)} things raised so far, {len(state.gaps)} times the hub was off"


def _json(rules: list[Rule], state: State) -> dict[str, Any]:
    return {
        "rules": [asdict(rule) for rule in rules],
        "meters": [
            {
                "address": address,
                "measures": [one.value for one in meter.doing],
                "heard": _moment(meter.heard),
                "outcome": meter.outcome,
                "battery_low": meter.battery_low,
                "battery_percent": meter.percent,
            }
            for address, meter in state.meters.items()
        ],
        "raised": len(state.done),
        "off": [[_moment(begin), _moment(end)] for begin, end in state.gaps],
    }


def _moment(at: datetime | None) -> str:
    return "never" if at is None else at.isoformat(timespec="minutes")

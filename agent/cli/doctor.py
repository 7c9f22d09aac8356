"""`hearth doctor`: what works, what does not, and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.patience import patience
from agent.cli.run import DEFAULT_CONFIG

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.doctor.finding import Finding
    from config.schema import Config

_EXIT = {"good": 0, "unknown": 0, "look": 3, "broken": 1}


def doctor(
    *,
    config: Annotated[Path, typer.Option(help="The hub's settings.")] = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Look the hub over: each finding says what it means and what to do. Changes nothing.

    It works beside the running hub, and when half of it is broken. Nothing it prints names a
    patient or a value. Exit status: 0 all is well, 1 something does not work, 3 something wants a
    look soon.

    For example: sudo hearth doctor
    """
    with patience("Looking the hub over"):
        findings = examined(config)
    from agent.doctor.finding import worst  # noqa: PLC0415 - other commands must not pay for it

    grade = worst(findings)
    if as_json:
        rows = [asdict(one) for one in findings]
        typer.echo(json.dumps({"grade": grade, "findings": rows}, indent=1))
    else:
        for line in in_words(findings):
            typer.echo(line)
    raise typer.Exit(_EXIT[grade])


def examined(path: Path) -> list[Finding]:
    """Make every check there is with these settings; with wrong ones, those of the machine."""
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.doctor import examine, finding  # noqa: PLC0415 - the same
    from agent.doctor.place import Place  # noqa: PLC0415 - the same
    from config import load, schema  # noqa: PLC0415 - the same

    try:
        place = Place(config=_settings(path), now=HubClock())
    except load.ConfigError as error:
        means = "The hub does not start with them; what they name cannot be checked either."
        wrong = finding.broken("settings", error.message, means=means, do=error.fix)
        bare = schema.Config(
            hub=schema.Hub(id="unknown"),
            patient=schema.Patient(reference="Patient/unknown"),
            fhir=schema.Fhir(base_url=""),
        )
        place = Place(config=bare, now=HubClock())
        return [wrong, *examine.examine(place, examine.MACHINE)]
    right = finding.good("settings", "The settings are in order.")
    return [right, *examine.examine(place, {**examine.MACHINE, **examine.SETTINGS})]


def _settings(path: Path) -> Config:
    from agent.applied import with_applied  # noqa: PLC0415 - other commands must not pay for it
    from config.load import load  # noqa: PLC0415 - the same

    try:
        return with_applied(path)
    except PermissionError:  # this user may not see what the hub keeps; the checks say so
        return load(path)


def in_words(findings: list[Finding]) -> list[str]:
    """Return the findings for a person, what is worst first and what is well last."""
    order = ("broken", "look", "unknown", "good")
    lines = []
    for one in sorted(findings, key=lambda finding: order.index(finding.grade)):
        lines.append(f"{one.grade:<8}{one.check:<12} {one.what}")
        if one.means:
            lines += [f"{'':<21}{one.means}", f"{'':<21}Do this: {one.do}"]
    return lines

"""`hearth readings held|parked|assign|discard|retry`: what waits for a person, and deciding it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli.readings import ConfigOption, JsonOption, app, open_store
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

__all__ = ["app"]

_SeqArgument = Annotated[int, typer.Argument(metavar="SEQ", help="The number `held` prints.")]
_ByOption = Annotated[
    str, typer.Option("--operator", help="Who decides; your login if left out.", show_default=False)
]


@app.command("held")
def held(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List readings that are nobody's yet, each with its question. Nothing of them was sent.

    Decide with `hearth readings assign SEQ Patient/123` or `hearth readings discard SEQ --reason`.

    For example: hearth readings held --json
    """
    _list(config, as_json=as_json, questions=True)


@app.command("parked")
def parked(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List readings that the server refused, each with the server's own reason.

    When the reason is mended, offer them again: `hearth readings retry SEQ`, or `retry --all`.

    For example: hearth readings parked
    """
    _list(config, as_json=as_json, questions=False)


def _list(config: Path, *, as_json: bool, questions: bool) -> None:
    from agent.cli import reading_text  # noqa: PLC0415 - other commands must not pay for it
    from agent.persons import QUESTIONS  # noqa: PLC0415 - the same
    from sync.outbox import State  # noqa: PLC0415 - the same

    rows: list[dict[str, Any]] = []
    with open_store(config) as store:
        for row in store.entries([State.PARKED]):
            code = row.refusal.code if row.refusal else ""
            if (code in QUESTIONS) is questions:
                rows.append(
                    {
                        "seq": row.seq,
                        "what": reading_text.kind_word(row),
                        "when": reading_text.when(row),
                        "code": code,
                        "question": QUESTIONS.get(code, ""),
                        "why": row.refusal.reason if row.refusal else "",
                    }
                )
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for one in rows:
        asked = f"{one['question']} " if questions else ""
        typer.echo(f"{one['seq']:>6}  {one['when']}  {one['what']}: {asked}{one['why']}")
    if not rows:
        typer.echo("Nothing waits for a person." if questions else "The server refused nothing.")


@app.command("assign")
def assign(
    seq: _SeqArgument,
    patient: Annotated[str, typer.Argument(help="Whose it is, such as Patient/123.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    operator: _ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give a held reading to a patient; it goes to the server like any other.

    For example: hearth readings assign 42 Patient/123
    """
    answer = _decide(config, operator, do="assign", seq=seq, patient=patient)
    _tell(answer, "Given. It goes to the server with the next ones.", as_json=as_json)


@app.command("discard")
def discard(
    seq: _SeqArgument,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the record: a guest, a child, a test.")],
    config: ConfigOption = DEFAULT_CONFIG,
    operator: _ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Keep a held reading as evidence; it is never sent.

    For example: hearth readings discard 42 --reason "the plumber tried the scale"
    """
    answer = _decide(config, operator, do="discard", seq=seq, why=reason)
    _tell(answer, "Kept as evidence. It is nobody's reading.", as_json=as_json)


@app.command("retry")
def retry(
    seq: Annotated[
        int | None, typer.Argument(metavar="SEQ", help="The number `parked` prints.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every one that is set aside.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    operator: _ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Offer a refused reading to the server again, once its reason is mended.

    For example: hearth readings retry 42
    """
    if (seq is None) is not everything:
        raise HubError(
            "Say which one, or --all.", fix="Run: hearth readings parked.", code="DESK-04"
        )
    answer = _decide(config, operator, do="retry", seq=seq)
    _tell(answer, f"{answer['freed']} will be offered again.", as_json=as_json)


def _tell(answer: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    counted = {name: answer[name] for name in ("seq", "freed") if name in answer}
    typer.echo(json.dumps(counted) if as_json else sentence)


def _decide(config: Path, operator: str, **asked: object) -> dict[str, Any]:
    """Ask the running hub, or do it here when none runs."""
    from agent import desk, operators  # noqa: PLC0415 - other commands must not pay for it
    from config import load  # noqa: PLC0415 - the same

    settings = load.load(config)
    question = {"by": operators.operator(os.environ, operator), **asked}
    answer = desk.ask(settings.hub.state_dir, question)
    if answer is not None:
        return answer
    from agent.offline import opened  # noqa: PLC0415 - the same

    with opened(settings) as decide:
        return decide(question)

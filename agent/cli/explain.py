"""`hearth explain`: what a code means and what to do."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def explain(
    code: Annotated[
        str, typer.Argument(help="As printed in brackets, such as BLE-01.", show_default=False)
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Say what a code means and what to do about it; without a code, list them all.

    For example: hearth explain SYNC-09
    """
    from agent.codes import book  # noqa: PLC0415 - other commands must not pay for it

    found = {code.strip("() ").upper(): book.explain(code)} if code else dict(book.BOOK)
    if as_json:
        rows = [{"code": name, "means": one.means, "do": one.do} for name, one in found.items()]
        typer.echo(json.dumps(rows, indent=1))
        return
    for name, one in found.items():
        typer.echo(f"{name}  {one.means}" if not code else one.means)
        if code:
            typer.echo(f"Do this: {one.do}")

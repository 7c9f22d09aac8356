"""Notes in the audit trail what somebody looked at, without standing in the way of looking."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from config.schema import Config


def noted(settings: Config, do: str, *, seq: int = 0) -> None:
    """Have the running hub note it; say on stderr where none does.

    The store is not opened for it: that would mend a damaged one, which is not for a look to do.
    """
    from agent import desk, operators  # noqa: PLC0415 - other commands must not pay for it

    question = {"do": do, "by": operators.operator(os.environ), "seq": seq}
    try:
        answer = desk.ask(settings.hub.state_dir, question)
    except HubError:
        answer = None  # a hub that is stuck is what people look into
    if answer is None:
        typer.echo("No hub answers, so this is not in its audit trail.", err=True)

"""Asks for a passphrase: never on the command line, where a history would keep it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vitals.errors import HubError

PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="Read the passphrase from there, such as /dev/stdin; asked for if left out.",
        show_default=False,
    ),
]


def passphrase(file: Path | None, *, new: bool = False) -> str:
    """Return the passphrase; a new one is asked for twice.

    Raises
    ------
    HubError
        FLEET-18 for a file that cannot be read, FLEET-19 for a new one that is too short.
    """
    from sync.locked import MIN_PASSPHRASE  # noqa: PLC0415 - other commands must not pay for it

    if file is None:
        question = "New passphrase of the clinic" if new else "Passphrase of the clinic"
        text: str = typer.prompt(question, hide_input=True, confirmation_prompt=new, err=True)
    else:
        text = _read(file)
    if new and len(text) < MIN_PASSPHRASE:
        raise HubError(
            f"That passphrase is too short: {len(text)} characters.",
            fix=f"Take at least {MIN_PASSPHRASE}; four random words are good and easy to keep.",
            code="FLEET-19",
        )
    return text


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as lines:
            return lines.readline().rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise HubError(
            f"The passphrase cannot be read from {file} ({type(error).__name__}).",
            fix="Name a file that only you can read, with the passphrase as its first line.",
            code="FLEET-18",
        ) from None

"""`hearth screen`: what the patient sees, or pictures of all of it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from vitals.errors import HubError

_SIZE = "WIDTHxHEIGHT in pixels; a window of that size instead of the whole glass."


def screen(  # noqa: PLR0913 - one a word of the command line
    *,
    socket: Annotated[Path, typer.Option(help="The hub's socket for its screen.")] = Path(
        "/run/hearth/screen.sock"
    ),
    size: Annotated[str, typer.Option(help=_SIZE)] = "",
    language: Annotated[
        str, typer.Option(help="Until the hub has told its own: en, de or es.")
    ] = "en",
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log each time something is painted.")
    ] = False,
    silent: Annotated[bool, typer.Option("--silent", help="Say nothing aloud.")] = False,
    camera: Annotated[int, typer.Option(min=0, help="Of /dev/videoN, for pulse and photos.")] = 0,
    pictures: Annotated[
        Path | None,
        typer.Option(help="Paint every view into this folder and end; needs no display."),
    ] = None,
) -> None:
    """Show the patient's screen: what is due, what is done, whether the care team has it.

    It is a program of its own, without a key and without the store; it tells the hub what the
    patient answers over a Unix socket, and comes back by itself whenever one of the two was gone.
    Needs the [screen] extra.

    For example: hearth screen --pictures shown --language de
    """
    try:
        from agent.screen.qt import program  # noqa: PLC0415 - Qt is heavy
    except ImportError as error:
        raise HubError(
            "The screen's toolkit cannot be loaded.",
            fix="Install hearth-hub[screen], and Debian's libegl1 libxkbcommon0 libfontconfig1.",
            code="SCR-03",
        ) from error
    if verbose:
        logging.basicConfig(
            stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s %(message)s"
        )
    if pictures is not None:
        from agent.screen.qt import gallery  # noqa: PLC0415 - the screen itself needs no samples

        typer.echo(f"{gallery.paint_all(pictures)} pictures in {pictures}")
        return
    status = program.run(
        socket, size=_measured(size), silent=silent, language=language, camera=camera
    )
    raise typer.Exit(status)


def _measured(size: str) -> tuple[int, int] | None:
    if not size:
        return None
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise HubError(
            "That is no size of a window.", fix="Write it like this: 1280x800.", code="SCR-04"
        )
    return int(width), int(height)

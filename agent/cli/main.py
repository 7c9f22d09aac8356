"""The command `hearth`: noun-verb, results on stdout, problems on stderr with a code."""

from __future__ import annotations

import sys
from typing import Protocol

import typer

from agent.cli import bench, decode, demo, readings, run
from config.load import ConfigError
from vitals.errors import HearthError

EXIT_FAILED = 1
EXIT_SETTINGS = 78  # EX_CONFIG of sysexits.h: starting again will not help

app = typer.Typer(
    name="hearth",
    help="Home hub for remote patient monitoring.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("run")(run.run)
app.command("demo")(demo.demo)
app.command("decode")(decode.decode)
app.add_typer(readings.app, name="readings")
app.add_typer(bench.app, name="bench")


class _Sentence(Protocol):
    """What every error meant for a person has."""

    message: str
    fix: str
    code: str


def main() -> None:
    """Run the command line; a failure is a sentence, a way out and a code, never a traceback."""
    try:
        app()
    except ConfigError as error:
        _tell(error)
        sys.exit(EXIT_SETTINGS)
    except HearthError as error:
        _tell(error)
        sys.exit(EXIT_FAILED)


def _tell(error: _Sentence) -> None:
    typer.echo(f"{error.message}\nDo this: {error.fix}\n({error.code})", err=True)


if __name__ == "__main__":
    main()

"""How every command behaves: an example in its help, JSON for programs, no secret typed, no colour.

NO_COLOR is the convention of no-color.org.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from agent.cli.main import app

# These run until they are told to stop, or print JSON whatever they are asked.
NO_RESULT = {"run", "screen", "bridge"}
ALWAYS_JSON = {"bench store", "bench fhir", "login key"}
# An invitation may be typed: it is spent by that, and worth nothing in a history.
SPENT = {"enroll token"}
_SECRET = re.compile(r"key|secret|token|pass(?:word|phrase)|pin", re.IGNORECASE)
_EXAMPLE = re.compile(r"For example: (?:sudo )?hearth (?P<words>[^\n]+)")
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def commands(application: typer.Typer) -> dict[str, object]:
    """Return every command that does something, by its full name."""
    return dict(_walk(get_command(application), ""))


def _walk(command: object, name: str) -> Iterator[tuple[str, object]]:
    below = getattr(command, "commands", None)
    if below is None or getattr(command, "invoke_without_command", False):
        yield name, command
    for word, child in (below or {}).items():
        yield from _walk(child, f"{name} {word}".strip())


def without_example(found: dict[str, object]) -> list[str]:
    """Return every command whose help shows no example of that very command."""
    said = {name: _EXAMPLE.search(str(getattr(one, "help", ""))) for name, one in found.items()}
    return [
        name
        for name, example in said.items()
        if example is None or not f"{example['words']} ".startswith(f"{name} ")
    ]


def without_json(found: dict[str, object]) -> list[str]:
    """Return every command that gives people a result and programs none."""
    options = {
        name: {option for one in getattr(command, "params", []) for option in one.opts}
        for name, command in found.items()
    }
    return [
        name
        for name, given in options.items()
        if "--json" not in given and name not in NO_RESULT | ALWAYS_JSON
    ]


def secrets_typed(found: dict[str, object]) -> list[str]:
    """Return every option that takes a secret as text: it would stay in the shell's history."""
    return [
        f"{name} {one.name}"
        for name, command in found.items()
        for one in getattr(command, "params", [])
        if f"{name} {one.name}" not in SPENT
        and _SECRET.search(str(one.name))
        and "str" in str(one.bare_type())
    ]


def test_every_command_shows_an_example_of_itself() -> None:
    assert without_example(commands(app)) == []


def test_every_result_is_to_be_had_as_json() -> None:
    assert without_json(commands(app)) == []


def test_no_secret_is_typed_on_a_command_line() -> None:
    assert secrets_typed(commands(app)) == []


def _hearth(*words: str, **environment: str) -> bytes:
    return subprocess.run(
        [str(Path(sys.executable).parent / "hearth"), *words],
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        timeout=60,
    ).stdout


@pytest.mark.parametrize("words", [["--help"], ["hub", "reset", "--help"], ["explain", "KEY-01"]])
def test_nothing_is_coloured_where_nobody_wants_it(words: list[str]) -> None:
    said = _hearth(*words, NO_COLOR="1", FORCE_COLOR="1", TERM="xterm-256color")
    assert said
    assert not _COLOUR.search(said)


@pytest.mark.parametrize(
    ("shell", "typed", "offered"),
    [("bash", "hearth re", b"readings"), ("bash", "hearth readings re", b"retry")],
)
def test_the_shell_completes_our_commands(shell: str, typed: str, offered: bytes) -> None:
    said = _hearth(
        _HEARTH_COMPLETE=f"complete_{shell}",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split()) - 1),
    )
    assert offered in said.split()


def test_a_person_at_a_terminal_is_told_that_it_takes_a_while(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    subprocess.run(
        [str(Path(sys.executable).parent / "hearth"), "doctor", "--config", str(tmp_path / "none")],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        timeout=60,
    )
    os.close(theirs)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert shown.startswith("Looking the hub over")
    assert shown.endswith("\r")


def test_the_rules_find_what_breaks_them(tmp_path: Path) -> None:
    made_up = typer.Typer()

    @made_up.command("good")
    def _good(*, as_json: bool = typer.Option(default=False, help="x")) -> None:
        """Say something.

        For example: hearth good --json
        """

    @made_up.command("bad")
    def _bad(password: str, key_file: Path = tmp_path) -> None:
        """Say something.

        For example: hearth good
        """

    found = commands(made_up)
    assert without_example(found) == ["bad"]
    assert "bad" in without_json(found)
    assert secrets_typed(found) == ["bad password"]

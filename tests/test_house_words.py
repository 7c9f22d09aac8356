"""What people are told: every command has help and a place in the README, and the README works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from agent.cli.main import app
from tests.house import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/**/README.md")])
    if "node_modules" not in page.parts
]
_FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"\bhearth ((?:[a-z]+)(?: [a-z]+)?)")
_CALL = re.compile(r"\b(?:hearth |\.ci/)((?:readings |bench |device )?[a-z]+)([^`|#]*)")
_LINK = re.compile(r"\]\((?P<target>[^)#]+)(?:#[^)]*)?\)")
_SCRIPT = re.compile(r"(?<![\w/])(?:\.ci|systemd|config)/[\w./-]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One command as people find it: its words, its help, and its options' help."""

    name: str
    help: str
    parameters: dict[str, str]
    options: frozenset[str]


def commands(application: typer.Typer) -> list[Word]:
    """Return every command that does something, by its full name."""
    return list(_walk(get_command(application), ""))


def _walk(command: object, name: str) -> Iterator[Word]:
    below = getattr(command, "commands", None)
    if below is None or getattr(command, "invoke_without_command", False):
        asked = getattr(command, "params", [])
        yield Word(
            name=name,
            help=str(getattr(command, "help", None) or ""),
            parameters={str(one.name): str(getattr(one, "help", None) or "") for one in asked},
            options=frozenset(option for one in asked for option in one.opts) | {"--help"},
        )
    for word, child in (below or {}).items():
        yield from _walk(child, f"{name} {word}".strip())


def unexplained(words: list[Word]) -> list[str]:
    """Return every command and option that says nothing of itself."""
    silent = [word.name for word in words if not word.help.strip()]
    return silent + [
        f"{word.name} {name}"
        for word in words
        for name, text in word.parameters.items()
        if not text.strip()
    ]


def unlisted(words: list[Word], readme: str) -> list[str]:
    """Return every command without a row in the README's table."""
    return [word.name for word in words if f"\n| `hearth {word.name}` | " not in readme]


def invented(words: list[Word], readme: str) -> list[str]:
    """Return what the README calls a command of ours and is none."""
    known = {word.name for word in words}
    known |= {" ".join(name.split()[:2]) for name in known}  # a group in a group has three words
    named = [found[1] for found in _COMMAND.finditer(readme)]
    return [name for name in named if not {name, name.partition(" ")[0]} & known]


def unknown_options(words: list[Word], readme: str) -> list[str]:
    """Return every option that the README gives to a command of ours that has none such."""
    options = {word.name: word.options for word in words}
    return [
        f"{name} {option}"
        for line in readme.splitlines()
        for name, arguments in _CALL.findall(line)
        if name in options
        for option in re.findall(r"(?<!\S)--[a-z-]+", arguments)
        if option not in options[name]
    ]


def blocks(readme: str) -> list[tuple[str, str]]:
    """Return what each `sh` block runs, with the output that the README shows for it, or ""."""
    fences = [(found["kind"], found["body"]) for found in _FENCE.finditer(readme)]
    following = [*fences[1:], ("", "")]
    return [
        (body, shown if kind == "text" else "")
        for (language, body), (kind, shown) in zip(fences, following, strict=True)
        if language == "sh"
    ]


def broken_links(path: Path, text: str) -> list[str]:
    """Return every link to a file that is not there."""
    targets = [found["target"] for found in _LINK.finditer(text)]
    return [
        target
        for target in targets
        if not re.match(r"https?://", target) and not (path.parent / target).exists()
    ]


def test_every_command_and_option_says_what_it_does() -> None:
    assert commands(app)
    assert unexplained(commands(app)) == []


def test_every_command_has_a_place_in_the_readme() -> None:
    assert unlisted(commands(app), README) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_command_or_an_option_that_is_not_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert invented(commands(app), text) == []
    assert unknown_options(commands(app), text) == []


@pytest.mark.parametrize(("script", "shown"), blocks(README))
def test_a_command_in_the_readme_works_as_shown(script: str, shown: str, tmp_path: Path) -> None:
    here = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{here}:{os.environ['PATH']}", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert not shown or done.stdout == shown


def test_every_script_the_readme_names_can_be_run() -> None:
    named = {
        name
        for found in _FENCE.finditer(README)
        if found["kind"] == "console"
        for name in _SCRIPT.findall(found["body"])
    }

    assert {".ci/run", ".ci/demo"} <= named
    assert [name for name in sorted(named) if not os.access(ROOT / name, os.X_OK)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("folder", ["agent", "config", "drivers", "sync", "systemd", "vitals"])
def test_every_folder_says_what_lives_there(folder: str) -> None:
    assert (ROOT / folder / "README.md").read_text(encoding="utf-8").startswith(f"# {folder}")


def test_the_readme_is_tested_where_it_makes_a_claim() -> None:
    assert [shown for _, shown in blocks(README) if shown]


def test_the_rules_find_what_breaks_them(tmp_path: Path) -> None:
    made_up = typer.Typer()

    @made_up.command("mute")
    def _mute(_number: int = 0) -> None: ...

    @made_up.command("heard")
    def _heard() -> None:
        """Say something."""

    words = commands(made_up)
    assert unexplained(words) == ["mute", "mute _number"]
    assert unlisted(words, "\n| `hearth heard` | says something |\n") == ["mute"]
    assert invented(words, "run `hearth heard` or `hearth herd`") == ["herd"]
    assert unknown_options(words, "`hearth heard --help` or `hearth heard --loud`") == [
        "heard --loud"
    ]
    assert blocks("```sh\na\n```\n```text\nb\n```\n```sh\nc\n```\n") == [
        ("a\n", "b\n"),
        ("c\n", ""),
    ]
    assert broken_links(tmp_path / "README.md", "[a](gone.md) [b](https://x.example)") == [
        "gone.md"
    ]

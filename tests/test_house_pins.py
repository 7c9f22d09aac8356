"""The pins: everything that is installed has one exact version, and hashes that vouch for it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house import ROOT

PINS = ROOT / ".ci" / "pins"
NAMES = ["hub.txt", "bridge.txt", "demo.txt", "screen.txt", "dev.txt", "build.txt"]
MACHINES = [
    {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": machine,
        "platform_system": "Linux",
        "sys_platform": "linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for python, machine in product(("3.11", "3.12", "3.13"), ("x86_64", "aarch64"))
]
PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[0-9][a-z0-9.!+]*)"
    r"(?: ; (?P<marker>[^\\\n]+?))?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One line of a pins file, its hashes left to the pattern that found it."""

    name: str
    version: str
    marker: str | None

    def is_for(self, machine: Mapping[str, str]) -> bool:
        """Tell whether a machine gets this pin."""
        return self.marker is None or Marker(self.marker).evaluate(dict(machine))


def parsed(text: str) -> list[Pin]:
    """Read a whole pins file; refuse anything that is not an exact version with hashes."""
    pins, end = [], 0
    for found in PIN.finditer(text):
        if found.start() != end:
            break
        pins.append(Pin(name=found["name"], version=found["version"], marker=found["marker"]))
        end = found.end()
    if end != len(text):
        raise ValueError(f"no pin: {text[end : end + 80]!r}")
    return pins


def _read(name: str) -> list[Pin]:
    return parsed((PINS / name).read_text(encoding="utf-8"))


def _project() -> Mapping[str, list[Requirement]]:
    """Return what pyproject asks for under each pins file's name, our own extras resolved."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hub = [Requirement(line) for line in table["project"]["dependencies"]]
    extras = table["project"]["optional-dependencies"]
    bridge = [Requirement(line) for line in extras["bridge"]]
    demo = hub + bridge + [Requirement(line) for line in extras["demo"]]
    demo = [asked for asked in demo if asked.name != "hearth-hub"]
    screen = [Requirement(line) for line in extras["screen"]]
    dev = [Requirement(line) for line in extras["dev"]]
    own = [asked for asked in dev if asked.name == "hearth-hub"]
    assert [asked.extras for asked in own] == [{"bridge", "demo", "screen"}]
    build = [Requirement(line) for line in table["build-system"]["requires"]]
    return {
        "hub.txt": hub,
        "demo.txt": demo,
        "screen.txt": hub + screen,
        "bridge.txt": hub + bridge,
        "dev.txt": demo + screen + [asked for asked in dev if asked not in own],
        "build.txt": build,
    }


def unmet(asked: list[Requirement], pins: list[Pin], machine: Mapping[str, str]) -> list[str]:
    """Return the requirements that the pins do not satisfy, with exactly one pin, on a machine."""
    given = [pin for pin in pins if pin.is_for(machine)]
    wrong = []
    for want in asked:
        if want.marker is not None and not want.marker.evaluate(dict(machine)):
            continue
        fitting = [pin for pin in given if pin.name == canonicalize_name(want.name)]
        if len(fitting) != 1 or not want.specifier.contains(fitting[0].version, prereleases=True):
            wrong.append(str(want))
    return wrong


@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda m: f"{m['python_version']}-{m['platform_machine']}"
)
@pytest.mark.parametrize("name", NAMES)
def test_the_pins_satisfy_the_project_on_every_machine(
    name: str, machine: Mapping[str, str]
) -> None:
    assert unmet(_project()[name], _read(name), machine) == []


@pytest.mark.parametrize("name", sorted({*NAMES} - {"dev.txt"}))
def test_a_hub_gets_the_versions_that_were_tested(name: str) -> None:
    for machine in MACHINES:
        given, tested = (
            {(pin.name, pin.version) for pin in _read(one) if pin.is_for(machine)}
            for one in (name, "dev.txt")
        )
        assert given
        assert given <= tested


HASH = "--hash=sha256:" + "0" * 64


@pytest.mark.parametrize(
    "text",
    [
        "typer==1.0\n",
        f"typer>=1.0 \\\n    {HASH}\n",
        "typer==1.0 \\\n    --hash=md5:00\n",
        f"--index-url https://index.example/simple\ntyper==1.0 \\\n    {HASH}\n",
        f"typer @ https://files.example/typer.whl \\\n    {HASH}\n",
        f"-e .\ntyper==1.0 \\\n    {HASH}\n",
    ],
)
def test_a_line_that_vouches_for_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no pin"):
        parsed(text)


@pytest.mark.parametrize("line", ["1.0", "2.0 ; python_version < '3.12'"])
def test_a_pin_that_does_not_fit_is_found(line: str) -> None:
    pins = parsed(f"typer=={line} \\\n    {HASH}\n")
    newest = MACHINES[-1]

    assert unmet([Requirement("typer>=2")], pins, newest) == ["typer>=2"]

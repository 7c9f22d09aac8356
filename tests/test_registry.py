"""Finding the right driver among those that fit."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import registry
from drivers.driver import Advertisement, Driver, Match

ADDRESS = "C1:00:00:00:00:01"


def cuff(name: str, match: Match) -> Driver:
    [standard] = [d for d in registry.drivers() if d.name == "standard-blood-pressure"]
    return replace(standard, name=name, match=match)


BARE = cuff("bare", Match(services=frozenset({"1810"})))
BRANDED = cuff("branded", Match(services=frozenset({"1810"}), local_name_prefixes=("Acme",)))


@pytest.mark.parametrize("among", [(BARE, BRANDED), (BRANDED, BARE)])
def test_a_devices_own_declaration_beats_a_bare_service(among: tuple[Driver, ...]) -> None:
    acme = Advertisement(address=ADDRESS, local_name="Acme 7", services=frozenset({"1810", "180f"}))
    other = Advertisement(address=ADDRESS, local_name="Other", services=frozenset({"1810"}))
    assert registry.find(acme, among) is BRANDED
    assert registry.find(other, among) is BARE


def test_what_nobody_declares_has_no_driver() -> None:
    lamp = Advertisement(address=ADDRESS, local_name="Acme lamp", services=frozenset({"fe0f"}))
    assert registry.find(lamp, (BARE, BRANDED)) is None


def test_a_driver_is_found_by_name() -> None:
    assert registry.named("branded", (BARE, BRANDED)) is BRANDED
    assert registry.named("unknown", (BARE, BRANDED)) is None


def test_a_match_that_would_take_every_device_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="at least one rule"):
        Match()


DECLARATION = """
from dataclasses import replace
from drivers.devices.standard_blood_pressure import DRIVER as STANDARD
DRIVER = replace(STANDARD, name="{name}")
"""


def names_with(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """List the drivers of a process that sees one more file among the devices."""
    (folder / "newcomer.py").write_text(DECLARATION.format(name=name))
    program = (
        "import sys; from drivers import devices, registry;"
        "devices.__path__.append(sys.argv[1]);"
        "print(*(driver.name for driver in registry.drivers()))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parent.parent,
    )


def test_a_new_file_is_all_a_new_device_takes(tmp_path: Path) -> None:
    assert "newcomer" in names_with(tmp_path, "newcomer").stdout.split()


def test_two_devices_of_one_name_are_refused(tmp_path: Path) -> None:
    run = names_with(tmp_path, "standard-glucose")
    assert run.returncode != 0
    assert "share a name" in run.stderr


def test_importing_the_registry_loads_no_device() -> None:
    program = (
        "import sys, drivers.registry; print('drivers.devices.standard_glucose' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    assert run.stdout.strip() == "False"

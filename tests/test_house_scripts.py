"""The scripts a newcomer starts: whole, executable, and plain about what is missing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.house import ROOT

SCRIPTS = ["run", "demo", "pin"]
BASH = "/bin/bash"


def _bash(script: str, *, path: Path) -> subprocess.CompletedProcess[str]:
    """Run a few lines with the functions of .ci/lib.sh, on a machine with only these commands."""
    return subprocess.run(
        [BASH, "-euo", "pipefail", "-c", f". .ci/lib.sh\n{script}"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={"PATH": str(path)},
        text=True,
        timeout=60,
    )


def _command(folder: Path, name: str, body: str) -> None:
    script = folder / name
    script.write_text(f"#!{BASH}\n{body}\n")
    script.chmod(0o755)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_whole_and_can_be_started(name: str) -> None:
    path = ROOT / ".ci" / name

    assert os.access(path, os.X_OK)
    subprocess.run([BASH, "-n", str(path)], check=True, timeout=60)


def test_without_apt_the_missing_packages_are_named(tmp_path: Path) -> None:
    _command(tmp_path, "strace", "")

    answer = _bash("commands strace:strace ps:procps dbus-daemon:dbus-daemon", path=tmp_path)

    assert answer.returncode == 1
    assert "install these first, by your system's means: procps dbus-daemon" in answer.stderr


def test_nothing_is_installed_where_nothing_is_missing(tmp_path: Path) -> None:
    _command(tmp_path, "ps", "")
    _command(tmp_path, "apt-get", "echo called >&2")

    answer = _bash("commands ps:procps", path=tmp_path)

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_somebody_without_root_is_told_what_to_run_as_root(tmp_path: Path) -> None:
    _command(tmp_path, "id", "echo 1000")
    _command(tmp_path, "apt-get", "exit 1")

    answer = _bash("commands ps:procps", path=tmp_path)

    assert answer.returncode == 1
    assert "as root, run: apt-get update && apt-get install --yes procps" in answer.stderr


def test_a_package_that_debian_refuses_is_named(tmp_path: Path) -> None:
    _command(tmp_path, "id", "echo 0")
    _command(tmp_path, "env", "exit 100")
    _command(tmp_path, "apt-get", "")

    answer = _bash("commands ps:procps", path=tmp_path)

    assert answer.returncode == 1
    assert "Debian has not given these packages: procps" in answer.stderr


def test_a_machine_without_python_is_told_so(tmp_path: Path) -> None:
    answer = _bash("find_python", path=tmp_path)

    assert answer.returncode == 1
    assert "install Debian's package python3" in answer.stderr


def test_an_old_python_is_named_with_its_version(tmp_path: Path) -> None:
    _command(tmp_path, "python3", '[ "$1" = --version ] && echo Python 3.9.2 || exit 1')

    answer = _bash("find_python", path=tmp_path)

    assert answer.returncode == 1
    assert "needs Python 3.11 or newer, and Python 3.9.2 is older" in answer.stderr


def test_debians_python_without_venv_gets_the_package_that_has_it(tmp_path: Path) -> None:
    _command(tmp_path, "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')

    answer = _bash("find_python", path=tmp_path)

    assert answer.returncode == 1
    assert "by your system's means: python3-venv" in answer.stderr

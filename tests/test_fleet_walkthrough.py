"""The README's way through a clinic, command by command, as a new user would type it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent.demo.server import free_port
from tests.house import ROOT

README = (ROOT / "agent" / "fleet" / "README.md").read_text(encoding="utf-8")
(SCRIPT,) = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PORTS = ("8090", "8443", "8883")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the block as it stands, but for its ports, which may be somebody else's here."""
    folder, script = tmp_path_factory.mktemp("walk"), SCRIPT
    for port in PORTS:
        assert script.count(port) in {1, 2}
        script = script.replace(port, str(free_port()))
    here = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-m", "-c", script],
        cwd=folder,
        env={"PATH": f"{here}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_a_new_user_sees_a_reading_on_the_server(said: tuple[Path, str]) -> None:
    found = re.search(r"(\d+) readings taken, (\d+) on the clinic's server\.", said[1])
    assert found is not None
    assert found[1] == found[2] != "0"


def test_one_invitation_is_all_that_the_hub_was_given(said: tuple[Path, str]) -> None:
    assert "It works once, until" in said[1]
    assert "This hub is hub-1 of the clinic clinic." in said[1]
    assert "Say to the patient:\n  It is ready" in said[1]


def test_the_care_team_sees_the_hub(said: tuple[Path, str]) -> None:
    assert re.search(r"^\S+ +hub-1", said[1], re.MULTILINE)


def test_what_was_taken_back_leaves_nothing(said: tuple[Path, str]) -> None:
    assert "Record of reset: hub hub-1" in said[1]
    assert "Hub hub-1 is taken back" in said[1]
    left = [path.name for path in (said[0] / "hub").rglob("*") if path.is_file()]
    assert left in (["outbox.db.lock"], [])


def test_no_secret_is_printed_but_the_invitation(said: tuple[Path, str]) -> None:
    folder, text = said
    assert "four random words here" not in text
    key = (folder / "clinic" / "bridge" / "bridge.key").read_text().strip()
    assert key not in text
    assert "PRIVATE KEY" not in text

"""The unit file: what systemd itself says of it, and what it must never give away."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agent.failure import EXIT_SETTINGS
from agent.fleet import found
from agent.identity import CREDENTIAL
from config.clinic import Broker, Clinic, ClinicConfig, Door
from config.schema import Fhir
from tests.house import ROOT

UNIT = ROOT / "systemd" / "hearth.service"
BRIDGE = ROOT / "systemd" / "hearth-bridge.service"
WORST_SCORE, WORST_BRIDGE_SCORE = 1.3, 1.1


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0", "SYSTEMD_EMOJI": "0", "LC_ALL": "C"},
    )


def _settings(text: str) -> Mapping[str, list[str]]:
    """Read a unit file: every value of every key, in order."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def _complaints(text: str, folder: Path) -> str:
    """Return what systemd-analyze says of a unit whose program is one that exists."""
    unit = folder / "hearth.service"
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/usr/bin/true", text))
    answer = _run("systemd-analyze", "verify", "--man=no", str(unit))
    mine = [line for line in answer.stderr.splitlines() if "hearth.service" in line]
    return "\n".join(mine)


def _score(path: Path) -> float:
    answer = _run("systemd-analyze", "security", "--offline=true", "--no-pager", str(path))
    found = re.search(r"exposure level for [\w-]+\.service: ([0-9.]+)", answer.stdout)
    assert found, answer.stderr
    return float(found[1])


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    assert _complaints(UNIT.read_text(), tmp_path) == ""


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("WatchdogSec=180", "WatchdogSecs=180"),
        ("ProtectSystem=strict", "ProtectSystem=stricter"),
        ("SystemCallFilter=@system-service", "SystemCallFilter=@system-serviced"),
    ],
)
def test_systemd_tells_of_a_line_it_does_not_understand(
    tmp_path: Path, line: str, wrong: str
) -> None:
    assert line in UNIT.read_text()
    assert _complaints(UNIT.read_text().replace(line, wrong), tmp_path) != ""


def test_the_hub_gives_little_away() -> None:
    assert _score(UNIT) <= WORST_SCORE


def test_the_score_tells_a_weaker_unit(tmp_path: Path) -> None:
    weaker = tmp_path / "hearth.service"
    weaker.write_text(UNIT.read_text().replace("User=hearth", "User=root"))

    assert _score(weaker) > WORST_SCORE


def test_the_hub_has_no_eye_and_no_ear() -> None:
    unit = _settings(UNIT.read_text())

    assert unit["DevicePolicy"] == ["closed"]
    assert unit["DeviceAllow"] == ["char-ttyUSB rw", "char-ttyACM rw"]
    assert unit["SupplementaryGroups"] == ["dialout"]


def test_the_hub_is_a_user_that_the_bus_knows() -> None:
    """dbus-daemon turns dynamic users away, and with them Bluetooth (systemd issue 22737)."""
    unit = _settings(UNIT.read_text())
    made = (UNIT.parent / "hearth.sysusers").read_text().splitlines()[-1].split()

    assert "DynamicUser" not in unit
    assert unit["User"] == [made[1]]
    assert made[0] == "u"
    assert "systemd/hearth.sysusers" in (UNIT.parent / "README.md").read_text()


def test_the_key_comes_under_the_name_the_agent_asks_for() -> None:
    (credential,) = _settings(UNIT.read_text())["LoadCredentialEncrypted"]

    assert credential.partition(":")[0] == CREDENTIAL


def test_wrong_settings_are_not_tried_again() -> None:
    unit = _settings(UNIT.read_text())
    assert unit["RestartPreventExitStatus"] == [str(EXIT_SETTINGS)]
    assert unit["Restart"] == ["always"]


def test_the_state_is_where_the_settings_say_by_default() -> None:
    unit = _settings(UNIT.read_text())
    example = (ROOT / "config" / "example.toml").read_text()

    assert unit["StateDirectory"] == ["hearth"]
    assert '# state_dir = "/var/lib/hearth"' in example
    assert unit["ExecStart"][0].endswith("--config /etc/hearth/hearth.toml")


def test_the_units_own_line_says_wrong_settings_in_words_and_loads_no_command_line(
    tmp_path: Path,
) -> None:
    (line,) = _settings(UNIT.read_text())["ExecStart"]
    missing = str(tmp_path / "hearth.toml")
    words = line.replace("/etc/hearth/hearth.toml", missing).split()[1:]
    done = _run(sys.executable, "-X", "importtime", *words)

    assert done.returncode == EXIT_SETTINGS
    assert "CFG-01" in done.stderr
    loaded = {one.rpartition("|")[2].strip() for one in done.stderr.splitlines() if "|" in one}
    assert "config.load" in loaded
    assert loaded.isdisjoint({"typer", "rich", "asyncio", "ssl"})


def test_the_guide_names_every_file_the_unit_needs() -> None:
    guide = (UNIT.parent / "README.md").read_text()
    unit = _settings(UNIT.read_text())

    (program,) = unit["ExecStart"]
    assert f"python3 -m venv {program.removesuffix(program[program.index('/bin/') :])}" in guide
    assert unit["LoadCredentialEncrypted"][0].partition(":")[2] in guide
    assert "/etc/hearth/hearth.toml" in guide


def test_the_clinics_servers_are_installed_where_their_kits_say(tmp_path: Path) -> None:
    guide = (ROOT / "systemd" / "README.md").read_text()
    config = ClinicConfig(
        clinic=Clinic(tenant="t"),
        fhir=Fhir(base_url="https://fhir.example/r4"),
        broker=Broker(host="mqtt.example"),
        bridge=Door(host="bridge.example"),
    )
    places = found.stands(tmp_path, config)
    assert f"sudo cp -r broker {places['broker']}\n" in guide
    assert f"sudo cp -r bridge {places['bridge']}\n" in guide
    unit = _settings(BRIDGE.read_text())
    (who,) = unit["User"]
    assert f"u {who} " in (ROOT / "systemd" / f"{who}.sysusers").read_text()
    assert f"chown -R {who}: {places['bridge']}" in guide
    assert f"sudo mv {places['bridge']}/bridge.toml {unit['ExecStart'][0].split()[-1]}\n" in guide
    alone = replace(config, bridge=Door(host="localhost"))
    assert found.stands(tmp_path, alone)["bridge"] == tmp_path / "bridge"


def test_the_bridge_is_understood_and_locked_in_tighter_than_the_hub(tmp_path: Path) -> None:
    assert _complaints(BRIDGE.read_text(), tmp_path) == ""
    assert _score(BRIDGE) <= WORST_BRIDGE_SCORE
    settings = _settings(BRIDGE.read_text())
    assert settings["PrivateDevices"] == ["yes"]
    assert settings["RestartPreventExitStatus"] == [str(EXIT_SETTINGS)]

"""The screen's units: understood by systemd, locked in, and without a way to key, store or net."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.house import ROOT

SYSTEMD = ROOT / "systemd"
SERVICE, SOCKET = SYSTEMD / "hearth-screen.service", SYSTEMD / "hearth-screen.socket"
VISITS = SYSTEMD / "hearth-screen.visits.conf"
WORST_SCORE, WORST_WITH_VISITS = 1.3, 2.0
LIMIT_S = 60


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        text=True,
        timeout=LIMIT_S,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0", "SYSTEMD_EMOJI": "0", "LC_ALL": "C"},
    )


def _settings(path: Path) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def _complaints(folder: Path, *, wrong: str = "") -> str:
    """Return what systemd-analyze says of all units together, with programs that exist."""
    for path in (SERVICE, SOCKET, SYSTEMD / "hearth.service"):
        text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/usr/bin/true", path.read_text())
        (folder / path.name).write_text(f"{text}\n{wrong}" if path == SERVICE else text)
    answer = _run(
        "systemd-analyze", "verify", "--man=no", *(str(path) for path in folder.iterdir())
    )
    return "\n".join(line for line in answer.stderr.splitlines() if "hearth-screen" in line)


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    assert _complaints(tmp_path) == ""


def test_systemd_tells_of_a_line_it_does_not_understand(tmp_path: Path) -> None:
    assert _complaints(tmp_path, wrong="[Service]\nPrivateNetworks=yes") != ""


def _score(unit: Path) -> float:
    answer = _run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit))
    found = re.search(r"exposure level for [\w-]+\.service: ([0-9.]+)", answer.stdout)
    assert found, answer.stderr
    return float(found[1])


def test_the_screen_gives_little_away() -> None:
    assert _score(SERVICE) <= WORST_SCORE


def test_with_visits_it_gives_little_more_away(tmp_path: Path) -> None:
    both = tmp_path / SERVICE.name
    both.write_text(f"{SERVICE.read_text()}\n{VISITS.read_text()}")

    assert _score(both) <= WORST_WITH_VISITS


def test_with_visits_systemd_understands_every_line(tmp_path: Path) -> None:
    assert _complaints(tmp_path, wrong=VISITS.read_text()) == ""


def test_visits_open_udp_and_neither_loopback_nor_key_nor_store() -> None:
    given = _settings(VISITS)

    assert given["SocketBindDeny"] == ["any"]
    assert given["SocketBindAllow"] == ["ipv4:udp", "ipv6:udp"]
    assert given["IPAddressDeny"] == ["", "localhost"]
    assert given["IPAddressAllow"] == ["127.0.0.53/32"]
    assert not {"InaccessiblePaths", "SupplementaryGroups", "StateDirectory"} & given.keys()


def test_the_screen_reaches_no_network_no_key_and_no_store() -> None:
    unit = _settings(SERVICE)

    assert unit["PrivateNetwork"] == ["yes"]
    assert "LoadCredentialEncrypted" not in unit
    assert "StateDirectory" not in unit
    assert unit["CacheDirectory"] == ["hearth-screen"]  # of its own; see test_screen_start.py
    assert "/var/lib/hearth" in unit["InaccessiblePaths"][0]


def test_both_ends_name_the_same_socket_and_one_group_may_use_it() -> None:
    unit, end = _settings(SOCKET), _settings(SERVICE)

    assert unit["SocketMode"] == ["0660"]
    assert unit["Service"] == ["hearth.service"]
    assert end["ExecStart"][0].endswith(f"--socket {unit['ListenStream'][0]}")
    assert unit["SocketGroup"][0] in end["SupplementaryGroups"][0].split()
    assert f"g {unit['SocketGroup'][0]} -" in (SYSTEMD / "hearth-screen.sysusers").read_text()


def test_the_guide_installs_every_file() -> None:
    guide = (SYSTEMD / "README.md").read_text()

    for path in SYSTEMD.glob("hearth-screen.*"):
        assert path.name in guide


def test_the_hub_takes_the_socket_that_systemd_made(tmp_path: Path) -> None:
    """sd_listen_fds(3): the socket is file descriptor 3 and LISTEN_PID is the process's own."""
    path = tmp_path / "screen.sock"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
        made.listen()
        code = (
            "import os, sys; os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\n"
            f"sys.path.insert(0, {str(ROOT)!r})\n"
            "from agent.display.desk import inherited\n"
            "found = inherited(); print(found.getsockname())"
        )
        found = subprocess.run(
            ["bash", "-c", f'exec "$0" -P -c "$1" 3<&{made.fileno()}', sys.executable, code],
            pass_fds=[made.fileno()],
            env={**os.environ},
            capture_output=True,
            text=True,
            check=True,
            timeout=LIMIT_S,
        )

    assert found.stdout.strip() == str(path)

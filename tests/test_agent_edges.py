"""The agent's small edges: the clock, the hub key, and what systemd is told."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.clock import HubClock
from agent.identity import hub_key
from agent.notify import notify, watchdog_interval_s
from tests.house import ROOT
from vitals.errors import HubError


def test_a_hub_time_says_which_boot_it_belongs_to() -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    now = HubClock()()
    assert now.boot_id == boot
    assert abs((datetime.now(UTC) - now.at).total_seconds()) < 60


def test_the_boot_clock_never_runs_backwards() -> None:
    clock = HubClock()
    assert clock().boottime_ns <= clock().boottime_ns


@pytest.mark.parametrize("answer", [True, False])
def test_a_hub_time_says_whether_the_clock_was_synchronised(answer: bool) -> None:  # noqa: FBT001
    assert HubClock(lambda: answer)().synchronised is answer


def test_a_set_clock_tells_when_this_boot_began_and_another_does_not() -> None:
    unset, is_set = HubClock(lambda: False), HubClock(lambda: True)
    assert unset().boot_id
    assert unset.boot_offsets == {}
    now = is_set()
    began_ns = is_set.boot_offsets[now.boot_id]
    # proc(5): btime in /proc/stat is the time of boot, in seconds since 1970.
    stat = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    btime_s = int(next(line for line in stat if line.startswith("btime")).split()[1])
    assert abs(began_ns / 1e9 - btime_s) < 2


def test_the_first_start_makes_a_key_that_only_the_hub_can_read(tmp_path: Path) -> None:
    key = hub_key(tmp_path / "state", create=True)
    file = tmp_path / "state" / "hub.key"
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert hub_key(tmp_path / "state") == key


# A limit on file sizes lets a write through in part, as a disk does that fills up just then.
_FULL_DISK = """
import resource
import sys
from pathlib import Path
from agent.identity import write_key

_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
try:
    write_key(Path(sys.argv[1]), b"new" * 4096)
except OSError as error:
    print(type(error).__name__)
"""


def test_a_disk_that_fills_up_while_a_file_is_written_leaves_the_old_one_whole(
    tmp_path: Path,
) -> None:
    file = tmp_path / "identity.pem"
    file.write_bytes(b"old")

    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(file)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    )

    assert done.stdout.split() == ["OSError"]
    assert file.read_bytes() == b"old"


def test_no_key_is_made_for_a_command_that_only_reads(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="has no key") as caught:
        hub_key(tmp_path)
    assert caught.value.code == "KEY-01"


def test_a_cut_key_file_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "hub.key").write_bytes(b"\0" * 31)
    (tmp_path / "hub.key").chmod(0o600)
    with pytest.raises(HubError, match="31 octets") as caught:
        hub_key(tmp_path, create=True)
    assert caught.value.code == "KEY-02"
    assert (tmp_path / "hub.key").read_bytes() == b"\0" * 31


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hub.key").write_bytes(b"\0" * 32)
    (tmp_path / "hub.key").chmod(0o644)
    with pytest.raises(HubError, match="read by others") as caught:
        hub_key(tmp_path)
    assert caught.value.code == "KEY-03"


def test_a_systemd_credential_comes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hub-key").write_bytes(b"\x07" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert hub_key(tmp_path / "state") == b"\x07" * 32


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_what_it_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    abstract: bool,  # noqa: FBT001
) -> None:
    name = f"@hearth-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name[1:] if abstract else name)
        systemd.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        assert notify("READY=1\nSTATUS=x")
        assert systemd.recv(100) == b"READY=1\nSTATUS=x"


def test_without_systemd_nobody_is_told_and_nothing_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "expected_s"),
    [("60000000", None, 30.0), ("0", None, None), ("", None, None), ("60000000", "1", None)],
)
def test_the_watchdog_is_fed_at_half_its_limit(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str | None, expected_s: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid or str(os.getpid()))
    assert watchdog_interval_s() == expected_s

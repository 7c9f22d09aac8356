"""The proofs in their short form. Each runs in full by `python -m tests.proofs.NAME`."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.proofs.disk import Disk, Event, events
from tests.proofs.kill9 import PER_KILL
from tests.proofs.visit_held import held, too_slow

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[1]


def proof(name: str) -> dict[str, Any]:
    """Run a proof as a program; return its last line."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.proofs.{name}", "--short", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, done.stdout.splitlines()[-1]
    return found


def test_a_power_cut_at_any_instant_loses_nothing_confirmed() -> None:
    found = proof("powercut")
    assert (found["lost"], found["corrupt"]) == (0, 0)
    # Cuts that found nothing half-written, or a control that loses nothing, would prove nothing.
    assert found["torn_images"] > found["images"] / 10
    assert found["control_lost"] > found["control_images"] / 10


def test_no_frame_crashes_a_decoder() -> None:
    found = proof("fuzz")
    assert found["other"] == 0
    # A run in which nearly everything is refused at once would prove little.
    assert found["values"] > found["frames"] / 10
    assert found["codecs"] > 100


def test_whatever_is_killed_every_confirmed_reading_arrives_once_and_in_order() -> None:
    found = proof("kill9")
    assert (found["lost"], found["duplicates"], found["inversions"], found["waiting"]) == (0,) * 4
    # Kills that interrupt nothing, or a network that loses nothing, would prove nothing.
    assert found["confirmed"] > PER_KILL * found["kills"]
    assert set(found["killed"]) == {"agent", "bridge", "broker", "server"}


def test_days_without_a_network_arrive_whole_and_in_order() -> None:
    found = proof("offline")
    assert found["readings"] == found["on_server"] == found["days"] * (36 + 288)
    assert (found["lost"], found["duplicates"], found["inversions"]) == (0, 0, 0)


def test_no_fault_around_a_hub_costs_a_confirmed_reading() -> None:
    found = proof("faults")
    assert len(found) == 9
    assert [name for name, one in found.items() if not one["held"]] == []


def test_many_hubs_share_a_bridge_and_none_starves() -> None:
    found = proof("scale")
    assert found["readings_per_s"] > 0
    for one in found["by_bridges"].values():
        assert one["busy"]["least_of_any_hub"] > 0
        assert one["calm"]["unknown_outcomes"] == 0


def test_a_visit_is_better_on_a_poor_line_than_on_aiortc_as_it_comes() -> None:
    found = proof("visit")
    assert found["vitals_told"] > 0
    # A line that did not hurt the one without our changes would prove nothing.
    assert held(found)


POOR = {"frozen_s_300k": 1.2, "concealed_percent_300k": 2.8, "lost_percent_300k": 0.5}
PLAIN = {"frozen_s_300k": 9.0, "concealed_percent_300k": 58.0, "lost_percent_300k": 40.0}


def visit(ours: dict[str, float], *, kept_up: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {**POOR, **ours, "kept_up_300k": kept_up, "vitals_told": 3}
    found["plain"] = {**PLAIN, "kept_up_300k": True}
    return found | {"too_slow_to_compare": too_slow(found)}


@pytest.mark.parametrize("name", ["frozen_s_300k", "concealed_percent_300k"])
def test_a_visit_as_bad_as_aiortc_as_it_comes_is_no_proof(name: str) -> None:
    assert held(visit({}))
    assert not held(visit({name: PLAIN[name]}))


def test_on_a_machine_too_slow_for_pictures_a_flooded_line_is_no_proof_either() -> None:
    frozen = {"frozen_s_300k": 9.0, "concealed_percent_300k": 58.0}
    assert too_slow(visit(frozen, kept_up=False)).endswith("carried too little of hearth.")
    assert held(visit(frozen, kept_up=False))
    assert not held(visit(frozen | {"lost_percent_300k": 41.0}, kept_up=False))


def write(at: int, data: bytes) -> Event:
    return Event(path="/f", kind="write", data=data, offset=at)


def cut(disk: Disk, folder: Path, seed: int) -> bytes:
    disk.cut(folder, random.Random(seed), {"/f": "f"})  # noqa: S311 - where to tear
    return (folder / "f").read_bytes()


def test_what_was_synced_survives_every_cut(tmp_path: Path) -> None:
    disk = Disk()
    disk.feed(write(0, b"a" * 1024))
    disk.feed(Event(path="/f", kind="sync"))
    disk.feed(write(512, b"b" * 512))
    images = {cut(disk, tmp_path, seed) for seed in range(50)}
    assert images == {b"a" * 1024, b"a" * 512 + b"b" * 512}


def test_what_was_not_synced_may_be_there_in_any_part(tmp_path: Path) -> None:
    disk = Disk()
    disk.feed(write(0, b"a" * 512 + b"b" * 512))
    images = {cut(disk, tmp_path, seed) for seed in range(80)}
    assert images == {b"", b"a" * 512, bytes(512) + b"b" * 512, b"a" * 512 + b"b" * 512}


def test_a_trace_is_read_in_the_order_in_which_calls_returned(tmp_path: Path) -> None:
    # The form of strace 6.1: `-f -y -xx`, paths and data as \\x octets.
    trace = tmp_path / "trace"
    trace.write_text(
        '11    pwrite64(5<\\x2f\\x66>, "\\x61\\x62", 2, 4096) = 2\n'
        "12    fdatasync(5<\\x2f\\x66> <unfinished ...>\n"
        '11    write(1<\\x2f\\x70>, "\\x43\\x20\\x31\\x0a", 4) = 4\n'
        "12    <... fdatasync resumed>)          = 0\n"
        "11    ftruncate(5<\\x2f\\x66>, 0)       = 0\n"
        "11    fsync(5<\\x2f\\x66>)              = -1 EIO (Input/output error)\n"
        "11    +++ exited with 0 +++\n",
        encoding="ascii",
    )
    assert [(event.kind, event.path, event.data, event.offset) for event in events(trace)] == [
        ("write", "/f", b"ab", 4096),
        ("say", "/p", b"C 1\n", 0),
        ("sync", "/f", b"", 0),
        ("truncate", "/f", b"", 0),
    ]

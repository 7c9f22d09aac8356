"""Killed, full, damaged or out of order: what was confirmed is there, and the rest says why not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sync.outbox_file import SMALLEST_BYTES
from sync.record import Measured
from tests.fakes import records
from tests.fakes.stores import Shelf
from vitals.errors import HubError

LIMIT_S = 90
ROOT = Path(__file__).parent.parent

# Stores readings as fast as it can and says so, one line each, only after the future ended.
_CHILD = """
import sys
from pathlib import Path
from tests.fakes import records
from tests.fakes.stores import Shelf

outbox = Shelf(Path(sys.argv[1])).open()
first = int(sys.argv[2])
futures = []
for number in range(first, first + 5000):
    futures.append((number, outbox.put(records.blood_pressure(number))))
    if len(futures) == 7:
        for number, future in futures:
            stored = future.result()
            print("stored", number, stored.seq, flush=True)
        futures.clear()
    if number % 50 == 49:
        print("acknowledging", stored.seq - 3, flush=True)
        outbox.acknowledge([stored.seq - 3]).result()
        print("acknowledged", stored.seq - 3, flush=True)
"""


def _kill_after(shelf: Shelf, first: int, lines: int) -> list[list[str]]:
    """Run the child, kill it with SIGKILL after some confirmations; return all it confirmed."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(shelf.folder), str(first)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    told = [child.stdout.readline() for _ in range(lines)]
    child.send_signal(signal.SIGKILL)
    told += child.stdout.readlines()
    assert child.wait(LIMIT_S) == -signal.SIGKILL
    return [line.split() for line in told if line.endswith("\n")]


def test_kill_9_loses_no_confirmed_reading_and_doubles_none(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    told: dict[str, dict[int, int]] = {"stored": {}, "acknowledging": {}, "acknowledged": {}}
    for life, lines in enumerate((30, 1, 73, 8, 111, 52)):
        for what, *numbers in _kill_after(shelf, 1000 * life, lines):
            told[what][int(numbers[-1])] = int(numbers[0])
        with shelf.open() as outbox:
            assert outbox.verify() == []
            offered = {entry.seq: entry.record for entry in outbox.pending(100_000)}
        assert told["stored"].keys() - told["acknowledging"].keys() <= offered.keys()
        assert not told["acknowledged"].keys() & offered.keys()
        for seq in told["stored"].keys() & offered.keys():
            assert offered[seq] == records.blood_pressure(told["stored"][seq])
        ids = [record.id for record in offered.values() if isinstance(record, Measured)]
        assert len(ids) == len(set(ids))
    with shelf.open() as outbox:
        for number in told["stored"].values():
            assert outbox.put(records.blood_pressure(number)).result(LIMIT_S).duplicate


@pytest.fixture
def full(tmp_path: Path) -> Shelf:
    """Return a small store, filled until it refused a reading."""
    shelf = Shelf(tmp_path, max_bytes=SMALLEST_BYTES)
    with shelf.open() as outbox:
        for number in range(10_000):
            error = outbox.put(records.blood_pressure(number)).exception(LIMIT_S)
            if error is not None:
                break
    return shelf


def test_a_full_store_refuses_with_a_sentence_and_loses_nothing(full: Shelf) -> None:
    with full.open() as outbox:
        count = len(outbox.pending(10_000))
        assert count > 100
        error = outbox.put(records.blood_pressure(20_000)).exception(LIMIT_S)
        assert isinstance(error, HubError)
        assert error.code == "STORE-02"
        assert "store.max_bytes" in error.fix
        assert outbox.verify() == []
        assert len(outbox.pending(10_000)) == count
    assert full.path.stat().st_size <= SMALLEST_BYTES


def test_a_full_store_still_writes_off_parks_and_remembers(full: Shelf) -> None:
    with full.open() as outbox:
        outbox.put(records.blood_pressure(20_000)).exception(LIMIT_S)
        assert outbox.park(50, reason="x" * 500, code="FHIR-22").result(LIMIT_S)
        outbox.remember("last-sequence/x", b"7").result(LIMIT_S)
        assert outbox.acknowledge([2, 4, 6]).result(LIMIT_S) == 3
        assert outbox.verify() == []


def test_room_made_in_a_full_store_is_used_again(full: Shelf) -> None:
    with full.open() as outbox:
        before = len(outbox.pending(10_000))
        assert outbox.acknowledge(range(1, 101)).result(LIMIT_S) == 100
        for number in range(20_000, 20_080):
            outbox.put(records.blood_pressure(number)).result(LIMIT_S)
        assert len(outbox.pending(10_000)) == before - 100 + 80
        assert outbox.verify() == []
    assert full.path.stat().st_size <= SMALLEST_BYTES


def test_one_reading_too_many_does_not_fail_the_others_in_its_transaction(full: Shelf) -> None:
    with full.open() as outbox:
        outbox.acknowledge(range(1, 21)).result(LIMIT_S)
        many = [outbox.put(records.blood_pressure(number)) for number in range(20_000, 20_200)]
        outcomes = [future.exception(LIMIT_S) for future in many]
        assert outcomes[0] is None
        assert isinstance(outcomes[-1], HubError)
        stored = {future.result().seq for future in many if future.exception() is None}
        assert stored <= {entry.seq for entry in outbox.pending(10_000)}
        assert outbox.verify() == []


def test_a_file_that_is_no_database_is_put_aside_and_named(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.path.write_bytes(b"not a database at all " * 500)
    with shelf.open() as outbox:
        (warning,) = outbox.warnings
        assert warning.code == "STORE-01"
        assert "outbox.db.damaged-1" in warning.message
        assert outbox.put(records.blood_pressure()).result(LIMIT_S).seq == 1
    assert (tmp_path / "outbox.db.damaged-1").read_bytes().startswith(b"not a database")


def _spoil(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)


def test_readings_outside_a_bad_page_are_carried_into_the_new_store(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.open() as outbox:
        for number in range(200):
            outbox.put(records.blood_pressure(number)).result(LIMIT_S)
        outbox.acknowledge([1, 2, 3]).result(LIMIT_S)
    _spoil(shelf.path, _first_leaf(shelf.path))
    with shelf.open() as outbox:
        (warning,) = outbox.warnings
        assert warning.code == "STORE-01"
        saved = [entry.record for entry in outbox.pending(1000)]
        # A leaf of 4096 octets holds about 15 rows; one of some 14 leaves is gone.
        assert 170 <= len(saved) < 197
        known = [records.blood_pressure(number) for number in range(200)]
        assert all(record in known for record in saved)
        assert outbox.verify() == []
    assert (tmp_path / "outbox.db.damaged-1").exists()


@pytest.mark.parametrize("table", ["key", "part"])
def test_a_bad_page_of_keys_or_parts_costs_no_reading(tmp_path: Path, table: str) -> None:
    shelf = Shelf(tmp_path)
    with shelf.open() as outbox:
        for number in range(20):
            outbox.put(records.blood_pressure(number)).result(LIMIT_S)
    ((page,),) = shelf.ask(f"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'")  # noqa: S608 - a constant
    _spoil(shelf.path, int(str(page)))
    with shelf.open() as outbox:
        assert [warning.code for warning in outbox.warnings] == ["STORE-01"]
        saved = [entry.record for entry in outbox.pending(100)]
        assert saved == [records.blood_pressure(number) for number in range(20)]


def _first_leaf(path: Path) -> int:
    """Find a leaf page that holds rows: type 0x0D (SQLite file format, 1.6) and many cells."""
    octets = path.read_bytes()
    for page in range(2, len(octets) // 4096 + 1):
        header = octets[(page - 1) * 4096 : (page - 1) * 4096 + 8]
        if header[0] == 0x0D and int.from_bytes(header[3:5], "big") > 10:
            return page
    raise AssertionError("no leaf page found")


def test_a_second_damaged_store_gets_a_name_of_its_own(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for _ in range(2):
        shelf.path.write_bytes(b"not a database at all " * 500)
        shelf.open().close()
    assert sorted(file.name for file in tmp_path.glob("*.damaged-?")) == [
        "outbox.db.damaged-1",
        "outbox.db.damaged-2",
    ]


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HubError) as caught:
        Shelf(tmp_path / "file").open()
    assert caught.value.code == "STORE-03"


def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(HubError) as caught:
        Shelf(tmp_path).view()
    assert caught.value.code == "STORE-03"
    assert list(tmp_path.iterdir()) == []


# A limit on file sizes makes every write past it fail, as a disk that breaks or fills up does.
_SICK_DISK = """
import resource
import sys
from pathlib import Path
from tests.fakes import records
from tests.fakes.stores import Shelf

outbox = Shelf(Path(sys.argv[1])).open()
outbox.put(records.blood_pressure(1)).result()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
for number in (2, 3):
    print(outbox.put(records.blood_pressure(number)).exception().code, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(outbox.put(records.blood_pressure(4)).result().seq, outbox.verify(), flush=True)
outbox.close()
"""


def test_a_disk_that_fails_for_a_while_is_told_and_leaves_the_store_whole(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.open() as outbox:
        outbox.put(records.blood_pressure(0)).result(LIMIT_S)
    done = subprocess.run(
        [sys.executable, "-c", _SICK_DISK, str(shelf.folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=LIMIT_S,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines() == ["STORE-05", "STORE-05", "3 []"]
    with shelf.open() as outbox:
        known = [records.blood_pressure(number) for number in (0, 1, 4)]
        assert [entry.record for entry in outbox.pending(10)] == known
        assert outbox.verify() == []


def test_a_store_must_have_room_to_work(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        replace(Shelf(tmp_path), max_bytes=SMALLEST_BYTES - 1).open()

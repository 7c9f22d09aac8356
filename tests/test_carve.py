"""Whichever page of the store goes bad, only what was on that page is lost."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.carve import cells
from sync.outbox_file import PAGE_OCTETS
from sync.record import Measured
from tests.fakes import records
from tests.fakes.stores import Shelf

LIMIT_S = 90
READINGS = 120
MOST_ON_A_PAGE = 16  # of 4,096 octets, at 249 octets and more a reading


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shelf = Shelf(tmp_path_factory.mktemp("whole"))
    with shelf.open() as outbox:
        for future in [outbox.put(records.blood_pressure(n)) for n in range(READINGS)]:
            future.result(LIMIT_S)
    return shelf.path


def pages(path: Path) -> range:
    return range(path.stat().st_size // PAGE_OCTETS)


def test_a_bad_page_costs_what_was_on_it_and_nothing_else(whole: Path, tmp_path: Path) -> None:
    noise = random.Random(7).randbytes(PAGE_OCTETS)  # noqa: S311 - no secret
    everything = {one.id: one for one in map(records.blood_pressure, range(READINGS))}
    saved = []
    for page in pages(whole):
        shelf = Shelf(tmp_path / str(page))
        shelf.folder.mkdir()
        shutil.copy(whole, shelf.path)
        with shelf.path.open("r+b") as file:
            file.seek(page * PAGE_OCTETS)
            file.write(noise)
        with shelf.open() as outbox:
            waiting = [entry.record for entry in outbox.pending(READINGS)]
            found = {one.id: one for one in waiting if isinstance(one, Measured)}
            assert [warning.code for warning in outbox.warnings] == ["STORE-01"]
        assert all(everything[name] == one for name, one in found.items())
        saved.append(len(found))
    assert min(saved) >= READINGS - MOST_ON_A_PAGE
    assert saved.count(READINGS) >= 10  # keys, parts, head, indexes: none costs a reading


def test_what_was_not_yet_in_the_file_is_found_in_its_log(whole: Path, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shutil.copy(whole, shelf.path)
    with shelf.open() as outbox:
        outbox.put(records.blood_pressure(READINGS)).result(LIMIT_S)
        (tmp_path / "cut").mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(f"{shelf.path}{suffix}", tmp_path / "cut" / f"outbox.db{suffix}")
    numbers = {
        number
        for number, columns in cells(tmp_path / "cut" / "outbox.db", PAGE_OCTETS)
        if len(columns) == 6
    }
    assert numbers == set(range(1, READINGS + 2))


def test_cells_are_what_sqlite_itself_reads(whole: Path) -> None:
    connection = sqlite3.connect(whole)
    rows = connection.execute("SELECT seq, epoch, state, sealed, mark, seen FROM row").fetchall()
    connection.close()
    found = {number: columns for number, columns in cells(whole, PAGE_OCTETS) if len(columns) == 6}
    assert {number: tuple(columns[1:]) for number, columns in found.items()} == {
        row[0]: row[1:] for row in rows
    }


def _noisy(pieces: list[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield (b"\x0d" + piece).ljust(PAGE_OCTETS, b"\xff")[:PAGE_OCTETS]


@given(st.lists(st.binary(max_size=200), max_size=3))
def test_no_page_however_odd_stops_the_search(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("odd") / "outbox.db"
    path.write_bytes(b"".join(_noisy(pieces)))
    assert len(list(cells(path, PAGE_OCTETS))) <= 3 * PAGE_OCTETS

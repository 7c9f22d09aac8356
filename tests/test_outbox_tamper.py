"""Whatever somebody does to rows or head is named, and every healthy reading is still sent."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sync.outbox import Fault, State
from tests.fakes import records
from tests.fakes.stores import Shelf, filled

LIMIT_S = 90
COUNT = 12


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return a store of twelve readings, nobody at work on it."""
    return filled(Shelf(tmp_path), COUNT)


def named(shelf: Shelf) -> list[tuple[int, str]]:
    """Verify as the command line does, before the hub starts again."""
    with shelf.view() as view:
        return [(fault.seq, fault.what) for fault in view.verify()]


def sent(shelf: Shelf) -> list[int]:
    """Return what the hub offers the server after its next start; each must be as it was."""
    with shelf.open() as outbox:
        offered = outbox.pending(1000)
    known = [records.blood_pressure(entry.seq - 1) for entry in offered]
    assert [entry.record for entry in offered] == known
    return [entry.seq for entry in offered]


def without(*seqs: int) -> list[int]:
    return [seq for seq in range(1, COUNT + 1) if seq not in seqs]


def test_an_untouched_store_has_no_fault(shelf: Shelf) -> None:
    assert named(shelf) == []
    assert sent(shelf) == without()


def test_a_flipped_bit_is_named(shelf: Shelf) -> None:
    last = bytes.fromhex(str(shelf.ask("SELECT hex(sealed) FROM row WHERE seq = 5")[0][0]))[-1]
    shelf.patch(5, -1, bytes([last ^ 1]))
    assert named(shelf) == [(5, "its content was changed")]
    assert sent(shelf) == without(5)


def test_a_cut_row_is_named(shelf: Shelf) -> None:
    shelf.change("UPDATE row SET sealed = substr(sealed, 1, 20) WHERE seq = 5")
    assert named(shelf) == [(5, "its content was changed")]
    assert sent(shelf) == without(5)


def test_a_changed_form_number_is_named(shelf: Shelf) -> None:
    shelf.patch(5, 0, b"\x00\x02")
    assert [seq for seq, _what in named(shelf)] == [5]
    assert sent(shelf) == without(5)


def test_two_swapped_rows_are_named(shelf: Shelf) -> None:
    shelf.change(
        "CREATE TEMP TABLE t AS SELECT seq, sealed FROM row WHERE seq IN (5, 6)",
        "UPDATE row SET sealed = (SELECT sealed FROM t WHERE t.seq = 11 - row.seq) "
        "WHERE seq IN (5, 6)",
    )
    assert named(shelf) == [
        (5, "it was swapped: it holds what was sealed for row 6"),
        (6, "it was swapped: it holds what was sealed for row 5"),
    ]
    assert sent(shelf) == without(5, 6)


def test_a_row_copied_over_another_is_named(shelf: Shelf) -> None:
    shelf.change("UPDATE row SET sealed = (SELECT sealed FROM row WHERE seq = 5) WHERE seq = 6")
    assert named(shelf) == [(6, "it is a copy of row 5")]
    assert sent(shelf) == without(6)


def test_a_row_copied_to_a_new_number_is_named_and_new_readings_go_around_it(shelf: Shelf) -> None:
    shelf.change(
        "INSERT INTO row SELECT 13, epoch, state, sealed, mark, seen FROM row WHERE seq = 5"
    )
    assert named(shelf) == [(13, "it is a copy of row 5")]
    with shelf.open() as outbox:
        stored = outbox.put(records.blood_pressure(50)).result(LIMIT_S)
        assert stored.seq == 14
        assert [entry.seq for entry in outbox.pending(100)] == [*without(), 14]
        assert outbox.verify() == [Fault(seq=13, what="it is a copy of row 5")]


def test_a_deleted_row_is_named(shelf: Shelf) -> None:
    shelf.change("DELETE FROM row WHERE seq = 5")
    assert named(shelf) == [(5, "it was deleted")]
    assert sent(shelf) == without(5)


def test_deleted_first_rows_are_named(shelf: Shelf) -> None:
    shelf.change("DELETE FROM row WHERE seq < 4")
    assert named(shelf) == [(1, "rows 1 to 3 were deleted")]
    assert sent(shelf) == without(1, 2, 3)


def test_a_cut_off_end_is_named_and_stays_named(shelf: Shelf) -> None:
    shelf.change("DELETE FROM row WHERE seq > 9")
    assert named(shelf) == [(10, "rows 10 to 12 were cut off at the end")]
    with shelf.open() as outbox:
        assert outbox.put(records.blood_pressure(50)).result(LIMIT_S).seq == 13
        assert [entry.seq for entry in outbox.pending(100)] == [*range(1, 10), 13]
        assert outbox.verify() == [Fault(seq=10, what="rows 10 to 12 were deleted")]


def test_all_rows_gone_is_named(shelf: Shelf) -> None:
    shelf.change("DELETE FROM row")
    assert named(shelf) == [(1, "rows 1 to 12 were cut off at the end")]


def test_a_row_given_another_number_is_named(shelf: Shelf) -> None:
    shelf.change("UPDATE row SET seq = 500 WHERE seq = 5")
    assert named(shelf) == [
        (5, "it was deleted"),
        (500, "it was swapped: it holds what was sealed for row 5"),
    ]
    assert sent(shelf) == without(5)


@pytest.mark.parametrize("seq", [-3, 0, 2**63 - 1])
def test_a_row_forged_under_an_impossible_number_is_named_and_does_no_harm(
    shelf: Shelf, seq: int
) -> None:
    shelf.change(f"INSERT INTO row VALUES ({seq}, 1, 0, zeroblob(174), NULL, NULL)")  # noqa: S608 - a number
    assert [fault[0] for fault in named(shelf)] == [seq]
    assert sent(shelf) == without()
    with shelf.open() as outbox:
        assert outbox.put(records.blood_pressure(50)).result(LIMIT_S).seq == COUNT + 1


@pytest.mark.parametrize("epoch", [-1, 0, 2**40])
def test_an_impossible_epoch_is_named(shelf: Shelf, epoch: int) -> None:
    shelf.change(f"UPDATE row SET epoch = {epoch}, state = 3, mark = x'00' WHERE seq = 5")  # noqa: S608 - a number
    assert named(shelf) == [(5, f"its epoch was changed from 1 to {epoch}")]
    assert sent(shelf) == without(5)


def test_a_text_where_octets_belong_is_named(shelf: Shelf) -> None:
    shelf.change(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'row'",
    )
    shelf.change("UPDATE row SET sealed = 'a text', mark = 'a text' WHERE seq = 5")
    assert named(shelf) == [(5, "its content was changed")]
    assert sent(shelf) == without(5)


def test_a_changed_head_is_named_and_mended_and_the_mending_is_told(shelf: Shelf) -> None:
    shelf.change("UPDATE head SET sealed = zeroblob(100)")
    assert named(shelf) == [(0, "the head was changed or deleted")]
    with shelf.open() as outbox:
        assert [error.code for error in outbox.warnings] == ["STORE-07"]
        assert outbox.put(records.blood_pressure(50)).result(LIMIT_S).seq == 13
        assert [entry.seq for entry in outbox.pending(100)] == [*without(), 13]
    assert named(shelf) == [(0, "the head was changed or lost, and is made anew")]


def test_a_deleted_head_is_named(shelf: Shelf) -> None:
    shelf.change("DELETE FROM head")
    assert named(shelf) == [(0, "the head was changed or deleted")]
    assert sent(shelf) == without()


def test_an_old_head_put_back_is_named_and_no_row_is_lost(shelf: Shelf) -> None:
    old = shelf.ask("SELECT hex(sealed) FROM head")[0][0]
    with shelf.open() as outbox:
        for number in range(COUNT, COUNT + 3):
            outbox.put(records.blood_pressure(number)).result(LIMIT_S)
    shelf.change(f"UPDATE head SET sealed = x'{old}'")  # noqa: S608 - our own octets
    assert named(shelf) == [(13, "rows 13 to 15 were past the head")]
    assert sent(shelf) == [*without(), 13, 14, 15]
    assert named(shelf) == [(0, "the head was put back by 3 rows")]


def test_a_changed_epoch_is_named(shelf: Shelf) -> None:
    shelf.change("UPDATE row SET epoch = 7 WHERE seq = 5")
    assert named(shelf) == [(5, "its epoch was changed from 1 to 7")]
    assert sent(shelf) == without(5)


def test_a_row_that_does_not_open_is_not_acknowledged_away(shelf: Shelf) -> None:
    shelf.change("UPDATE row SET sealed = zeroblob(174) WHERE seq = 5")
    with shelf.open() as outbox:
        assert outbox.acknowledge(range(1, 13)).result(LIMIT_S) == COUNT - 1
    assert named(shelf) == [(5, "its content was changed")]


def test_every_single_changed_octet_of_a_row_is_noticed(shelf: Shelf) -> None:
    """Change each octet of one row in turn, and put it back: none goes unnoticed."""
    connection = sqlite3.connect(shelf.path)
    sealed = connection.execute("SELECT sealed FROM row WHERE seq = 5").fetchone()[0]
    unnoticed = []
    with shelf.view() as view:
        for at in range(len(sealed)):
            changed = bytearray(sealed)
            changed[at] ^= 1
            connection.execute("UPDATE row SET sealed = ? WHERE seq = 5", (bytes(changed),))
            connection.commit()
            if [fault.seq for fault in view.verify()] != [5]:
                unnoticed.append(at)
        connection.execute("UPDATE row SET sealed = ? WHERE seq = 5", (sealed,))
        connection.commit()
        assert view.verify() == []
        assert [listed.state for listed in view.entries()] == [State.PENDING] * COUNT
    connection.close()
    assert unnoticed == []

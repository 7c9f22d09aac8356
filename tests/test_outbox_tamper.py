"""Whatever somebody does to the file is named, and every healthy reading is still sent."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sync.outbox import Fault, State
from tests.fakes import records
from tests.fakes.stores import Shelf

LIMIT_S = 30
COUNT = 12


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return a store of twelve readings, nobody at work on it."""
    shelf = Shelf(tmp_path)
    with shelf.open() as outbox:
        for number in range(COUNT):
            outbox.put(records.blood_pressure(number)).result(LIMIT_S)
    return shelf


def named(shelf: Shelf) -> list[tuple[int, str]]:
    """Verify as the command line does, before the hub starts again."""
    with shelf.view() as view:
        return [(fault.seq, fault.what) for fault in view.verify()]


def sent(shelf: Shelf) -> list[int]:
    """Return what the hub offers the server after its next start."""
    with shelf.open() as outbox:
        offered = outbox.pending(1000)
        for entry in offered:
            assert entry.record == records.blood_pressure(entry.seq - 1)
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


def test_a_forged_acknowledgement_is_named_and_the_reading_is_still_sent(shelf: Shelf) -> None:
    shelf.change("UPDATE row SET state = 3 WHERE seq = 5")
    assert named(shelf) == [(5, "its state was changed from waiting to done with")]
    assert sent(shelf) == without()


def test_a_forged_acknowledgement_with_a_made_up_mark_is_named_and_still_sent(
    shelf: Shelf,
) -> None:
    shelf.change("UPDATE row SET state = 3, mark = randomblob(16) WHERE seq = 5")
    assert named(shelf) == [(5, "its state was forged; it is still sent")]
    assert sent(shelf) == without()


@pytest.mark.parametrize("state", [1, 2, 9])
def test_any_other_forged_state_is_named_and_the_reading_is_still_sent(
    shelf: Shelf, state: int
) -> None:
    shelf.change(f"UPDATE row SET state = {state} WHERE seq = 5")  # noqa: S608 - a number
    found = named(shelf)
    assert [seq for seq, _what in found] == [5]
    assert found[0][1].startswith("its state was changed from waiting to ")
    assert sent(shelf) == without()


def test_a_forged_acknowledgement_under_the_running_hub_is_still_sent(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        assert len(outbox.pending(100)) == COUNT
        shelf.change("UPDATE row SET state = 3 WHERE seq = 5")
        assert [entry.seq for entry in outbox.pending(100)] == without()
        assert outbox.acknowledge([5]).result(LIMIT_S) == 1
        assert [entry.seq for entry in outbox.pending(100)] == without(5)
        assert outbox.verify() == []


def test_a_reading_replaced_by_a_true_old_acknowledgement_is_named(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.acknowledge([1]).result(LIMIT_S)
    shelf.change(
        "UPDATE row SET (epoch, state, sealed, mark) = "
        "(SELECT epoch, state, sealed, mark FROM row WHERE seq = 1) WHERE seq = 5"
    )
    assert named(shelf) == [(5, "what was written off here was changed")]
    assert sent(shelf) == without(1, 5)


def test_a_changed_acknowledgement_is_named(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.acknowledge([3]).result(LIMIT_S)
    # A span keeps its first number in octets 2 to 9: claim that 1 and 2 were sent as well.
    shelf.patch(3, 2, (1).to_bytes(8, "big"))
    shelf.change("DELETE FROM row WHERE seq < 3")
    assert (3, "what was written off here was changed") in named(shelf)
    assert sent(shelf) == without(1, 2, 3)


def test_deleted_acknowledgements_are_named(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.acknowledge([1, 2, 3, 7]).result(LIMIT_S)
    shelf.change("DELETE FROM row WHERE seq IN (3, 7)")
    assert named(shelf) == [(1, "rows 1 to 3 were deleted"), (7, "it was deleted")]
    assert sent(shelf) == without(1, 2, 3, 7)


def test_a_parked_reading_slipped_back_is_named(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.park(5, reason="no", code="FHIR-22").result(LIMIT_S)
    shelf.change("UPDATE row SET state = 0 WHERE seq = 5")
    assert named(shelf) == [(5, "its state was changed from parked to waiting")]
    assert sent(shelf) == without(5)


def test_a_parked_reading_made_to_look_as_if_it_never_was_is_named(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.park(5, reason="no", code="FHIR-22").result(LIMIT_S)
    shelf.change("UPDATE row SET state = 0, mark = NULL WHERE seq = 5")
    assert named(shelf) == [(0, "a row was put back to an earlier state")]
    assert sent(shelf) == without()


def test_a_changed_reason_is_named(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.park(5, reason="no", code="FHIR-22").result(LIMIT_S)
    shelf.change("UPDATE row SET mark = substr(mark, 1, 30) WHERE seq = 5")
    assert named(shelf) == [(5, "its state was forged; it is still sent")]
    assert sent(shelf) == without()


def test_evidence_made_to_look_like_a_reading_is_named_and_not_sent(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.put(records.evidence()).result(LIMIT_S)
    shelf.change("UPDATE row SET state = 0, mark = NULL WHERE seq = 13")
    assert named(shelf) == [(13, "its mark as evidence was changed")]
    assert sent(shelf) == without()


def test_a_changed_index_entry_is_named(shelf: Shelf) -> None:
    shelf.change("UPDATE row SET seen = zeroblob(20) WHERE seq = 5")
    assert named(shelf) == [(5, "its index entry was changed")]
    assert sent(shelf) == without()


@pytest.mark.parametrize("table", ["key", "spare_key", "part", "spare_part"])
def test_one_lost_copy_of_keys_or_parts_costs_no_reading(shelf: Shelf, table: str) -> None:
    shelf.change(f"DELETE FROM {table} WHERE number > 0")  # noqa: S608 - a constant
    found = named(shelf)
    assert found
    assert all(seq == 0 and "one of its two copies is damaged" in what for seq, what in found)
    assert sent(shelf) == without()


@pytest.mark.parametrize("table", ["key", "part"])
def test_one_changed_copy_of_keys_or_parts_costs_no_reading(shelf: Shelf, table: str) -> None:
    shelf.change(f"UPDATE {table} SET octets = zeroblob(48)")  # noqa: S608 - a constant
    found = named(shelf)
    assert found
    assert all(seq == 0 and "one of its two copies is damaged" in what for seq, what in found)
    assert sent(shelf) == without()


def test_a_lost_data_key_is_named_for_every_row_it_took_along(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.put(records.blood_pressure(COUNT)).result(LIMIT_S)
    shelf.change("DELETE FROM key WHERE number = 1", "DELETE FROM spare_key WHERE number = 1")
    assert named(shelf) == [(seq, "its key is lost") for seq in range(1, COUNT + 1)]
    assert sent(shelf) == [COUNT + 1]


def test_a_store_of_another_generation_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    other = Shelf(tmp_path / "other")
    with other.open() as outbox:
        outbox.put(records.blood_pressure(70)).result(LIMIT_S)
    shelf.change(
        f"ATTACH '{other.path}' AS other",
        "UPDATE row SET sealed = (SELECT sealed FROM other.row WHERE seq = 1) WHERE seq = 1",
    )
    assert named(shelf) == [(1, "its content was changed")]
    assert sent(shelf) == without(1)


def test_a_remembered_value_that_was_changed_is_named_and_not_believed(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.remember("last-sequence/x", b"7").result(LIMIT_S)
    shelf.change("UPDATE memory SET sealed = zeroblob(40)")
    assert named(shelf) == [(0, "a remembered value was changed")]
    with shelf.open() as outbox:
        assert outbox.recall("last-sequence/x") is None


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

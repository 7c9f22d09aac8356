"""Forged states, keys and remembered values are named, not believed, and stop no reading."""

from __future__ import annotations

from pathlib import Path

import pytest

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

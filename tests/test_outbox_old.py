"""A store written by an early Hearth opens in this one, with every record as it was.

`golden/outbox-form-1.db.gz` was written by the version of the 23rd of November 2026, 13:04 (commit
5d35ad5: no clock uncertainty, no held readings yet), with the key `bytes(range(32))`: readings 1
to 4, reading 3 with a meal; evidence 5; reading 1 acknowledged, reading 2 refused.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from sync.outbox import State
from sync.record import Measured
from tests.fakes import records
from tests.fakes.stores import Shelf
from vitals.reading import Context, Meal

OLD = Path(__file__).parent / "golden" / "outbox-form-1.db.gz"
LIMIT_S = 90


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.path.write_bytes(gzip.decompress(OLD.read_bytes()))
    return shelf


def test_every_record_of_an_old_store_is_as_it_was(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        rows = {row.seq: row for row in outbox.entries()}
        assert outbox.warnings == ()
        assert outbox.verify() == []
        assert outbox.recall("mark/C0:26:DA:11:22:33") == b"7"
        assert outbox.counts().acknowledged_total == 1
    assert {seq: row.record for seq, row in rows.items()} == {
        2: records.blood_pressure(1),
        3: records.blood_pressure(2, context=Context(meal=Meal.FASTING)),
        4: records.blood_pressure(3),
        5: records.evidence(),
    }
    assert rows[2].state is State.PARKED
    assert rows[2].refusal is not None
    assert (rows[2].refusal.code, rows[2].refusal.reason) == ("FHIR-22", "the unit is unknown")


def test_an_old_store_goes_on(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        assert [entry.seq for entry in outbox.pending(10)] == [3, 4]
        assert outbox.put(records.blood_pressure(0)).result(LIMIT_S).duplicate
        assert outbox.put(records.blood_pressure(9)).result(LIMIT_S).seq == 6
        assert outbox.retry().result(LIMIT_S) == 1
        assert outbox.acknowledge([2, 3, 4, 6]).result(LIMIT_S) == 4
        assert outbox.verify() == []


def test_nothing_an_early_version_stored_lacks_its_times(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        row = outbox.entry(4)
    assert row is not None
    assert isinstance(row.record, Measured)
    check = row.record.reading.timing.clock_check
    assert check is not None
    assert check.uncertainty_ms is None

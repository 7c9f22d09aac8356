"""The outbox keeps every record once, in order, until it is acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.outbox import Outbox, State
from sync.record import Measured, Record
from tests.fakes import records
from tests.fakes.stores import Shelf
from vitals.reading import Context, Meal

FASTING = Context(meal=Meal.FASTING)
LIMIT_S = 90


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def outbox(shelf: Shelf) -> Iterator[Outbox]:
    with shelf.open() as opened:
        yield opened


def put(outbox: Outbox, *many: Record, hold_s: float = 0) -> list[int]:
    futures = [outbox.put(record, hold_s=hold_s) for record in many]
    return [future.result(LIMIT_S).seq for future in futures]


def waiting(outbox: Outbox) -> list[int]:
    return [entry.seq for entry in outbox.pending(1000)]


def test_readings_come_out_as_they_went_in_and_in_order(outbox: Outbox) -> None:
    many = [records.blood_pressure(number) for number in range(200)]
    assert put(outbox, *many) == list(range(1, 201))
    assert [entry.record for entry in outbox.pending(200)] == many
    assert [entry.seq for entry in outbox.pending(3)] == [1, 2, 3]
    assert outbox.verify() == []


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(record=records.records())
def test_any_record_survives_a_restart(
    tmp_path_factory: pytest.TempPathFactory, record: Record
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("any"))
    with shelf.open() as outbox:
        seq = outbox.put(record).result(LIMIT_S).seq
    with shelf.open() as outbox:
        listed = outbox.entry(seq)
        assert listed is not None
        assert listed.record == record
        assert outbox.verify() == []


def test_a_reading_read_again_is_stored_once(outbox: Outbox) -> None:
    first = records.blood_pressure()
    put(outbox, first)
    again = outbox.put(first).result(LIMIT_S)
    assert (again.seq, again.duplicate) == (1, True)
    assert waiting(outbox) == [1]


def test_a_reading_read_again_years_after_it_was_sent_is_known(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure())
        outbox.acknowledge([1]).result(LIMIT_S)
    shelf.wait(3600.0 * 24 * 365 * 3)
    with shelf.open() as outbox:
        again = outbox.put(records.blood_pressure()).result(LIMIT_S)
        assert (again.seq, again.duplicate) == (1, True)
        assert waiting(outbox) == []
        assert outbox.verify() == []


def test_two_copies_in_one_transaction_are_stored_once(outbox: Outbox) -> None:
    one, other = records.blood_pressure(1), records.blood_pressure(2)
    stored = outbox.put_all([one, other, one]).result(LIMIT_S)
    assert [(each.seq, each.duplicate) for each in stored] == [(1, False), (2, False), (1, True)]


def test_context_that_comes_later_replaces_the_reading_that_waits(outbox: Outbox) -> None:
    put(outbox, records.blood_pressure(0), records.blood_pressure(1))
    richer = records.blood_pressure(0, context=FASTING)
    stored = outbox.put(richer).result(LIMIT_S)
    assert (stored.seq, stored.duplicate, stored.supersedes) == (3, False, 1)
    entries = outbox.pending(10)
    assert [entry.seq for entry in entries] == [2, 3]
    assert entries[1].record == richer
    assert outbox.counts().superseded_total == 1
    assert outbox.verify() == []


def test_context_that_comes_after_the_acknowledgement_amends(outbox: Outbox) -> None:
    put(outbox, records.blood_pressure())
    outbox.acknowledge([1]).result(LIMIT_S)
    richer = records.blood_pressure(context=FASTING)
    stored = outbox.put(richer).result(LIMIT_S)
    assert (stored.duplicate, stored.supersedes) == (False, 1)
    assert [entry.record for entry in outbox.pending(10)] == [replace(richer, amends=True)]


def test_an_amendment_that_is_replaced_in_turn_still_amends(outbox: Outbox) -> None:
    put(outbox, records.blood_pressure())
    outbox.acknowledge([1]).result(LIMIT_S)
    put(outbox, records.blood_pressure(context=FASTING))
    put(outbox, records.blood_pressure(context=Context(meal=Meal.BEDTIME)))
    entries = outbox.pending(10)
    assert [entry.seq for entry in entries] == [3]
    assert isinstance(entries[0].record, Measured)
    assert entries[0].record.amends


def test_the_same_reading_without_its_context_is_a_duplicate(outbox: Outbox) -> None:
    put(outbox, records.blood_pressure(context=FASTING))
    again = outbox.put(records.blood_pressure()).result(LIMIT_S)
    assert (again.seq, again.duplicate) == (1, True)


def test_a_held_reading_is_offered_once_it_is_released(outbox: Outbox) -> None:
    put(outbox, records.blood_pressure(0), hold_s=90)
    put(outbox, records.blood_pressure(1))
    assert waiting(outbox) == [2]
    assert (outbox.counts().held, outbox.counts().pending) == (1, 1)
    outbox.release([1])
    assert waiting(outbox) == [1, 2]


def test_a_hold_runs_out_by_itself(shelf: Shelf, outbox: Outbox) -> None:
    put(outbox, records.blood_pressure(), hold_s=90)
    shelf.wait(89)
    assert waiting(outbox) == []
    shelf.wait(1)
    assert waiting(outbox) == [1]


def test_a_restart_ends_every_hold(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure(), hold_s=90)
    with shelf.open() as outbox:
        assert waiting(outbox) == [1]


def test_a_frame_kept_as_evidence_is_never_offered(outbox: Outbox) -> None:
    put(outbox, records.evidence(), records.blood_pressure())
    assert waiting(outbox) == [2]
    kept = [listed.record for listed in outbox.entries([State.EVIDENCE])]
    assert kept == [records.evidence()]


def test_the_oldest_evidence_goes_first_and_is_counted(tmp_path: Path) -> None:
    with Shelf(tmp_path, max_evidence=3).open() as outbox:
        put(outbox, *(records.evidence(number) for number in range(5)))
        assert [listed.seq for listed in outbox.entries([State.EVIDENCE])] == [3, 4, 5]
        assert (outbox.counts().evidence, outbox.counts().evidence_dropped_total) == (3, 2)
        assert outbox.verify() == []


def test_the_same_bad_frame_again_is_kept_once(outbox: Outbox) -> None:
    put(outbox, records.evidence())
    assert outbox.put(records.evidence()).result(LIMIT_S).duplicate


def test_acknowledged_readings_leave_and_the_chain_holds(outbox: Outbox) -> None:
    put(outbox, *(records.blood_pressure(number) for number in range(10)))
    assert outbox.acknowledge([2, 3, 7]).result(LIMIT_S) == 3
    assert outbox.acknowledge([3, 5, 99]).result(LIMIT_S) == 1
    assert waiting(outbox) == [1, 4, 6, 8, 9, 10]
    assert outbox.verify() == []
    assert outbox.counts().acknowledged_total == 4


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(1, 13)), cut=st.integers(1, 12))
def test_whatever_the_order_of_acknowledgement_one_row_is_left(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], cut: int
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("order"))
    with shelf.open() as outbox:
        put(outbox, *(records.blood_pressure(number) for number in range(12)))
        outbox.acknowledge(order[:cut]).result(LIMIT_S)
        assert outbox.verify() == []
        assert waiting(outbox) == sorted(order[cut:])
        for seq in order[cut:]:
            outbox.acknowledge([seq]).result(LIMIT_S)
        assert outbox.verify() == []
    assert shelf.ask("SELECT seq FROM row") == [(12,)]


def test_a_parked_reading_waits_for_a_person_and_then_again_for_the_server(outbox: Outbox) -> None:
    put(outbox, records.blood_pressure(0), records.blood_pressure(1))
    assert outbox.park(1, reason="the unit is unknown", code="FHIR-22").result(LIMIT_S)
    assert waiting(outbox) == [2]
    listed = outbox.entry(1)
    assert listed is not None
    assert listed.state is State.PARKED
    assert listed.refusal is not None
    assert (listed.refusal.code, listed.refusal.reason) == ("FHIR-22", "the unit is unknown")
    assert outbox.verify() == []
    assert outbox.retry().result(LIMIT_S) == 1
    assert waiting(outbox) == [1, 2]
    assert outbox.verify() == []


def test_parking_what_is_not_there_says_so(outbox: Outbox) -> None:
    assert not outbox.park(7, reason="", code="").result(LIMIT_S)


def test_what_is_remembered_survives_a_restart(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        outbox.remember("last-sequence/C0:26:DA:11:22:33", b"\x00\x2a").result(LIMIT_S)
        outbox.remember("last-sequence/C0:26:DA:11:22:33", b"\x00\x2b").result(LIMIT_S)
    with shelf.open() as outbox:
        assert outbox.recall("last-sequence/C0:26:DA:11:22:33") == b"\x00\x2b"
        assert outbox.recall("something else") is None

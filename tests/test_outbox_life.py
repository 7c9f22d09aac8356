"""The outbox through its life: opened, shared, given new keys, closed, and shut to strangers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sync.outbox import Outbox
from sync.outbox_file import read_keyring
from sync.record import Measured, Record
from tests.fakes import records
from tests.fakes.stores import Shelf
from vitals.errors import HubError

LIMIT_S = 90


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def outbox(shelf: Shelf) -> Iterator[Outbox]:
    with shelf.open() as opened:
        yield opened


def put(outbox: Outbox, *many: Record) -> list[int]:
    futures = [outbox.put(record) for record in many]
    return [future.result(LIMIT_S).seq for future in futures]


def waiting(outbox: Outbox) -> list[int]:
    return [entry.seq for entry in outbox.pending(1000)]


def test_nothing_a_person_could_read_is_in_the_file(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure(), records.evidence())
        outbox.park(1, reason="a secret reason", code="FHIR-22").result(LIMIT_S)
        outbox.remember("last-sequence/C0:26:DA:11:22:33", b"a secret value").result(LIMIT_S)
    octets = b"".join(file.read_bytes() for file in shelf.folder.iterdir())
    for secret in (
        records.PATIENT,
        records.CUFF.address,
        records.CUFF.serial,
        records.CUFF.driver,
        records.blood_pressure().id,
        "blood-pressure",
        "2a35",
        "secret",
        "last-sequence",
        shelf.hub_id,
    ):
        assert secret.encode() not in octets
    assert records.blood_pressure().reading.frames[0].data not in octets
    assert bytes.fromhex("0" + records.blood_pressure().id[1:]) not in octets


def test_only_its_owner_may_read_the_file(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure())
        modes = {file.stat().st_mode & 0o077 for file in shelf.folder.iterdir()}
    assert modes == {0}


def test_every_day_and_every_start_has_a_data_key_that_goes_with_its_last_row(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure(0), records.blood_pressure(1))
        shelf.wait(24 * 3600)
        put(outbox, records.blood_pressure(2))
    assert shelf.ask("SELECT number FROM key") == [(0,), (1,), (2,)]
    with shelf.open() as outbox:
        outbox.acknowledge([1, 2]).result(LIMIT_S)
        put(outbox, records.blood_pressure(3))
        assert outbox.verify() == []
    assert shelf.ask("SELECT number FROM key") == [(0,), (2,), (3,)]
    kept_twice = shelf.ask("SELECT number FROM spare_key WHERE number >= 0")
    assert kept_twice == [(0,), (2,), (3,)]


def test_a_day_that_was_sent_cannot_be_opened_again_from_an_old_copy(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure(0))
    connection = sqlite3.connect(shelf.path)
    kept = connection.execute("SELECT seq, epoch, sealed FROM row").fetchall()
    connection.close()
    with shelf.open() as outbox:
        assert waiting(outbox) == [1]
        outbox.acknowledge([1]).result(LIMIT_S)
        shelf.wait(24 * 3600)
        put(outbox, records.blood_pressure(1))
    connection = sqlite3.connect(shelf.path)
    keyring = read_keyring(connection, key=shelf.key, tenant=shelf.tenant, hub_id=shelf.hub_id)
    connection.close()
    # The hub key and all that is left of its store: nothing of it opens what was sent.
    assert [keyring.open(seq=seq, epoch=epoch, sealed=sealed) for seq, epoch, sealed in kept] == [
        None
    ]


def test_another_key_is_refused_and_the_store_is_left_as_it_is(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure())
    with pytest.raises(HubError) as caught:
        replace(shelf, key=bytes(32)).open()
    assert caught.value.code == "SEAL-01"
    with shelf.open() as outbox:
        assert waiting(outbox) == [1]


def test_another_hubs_store_is_refused(shelf: Shelf) -> None:
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure())
    with pytest.raises(HubError) as caught:
        replace(shelf, hub_id="hub-2").open()
    assert caught.value.code == "SEAL-02"


def test_a_changed_hub_key_opens_everything_and_the_old_one_nothing(shelf: Shelf) -> None:
    new = bytes(reversed(shelf.key))
    with shelf.open() as outbox:
        put(outbox, records.blood_pressure(0))
        outbox.rewrap(new).result(LIMIT_S)
        put(outbox, records.blood_pressure(1))
    with pytest.raises(HubError):
        shelf.open()
    with replace(shelf, key=new).open() as outbox:
        assert waiting(outbox) == [1, 2]
        assert outbox.verify() == []


def test_a_store_has_one_writer(shelf: Shelf, outbox: Outbox) -> None:
    put(outbox, records.blood_pressure())
    with pytest.raises(HubError) as caught:
        shelf.open()
    assert caught.value.code == "STORE-06"


def test_the_command_line_reads_while_the_hub_writes(shelf: Shelf, outbox: Outbox) -> None:
    put(outbox, records.blood_pressure(0))
    with shelf.view() as view:
        put(outbox, records.blood_pressure(1))
        assert [listed.seq for listed in view.entries()] == [1, 2]
        assert view.verify() == []


def test_many_threads_store_every_reading_once(outbox: Outbox) -> None:
    numbers: dict[int, list[int]] = {}

    def store(worker: int) -> None:
        # Neighbours overlap by half, so every reading is offered by two threads.
        mine = [records.blood_pressure(number) for number in range(20 * worker, 20 * worker + 40)]
        numbers[worker] = put(outbox, *mine)

    threads = [threading.Thread(target=store, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert waiting(outbox) == list(range(1, 181))
    assert all(
        worker == sorted(set(worker)) or len(set(worker)) == 40 for worker in numbers.values()
    )
    ids = [entry.record.id for entry in outbox.pending(1000) if isinstance(entry.record, Measured)]
    assert sorted(ids) == sorted(records.blood_pressure(number).id for number in range(180))
    assert outbox.verify() == []


def test_a_record_that_cannot_be_written_down_fails_alone(outbox: Outbox) -> None:
    fine = records.blood_pressure()
    huge = replace(fine, id="other", reading=replace(fine.reading, sequence=2**64))
    futures = [outbox.put(record) for record in (fine, huge, records.blood_pressure(1))]
    assert futures[0].result(LIMIT_S).seq == 1
    error = futures[1].exception(LIMIT_S)
    assert isinstance(error, HubError)
    assert error.code == "PACK-03"
    assert futures[2].result(LIMIT_S).seq == 2


def test_after_closing_a_put_fails_with_a_sentence(shelf: Shelf) -> None:
    outbox = shelf.open()
    outbox.close()
    error = outbox.put(records.blood_pressure()).exception(LIMIT_S)
    assert isinstance(error, HubError)
    assert error.code == "STORE-10"
    outbox.close()


def test_what_is_queued_when_it_closes_is_stored(shelf: Shelf) -> None:
    outbox = shelf.open()
    futures = [outbox.put(records.blood_pressure(number)) for number in range(50)]
    outbox.close()
    assert [future.result(LIMIT_S).seq for future in futures] == list(range(1, 51))


def test_a_store_of_a_later_version_is_left_alone(shelf: Shelf) -> None:
    shelf.open().close()
    shelf.change("PRAGMA user_version = 99")
    with pytest.raises(HubError) as caught:
        shelf.open()
    assert caught.value.code == "STORE-08"

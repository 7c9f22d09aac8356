"""The care rules at work over a real store: once each, also after cuts, and honest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.guard.daybook import days
from agent.guard.guardian import _MOST
from agent.persons import NOT_LIKE_THEM
from agent.screen.values import About, Doing
from sync.bridge.gate import refusal
from sync.envelope import Address
from sync.exchange import Answer
from sync.outbox import State
from tests.fakes.goals import goal, most, within_days
from tests.fakes.guarded import LIMIT_S, Guarded, guarded
from tests.fakes.readings_now import camera, pressure, weight
from tests.test_screen_full import fill
from vitals.reading import Flag

NOW = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
LIMIT = goal("bp", most(180)) | {"meta": {"versionId": "3"}}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path, NOW) as one:
        one.rule(LIMIT)
        yield one


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [one["resourceType"] for one in found]


def test_a_reading_beyond_a_limit_is_one_flag_and_one_message_however_often_it_is_looked_at(
    home: Guarded,
) -> None:
    home.put(pressure("190", "90", NOW), pressure("150", "90", NOW - timedelta(hours=1)))
    assert kinds(home.look()) == ["Flag", "Communication"]
    assert home.look() == []
    home.started()
    assert home.look() == []


def test_the_patient_reads_that_the_team_was_told_only_once_it_was(home: Guarded) -> None:
    home.put(pressure("190", "90", NOW))
    home.guardian.look()
    (note,) = home.guardian.notes()
    assert (note.about, note.doing, note.told) == (About.LIMIT, Doing.BLOOD_PRESSURE, False)
    home.started().look()
    assert not home.guardian.notes()[0].told
    home.waiting()
    home.guardian.look()
    assert home.guardian.notes()[0].told


def test_a_message_that_arrived_just_before_a_cut_is_known_to_have_arrived(home: Guarded) -> None:
    home.put(pressure("190", "90", NOW))
    home.guardian.look()
    home.waiting()  # the plug is pulled here: nobody had noted it
    home.started().look()
    assert home.guardian.notes()[0].told


def test_a_note_that_was_looked_at_is_gone_for_good(home: Guarded) -> None:
    home.put(pressure("190", "90", NOW))
    home.look()
    (note,) = home.guardian.notes()
    assert home.guardian.noticed(note.id)
    assert not home.guardian.noticed(note.id)
    home.started().look()
    assert home.guardian.notes() == []


def test_readings_of_one_guided_measurement_are_one_word(home: Guarded) -> None:
    home.put(*(pressure("190", "90", NOW + timedelta(minutes=n)) for n in (0, 1, 2)))
    home.later(minutes=3)
    assert kinds(home.look()) == ["Flag", "Communication"]
    home.put(pressure("191", "90", NOW + timedelta(minutes=20)))
    home.later(minutes=20)
    assert kinds(home.look()) == ["Flag", "Communication"]


def test_a_new_version_takes_the_old_ones_place_and_a_withdrawn_one_is_silent(
    home: Guarded,
) -> None:
    home.rule(goal("bp", most(195)) | {"meta": {"versionId": "4"}})
    home.put(pressure("190", "90", NOW))
    assert home.look() == []
    home.rule(LIMIT | {"lifecycleStatus": "cancelled"})
    home.put(pressure("199", "90", NOW))
    assert home.look() == []


def test_nobody_elses_no_estimate_no_test_is_held_against_a_limit(home: Guarded) -> None:
    home.put(
        pressure("190", "90", NOW, patient="Patient/other"),
        pressure("191", "90", NOW, flags=frozenset({Flag.TESTING})),
        camera("140", NOW),
        pressure("192", "90", NOW - timedelta(days=3)),
    )
    assert home.look() == []


def test_a_held_reading_waits_for_its_answer_and_is_looked_at_then(home: Guarded) -> None:
    home.rule(goal("kg", most(100, "29463-7", "kg")))
    (seq,) = home.put(weight("120", NOW), hold_s=60.0)
    assert home.look() == []
    assert home.outbox.park(seq, code=NOT_LIKE_THEM, reason="?").result(LIMIT_S)
    home.later(seconds=61)
    assert home.look() == []
    home.put(weight("80", NOW))  # others go on
    assert home.look() == []
    assert home.outbox.give(seq, "Patient/p").result(LIMIT_S) is not None
    assert kinds(home.look()) == ["Flag", "Communication"]


def test_a_held_reading_that_is_nobodys_is_never_looked_at(home: Guarded) -> None:
    home.rule(goal("kg", most(100, "29463-7", "kg")))
    (seq,) = home.put(weight("120", NOW), hold_s=60.0)
    home.look()
    home.outbox.park(seq, code=NOT_LIKE_THEM, reason="?").result(LIMIT_S)
    home.outbox.discard(seq).result(LIMIT_S)
    home.later(seconds=61)
    assert home.look() == []
    assert [row.state for row in home.outbox.entries([State.EVIDENCE])] == [State.EVIDENCE]


def test_a_row_on_hold_is_looked_at_once_its_hold_is_over(home: Guarded) -> None:
    home.put(pressure("190", "90", NOW), hold_s=90.0)
    home.put(pressure("150", "90", NOW))
    assert home.look() == []
    home.later(seconds=91)
    assert kinds(home.look()) == ["Flag", "Communication"]


def test_a_rise_is_told_when_it_begins_and_again_only_after_it_was_over(home: Guarded) -> None:
    home.rule(goal("kg", within_days(2, 3), rule="rise"))
    told = []
    for day, kg in enumerate(("80.0", "81.0", "82.5", "83.0", "82.0", "82.1", "84.2")):
        home.at = NOW + timedelta(days=day)
        home.put(weight(kg, home.at))
        told.append(kinds(home.look()))
    word = ["Flag", "Communication"]
    # 82.5 is 2.5 over the first day; 83.0 goes on; 82.0 is 1.0 over 81.0; 84.2 is 2.2 over 82.0.
    assert told == [[], [], word, [], [], [], word]
    notes = [one.about for one in home.guardian.notes()]
    assert notes == [About.TREND]


def test_a_meters_memory_of_last_month_raises_nothing_and_is_in_the_ledger(home: Guarded) -> None:
    home.put(*(pressure("190", "90", NOW - timedelta(days=day)) for day in range(40, 1, -1)))
    assert home.look() == []
    assert len(list(days(home.own))) == 39


def test_the_ledger_has_measured_and_sent_dates_in_the_patients_zone(tmp_path: Path) -> None:
    """22:30 UTC is already tomorrow in Kathmandu (UTC+5:45, IANA tzdata)."""
    zone = ZoneInfo("Asia/Kathmandu")
    late = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    with guarded(tmp_path, late, zone) as home:
        (seq,) = home.put(weight("80", late))
        home.put(camera("70", late))
        home.look()
        (day,) = days(home.own)
        assert str(day.date) == "2026-11-24"
        assert (day.is_measured, day.is_sent, len(day.lines)) == (True, False, 2)
        home.outbox.acknowledge([seq]).result(LIMIT_S)
        home.guardian.sent([seq])
        home.look()
        (day,) = days(home.own)
        assert day.is_sent


def test_what_was_sent_just_before_a_cut_is_in_the_ledger_after_it(home: Guarded) -> None:
    (seq,) = home.put(weight("80", NOW))
    home.look()
    home.outbox.acknowledge([seq]).result(LIMIT_S)
    home.later(minutes=5)
    home.started().look()
    (day,) = days(home.own)
    assert day.lines[0].sent == home.at


def test_a_thousand_messages_that_nobody_takes_stop_no_reading_and_a_person_is_told(
    home: Guarded,
) -> None:
    for number in range(0, _MOST, 100):
        full = [{"resourceType": "Communication", "n": n} for n in range(number, number + 100)]
        home.answers.put_all(full, most=_MOST)
    home.put(pressure("190", "90", NOW))
    home.guardian.look()
    assert "CARE-02" in home.status.snapshot().alarms
    assert len(list(days(home.own))) == 1
    request = home.answers.next(0.0)
    assert request is not None
    home.answers.answer(request, Answer(status=201), 0.0)


def test_what_is_raised_passes_the_bridge_for_the_hubs_own_patient_only(home: Guarded) -> None:
    home.put(pressure("190", "90", NOW))
    home.guardian.look()
    own = Address(tenant="t", hub="hub-1")
    for _ in range(2):
        request = home.answers.next(0.0)
        assert request is not None
        assert refusal(request, own, frozenset({"Patient/p"})) is None
        assert refusal(request, own, frozenset({"Patient/other"})) is not None
        other = Address(tenant="t", hub="hub-2")
        assert refusal(request, other, frozenset({"Patient/p"})) is not None
        home.answers.answer(request, Answer(status=201), 0.0)


def test_no_trace_of_a_patient_is_in_a_log_an_alarm_or_an_address(
    home: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    """197 over 113, and a rule's own words: they stand nowhere else."""
    caplog.set_level("DEBUG")
    canary = goal("bp", most(180), description={"text": "canary-7Q2X"})
    home.rule(canary)
    for number in range(0, _MOST, 100):
        full = [{"resourceType": "Communication", "n": n} for n in range(number, number + 100)]
        home.answers.put_all(full, most=_MOST)
    home.put(pressure("197", "113", NOW))
    home.guardian.look()
    home.outbox.close()
    home.later(hours=1)
    home.guardian.look()
    alarms = home.status.snapshot().alarms
    assert {"CARE-01", "CARE-02"} <= alarms.keys()
    said = caplog.text + str(alarms)
    assert "CARE-02" in said
    for secret in ("197", "113", "canary-7Q2X", "Patient/p", "C0:26:DA"):
        assert secret not in said


def test_a_hub_that_is_given_to_another_patient_knows_nothing_of_the_first(
    home: Guarded,
) -> None:
    home.put(pressure("190", "90", NOW))
    home.look()
    home.started("Patient/next")
    home.put(pressure("191", "90", NOW, patient="Patient/next"))
    (flag, _) = home.look()
    assert flag["subject"] == {"reference": "Patient/next"}
    assert len(home.guardian.notes()) == 1
    assert [len(day.lines) for day in days(home.own)] == [1]


def test_a_damaged_memory_is_an_empty_one(home: Guarded) -> None:
    home.put(pressure("190", "90", NOW))
    home.look()
    home.outbox.remember(home.own.name("care/state"), b"nonsense").result(LIMIT_S)
    home.started()
    again = home.look()  # the same ids: the server stores them once
    assert kinds(again) == ["Flag", "Communication"]


def test_what_came_while_the_disk_was_full_is_in_the_ledger_once_there_is_room(
    home: Guarded,
) -> None:
    (seq,) = home.put(weight("80", NOW))
    home.look()
    names = fill(home.outbox)
    home.outbox.acknowledge([seq]).result(LIMIT_S)
    home.guardian.sent([seq])
    home.later(days=1)
    for number in range(40):
        home.guardian.typed(f"Task/{number}", {"9279-1": Decimal(18)})
    home.guardian.look()
    assert "CARE-01" in home.status.snapshot().alarms
    home.outbox.remember_all(dict.fromkeys(names, b"")).result(LIMIT_S)
    home.guardian.look()
    assert "CARE-01" not in home.status.snapshot().alarms
    first, second = days(home.own)
    assert first.is_sent
    assert len(second.lines) == 40

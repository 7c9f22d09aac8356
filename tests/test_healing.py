"""The rules by which a radio is healed: without a radio, and each seen to have an edge."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.healing.bonds import ONCE_S, Bonds, End, Step
from drivers.healing.history import MOST, Fault, History
from drivers.healing.silence import CEILING_S, TELL_S, UNKNOWN_S, Cure, Silence
from drivers.links.plan import MOST_IDLE_S, Pauses
from drivers.sessions.session import Outcome

METER = "C1:00:00:00:00:02"


def chatty(until_s: float, every_s: float) -> Silence:
    silence = Silence()
    silence.started(0.0)
    silence.heard(0.0)
    for count in range(1, int(until_s / every_s) + 1):
        assert silence.look(count * every_s) is None
        silence.heard(count * every_s)
    return silence


def cures(silence: Silence, begin_s: float, end_s: float) -> list[tuple[float, Cure]]:
    moments = (half_seconds / 2 for half_seconds in range(int(begin_s * 2), int(end_s * 2)))
    return [(at_s, cure) for at_s in moments if (cure := silence.look(at_s)) is not None]


def test_where_something_is_heard_each_second_four_seconds_of_nothing_are_acted_on() -> None:
    assert cures(chatty(100, 1.0), 100, 130)[0] == (104.0, Cure.RESTART_SCAN)


def test_what_does_not_help_is_followed_by_something_stronger_and_in_the_end_a_person() -> None:
    found = cures(chatty(100, 1.0), 100, 100 + 2 * TELL_S)
    assert found == [
        (104.0, Cure.RESTART_SCAN),
        (109.0, Cure.POWER_CYCLE),
        (109.0 + TELL_S, Cure.TELL),
    ]


def test_meters_alone_teach_nothing_because_they_are_silent_when_nobody_measures() -> None:
    silence = Silence()
    silence.started(0.0)
    found = []
    for hour in range(6):
        for tenths in range(600):
            silence.heard(hour * 3600 + tenths / 10, meter=True)
        found += cures(silence, hour * 3600 + 60, hour * 3600 + 3600)
    assert {cure for _, cure in found} == {Cure.RESTART_SCAN}
    assert len(found) <= 30  # five an hour


def test_a_telephone_that_leaves_costs_one_power_cycle_and_teaches_patience() -> None:
    silence = chatty(100, 1.0)
    assert [cure for _, cure in cures(silence, 100, 400)] == [Cure.RESTART_SCAN, Cure.POWER_CYCLE]
    assert silence.heard(400.0)
    assert cures(silence, 400, 1500) == []


def test_a_visit_is_no_silence() -> None:
    silence = chatty(100, 1.0)
    silence.busy(130.0)
    assert cures(silence, 130, 134) == []
    silence.heard(131.0)
    assert silence.patience_s == 4.0


def test_in_a_hut_where_something_is_heard_once_a_minute_a_minute_is_nothing() -> None:
    assert cures(chatty(1800, 59.0), 1800, 2005) == []
    assert cures(chatty(1800, 59.0), 1800, 2007) == [(2006.0, Cure.RESTART_SCAN)]


def test_a_hub_that_never_heard_anything_starts_its_scan_anew_after_a_minute() -> None:
    silence = Silence()
    silence.started(10.0)
    assert cures(silence, 10, 10 + UNKNOWN_S) == []
    assert cures(silence, 10 + UNKNOWN_S, 71) == [(70.0, Cure.RESTART_SCAN)]


def test_an_adapter_that_was_deaf_from_the_start_is_switched_off_and_on_once() -> None:
    silence = Silence()
    silence.started(0.0)
    found = cures(silence, 0, 12 * 3600)
    assert found[:4] == [
        (60.0, Cure.RESTART_SCAN),
        (180.0, Cure.RESTART_SCAN),
        (420.0, Cure.POWER_CYCLE),
        (900.0, Cure.RESTART_SCAN),
    ]
    assert {cure for _, cure in found[4:]} == {Cure.RESTART_SCAN}


def test_without_a_scan_silence_means_nothing() -> None:
    silence = chatty(100, 1.0)
    silence.stopped()
    assert cures(silence, 100, 1000) == []


def test_hearing_something_ends_the_silence_and_begins_the_ladder_anew() -> None:
    silence = chatty(100, 1.0)
    assert cures(silence, 100, 106)
    assert silence.heard(106.0)
    assert not silence.heard(107.0)
    assert cures(silence, 107, 113) == [(111.0, Cure.RESTART_SCAN)]


@given(st.lists(st.floats(min_value=0.0, max_value=5000.0), max_size=400))
def test_patience_stays_within_its_bounds_whatever_is_heard(pauses: list[float]) -> None:
    silence, now_s = Silence(), 0.0
    silence.started(0.0)
    for pause_s in pauses:
        now_s += pause_s
        silence.heard(now_s)
        assert 4.0 <= silence.patience_s <= CEILING_S


def test_a_stale_bond_is_renewed_at_the_third_failure_and_not_before() -> None:
    bonds = Bonds()
    steps = [bonds.visited(METER, End.KEY, bonded=True, at_s=float(n)) for n in range(3)]
    assert steps == [None, None, Step.RENEW]


def test_a_meter_whose_key_may_be_no_good_is_visited_again_soon_but_not_for_ever() -> None:
    bonds = Bonds(failures=100)
    bonds.visited(METER, End.OTHER, bonded=True, at_s=0.0)
    assert not bonds.hurries(METER)
    soon = []
    for end in (End.KEY, *[End.OTHER] * 9):
        bonds.visited(METER, end, bonded=True, at_s=0.0)
        soon.append(bonds.hurries(METER))
    assert soon == [True] * 8 + [False] * 2
    bonds.visited(METER, End.WELL, bonded=True, at_s=0.0)
    assert not bonds.hurries(METER)


def test_one_good_visit_in_between_begins_the_count_anew() -> None:
    bonds = Bonds()
    ends = [End.KEY, End.KEY, End.WELL, End.KEY, End.KEY]
    assert [bonds.visited(METER, end, bonded=True, at_s=0.0) for end in ends] == [None] * 5


def test_a_stranger_in_a_meters_name_makes_the_hub_give_up_a_bond_once_a_day_at_most() -> None:
    bonds = Bonds()
    found = [
        bonds.visited(METER, End.KEY, bonded=True, at_s=float(second))
        for second in range(0, int(ONCE_S), 60)
    ]
    assert found.count(Step.RENEW) == 1
    assert Step.TELL in found
    late = [bonds.visited(METER, End.KEY, bonded=True, at_s=ONCE_S + 121.0 + n) for n in range(3)]
    assert late.count(Step.RENEW) == 1


def test_a_bond_that_the_hub_itself_lost_costs_nothing_to_make_anew() -> None:
    assert Bonds().visited(METER, End.KEY, bonded=False, at_s=0.0) is Step.PAIR


def test_a_pairing_that_was_due_stays_due_however_visits_end_until_one_goes_well() -> None:
    bonds = Bonds()
    ends = [End.OTHER, End.KEY, End.OTHER, End.EARLY, End.WELL, End.OTHER]
    steps = [bonds.visited(METER, end, bonded=False, at_s=0.0) for end in ends]
    assert steps == [None, Step.PAIR, Step.PAIR, Step.PAIR, None, None]


def test_a_meter_that_goes_to_sleep_early_keeps_its_bond() -> None:
    bonds = Bonds()
    ends = [End.EARLY] * 5 + [End.OTHER] * 50
    assert {bonds.visited(METER, end, bonded=True, at_s=0.0) for end in ends} == {None}


def test_a_meter_that_is_gone_before_its_services_six_times_has_lost_its_bond() -> None:
    bonds = Bonds()
    steps = [bonds.visited(METER, End.EARLY, bonded=True, at_s=float(n)) for n in range(6)]
    assert steps == [None] * 5 + [Step.RENEW]


@given(st.lists(st.tuples(st.sampled_from(End), st.sampled_from([True, False, None]))))
def test_a_bond_is_never_given_up_without_three_failures(
    visits: list[tuple[End, bool | None]],
) -> None:
    bonds, since_good = Bonds(), 0
    for end, bonded in visits:
        since_good = 0 if end is End.WELL else since_good + 1
        step = bonds.visited(METER, end, bonded=bonded, at_s=0.0)
        assert step is not Step.RENEW or since_good >= 3


def test_a_meter_that_calls_on_and_on_with_nothing_new_is_visited_ever_less_often() -> None:
    pauses = Pauses()
    found = [
        pauses.after(Outcome.COMPLETE, frames=0, reached=True, min_interval_s=0.0) for _ in range(6)
    ]
    assert found == [3.0, 12.0, 24.0, 24.0, 24.0, 24.0]
    assert max(found) == MOST_IDLE_S
    assert pauses.after(Outcome.COMPLETE, frames=1, reached=True, min_interval_s=0.0) == 3.0


def test_after_trouble_the_pauses_grow_and_a_good_visit_ends_that() -> None:
    pauses = Pauses()
    found = [
        pauses.after(Outcome.PARTIAL, frames=0, reached=False, min_interval_s=9.0) for _ in range(7)
    ]
    assert found == [2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 300.0]
    assert pauses.after(Outcome.COMPLETE, frames=1, reached=True, min_interval_s=0.0) == 3.0
    assert pauses.after(Outcome.PARTIAL, frames=0, reached=True, min_interval_s=9.0) == 9.0


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_the_history_tells_how_long_it_took_to_notice_and_to_heal() -> None:
    clock = Clock()
    history = History(clock=clock, day=lambda: "2026-11-23T12:00:00+00:00")
    clock.now_s = 7.0
    history.noticed(Fault.SILENCE, since_s=2.0, how="restart-scan")
    clock.now_s = 9.5
    history.healed(Fault.SILENCE)
    assert history.told()["episodes"] == [
        {
            "fault": "silence",
            "at": "2026-11-23T12:00:00+00:00",
            "noticed_after_s": 5.0,
            "healed_after_s": 7.5,
            "how": "restart-scan",
        }
    ]
    assert history.told()["counts"]["silence"] == 1
    assert history.told()["open"] == []


def test_one_fault_that_is_told_twice_is_one_episode() -> None:
    history = History(clock=Clock(), day=lambda: "")
    history.noticed(Fault.DAEMON)
    history.noticed(Fault.DAEMON)
    assert (len(history.episodes), history.open()) == (1, [Fault.DAEMON])


def test_the_history_has_a_bound() -> None:
    history = History(clock=Clock(), day=lambda: "")
    for _ in range(3 * MOST):
        history.noticed(Fault.ADAPTER)
        history.healed(Fault.ADAPTER)
    assert (len(history.episodes), history.counts[Fault.ADAPTER]) == (MOST, 3 * MOST)

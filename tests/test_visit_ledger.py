"""Which invitations a hub redeems, for whom, how often; and who is answered without a press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agent.visit import ledger
from agent.visit.calls import Setting
from agent.visit.invitation import Invitation
from agent.visit.ledger import Ledger
from vitals.errors import HubError

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def invited(visit: str = "v", *, caller: str = "Practitioner/1") -> Invitation:
    at_s = int(NOON.timestamp())
    return Invitation(
        v=1,
        tenant="t",
        hub="h",
        visit=visit,
        who="Dr Weber",
        caller=caller,
        nbf=at_s,
        exp=at_s + 1800,
        page="A" * 87,
        hub_key="A" * 87,
        seal="A" * 43,
    )


@pytest.mark.parametrize(
    ("hour", "caller", "auto_s"),
    [
        (12, "Practitioner/1", 20),
        (12, "Practitioner/2", 0),
        (12, "", 0),
        (20, "Practitioner/1", 0),  # 21:00 in Berlin: night has begun
        (5, "Practitioner/1", 0),
        (6, "Practitioner/1", 20),  # 07:00 in Berlin
    ],
)
def test_only_whom_the_care_team_named_is_answered_by_itself_and_never_at_night(
    hour: int, caller: str, auto_s: int
) -> None:
    setting = Setting(
        allowed=True, zone=ZoneInfo("Europe/Berlin"), night=(21, 7), auto=("Practitioner/1",)
    )
    assert setting.auto_s(invited(caller=caller), NOON.replace(hour=hour)) == auto_s


def code(change: Ledger, invitation: Invitation, party: str, at: datetime) -> str:
    try:
        ledger.redeemed(change, invitation, party, at)
    except HubError as error:
        return error.code
    return ""


def test_an_invitation_is_one_partys_for_good_also_after_a_restart() -> None:
    used = ledger.redeemed(Ledger(), invited(), "a", NOON)
    used = ledger.read(ledger.written(used))

    assert code(used, invited(), "a", NOON + timedelta(minutes=5)) == ""
    assert code(used, invited(), "b", NOON) == "VISIT-04"
    assert code(used, invited("w"), "b", NOON) == ""


def test_a_clock_that_is_set_back_opens_nothing_again() -> None:
    used = ledger.redeemed(Ledger(), invited("w"), "a", NOON + timedelta(minutes=29))
    late = msgspec.structs.replace(invited(), nbf=invited().nbf - 1800, exp=invited().nbf)

    assert code(Ledger(), late, "a", NOON) == ""
    assert code(used, late, "a", NOON) == "VISIT-02"


def test_who_is_in_a_visit_comes_back_to_it_after_its_links_end_and_nobody_else() -> None:
    used = ledger.redeemed(Ledger(), invited(), "a", NOON)
    late = NOON + timedelta(hours=2)

    assert code(used, invited(), "a", late) == "VISIT-02"
    assert ledger.redeemed(used, invited(), "a", late, back=True).used == used.used
    with pytest.raises(HubError) as told_:
        ledger.redeemed(used, invited(), "b", late, back=True)
    assert told_.value.code == "VISIT-04"


def test_a_cancelled_invitation_opens_nothing_whether_it_was_used_or_not() -> None:
    for used in (Ledger(), ledger.redeemed(Ledger(), invited(), "a", NOON)):
        assert code(ledger.cancelled(used, "v", invited().exp), invited(), "a", NOON) == "VISIT-05"


def test_a_home_is_rung_at_five_times_by_one_invitation() -> None:
    used = ledger.redeemed(Ledger(), invited(), "a", NOON)
    for _ in range(ledger.MOST_RINGS):
        used = ledger.rung(used, "v")
    with pytest.raises(HubError) as told_:
        ledger.rung(used, "v")
    assert told_.value.code == "VISIT-10"


def test_a_flood_of_invitations_is_bounded_and_none_that_could_be_used_is_forgotten() -> None:
    used = Ledger()
    for number in range(ledger.MOST):
        used = ledger.redeemed(used, invited(f"v{number}"), "a", NOON)
    assert code(used, invited("one-more"), "a", NOON) == "VISIT-10"
    assert code(used, invited("v0"), "b", NOON) == "VISIT-04"
    later = msgspec.structs.replace(
        invited("one-more"), nbf=invited().nbf + 3600, exp=invited().exp + 3600
    )
    used = ledger.redeemed(used, later, "a", NOON + timedelta(hours=1))
    assert len(used.used) == ledger.MOST

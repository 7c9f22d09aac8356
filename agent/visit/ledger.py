"""Which invitations this hub has redeemed: for whom, how often they rang, which are cancelled.

Pure.

Kept sealed and durable by the hub. The newest 500 are kept, and none is forgotten while it could
still be used: 500 in use at once are refused (VISIT-10).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from agent.visit import refusals
from agent.visit.invitation import LEEWAY_S, Invitation, in_time

MOST = 500
MOST_RINGS = 5


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """One invitation that was redeemed or cancelled; `party` is a hash, "" for nobody.

    `heard_n` is the number of the page's last message that is known to be heard: whoever repeats
    an older one says nothing.
    """

    party: str = ""
    exp: int
    rings: int = 0
    cancelled: bool = False
    heard_n: int = -1


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, and the newest moment (seconds since 1970) at which one was redeemed."""

    used: Mapping[str, Used] = {}
    newest_s: int = 0


def read(octets: bytes | None) -> Ledger:
    """Read what `written` wrote; an empty one where there is nothing that this version reads."""
    try:
        return msgspec.json.decode(octets or b"{}", type=Ledger)
    except msgspec.DecodeError:
        return Ledger()


def written(ledger: Ledger) -> bytes:
    """Write it."""
    return msgspec.json.encode(ledger)


def redeemed(
    ledger: Ledger, invitation: Invitation, party: str, now: datetime, *, back: bool = False
) -> Ledger:
    """Redeem an invitation, or know again who did.

    A clock that was set back opens nothing again: the newest moment of a redemption counts. Who
    comes `back` to a visit that is under way may do so after the invitation's end.

    Raises
    ------
    HubError
        VISIT-02, VISIT-03 out of its time; VISIT-04 redeemed by somebody else; VISIT-05 cancelled;
        VISIT-10 too many.
    """
    if not back:
        in_time(invitation, max(now, datetime.fromtimestamp(ledger.newest_s, tz=UTC)))
    known = ledger.used.get(invitation.visit, Used(exp=invitation.exp))
    who = _hashed(invitation.visit, party)
    if known.cancelled:
        raise refusals.cancelled()
    if known.party not in {"", who}:
        raise refusals.used()
    newest_s = max(ledger.newest_s, int(now.timestamp()))
    return _with(ledger, invitation.visit, msgspec.structs.replace(known, party=who), newest_s)


def rung(ledger: Ledger, visit: str) -> Ledger:
    """Count one more ring; raises HubError VISIT-10 for one too many."""
    known = ledger.used[visit]
    if known.rings >= MOST_RINGS:
        raise refusals.too_many()
    known = msgspec.structs.replace(known, rings=known.rings + 1)
    return _with(ledger, visit, known, ledger.newest_s)


def heard(ledger: Ledger, visit: str, n: int) -> Ledger:
    """Note that a message of this number was heard."""
    known = ledger.used[visit]
    known = msgspec.structs.replace(known, heard_n=max(known.heard_n, n))
    return _with(ledger, visit, known, ledger.newest_s)


def cancelled(ledger: Ledger, visit: str, exp: int) -> Ledger:
    """Cancel an invitation, whether it was redeemed or not."""
    known = ledger.used.get(visit, Used(exp=exp))
    known = msgspec.structs.replace(known, cancelled=True, exp=max(known.exp, exp))
    return _with(ledger, visit, known, ledger.newest_s)


def _with(ledger: Ledger, visit: str, used: Used, newest_s: int) -> Ledger:
    others = {name: one for name, one in ledger.used.items() if name != visit}
    if len(others) >= MOST:
        over = [name for name, one in others.items() if one.exp + LEEWAY_S < newest_s]
        if not over:
            raise refusals.too_many()
        others.pop(over[0])
    return Ledger(used={**others, visit: used}, newest_s=newest_s)


def _hashed(visit: str, party: str) -> str:
    return hashlib.sha256(f"hearth/visit/party/1\n{visit}\n{party}\n".encode()).hexdigest()[:32]

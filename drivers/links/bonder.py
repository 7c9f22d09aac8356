"""Looks after bonds: notices how visits end, and pairs a meter of this home anew when it must.

What to do is decided by the pure rules in `healing/bonds.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from drivers.driver import Driver, Pairing
from drivers.healing.bonds import Bonds, End, Step
from drivers.healing.history import Fault, History
from drivers.links.ble import BleLink
from drivers.links.scan import Visited
from drivers.sessions.session import Outcome

UNPAIRED, STRANGER = "BLE-04", "BLE-05"
MET = 2
"""So many connections in one visit, each gone before its services were known: the key is no good.
bluetoothd 5.82 of Debian 13 does not say so (`Disconnected` with its reason came later)."""
MOST_MET = 3
"""When so many have ended the visit ends: bleak goes on for ten seconds (28 were counted)."""
HURRY_S = 1.5
"""How long a meter is left alone whose key may be no good: most call for half a minute.

Only one that nobody has to help is hurried: a burst of interference looks the same, and a bond that
it costs by that is made anew without a person."""
_ALONE = frozenset({Pairing.NONE, Pairing.JUST_WORKS})
_MAY_HURRY = frozenset({Outcome.PARTIAL, Outcome.NEEDS_PAIRING})
AGAIN_S = 30.0
"""How long a meter is left alone that a person must put into pairing mode: many blink a minute."""
SOON_S = 5.0
_AGAIN = frozenset({"BLE-01", "PAIR-01", "PAIR-04", "PAIR-05"})
"""The radio, a meter that went to sleep, another pairing: no person can help; it is tried again."""
_AUTHENTICATION = ".Authentication"
_MOST = 256  # more than any home has


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the healer may ask of the hub.

    `ours` tells whether a meter is one of this home that has a bond, `renew` pairs it anew and
    returns the code of what went wrong, empty when it worked, `alarm` raises one by its code, or
    ends it where it says nothing, `stranger` takes the news that a meter whose bond was renewed is
    not the one that it was, `unpaired` the address of one that only a person can pair again, once.
    """

    ours: Callable[[str, Driver], bool]
    renew: Callable[[str, Driver], Awaitable[str]]
    alarm: Callable[[str, str], None]
    stranger: Callable[[Driver], None]
    unpaired: Callable[[str], object]


@dataclass(slots=True, kw_only=True)
class Bonder:
    """Follows every visit. Addresses are in capitals; with `heals` off only its ends are noted."""

    link: BleLink
    history: History
    hands: Hands
    heals: bool
    clock: Callable[[], float]
    bonds: Bonds = field(default_factory=Bonds)
    _met: Counter[str] = field(default_factory=Counter)
    _refused: set[str] = field(default_factory=set)
    _again: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)
    _strangers: set[str] = field(default_factory=set)

    def news(self, address: str, connected: object) -> None:
        """Take the news of a device: whether it is connected now, where it says so.

        Only connections of visits count. A visit that has nothing to hope for is ended.
        """
        visit = self.link.visiting(address)
        if visit is None or not isinstance(connected, bool):
            return
        if connected:
            self._met[address] += 1
            return
        hopeless = self._met[address] == MOST_MET and visit.bonded and not visit.answered
        if hopeless and self.heals and visit.driver.pairing in _ALONE:
            self.link.cut(address)

    def dropped(self, address: str, reason: str) -> None:
        """Take the news why a connection ended, where bluetoothd says so."""
        if reason.endswith(_AUTHENTICATION):
            self._note(address)

    def refused(self, address: str) -> None:
        """Take the news that a visit asked for a pairing that nobody wanted: there is no bond."""
        self._note(address)
        if self.heals:
            self.link.cut(address)  # bluetoothd may take minutes to say so

    def visited(self, visited: Visited) -> Coroutine[Any, Any, None] | None:
        """Take the news how a visit ended; return what is to be done now."""
        end = self._end(visited)
        if end is End.WELL:
            self.hands.alarm(UNPAIRED, "")
            self._asked.discard(visited.address)
        self._look_at_stranger(visited)
        if not self.heals or not self.hands.ours(visited.address, visited.driver):
            return None
        step = self.bonds.visited(visited.address, end, bonded=visited.bonded, at_s=self.clock())
        if step is None and self._may_hurry(visited):
            self.link.visit_within(visited.address, HURRY_S)
        if step is Step.TELL:
            self._unpaired(visited.address)
        elif step is not None:
            self.history.noticed(Fault.BOND, how=step.value)
            return self._renew(visited)
        return None

    def _may_hurry(self, visited: Visited) -> bool:
        driver = visited.driver
        return (
            self.bonds.hurries(visited.address)
            and visited.outcome in _MAY_HURRY
            and driver.pairing in _ALONE
            and not driver.min_interval_s
        )

    def _look_at_stranger(self, visited: Visited) -> None:
        if visited.stranger:
            self._strangers.add(visited.address)
            self.hands.stranger(visited.driver)
        elif visited.outcome is Outcome.COMPLETE and visited.address in self._strangers:
            self._strangers.discard(visited.address)
            if not self._strangers:
                self.hands.alarm(STRANGER, "")

    def _end(self, visited: Visited) -> End:
        address = visited.address.upper()
        refused, met = address in self._refused, self._met.pop(address, 0)
        self._refused.discard(address)
        if visited.outcome is Outcome.COMPLETE:
            return End.WELL
        if visited.outcome is Outcome.NEEDS_PAIRING or refused:
            return End.KEY
        # Where bluetoothd remembers the meter's services, it says that they are there before the
        # key fails: only an answer of the meter shows that there is somebody to talk to.
        silent = bool(met) and not visited.answered
        if visited.bonded and silent and met >= MET:
            return End.KEY  # bleak tries again and again, the bond's key ends each connection
        return End.EARLY if silent or visited.lacks else End.OTHER

    async def _renew(self, visited: Visited) -> None:
        code = await self.hands.renew(visited.address, visited.driver)
        if not code:
            self.history.healed(Fault.BOND, how="paired anew")
            self.hands.alarm(UNPAIRED, "")
            self.link.visit_soon(visited.address)
            self._again.discard(visited.address)
        elif code in _AGAIN and visited.address not in self._again:
            self._again.add(visited.address)
            self.link.visit_within(visited.address, SOON_S)
        else:
            self._unpaired(visited.address)

    def _unpaired(self, address: str) -> None:
        self.hands.alarm(UNPAIRED, "A meter of this home must be paired again.")
        self.link.visit_within(address, AGAIN_S)
        if address not in self._asked:
            self._asked.add(address)
            self.hands.unpaired(address)

    def _note(self, address: str) -> None:
        if len(self._refused) >= _MOST:
            self._refused.clear()  # nothing is kept for ever
        self._refused.add(address)


def address_of(path: str) -> str:
    """Return the address in a device's object path."""
    return path.rpartition("/dev_")[2].replace("_", ":").upper()

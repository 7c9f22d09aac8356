"""Pairs one meter: hear it, let it alone ask, have BlueZ pair, leave no half state.

The whole of it is bounded in time, and whatever ends it, the adapter is not pairable afterwards and
a meter that did not pair is forgotten again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum

from drivers.driver import Pairing
from drivers.links.adapters import choose
from drivers.links.bluez import (
    ADAPTER,
    DEVICE,
    NO_ANSWER,
    BlueZ,
    BlueZError,
    Daemon,
    Event,
    Removed,
    quietly,
)
from drivers.pairing_agent import Doorkeeper
from drivers.pairing_gate import AskPerson, Expected
from drivers.pairing_refusals import gone, radio_missing, refused, stopped
from drivers.pairing_search import Candidate, Order, Search
from vitals.errors import HubError

log = logging.getLogger(__name__)

PAIR_LIMIT_S = 90.0
REMOVE_LIMIT_S = 15.0
"""bluetoothd answers only when the connection has ended, if there is one."""
_PAIRABLE_S = 180  # BlueZ itself shuts the door then, should this program be killed
_AGAIN_S = (0.5, 1.0, 2.0, 4.0)
_TRY_AGAIN = frozenset({"org.bluez.Error.InProgress", "org.bluez.Error.ConnectionAttemptFailed"})


class Stage(Enum):
    """How far a pairing is."""

    SEARCHING = "searching"
    PAIRING = "pairing"
    TYPE_HERE = "type-here"
    TYPE_THERE = "type-there"
    COMPARE = "compare"
    PAIRED = "paired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What to show of a pairing: `digits` are to be typed on the meter, or compared."""

    stage: Stage
    driver: str = ""
    title: str = ""
    label: bool = False  # the number to type here stands on the meter's label
    digits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """What came of it; not `bonded` is a meter that needs no bond."""

    meter: Candidate
    bonded: bool
    connected: bool


@dataclass(slots=True, kw_only=True)
class Pairer:
    """Carries out one order at a time.

    `begins` is told the address before BlueZ is asked to pair it: whoever finds that note after a
    power cut knows which bond is half a one.
    """

    bluez: BlueZ
    door: Doorkeeper
    tell: Callable[[Progress], None]
    begins: Callable[[str], Awaitable[None]]
    pair_limit_s: float = PAIR_LIMIT_S
    _meter: Candidate | None = None
    _asked: bool = False

    def __post_init__(self) -> None:
        """Have the door ask by us."""
        self.door.asks = self.ask

    async def run(self, order: Order) -> Paired:
        """Find the meter and pair it.

        Raises
        ------
        HubError
            PAIR-01 nothing is heard, PAIR-02 several are, PAIR-03 it did not work, PAIR-04 the
            meter or the radio went away, BLE-01 no radio.
        """
        try:
            adapter = choose(await self.bluez.objects(), order.adapter)
            if adapter is None:
                raise radio_missing()
            search = Search(bluez=self.bluez, order=order)
            async with search.on(adapter):
                self.tell(Progress(stage=Stage.SEARCHING))
                meter = await search.find()
                if meter.paired or await self._was_visited(meter):
                    # Paired: a new bond was asked for, the meter has most likely lost the old one.
                    # Visited without a bond: a write that waited for one when the connection ended
                    # is "in progress" for ever (bluetoothd 5.82), until the device is removed.
                    # Forgotten first: it may be heard anew before the answer is here.
                    search.forget(meter.path)
                    await self.bluez.call(
                        *(adapter, ADAPTER, "RemoveDevice", "o", meter.path),
                        limit_s=REMOVE_LIMIT_S,
                    )
                    search.order = replace(order, address=meter.address, settle_s=0.0)
                    meter = await search.find()
                return await self._paired(meter)
        except BlueZError as error:
            raise radio_missing() from error

    async def _was_visited(self, meter: Candidate) -> bool:
        """Tell whether BlueZ knows the meter's services: somebody was connected to it."""
        return any(path.startswith(f"{meter.path}/") for path in await self.bluez.objects())

    async def leave(self, meter: Candidate) -> None:
        """End the connection that pairing made: a meter calls again only once it is alone."""
        await quietly(self.bluez, meter.path, DEVICE, "Disconnect")

    def ask(self, person: AskPerson) -> None:
        """Show what BlueZ wants a person to do."""
        self._asked = True
        self._tell(Stage(person.ask.value), person.digits)

    async def _paired(self, meter: Candidate) -> Paired:
        await self.begins(meter.address)
        self._meter, self._asked = meter, False
        self.door.expected = Expected(device=meter.path, pairing=meter.driver.pairing)
        bonded = False
        try:
            await self._open_door(meter.adapter)
            self._tell(Stage.PAIRING)
            bonded = await self._bond(meter)
            return Paired(meter=meter, bonded=bonded, connected=await self._settled(meter))
        finally:
            self.door.expected = None
            self.door.give_up()
            await self._shut_door(meter.adapter)
            if not bonded and self._meter is not None and meter.driver.pairing is not Pairing.NONE:
                await quietly(self.bluez, meter.adapter, ADAPTER, "RemoveDevice", "o", meter.path)
            self._meter = None

    async def _bond(self, meter: Candidate) -> bool:
        """Have BlueZ pair; False for a meter that has no use for it."""
        for pause_s in (*_AGAIN_S, None):
            try:
                await self._unless_lost(meter)
            except BlueZError as error:
                if error.name in _TRY_AGAIN and pause_s is not None and not self._asked:
                    await asyncio.sleep(pause_s)
                    continue
                if error.name.endswith(".AlreadyExists"):
                    return True
                if meter.driver.pairing is Pairing.NONE and not self._asked:
                    log.info("meter is read without a bond driver=%s", meter.driver.name)
                    return False
                raise _failed(error, asked=self._asked) from error
            else:
                return True
        raise AssertionError

    async def _unless_lost(self, meter: Candidate) -> None:
        """Call Pair, and do not wait for an answer that cannot come any more."""
        lost = asyncio.get_running_loop().create_future()
        needed = {(meter.path, DEVICE), (meter.adapter, ADAPTER)}

        def heard(event: Event) -> None:
            went = isinstance(event, Daemon) and not event.here
            gone_too = isinstance(event, Removed) and (event.path, event.interface) in needed
            if (went or gone_too) and not lost.done():
                lost.set_result(None)

        self.bluez.listeners.append(heard)
        call = asyncio.ensure_future(
            self.bluez.call(meter.path, DEVICE, "Pair", limit_s=self.pair_limit_s)
        )
        try:
            await asyncio.wait({call, lost}, return_when=asyncio.FIRST_COMPLETED)
            if lost.done():  # whatever else is answered in the same moment follows from that
                raise gone()
            call.result()
        except asyncio.CancelledError:
            await quietly(self.bluez, meter.path, DEVICE, "CancelPairing")
            raise
        finally:
            self.bluez.listeners.remove(heard)
            lost.cancel()
            call.cancel()

    async def _settled(self, meter: Candidate) -> bool:
        """Trust the meter, and tell whether it is still connected.

        The bond is made: a bluetoothd that does not answer now costs the pairing nothing.
        """
        try:
            await self.bluez.put(meter.path, DEVICE, "Trusted", "b", value=True)
            has = (await self.bluez.objects()).get(meter.path, {})
        except BlueZError as error:
            log.info("a meter that was paired is not looked at code=%s", error.code)
            return False
        return bool(has.get(DEVICE, {}).get("Connected", False))

    async def _open_door(self, adapter: str) -> None:
        # Without Pairable the kernel pairs and keeps no bond (HCI_BONDABLE).
        await self.bluez.put(adapter, ADAPTER, "PairableTimeout", "u", _PAIRABLE_S)
        await self.bluez.put(adapter, ADAPTER, "Pairable", "b", value=True)

    async def _shut_door(self, adapter: str) -> None:
        try:
            await self.bluez.put(adapter, ADAPTER, "Pairable", "b", value=False)
        except BlueZError as error:
            log.info("the adapter shuts its door by itself code=%s", error.code)

    def _tell(self, stage: Stage, digits: str = "") -> None:
        meter = self._meter
        if meter is not None:
            label = meter.driver.pairing is Pairing.PASSKEY_LABEL
            self.tell(
                Progress(
                    stage=stage,
                    driver=meter.driver.name,
                    title=meter.driver.title,
                    label=label,
                    digits=digits,
                )
            )


def _failed(error: BlueZError, *, asked: bool) -> HubError:
    kind = error.name.rpartition(".")[2]
    if error.name == NO_ANSWER or kind in {"UnknownObject", "DoesNotExist", "NotReady"}:
        return gone()
    if kind == "AuthenticationCanceled":
        return stopped()
    return refused(asked=asked)

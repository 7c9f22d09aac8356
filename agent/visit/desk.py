"""The hub's part in a visit: letters from bridges and words of the screen in, what to do out.

The edge around `state.py`: it opens and seals, keeps on disk before it acts, and has a bound for
everything. One event is handled after another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from agent.screen.messages import Calling, FromScreen, Offered, Visit
from agent.screen.messages import FromHub as ToScreen
from agent.screen.values import Doing
from agent.visit import invitation, letters, messages, refusals, state
from agent.visit.bucket import Bucket
from agent.visit.calls import Calls, Setting
from agent.visit.invitation import Invitation
from agent.visit.letters import Down, Reply, Standing, Up
from agent.visit.lines import HubEnd
from agent.visit.live import Effect, Live, Noted, Now, Phase, Tell, ToPage, fresh_from, last_words
from agent.visit.messages import FromPage, Join, Refused, Why
from sync.envelope import Address
from vitals.errors import HubError

log = logging.getLogger(__name__)

_QUEUE = 64
_TICK_S = 0.5
_LETTERS, _LETTERS_S = 60, 10.0
_JOINS, _JOINS_S = 20, 60.0
_NOTES, _NOTES_S = 10, 600.0
_CANCEL_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Screens:
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    doing: Doing


_Event = bytes | Visit | Offered | Calling | _Screens | _Stored


class VisitDesk:
    """Redeems invitations, rings, and carries the signalling of one visit at a time.

    Parameters
    ----------
    calls : Calls
        What is kept, told to the server and noted in the trail.
    signers : callable
        Returns the public keys whose invitations count at this moment.
    end : HubEnd
        The line to the bridges.
    bridge_key : bytes
        What letters to a bridge are sealed to.
    setting : Setting
        What the home allows at this moment.
    tell : callable
        Tells the screens.
    """

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        calls: Calls,
        *,
        address: Address,
        signers: Callable[[], Collection[str]],
        end: HubEnd,
        bridge_key: bytes,
        setting: Callable[[], Setting],
        tell: Callable[[ToScreen], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the parts. Make it on the event loop; nothing happens before `run`."""
        self._calls, self._address, self._end, self._bridge_key = calls, address, end, bridge_key
        self._signers: Callable[[], list[bytes]] = lambda: list(map(bytes.fromhex, signers()))
        self._setting, self._tell, self._clock = setting, tell, clock
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[_Event] = asyncio.Queue(_QUEUE)
        self._letters, self._joins = Bucket(_LETTERS, _LETTERS_S), Bucket(_JOINS, _JOINS_S)
        self._notes = Bucket(_NOTES, _NOTES_S)
        self._screens = self._n = 0
        self._word_s = float("inf")

    @property
    def keys(self) -> dict[str, str]:
        """Return the hub's public keys, as an invitation names them."""
        return self._calls.keys.public()

    def letter(self, octets: bytes) -> None:
        """Take a letter from a bridge. Any thread; one of too many is let fall."""
        if len(octets) <= letters.MOST * 2:
            self._loop.call_soon_threadsafe(self._put, octets)

    def hear(self, message: FromScreen) -> bool:
        """Take a word of the screen's, if it is about the visit; tell whether it was."""
        live = self._calls.live
        of_another = isinstance(message, Visit) and (live is None or message.id != live.visit)
        if of_another or not isinstance(message, Visit | Offered | Calling):
            return False
        self._loop.call_soon_threadsafe(self._put, message)
        return True

    def screens(self, count: int) -> None:
        """Note how many screens there are. Any thread."""
        self._loop.call_soon_threadsafe(self._put, _Screens(count=count))

    def stored(self, doing: Doing) -> None:
        """Note that a reading of a kind is on disk. Any thread."""
        self._loop.call_soon_threadsafe(self._put, _Stored(doing=doing))

    def cancel(self, text: str) -> str:
        """Take a signed cancellation; return what became of it, for the care team. May block."""
        try:
            visit, exp = invitation.cancelled(
                text, self._signers(), tenant=self._address.tenant, hub=self._address.hub
            )
        except HubError as error:
            return f"{error.message} ({error.code})"
        work = self._cancelled(visit, exp)
        try:
            asyncio.run_coroutine_threadsafe(work, self._loop).result(_CANCEL_LIMIT_S)
        except TimeoutError:
            return "The hub did not manage to cancel the visit; cancel it again."
        return "The visit is cancelled on the hub."

    async def _cancelled(self, visit: str, exp: int) -> None:
        await self._calls.cancel(visit, exp)
        live = self._calls.live
        if live is not None and live.visit == visit:
            await self._did(state.ended(live, Why.CANCELLED, self._now()))

    def _put(self, event: _Event) -> None:
        if self._events.full():
            log.warning("too much at once for a visit; one message was let fall")
        else:
            self._events.put_nowait(event)

    async def run(self) -> None:
        """Serve until cancelled."""
        await asyncio.to_thread(self._calls.resume, self._clock())
        while True:
            event: _Event | None = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    event = await self._events.get()
            try:
                await self._handle(event)
            except HubError as error:
                log.warning("a visit's message came to nothing code=%s", error.code)

    async def _handle(self, event: _Event | None) -> None:
        if isinstance(event, bytes):
            await self._letter(event)
        elif isinstance(event, _Screens):
            await self._counted(event.count)
        elif self._calls.live is not None:
            await self._did(self._stepped(self._calls.live, event))
        elif not self._calls.is_published:
            await asyncio.to_thread(self._calls.publish)

    def _stepped(self, live: Live, event: Visit | Offered | Calling | _Stored | None) -> state.Done:
        now = self._now()
        if isinstance(event, _Stored):
            return state.stored(live, event.doing)
        if event is None:
            if self._clock() < self._word_s:
                return state.ticked(live, now)
            self._word_s = float("inf")
            return state.screen_silent(live, self._now())
        if isinstance(event, Calling):
            self._word_s = float("inf")
        return state.screen_said(live, event, now)

    async def _counted(self, count: int) -> None:
        before, self._screens = self._screens, count
        live = self._calls.live
        if live is None or (before > 0) == (count > 0):
            return
        if count:
            self._word_s = self._clock() + state.SCREEN_WORD_S
            await self._did(state.screen_here(live))
        else:
            await self._did(state.screen_gone(live, self._now()))

    async def _letter(self, octets: bytes) -> None:
        if not self._letters.take(self._clock()):
            return
        down = letters.open_down(octets, self._calls.keys.reader, self._address)
        found = invitation.opened(down.token, self._signers())
        live = self._calls.live
        try:
            await self._taken(down, found, live)
        except HubError as error:
            await self._refuse(down.reply, found, down.token, error)

    async def _taken(self, down: Down, found: Invitation, live: Live | None) -> None:
        if down.said is None:
            same = live is not None and live.visit == found.visit
            if live is not None and same and down.made is None:
                await self._did(state.page_gone(live, down.reply, self._now()))
            elif live is not None and same and down.made and not down.made.stored:
                await self._did(state.not_made(live, down.made.what))
            return
        refusals.for_another(found, self._address, self.keys["hub_key"])
        said = messages.from_page(down.said, found.page_key)
        if said.visit != found.visit:
            raise messages.unreadable()
        if isinstance(said, Join):
            await self._joined(down, found, said, live)
        elif live is not None and self._is_news(live, said) and live.reply == down.reply:
            live = msgspec.structs.replace(live, heard_n=said.n)
            await self._did(state.said(live, said, self._now()))

    def _is_news(self, live: Live, said: FromPage) -> bool:
        return (live.visit, live.party) == (said.visit, said.party) and said.n > live.heard_n

    async def _joined(self, down: Down, found: Invitation, join: Join, live: Live | None) -> None:
        if not self._joins.take(self._clock()):
            raise refusals.too_many()
        if live is not None and live.visit != found.visit:
            raise refusals.busy()
        await self._calls.redeem(found, join.party, back=live is not None)
        if live is not None:
            if not self._is_news(live, join):
                return
            live = msgspec.structs.replace(live, heard_n=join.n)
            await self._did(state.returned(live, down.reply, self._now()))
            return
        if join.n <= self._calls.heard_n(found.visit):
            return
        refusals.not_now(allowed=self._setting().allowed, screens=self._screens)
        await self._calls.ring(found.visit, join.n)
        fresh = fresh_from(found, join, down, self._now())
        await self._did(state.began(fresh, self._setting().auto_s(found, self._now().at)))

    async def _did(self, done: state.Done) -> None:
        """Keep what changed, then do what is to be done."""
        live, effects = done
        try:
            await self._calls.keep(live)
        except (HubError, TimeoutError):
            for message in last_words(live, effects):
                self._tell(message)
            raise
        for effect in effects:
            await self._do(effect)
        if live.phase is Phase.ENDED:
            await self._calls.close()

    async def _do(self, effect: Effect) -> None:
        if isinstance(effect, Tell):
            self._tell(effect.message)
        elif isinstance(effect, Noted):
            await self._calls.note(effect.what, effect.why)
        else:
            self._post(effect)

    def _post(self, effect: ToPage) -> None:
        said = None
        if effect.said is not None:
            self._n = max(self._n + 1, int(self._now().at.timestamp() * 1000))
            numbered = msgspec.structs.replace(effect.said, n=self._n)
            said = messages.signed(numbered, self._calls.keys.signing)
        up = Up(
            v=messages.VERSION,
            reply=effect.reply,
            standing=effect.standing,
            said=said,
            task=effect.task,
        )
        self._end.post(effect.reply.bridge, letters.seal_up(up, self._bridge_key, self._address))

    async def _refuse(self, reply: Reply, found: Invitation, token: str, error: HubError) -> None:
        """Say why not, to the page that asked; note it, but no flood of notes."""
        log.warning("visit refused code=%s", error.code)
        text = f"{error.message} {error.fix}"[:300]
        refused = Refused(visit=found.visit, n=0, code=error.code, text=text)
        self._post(ToPage(reply=reply, token=token, said=refused, standing=Standing.REFUSED))
        if self._notes.take(self._clock()):
            await self._calls.note("visit-refused", f"{found.who}: {error.code}")

    def _now(self) -> Now:
        asking = self._word_s < float("inf")
        return self._calls.now(self._clock(), self._screens, self._setting(), asking=asking)

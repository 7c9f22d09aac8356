"""What a hub keeps and tells of its visits: the store, the care team's server, the audit trail."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

import msgspec

from agent.audit import Audit
from agent.display.answers import Answers
from agent.screen.values import IceServer
from agent.visit import ledger
from agent.visit.invitation import Invitation
from agent.visit.kept import Kept
from agent.visit.keys import Memory, keys_of
from agent.visit.live import Live, Now, Phase
from sync.fhir import visit as fhir
from sync.fhir.audit import HUB
from vitals.errors import HubError
from vitals.reading import HubTime

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the home and its care team allow at this moment.

    `auto` are callers ("Practitioner/12") who are answered after `auto_after_s` without a press,
    except in the home's night, which begins and ends at the full hours `night`.
    """

    allowed: bool
    language: str = "en"
    zone: tzinfo
    night: tuple[int, int] = (21, 7)
    auto: tuple[str, ...] = ()
    auto_after_s: int = 20
    ice: tuple[IceServer, ...] = ()
    vitals: bool = False  # whether the care team wants contactless estimates

    def auto_s(self, found: Invitation, at: datetime) -> int:
        """Return after how long this caller is answered without a press, 0 for never."""
        if not found.caller or found.caller not in self.auto:
            return 0
        start, end = self.night
        hour = at.astimezone(self.zone).hour
        is_night = start <= hour or hour < end if start > end else start <= hour < end
        return 0 if is_night else self.auto_after_s


class Calls:
    """Keeps the one visit, and what each invitation was used for."""

    def __init__(  # noqa: PLR0913 - each is a part of the hub
        self,
        memory: Memory,
        *,
        hub_id: str,
        patient: str,
        answers: Answers,
        audit: Audit,
        clock: Callable[[], HubTime],
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        """Go on where the last process stopped. Reads and writes the store."""
        self._kept, self.keys = Kept(memory), keys_of(memory)
        self._hub_id, self._patient = hub_id, patient
        self._answers, self._audit, self._clock, self._nudge = answers, audit, clock, nudge
        self.live: Live | None = None
        self._told = self._untold = ""
        self.is_published = False

    def resume(self, now_s: float) -> None:
        """Take up the visit of the last process, and tell the server the public keys. May block."""
        self.publish()
        found = self._kept.visit()
        if found is None:
            return
        if found.phase is Phase.ENDED:
            self._tell_server(found)
            self.live = found if self._untold else None
            if self.live is None:
                self._kept.keep(None)
            return
        cut = found.began_at is not None
        heard_n = self.heard_n(found.visit)
        self.live = msgspec.structs.replace(found, since_s=now_s, cut=cut, heard_n=heard_n)

    def publish(self) -> None:
        """Have the server told the public keys, once; to be asked again until then. May block."""
        keys = self.keys.public()
        text = "".join(keys.values())
        if not self._kept.is_published(text):
            try:
                self._answers.put(fhir.keys(self._hub_id, **keys))
            except HubError:
                return  # too much waits already
            self._kept.published(text)  # after a power cut here they are told twice, to one place
            self._nudge()
        self.is_published = True

    def now(self, now_s: float, screens: int, setting: Setting, *, asking: bool) -> Now:
        """Return this moment."""
        visit = self.live.visit if self.live else ""
        return Now(
            s=now_s,
            at=self._clock().at,
            name=secrets.token_urlsafe(12),
            screens=screens,
            asking=asking,
            ice=setting.ice,
            language=setting.language,
            patient=self._patient,
            vitals=setting.vitals,
            encounter=f"Encounter/{fhir.encounter_id(self._hub_id, visit)}",
        )

    async def redeem(self, found: Invitation, party: str, *, back: bool) -> None:
        """Redeem an invitation on disk; raises HubError as `ledger.redeemed` does."""
        changed = ledger.redeemed(self._kept.ledger, found, party, self._clock().at, back=back)
        if changed.used != self._kept.ledger.used:
            await asyncio.to_thread(self._kept.keep_ledger, changed)
            await self.note("visit-redeemed", found.who)

    def heard_n(self, visit: str) -> int:
        """Return the number of the last message heard in a visit that was redeemed, or -1."""
        known = self._kept.ledger.used.get(visit)
        return -1 if known is None else known.heard_n

    async def ring(self, visit: str, n: int) -> None:
        """Count a ring on disk, by message `n`; raises HubError VISIT-10 for one too many."""
        changed = ledger.heard(ledger.rung(self._kept.ledger, visit), visit, n)
        await asyncio.to_thread(self._kept.keep_ledger, changed)

    async def cancel(self, visit: str, exp: int) -> None:
        """Cancel an invitation on disk."""
        changed = ledger.cancelled(self._kept.ledger, visit, exp)
        await asyncio.to_thread(self._kept.keep_ledger, changed)

    async def keep(self, live: Live) -> None:
        """Keep the visit on disk, and have the server told of each of its steps."""
        self.live = live
        await asyncio.to_thread(self._keep, live)

    def _keep(self, live: Live) -> None:
        self._kept.keep(live)
        self._tell_server(live)

    async def close(self) -> None:
        """Forget the visit that is over, once its Encounter waits in the queue, on disk."""
        if self._untold:
            return
        live, self.live = self.live, None
        if live is not None and live.visit in self._kept.ledger.used:
            changed = ledger.heard(self._kept.ledger, live.visit, live.heard_n)
            await asyncio.to_thread(self._kept.keep_ledger, changed)
        self._told = ""
        await asyncio.to_thread(self._kept.keep, None)

    async def note(self, what: str, why: str) -> None:
        """Write a line of the audit trail: who was in a visit, when; never the patient."""
        await asyncio.to_thread(self._audit.note, by=HUB, what=what, why=why)
        self._nudge()

    def _tell_server(self, live: Live) -> None:
        """Put the Encounter into the queue when a step of it is new; one id, however often."""
        over = live.phase is Phase.ENDED
        steps = repr((live.visit, live.accepted_at, live.began_at, over))
        if steps == self._told:
            return
        was_untold, self._untold = self._untold, steps
        met = fhir.Met(
            hub_id=self._hub_id,
            patient=self._patient,
            visit=live.visit,
            who=live.who,
            caller=live.caller,
            appointment=live.appointment,
            planned_at=live.invited_at,
            arrived_at=live.accepted_at,
            began_at=live.began_at,
            over=over,
            over_at=None if live.cut else live.ended_at,
        )
        try:
            self._answers.put(fhir.encounter(met))
        except HubError as error:  # no reason to let a camera run; it is tried again all the time
            if was_untold != steps:
                log.warning("the server is told of a visit later code=%s", error.code)
            return
        self._told, self._untold = steps, ""
        self._nudge()

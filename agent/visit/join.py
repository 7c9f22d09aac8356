"""Joins visits to the hub's screen, store, server and line."""

from __future__ import annotations

from collections.abc import Callable, Collection
from zoneinfo import ZoneInfo

from agent.audit import Audit
from agent.clock import HubClock
from agent.display.answers import Answers
from agent.display.display import Display
from agent.screen.values import IceServer, Topic
from agent.visit.calls import Calls, Setting
from agent.visit.desk import VisitDesk
from agent.visit.lines import HubLine
from config.schema import Config, Visit
from sync.envelope import Address
from sync.outbox import Outbox
from vitals.errors import HubError


def joined(  # noqa: PLR0913 - each is a part of the hub
    config: Config,
    display: Display,
    answers: Answers,
    *,
    outbox: Outbox,
    audit: Audit,
    clock: HubClock,
    line: HubLine,
    nudge: Callable[[], None],
    signers: Callable[[], Collection[str]],
) -> VisitDesk:
    """Return the hub's part in visits, joined to its screen.

    Raises
    ------
    HubError
        VISIT-11 when the TURN server's password cannot be read.
    """
    ice, zone, book = servers(config.visit), ZoneInfo(config.hub.timezone), display.book

    def setting() -> Setting:
        return Setting(
            allowed=Topic.VISITS in book.consents,
            language=book.language,
            zone=zone,
            night=book.night,
            auto=config.visit.auto_answer,
            auto_after_s=config.visit.auto_answer_s,
            ice=ice,
            vitals=config.camera.enabled,
        )

    calls = Calls(
        outbox,
        hub_id=config.hub.id,
        patient=config.patient.reference,
        answers=answers,
        audit=audit,
        clock=clock,
        nudge=nudge,
    )
    desk = VisitDesk(
        calls,
        address=Address(tenant=config.hub.tenant, hub=config.hub.id),
        signers=signers,
        end=line,
        bridge_key=bytes.fromhex(config.mqtt.bridge_key),
        setting=setting,
        tell=display.tell,
    )
    line.box.reader = desk.letter
    display.visits = desk
    return desk


def servers(visit: Visit) -> tuple[IceServer, ...]:
    """Return the STUN and TURN servers of the settings; no others are ever asked."""
    found = []
    if visit.stun:
        found.append(IceServer(urls=[visit.stun]))
    if visit.turn:
        found.append(
            IceServer(urls=[visit.turn], username=visit.turn_username, credential=_password(visit))
        )
    return tuple(found)


def _password(visit: Visit) -> str:
    if visit.turn_password_file is None:
        return ""
    try:
        return visit.turn_password_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise HubError(
            f"The TURN server's password cannot be read ({type(error).__name__}).",
            fix="Check visit.turn_password_file; the hub's user must be able to read it.",
            code="VISIT-11",
        ) from None

"""Pairs where no hub runs: opens the store and keeps order at the radio for as long as it takes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from agent.adopted import Meters
from agent.audit import Audit
from agent.clock import HubClock
from agent.offline import store_of
from agent.pairing import Pairing
from agent.rekey import HubKeys
from config.schema import Config
from vitals.errors import HubError


@contextlib.asynccontextmanager
async def alone(
    config: Config,
) -> AsyncIterator[Callable[[Mapping[str, Any]], dict[str, Any]]]:
    """Yield what answers as the running hub's desk does.

    Raises
    ------
    HubError
        STORE-06 when a hub is just starting, KEY-01 when its key is not at hand.
    """
    clock = HubClock()
    outbox = store_of(config, HubKeys(config.hub.state_dir), clock)
    try:
        audit = Audit(outbox, clock)
        pairing = Pairing(Meters(config, outbox), audit, clock, adapter=config.radio.adapter)
        warden = asyncio.create_task(pairing.warden.run())

        def answered(asked: Mapping[str, Any]) -> dict[str, Any]:
            answer = pairing.answer(asked)
            if answer is None:
                raise HubError("Not about a meter.", fix="Ask otherwise.", code="DESK-01")
            return answer

        try:
            yield answered
        finally:
            await pairing.end()
            warden.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await warden
    finally:
        outbox.close()

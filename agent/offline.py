"""Opens the store for a command when no hub runs: the lock lets only one of them write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from agent.audit import Audit
from agent.clock import HubClock
from agent.decisions import decide
from agent.identity import hub_key
from config.schema import Config
from sync.outbox import FILE_NAME, Outbox


@contextmanager
def opened(config: Config) -> Iterator[Callable[[Mapping[str, Any]], dict[str, Any]]]:
    """Open the store; yields what decides.

    Raises
    ------
    HubError
        STORE-06 when a hub is just starting, KEY-01 when there is none to decide about.
    """
    clock = HubClock()
    outbox = Outbox.open(
        config.hub.state_dir / FILE_NAME,
        key=hub_key(config.hub.state_dir, create=False),
        tenant=config.hub.tenant,
        hub_id=config.hub.id,
        max_bytes=config.store.max_bytes,
        max_evidence=config.store.max_evidence,
        now=clock,
    )
    try:
        yield lambda asked: decide(outbox, Audit(outbox, clock), asked)
    finally:
        outbox.close()

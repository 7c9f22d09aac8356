"""Opens the store, for the hub or for a command when none runs: the lock lets only one write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from agent import holding, rekey
from agent.audit import Audit
from agent.clock import HubClock
from agent.decisions import decide
from agent.rekey import HubKeys
from config.schema import Config
from sync.outbox import FILE_NAME, Outbox, OutboxView, open_view
from vitals.reading import HubTime


def store_of(config: Config, keys: HubKeys, now: Callable[[], HubTime]) -> Outbox:
    """Open this hub's store for writing; raises as `Outbox.open` does."""
    return keys.opened(
        lambda key: Outbox.open(
            config.hub.state_dir / FILE_NAME,
            key=key,
            tenant=config.hub.tenant,
            hub_id=config.hub.id,
            max_bytes=config.store.max_bytes,
            max_evidence=config.store.max_evidence,
            now=now,
        )
    )


def view_of(config: Config) -> OutboxView:
    """Open this hub's store for reading, also beside the running hub.

    Raises
    ------
    HubError
        KEY-01 when the key is not at hand; as `open_view` does.
    """
    hub = config.hub
    return HubKeys(hub.state_dir).opened(
        lambda key: open_view(hub.state_dir / FILE_NAME, key=key, tenant=hub.tenant, hub_id=hub.id)
    )


def ordered(
    keys: HubKeys, outbox: Outbox, audit: Audit, asked: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Carry out what is asked of the hub as a whole; None for anything else.

    Only the desk asks this, never a screen.
    """
    done = rekey.answer(keys, outbox, audit, asked)
    return holding.answer(outbox, audit, asked) if done is None else done


@contextmanager
def opened(
    config: Config, *, key: bytes | None = None
) -> Iterator[Callable[[Mapping[str, Any]], dict[str, Any]]]:
    """Open the store; yields what answers as the running hub's desk does.

    Parameters
    ----------
    key : bytes or None
        The hub key, where it is kept in a place that this process was not given it from.

    Raises
    ------
    HubError
        STORE-06 when a hub is just starting, KEY-01 when there is none to decide about.
    """
    clock = HubClock()
    keys = HubKeys(config.hub.state_dir, given=key)
    outbox = store_of(config, keys, clock)
    audit = Audit(outbox, clock)

    def answered(asked: Mapping[str, Any]) -> dict[str, Any]:
        done = ordered(keys, outbox, audit, asked)
        return decide(outbox, audit, asked) if done is None else done

    try:
        yield answered
    finally:
        outbox.close()

"""A new key for the bridges, without losing what was sealed to the old one.

Two steps, because no hub may seal to a key before every bridge has it: the key is made and carried
to the bridges; then hubs are told, by the list that only the root's key can sign. The bridges go on
opening what hubs seal to the older keys, for as long as those stand in `bridge.key`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.fleet import clinic as at
from agent.fleet import machines
from agent.fleet.act import Desk
from agent.fleet.clinic import Clinic
from sync import hpke
from vitals.errors import HubError


def made(clinic: Clinic, secret: bytes) -> Clinic:
    """Make the next key, unless one waits to be told already; write the kit's `bridge.key`.

    Returns the clinic with that key counted.
    """
    door = clinic.config.bridge
    if _public(secret, door.keys) == door.key:
        config = replace(clinic.config, bridge=replace(door, keys=door.keys + 1))
        clinic = _kept(clinic, replace(clinic, config=config))
    file = clinic.folder / at.BRIDGE / "bridge.key"
    at.keep(file, at.bridge_keys(secret, clinic.config.bridge.keys))
    return clinic


def told(desk: Desk, secret: bytes, said: Callable[[int], object] = lambda _: None) -> int:
    """Tell every hub the newest key, and new hubs from now on; return how many are told.

    It may be done again at any time. `said` is told after each hub how many were told.

    Raises
    ------
    HubError
        FLEET-39 when there is no new key to tell.
    LinkError, HubError
        As `machines.tell` does; those told so far are told.
    """
    clinic, door = desk.clinic, desk.clinic.config.bridge
    if door.keys == 1:
        raise HubError(
            "There is no new bridge key to tell the hubs.",
            fix="Make one first: hearth fleet rotate --bridge.",
            code="FLEET-39",
        )
    newest = _public(secret, door.keys)
    if clinic.roster().bridge != newest:
        listed = replace(clinic.roster(), version=clinic.roster().version + 1, bridge=newest)
        machines.keep(clinic, listed, secret)
    config = replace(clinic.config, bridge=replace(door, key=newest))
    return machines.tell(replace(desk, clinic=_kept(clinic, replace(clinic, config=config))), said)


def _kept(before: Clinic, after: Clinic) -> Clinic:
    if before.config != after.config:
        at.keep(after.folder / at.SETTINGS, at.text_of(after.config).encode())
    return after


def _public(secret: bytes, number: int) -> str:
    return hpke.Reader(at.bridge_key(secret, number)).public.hex()

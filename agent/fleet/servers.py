"""How long the clinic's own certificates last: the broker's, the bridge's, and what signs hubs'.

Hubs renew theirs by themselves; these end after a year, and then no hub reaches the clinic. What
counts is what broker and bridge show now: a new certificate that nobody carried over helps nobody.
Where one does not answer from here, the copies count that `hearth fleet certificates` left.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.fleet import clinic as at
from agent.fleet.clinic import Clinic
from agent.fleet.needs import Need, Urgency, span
from sync import certificates

AHEAD, SOON = timedelta(days=30), timedelta(days=10)
"""So long before the end it is told, and so long before it presses."""
LIMIT_S = 4.0

_BROKER, _BRIDGE, _ISSUING, _ROOT = "broker", "bridge", "issuing", "root"
_SERVED = frozenset({_BROKER, _BRIDGE})
_NAMES = {
    _BROKER: "broker",
    _BRIDGE: "bridge",
    _ISSUING: "authority for hubs",
    _ROOT: "authority (root)",
}
_LOST = {
    _BROKER: ("The broker's certificate", "no hub sends by the broker"),
    _BRIDGE: ("The bridge's certificate", "no hub enrols, renews or is visited"),
    _ISSUING: ("What signs hubs' certificates", "no hub gets a new one"),
    _ROOT: ("The clinic's root", "no hub believes this clinic"),
}
_RENEW = "On the clinic's first machine: hearth fleet certificates. It says what to carry where."
_CARRY = (
    "A newer one is made: carry it over and restart, as hearth fleet certificates said. Or make one"
    " now with that command."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One certificate of the clinic's own.

    Parameters
    ----------
    name : str
        "broker", "bridge", "issuing" or "root".
    ends : datetime
        When it ends.
    shown : bool
        Whether its owner showed it just now; else a copy was read.
    newer : bool
        Whether a copy is here that ends later than the one shown.
    """

    name: str
    ends: datetime
    shown: bool = False
    newer: bool = False


def held(clinic: Clinic) -> list[Held]:
    """Look at all of them; waits `LIMIT_S` at most for broker and bridge."""
    copies = {name: ends for name in (_BROKER, _BRIDGE) if (ends := _copy(clinic, name))}
    places = {
        _BROKER: (clinic.config.broker.host, clinic.config.broker.port),
        _BRIDGE: (clinic.config.bridge.host, clinic.config.bridge.port),
    }
    with ThreadPoolExecutor(len(places), thread_name_prefix="certificates") as others:
        asked = {name: others.submit(_shown, *place) for name, place in places.items()}
    found = []
    for name, answer in asked.items():
        der, copy = answer.result(), copies.get(name)
        if (ends := _of_ours(der, clinic)) is not None:
            newer = copy is not None and copy > ends
            found.append(Held(name=name, ends=ends, shown=True, newer=newer))
        elif copy is not None:
            found.append(Held(name=name, ends=copy))
    if (clinic.folder / at.SECRET).exists():  # other machines have a copy that may be old
        found.append(Held(name=_ISSUING, ends=clinic.issuing().not_valid_after_utc))
    return [*found, Held(name=_ROOT, ends=clinic.root().not_valid_after_utc)]


def needs(all_held: Sequence[Held], now: datetime) -> list[Need]:
    """Return which of them need a person, the most urgent first; none while all last. Pure."""
    return sorted(_needs(all_held, now))


def _needs(all_held: Sequence[Held], now: datetime) -> Iterator[Need]:
    for one in all_held:
        left = one.ends - now
        if left > AHEAD:
            continue
        what, lost = _LOST[one.name]
        over = left <= timedelta(0)
        ends = f"ended on {one.ends:%Y-%m-%d}" if over else f"ends in {span(left)}"
        do = _CARRY if one.newer else _RENEW
        yield Need(
            urgency=Urgency.NOW if over else Urgency.TODAY if left <= SOON else Urgency.SOON,
            what=f"{what} {ends}: {'since then' if over else 'from then on'} {lost}.",
            do="Call whoever made this clinic: every hub has to be invited anew."
            if one.name == _ROOT
            else do,
        )


def in_words(all_held: Sequence[Held]) -> Iterator[str]:
    """Yield one line for each: until when, and who says so."""
    for one in all_held:
        said = (
            ("as it shows now" if one.shown else "by the copy here") if one.name in _SERVED else ""
        )
        newer = "; a newer one waits here to be carried over" if one.newer else ""
        yield f"{_NAMES[one.name]:<24}until {one.ends:%Y-%m-%d}  {said}{newer}".rstrip()


def _copy(clinic: Clinic, name: str) -> datetime | None:
    """Return when the copy ends that was kept when the kits were made; or the kit's own."""
    for path in (clinic.folder / at.SHOWN / f"{name}.pem", clinic.folder / name / f"{name}.pem"):
        try:
            return certificates.read_all(path.read_bytes())[0].not_valid_after_utc
        except (OSError, ValueError):
            continue
    return None


def _of_ours(der: bytes | None, clinic: Clinic) -> datetime | None:
    """Return when it ends; None for one that the clinic's root did not sign."""
    try:
        found = None if der is None else certificates.read_der(der)
    except ValueError:
        return None
    ours = found is not None and certificates.is_from(found, clinic.root())
    return found.not_valid_after_utc if found is not None and ours else None


def _shown(host: str, port: int) -> bytes | None:
    """Return the certificate that a server shows, good or not; nothing is told to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # one that ended is to be seen, too; its signature is read
    try:
        with (
            socket.create_connection((host.strip("[]"), port), LIMIT_S) as line,
            context.wrap_socket(line, server_hostname=host) as told,
        ):
            return told.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None

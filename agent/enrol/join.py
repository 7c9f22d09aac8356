"""Enrols a hub, step by step; each can be repeated, and a refusal leaves nothing behind.

1. fetch the authority's certificates from whoever answers, and compare the root with the pin
2. fetch the settings, and check who signed them; whoever answers wrongly stops here
3. make a key on this hub, ask for a certificate, see that it is for this key and from this root
4. put everything in place
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from agent.enrol.ask import Line, asked
from agent.enrol.keybox import CONFIGURATION, CONFIGURATION_FILE, FileBox, KeyBox, TpmBox, box_of
from agent.enrol.place import IDENTITY, KEY, ROOT, ROSTER, SECRET, SETTINGS, Place
from agent.fleet.carried import Carried
from config.load import ConfigError, parse
from sync import certificates, roster
from sync.invitation import Invitation
from sync.settings import MAX_OCTETS, Settings, opened
from vitals.errors import HubError

MOST_OFF_S = 300.0
"""A clock that is off by more cannot tell whether a certificate is valid."""


Dial = Callable[[Invitation, bytes | None], Line]
"""Makes a line to an invitation's host, which believes this root (PEM), or anybody without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a hub is now."""

    hub: str
    tenant: str
    version: int
    ends: datetime | None
    settings: str


def join(  # noqa: PLR0913 - what an enrolment takes
    invitation: Invitation,
    place: Place,
    dial: Dial,
    *,
    now: datetime,
    by: str,
    tell: Callable[[str], object] = lambda _: None,
    box: KeyBox | None = None,
) -> Joined:
    """Enrol with an invitation.

    Parameters
    ----------
    dial : callable
        How the bridge is reached.
    by : str
        Who enrols, for the hub's trail.
    tell : callable
        Is told each step that is done.
    box : KeyBox
        Where the hub's key shall be; a file if left out.

    Raises
    ------
    ConfigError
        When the settings cannot be used here.
    LinkError
        ENR-20, ENR-30: nothing is lost, the same command goes on from here.
    HubError
        ENR-1x refused by the clinic, ENR-21 not the clinic, ENR-24 this clock is wrong, SET-0x not
        signed as it must be. Nothing stays on the hub.
    """
    place.begin(invitation.hash())
    try:
        root = _root(invitation, place, dial, now)
        tell("The clinic's bridge is the one that the invitation names.")
        line = dial(invitation, certificates.pem_of([root]))
        try:
            found, list_ = _settings(invitation, place, line, root)
            tell("Its settings for this hub are signed by the clinic.")
            chain = _certificate(invitation, place, line, root, found.text, box=box or FileBox())
            tell("This hub has a key of its own and the clinic's certificate for it.")
        finally:
            line.close()
    except (HubError, ConfigError):
        place.give_up()
        raise
    return _placed(invitation, place, found, list_, by=by, ends=chain[0].not_valid_after_utc)


def join_later(carried: Carried, place: Place, *, by: str) -> Joined:
    """Set a hub up from a file, without a network; its certificate comes when there is one.

    Raises
    ------
    HubError
        ENR-21 not the clinic of the invitation, SET-0x not signed as it must be.
    """
    invitation = carried.invitation
    place.begin(invitation.hash())
    try:
        root = pinned(certificates_of(carried.root), invitation)
        place.keep(ROOT, certificates.pem_of([root]))
        said = {"settings": carried.settings, "roster": carried.roster}
        found, list_ = read_settings(said, root)
        place.keep(ROSTER, carried.roster.encode())
        place.keep(KEY, FileBox().new())
        place.keep(SECRET, invitation.text().encode())
    except (HubError, ConfigError):
        place.give_up()
        raise
    return _placed(invitation, place, found, list_, by=by, ends=None)


def _placed(  # noqa: PLR0913 - what was found on the way
    invitation: Invitation,
    place: Place,
    found: Settings,
    list_: roster.Roster,
    *,
    by: str,
    ends: datetime | None,
) -> Joined:
    hub = parse(found.text, source="the clinic's settings").hub
    place.note(by=by, what="enrolled", why="" if ends else "from a file, certificate to follow")
    place.finish(
        found.text,
        version=found.version,
        signers=sorted(list_.keys()),
        host=invitation.host,
    )
    return Joined(
        hub=hub.id, tenant=hub.tenant, version=found.version, ends=ends, settings=found.text
    )


def _root(invitation: Invitation, place: Place, dial: Dial, now: datetime) -> x509.Certificate:
    kept = place.kept(ROOT)
    if kept is not None:
        return certificates.read_all(kept)[0]
    line = dial(invitation, None)
    try:
        found, date = line.cacerts()
    finally:
        line.close()
    root = pinned(found, invitation)
    if date is not None and abs((date - now).total_seconds()) > MOST_OFF_S:
        raise _wrong_clock(date, now)
    place.keep(ROOT, certificates.pem_of([root]))
    return root


def pinned(found: Sequence[x509.Certificate], invitation: Invitation) -> x509.Certificate:
    """Return the root that the invitation means; raises HubError ENR-21 when it is not there."""
    for one in found:
        if certificates.pin(one) == invitation.pin and certificates.is_from(one, one):
            return one
    raise HubError(
        "Who answered is not the clinic that this invitation is from. Nothing was sent to it.",
        fix="Tell the clinic: somebody else stands at its address, or its keys were made anew.",
        code="ENR-21",
    )


def certificates_of(pem: str) -> list[x509.Certificate]:
    """Read certificates out of a file; raises HubError ENR-03."""
    try:
        return certificates.read_all(pem.encode())
    except ValueError:
        raise HubError(
            "This file is no invitation.",
            fix="Take the file that `hearth fleet invite --file` wrote, whole.",
            code="ENR-03",
        ) from None


def _wrong_clock(date: datetime, now: datetime) -> HubError:
    return HubError(
        f"This hub's clock shows {now.astimezone(UTC):%Y-%m-%d %H:%M}, "
        f"the clinic's {date.astimezone(UTC):%Y-%m-%d %H:%M} (UTC).",
        fix="Set this hub's clock (sudo timedatectl set-ntp true, then wait a minute), "
        "and run the same command again: the invitation is still good.",
        code="ENR-24",
    )


def _settings(
    invitation: Invitation, place: Place, line: Line, root: x509.Certificate
) -> tuple[Settings, roster.Roster]:
    kept = place.kept(SETTINGS)
    said = json.loads(kept) if kept is not None else line.settings(invitation.secret)
    found, list_ = read_settings(said, root)
    if kept is None:
        place.keep(ROSTER, str(said["roster"]).encode())
        place.keep(SETTINGS, json.dumps(dict(said)).encode())
    return found, list_


def read_settings(
    said: Mapping[str, Any], root: x509.Certificate
) -> tuple[Settings, roster.Roster]:
    """Check settings and the list of signers against the root; raises HubError SET-0x."""
    text, listed = str(said.get("settings", "")), str(said.get("roster", ""))
    try:
        about = json.loads(text) if len(text) <= MAX_OCTETS else {}
        tenant, hub = str(about["tenant"]), str(about["hub"])
    except (ValueError, KeyError, TypeError, RecursionError):
        tenant, hub = "", ""
    list_ = roster.opened(listed, tenant=tenant, root=root)
    found = opened(text, tenant=tenant, hub=hub, signers=list_.keys(), newest=0)
    wanted = parse(found.text, source="the clinic's settings").hub
    if (wanted.id, wanted.tenant) != (hub, tenant):
        raise HubError(
            "The settings name another hub than they are signed for.",
            fix="Ask the clinic for a new invitation.",
            code="SET-05",
        )
    return found, list_


def _certificate(  # noqa: PLR0913 - what was found on the way
    invitation: Invitation,
    place: Place,
    line: Line,
    root: x509.Certificate,
    settings: str,
    *,
    box: KeyBox,
) -> list[x509.Certificate]:
    done = place.kept(IDENTITY)
    if done is not None:
        return certificates.read_all(done)
    key = place.kept(KEY)
    if key is None:
        key = box.new()
        place.keep(KEY, key)
    if isinstance(box_of(key), TpmBox):
        place.keep(CONFIGURATION_FILE, CONFIGURATION.encode())
    name = parse(settings, source="the clinic's settings").hub.id
    chain = asked(line, key, name=name, root=root, box=box, secret=invitation.secret)
    place.keep(IDENTITY, key + certificates.pem_of(chain))
    (place.pending / KEY).unlink()
    return chain

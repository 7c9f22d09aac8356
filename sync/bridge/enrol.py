"""The door for new hubs: EST (RFC 7030) with an invitation in place of a password. No HTTP library.

| asked | by whom | answered |
|---|---|---|
| GET cacerts | anybody | the root, and what is below it: the hub compares the root with its pin |
| POST simpleenroll | who brings an invitation | the hub's certificate; the same hub may ask again |
| POST simplereenroll | who has the hub's present key, or the last | the next certificate |
| GET /enrol/settings | who brings an invitation not used yet | what the care team signed for it |

Nothing is kept here: the invitation and the hub's entry are on the FHIR server, and of two hubs
with one invitation the server lets one win. A hub whose certificate ran out while it was unplugged
proves itself by the request alone, signed with its old key: what it gets is of no use to others.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from cryptography import x509

from sync import certificates, denied, est
from sync.bridge.invitations import Invitations
from sync.bridge.register import Known
from sync.fhir.invitation import Invited, State
from sync.fhir.register import Registered, Standing
from sync.invitation import hash_of
from vitals.errors import HubError, LinkError

log = logging.getLogger(__name__)

SETTINGS = "/enrol/settings"
MAX_BODY = 16 * 1024
_JSON = {"content-type": "application/json"}
_TRIES = 3
_MOST_MARKS = 4  # more of 30 days each cannot be good at once


class Register(Protocol):
    """Where the clinic's hubs stand."""

    def fresh(self, hub: str) -> Known:
        """Ask now."""

    def write(self, entry: Registered) -> bool:
        """Write an entry; False when somebody else changed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _No:
    """A refusal: its status, code and sentence. No patient, no secret in it."""

    status: int
    code: str
    sentence: str


class _NoError(Exception):
    """Carries a refusal out."""

    def __init__(self, no: _No) -> None:
        super().__init__(no.code)
        self.no = no


_AGAIN = _No(503, "ENR-30", "The clinic's server cannot be reached from here just now.")
_UNKNOWN = _No(401, "ENR-10", "The clinic knows no such invitation.")
_ELSEWHERE = _No(403, "ENR-11", "The invitation is for another clinic.")
_OLD = _No(403, "ENR-12", "A newer invitation took this one's place.")
_USED = _No(403, "ENR-13", "The invitation was used by another hub.")
_OVER = _No(403, "ENR-14", "The invitation's time is over.")
_REVOKED = _No(403, "BRIDGE-04", "The care team has taken this hub back.")
_STRANGER = _No(403, "ENR-15", "The clinic gave this hub no certificate that it could renew.")
_NOTHING = _No(404, "ENR-17", "There is nothing here.")
_FORM = _No(400, "ENR-16", "That is no certificate request of a P-256 key.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Answers new hubs.

    Parameters
    ----------
    now : callable
        Returns the time of day, with its zone.
    note : callable
        Is told what was done: what, for which hub, and its certificate's serial number.
    """

    tenant: str
    authority: est.Authority
    invitations: Invitations
    register: Register
    now: Callable[[], datetime]
    note: Callable[[str, str, str], object]

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, peer: bytes | None
    ) -> Told:
        """Answer one request; never raises. `peer` is the client's certificate (DER), checked."""
        try:
            return self._answer((method, path.removeprefix(est.PREFIX)), headers, body, peer)
        except _NoError as error:
            log.info("enrolment refused code=%s", error.no.code)
            return _no(error.no)
        except (LinkError, HubError) as error:
            log.warning("enrolment not possible code=%s", error.code)
            return _no(_No(_AGAIN.status, error.code, error.message))

    def _answer(
        self,
        asked: tuple[str, str],
        headers: Mapping[str, str],
        body: bytes,
        peer: bytes | None,
    ) -> Told:
        if asked == ("GET", est.CACERTS):
            return _certificates(self.authority.cacerts())
        if asked == ("POST", est.ENROLL):
            return _certificates(self._enrolled(headers, _request(body)))
        if asked == ("POST", est.REENROLL):
            return _certificates(self._renewed(_request(body), peer))
        if asked == ("GET", SETTINGS):
            return self._settings(headers, peer)
        raise _NoError(_NOTHING)

    def _enrolled(
        self, headers: Mapping[str, str], request: x509.CertificateSigningRequest
    ) -> list[x509.Certificate]:
        key = certificates.key_hash(request).hex()
        invited = self._invited(headers)
        if invited.state is State.REDEEMED and invited.key != key:
            raise _NoError(_USED)
        if invited.is_over(self.now()):
            raise _NoError(_OVER)
        known = self._known(invited.hub)
        if known.entry is not None and known.revoked and _is_before(invited, known.entry):
            raise _NoError(_REVOKED)
        if invited.state is State.OPEN and _version(known.entry) >= int(invited.version):
            raise _NoError(_OLD)
        won = invited.state is not State.OPEN or self.invitations.redeem(invited, key)
        if not won and self._invited(headers).key != key:  # another was faster, at whatever bridge
            raise _NoError(_USED)
        chain = self.authority.sign(request, name=invited.hub)
        entry = Registered(
            hub=invited.hub,
            tenant=self.tenant,
            patients=tuple(invited.patients.split()),
            meters=tuple(invited.meters.split()),
            label=invited.label,
            by=invited.by,
            why="enrolled",
            settings=invited.version,
        )
        self._write(entry, chain[0])
        self.note("enrolled", invited.hub, f"{chain[0].serial_number:x}")
        return chain

    def _renewed(
        self, request: x509.CertificateSigningRequest, peer: bytes | None
    ) -> list[x509.Certificate]:
        shown = request if peer is None else certificates.read_der(peer)
        name = certificates.name_of(shown)
        known = self._known(name)
        if known.revoked:
            raise _NoError(_REVOKED)
        good = known.entry is not None and certificates.key_hash(shown).hex() in known.entry.keys
        if known.entry is None or not good or certificates.name_of(request) != name:
            raise _NoError(_STRANGER)
        chain = self.authority.sign(request, name=name)
        self._write(known.entry, chain[0], shown=certificates.key_hash(shown).hex())
        self.note("renewed", name, f"{chain[0].serial_number:x}")
        return chain

    def _settings(self, headers: Mapping[str, str], peer: bytes | None) -> Told:
        """Tell the settings while the invitation is open; then only to the hub that had it."""
        invited = self._invited(headers)
        if invited.state is State.REDEEMED:
            shown = None if peer is None else certificates.key_hash(certificates.read_der(peer))
            if shown is None or shown.hex() != invited.key:
                raise _NoError(_USED)
        elif invited.is_over(self.now()):
            raise _NoError(_OVER)
        said = {"settings": invited.settings, "roster": invited.roster}
        return Told(status=200, body=json.dumps(said).encode(), headers=_JSON)

    def _invited(self, headers: Mapping[str, str]) -> Invited:
        secret = est.secret_of(headers)
        found = None if secret is None else self.invitations.find(hash_of(secret))
        if found is None:
            raise _NoError(_UNKNOWN)
        if found.tenant != self.tenant:
            raise _NoError(_ELSEWHERE)
        if found.state is State.WITHDRAWN:
            raise _NoError(_OLD)
        return found

    def _known(self, hub: str) -> Known:
        known = self.register.fresh(hub)
        if not known.sure:
            raise _NoError(_AGAIN)
        return known

    def _write(self, wanted: Registered, made: x509.Certificate, *, shown: str = "") -> None:
        """Write a hub's entry with its new certificate, over whatever others wrote meanwhile.

        `shown` is the key that a renewal was asked with: it stays good until the new one is used,
        for an answer may be lost on its way.
        """
        key = certificates.key_hash(made).hex()
        mark = denied.mark(made)
        for _ in range(_TRIES):
            found = self._known(wanted.hub).entry
            base = wanted if found is None else found
            # By this invitation or a newer one: what was changed since then stays as it is.
            again = bool(shown) or _version(found) >= _version(wanted)
            if again and base.state is Standing.REVOKED:
                raise _NoError(_REVOKED)
            entry = replace(
                base if again else replace(wanted, since=self._instant()),
                certificates=(mark, *(base.certificates if shown else ()))[:_MOST_MARKS],
                revoked=(() if shown else base.certificates) + base.revoked[:_MOST_MARKS],
                keys=(key, shown) if shown and shown != key else (key,),
                notes=base.notes,
                extra=base.extra,
                version="" if found is None else found.version,
            )
            if self.register.write(entry):
                return
        raise _NoError(_AGAIN)

    def _instant(self) -> str:
        return self.now().astimezone(UTC).isoformat(timespec="seconds")


def _request(body: bytes) -> x509.CertificateSigningRequest:
    try:
        return certificates.read_request(est.read(body[: MAX_BODY + 1]))
    except ValueError:
        raise _NoError(_FORM) from None


def _version(entry: Registered | None) -> int:
    text = entry.settings if entry is not None else ""
    return int(text) if text.isdecimal() else 0


def _is_before(invited: Invited, gone: Registered) -> bool:
    """Tell whether a hub was taken back after it was invited, or after it had come by that."""
    if _version(gone) >= int(invited.version):
        return True
    try:
        return datetime.fromisoformat(gone.since) > datetime.fromisoformat(invited.at)
    except (ValueError, TypeError):
        return False  # nobody knows when; a new invitation has a newer version all the same


def _certificates(chain: Sequence[x509.Certificate]) -> Told:
    return Told(status=200, body=est.body_of(chain), headers=est.CERTIFICATES)


def _no(no: _No) -> Told:
    headers = dict(_JSON)
    if no.status == _AGAIN.status:
        headers["retry-after"] = "10"
    if no.status == _UNKNOWN.status:
        headers["www-authenticate"] = 'Basic realm="invitation"'
    said = {"code": no.code, "message": no.sentence}
    return Told(status=no.status, body=json.dumps(said).encode(), headers=headers)

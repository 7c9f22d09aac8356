"""The way to an EST server (RFC 7030): the bridge's door for hubs, or a clinic's own authority."""

from __future__ import annotations

import json
import ssl
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import urllib3
from cryptography import x509
from urllib3.exceptions import HTTPError, InsecureRequestWarning

from sync import certificates, est
from sync.bridge.enrol import SETTINGS
from vitals.errors import HubError, LinkError

_CONNECT_LIMIT_S, _READ_LIMIT_S = 10.0, 20.0
_MOST_OCTETS = 512 * 1024
_CHUNK_OCTETS = 16 * 1024
_OK, _ACCEPTED, _SERVER = 200, 202, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a server answered: its body, and what its clock shows, if it tells."""

    body: bytes
    date: datetime | None


class EstLink:
    """Asks one EST server.

    Parameters
    ----------
    url : str
        Of the server, such as "https://bridge.clinic.example:8443".
    root : bytes or None
        Certificates to believe (PEM). None believes anybody: only for `cacerts`, whose answer is
        then compared with a pin (RFC 7030, 4.1.1).
    identity : Path or None
        Certificate and key to show, in one file.

    Every method raises LinkError (ENR-20 nobody answers, ENR-30 try again) or HubError (the code
    of the other side, ENR-21 not believed, ENR-22 nothing sensible).
    """

    def __init__(
        self,
        url: str,
        *,
        root: bytes | None,
        identity: Path | None = None,
        prefix: str = est.PREFIX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set up; nothing is connected yet. `clock` counts seconds and never jumps."""
        self._clock = clock
        self._url, self._prefix = url.rstrip("/"), prefix
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=1,
            retries=False,
            timeout=urllib3.Timeout(connect=_CONNECT_LIMIT_S, read=_READ_LIMIT_S),
            ssl_context=_context(root, identity),
            assert_hostname=None if root is not None else False,
        )

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def cacerts(self) -> tuple[list[x509.Certificate], datetime | None]:
        """Return the authority's certificates, and what the server's clock shows."""
        said = self._asked("GET", f"{self._prefix}{est.CACERTS}")
        return _read(said.body), said.date

    def enrol(
        self, request: bytes, *, secret: bytes | None = None, again: bool = False
    ) -> list[x509.Certificate]:
        """Return what the authority makes of a request (PKCS #10, DER)."""
        what = est.REENROLL if again else est.ENROLL
        shown = est.basic("invitation", secret) if secret is not None else {}
        headers = {**est.REQUEST, **shown}
        path = f"{self._prefix}{what}"
        return _read(self._asked("POST", path, est.written(request), headers).body)

    def settings(self, secret: bytes) -> Mapping[str, Any]:
        """Return the signed settings and the list of signers that lie ready for this hub."""
        body = self._asked("GET", SETTINGS, headers=est.basic("invitation", secret)).body
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise _senseless()
        return found

    def _asked(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Said:
        try:
            with warnings.catch_warnings():
                # Said where a pin is compared instead, which is this link's whole purpose.
                warnings.simplefilter("ignore", InsecureRequestWarning)
                answer = self._pool.request(
                    method,
                    f"{self._url}{path}",
                    body=body or None,
                    headers=dict(headers or {}),
                    redirect=False,
                    preload_content=False,
                )
            with answer:
                content = self._read(answer)
        except (HTTPError, OSError) as error:
            raise _fault(error) from None
        if answer.status != _OK:
            raise _refused(answer.status, content)
        return Said(body=content, date=_date(answer.headers.get("date")))

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        # The read time-out starts anew with every octet, so a slow drip needs a limit of its own.
        until_s = self._clock() + _READ_LIMIT_S
        body = bytearray()
        while chunk := answer.read1(_CHUNK_OCTETS):
            body += chunk
            if len(body) > _MOST_OCTETS or self._clock() > until_s:
                raise HTTPError("an endless answer")
        return bytes(body)


def _context(root: bytes | None, identity: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if root is None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context.load_verify_locations(cadata=root.decode("ascii"))
        if identity is not None:
            context.load_cert_chain(identity)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise HubError(
            f"The certificates for enrolment cannot be used ({type(error).__name__}).",
            fix="Ask the clinic for a new invitation, and enrol again.",
            code="ENR-23",
        ) from None
    return context


def _read(body: bytes) -> list[x509.Certificate]:
    try:
        found = est.certificates_of(body)
    except ValueError:
        raise _senseless() from None
    if not found:
        raise _senseless()
    return found


def _fault(error: Exception) -> LinkError | HubError:
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return HubError(
            "Who answered is not the clinic's bridge, or its certificate is out of date.",
            fix="Check this machine's date (timedatectl); then ask the clinic.",
            code="ENR-21",
        )
    return LinkError(
        "The clinic's bridge does not answer.",
        fix="Check the network cable or Wi-Fi, then run the same command again: nothing is lost.",
        code="ENR-20",
    )


def _refused(status: int, content: bytes) -> LinkError | HubError:
    try:
        found = json.loads(content)
        code, message = str(found["code"]), str(found["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        code, message = "", ""
    if status >= _SERVER or status == _ACCEPTED:
        return LinkError(
            "The clinic cannot give out certificates just now.",
            fix="Wait a minute, then run the same command again: nothing is lost.",
            code="ENR-30",
        )
    if code not in _FIXES:
        return HubError(
            f"The authority refuses (HTTP {status}).",
            fix="Ask who looks after the clinic's authority.",
            code="ENR-31",
        )
    return HubError(message, fix=_FIXES[code], code=code)


_NEW = "Ask the clinic for a new invitation."
_FIXES = {
    "ENR-10": "Check that it is the newest one, or ask the clinic for a new invitation.",
    "ENR-11": "Ask the clinic that this hub belongs to for an invitation.",
    "ENR-12": _NEW,
    "ENR-13": _NEW,
    "ENR-14": _NEW,
    "ENR-15": _NEW,
    "ENR-16": "Update Hearth on this hub.",
    "BRIDGE-04": "If that was a mistake, ask the clinic for a new invitation.",
}


def _senseless() -> HubError:
    return HubError(
        "What answered is no bridge of a clinic.",
        fix="Check the invitation's address with the clinic; update Hearth on both sides.",
        code="ENR-22",
    )


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else None


class EstAuthority:
    """A clinic's own authority that speaks EST; this bridge shows its certificate there.

    A hub's request goes there as it came, so its name must be the one that the clinic gave it.
    """

    def __init__(
        self, url: str, *, root: bytes, identity: Path, own: x509.Certificate | None = None
    ) -> None:
        """Set up; nothing is connected yet. `own` is the root that hubs have the pin of."""
        self._own = [] if own is None else [own]
        at, _, path = url.partition(est.PREFIX.rstrip("/"))
        prefix = f"{est.PREFIX}{path.strip('/')}/" if path.strip("/") else est.PREFIX
        self._link = EstLink(at, root=root, identity=identity, prefix=prefix)

    def cacerts(self) -> list[x509.Certificate]:
        """Return the clinic's root, and the authority's certificates."""
        found, _ = self._link.cacerts()
        return [*self._own, *sorted(found, key=lambda one: one.issuer != one.subject)]

    def sign(self, request: x509.CertificateSigningRequest, *, name: str) -> list[x509.Certificate]:
        """Have it signed, and see that what came back is for this hub and its key."""
        if certificates.name_of(request) != name:
            raise _unfit()
        found = self._link.enrol(certificates.der_of(request))
        wanted = certificates.key_hash(request)
        leaf = next((one for one in found if certificates.key_hash(one) == wanted), None)
        if leaf is None or certificates.name_of(leaf) != name:
            raise _unfit()
        between = [one for one in self.cacerts() if one.issuer != one.subject]
        return [leaf, *between]


def _unfit() -> HubError:
    return HubError(
        "The authority's certificate is not the one that was asked for.",
        fix="Let it keep the subject of a hub's request; ask who looks after it.",
        code="ENR-31",
    )

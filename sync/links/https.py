"""HTTPS to the care team's FHIR server: one pooled connection, time limits, verified TLS."""

from __future__ import annotations

import ipaddress
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from config.schema import Fhir
from sync import scopes
from sync.exchange import Answer, Fault, Request
from sync.links.login import Login
from vitals.errors import HubError

log = logging.getLogger(__name__)

MAX_ANSWER_OCTETS = 16 * 1024 * 1024  # a capability statement may take a few MB
_CONNECT_LIMIT_S = 10.0
_CHUNK_OCTETS = 64 * 1024
_NOT_VALID_NOW = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, _HAS_EXPIRED: openssl/x509_vfy.h


class _EndlessError(HTTPError):
    """The answer is larger, or takes longer, than any honest one."""


class HttpsLink:
    """Makes one request at a time. Never raises for the network: not knowing is an answer.

    No URL, header or body is ever logged: they name what the patient measured.
    """

    def __init__(
        self,
        settings: Fhir,
        *,
        clock: Callable[[], float] = time.monotonic,
        scope: str = scopes.HUB,
    ) -> None:
        """Set up; nothing is connected yet. `clock` counts seconds and never jumps.

        `scope` is what a login asks for where the settings name nothing.

        Raises
        ------
        HubError
            NET-01 http to another machine, NET-02 certificate files that cannot be used,
            NET-04 a login key that cannot be used.
        """
        self._settings = settings
        self._clock = clock
        self._base = settings.base_url.rstrip("/")
        parts = urlsplit(self._base)
        if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
            raise HubError(
                "Readings may not travel unencrypted.",
                fix="Write fhir.base_url with https:// in the hub's settings.",
                code="NET-01",
            )
        self._token: str | None = None
        self._login: Login | None = None
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=1,
            retries=False,  # the engine decides, because it knows what is idempotent
            timeout=urllib3.Timeout(connect=_CONNECT_LIMIT_S, read=settings.timeout_s),
            ssl_context=_tls(settings) if parts.scheme == "https" else None,
        )
        if settings.login_client_id:
            self._login = Login(settings, self._ask, clock=clock, scope=scope)

    def exchange(self, request: Request) -> Answer:
        """Make a request and return what came back, or that nobody knows."""
        headers = dict(request.headers)
        token = self._bearer(fresh=request.fresh_token)
        if isinstance(token, Answer):
            return token
        if token:
            headers["authorization"] = f"Bearer {token}"
        url = f"{self._base}/{request.path}" if request.path else self._base
        answer = self._ask(request.method, url, request.body, headers)
        if answer.status is None:
            log.info("request failed purpose=%s fault=%s", request.purpose, answer.fault)
        return answer

    def _ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            answer = self._pool.request(
                method,
                url,
                body=body or None,
                headers=headers,
                redirect=False,  # a reading goes only where the care team said
                preload_content=False,
            )
            with answer:
                content = self._read(answer)
        except (HTTPError, OSError) as error:
            return Answer(status=None, fault=_fault(error))
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status, headers=found, body=content)

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        # The read time-out starts anew with every octet, so a slow drip needs a limit of its own.
        until_s = self._clock() + self._settings.timeout_s
        body = bytearray()
        while chunk := answer.read1(_CHUNK_OCTETS):
            body += chunk
            if len(body) > MAX_ANSWER_OCTETS or self._clock() > until_s:
                raise _EndlessError
        return bytes(body)

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def _bearer(self, *, fresh: bool) -> str | Answer | None:
        if self._login is not None:
            return self._login.token(fresh=fresh)
        path = self._settings.token_file
        if path is not None and (fresh or self._token is None):
            try:
                self._token = path.read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError) as error:
                log.warning("access token unreadable error=%s", type(error).__name__)
        return self._token


def _fault(error: Exception) -> Fault:
    """Tell a certificate that is not believed from a network that is away."""
    cause = error.args[0] if error.args else None
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return Fault.NETWORK
    out_of_date = cause.verify_code in _NOT_VALID_NOW
    return Fault.CERTIFICATE_TIME if out_of_date else Fault.CERTIFICATE


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(settings: Fhir) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.client_cert_file is not None:
            context.load_cert_chain(settings.client_cert_file, settings.client_key_file)
    except (OSError, ssl.SSLError) as error:
        raise HubError(
            f"The certificate files of the FHIR server cannot be used ({type(error).__name__}).",
            fix="Check fhir.ca_file, fhir.client_cert_file and fhir.client_key_file.",
            code="NET-02",
        ) from None
    return context

"""Logging in to a FHIR server without a person: what is said and what the answers mean. Pure.

SMART Backend Services (SMART App Launch 2.2.0, "Backend Services" and "Client Authentication:
Asymmetric"): the hub signs a short statement with a key of its own and gets an access token that
lasts a few minutes. There are no refresh tokens; it asks again.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec

from sync.exchange import Answer

WELL_KNOWN = ".well-known/smart-configuration"
LIFETIME_S = 240
"""How long a signed statement is good for; servers refuse more than five minutes."""

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_OK = 200
_SHORTEST_S, _LONGEST_S, _UNSAID_S = 1.0, 86_400.0, 300.0


class Signer(Protocol):
    """A private key that signs and never leaves where it is."""

    @property
    def algorithm(self) -> str:
        """ES384 or RS384."""

    @property
    def key_id(self) -> str:
        """What the server calls the key."""

    def sign(self, octets: bytes) -> bytes:
        """Return the signature as JSON Web Signature writes it (RFC 7518, 3.3 and 3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """An access token and how long it is good for, in seconds."""

    token: str
    expires_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The server does not let this hub in; `error` is OAuth's own word, such as invalid_client."""

    error: str


def assertion(signer: Signer, *, client_id: str, token_url: str, now_s: int, number: str) -> str:
    """Sign who asks, for a token endpoint and a few minutes.

    Parameters
    ----------
    signer : Signer
        The hub's key, which the server knows by its public half.
    client_id : str
        What the server calls this hub.
    token_url : str
        The token endpoint, which is the statement's audience.
    now_s : int
        Seconds since 1970, UTC, by the clock that the server goes by.
    number : str
        Never used before: the server refuses a second statement with it.
    """
    header = {"alg": signer.algorithm, "kid": signer.key_id, "typ": "JWT"}
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_url,
        "iat": now_s,
        "exp": now_s + LIFETIME_S,
        "jti": number,
    }
    signed = f"{_base64(msgspec.json.encode(header))}.{_base64(msgspec.json.encode(claims))}"
    return f"{signed}.{_base64(signer.sign(signed.encode('ascii')))}"


def form(statement: str, *, scope: str) -> bytes:
    """Write the question for a token (RFC 6749, 4.4, with RFC 7523, 2.2)."""
    return urlencode(
        {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": statement,
        }
    ).encode("ascii")


def token_endpoint(answer: Answer) -> str | None:
    """Return where tokens are given out, by the server's own description of itself."""
    found = _json(answer)
    address = found.get("token_endpoint") if answer.status == _OK else None
    return address if isinstance(address, str) and address else None


def granted(answer: Answer) -> Granted | Refused | None:
    """Read the answer of a token endpoint; None when it is neither a token nor a refusal.

    A token of another kind than Bearer, or one that cannot stand in a header, is no token.
    """
    found = _json(answer)
    if answer.status == _OK:
        token, kind = found.get("access_token"), found.get("token_type")
        if not isinstance(token, str) or not isinstance(kind, str) or kind.lower() != "bearer":
            return None
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            return None
        return Granted(token=token, expires_in_s=_seconds(found.get("expires_in")))
    error = found.get("error")
    return Refused(error=error) if isinstance(error, str) else None


def server_time_s(answer: Answer) -> float | None:
    """Return the server's clock by its Date header (RFC 9110, 6.6.1), seconds since 1970."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _seconds(value: object) -> float:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)  # some servers write it in quotes
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _UNSAID_S
    return min(max(float(value), _SHORTEST_S), _LONGEST_S)


def _json(answer: Answer) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _base64(octets: bytes) -> str:
    """Write octets as RFC 7515 does: URL-safe, without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")

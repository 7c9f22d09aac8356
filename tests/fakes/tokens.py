"""A SMART token endpoint: it believes what joserfc, a library of its own, finds well signed.

It follows SMART App Launch 2.2.0, "Client Authentication: Asymmetric": the audience is the token
endpoint, a statement lasts five minutes at most, and its number counts once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_LIFETIME_S = 300


@dataclass(slots=True, kw_only=True)
class Tokens:
    """A server whose readings need a token. `now` is its own clock, seconds since 1970."""

    keys: dict[str, Any]
    now: Callable[[], float]
    client_id: str = "hub-1"
    expires_in: object = 300
    well_known: bool = True
    given: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    claims: list[dict[str, Any]] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    allowed: set[str] | None = None  # scopes; a login that asks for another one is refused
    _seen: set[str] = field(default_factory=set)

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer one request; what is no login needs a valid token."""
        port = handler.server.server_address[1]  # type: ignore[index] # an IPv4 server's
        if handler.path.endswith("/.well-known/smart-configuration"):
            described = {"token_endpoint": f"http://127.0.0.1:{port}/token"}
            self._say(handler, 200 if self.well_known else 404, described)
        elif handler.path == "/token":
            self._login(handler, f"http://127.0.0.1:{port}/token", body)
        elif handler.headers.get("authorization", "").removeprefix("Bearer ") in self.valid:
            self._say(handler, 200, {"resourceType": "CapabilityStatement"})
        else:
            self._say(handler, 401, {})

    def _login(self, handler: BaseHTTPRequestHandler, url: str, body: bytes) -> None:
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        error = self._wrong(asked, url)
        if error is not None:
            self._say(handler, 400, {"error": error})
            return
        token = f"token-{len(self.given) + 1}"
        self.given.append(token)
        self.valid.add(token)
        self.scopes.append(asked["scope"])
        granted = {"access_token": token, "token_type": "bearer", "expires_in": self.expires_in}
        self._say(handler, 200, granted)

    def _wrong(self, asked: dict[str, str], url: str) -> str | None:
        if self.allowed is not None and not set(asked["scope"].split()) <= self.allowed:
            return "invalid_scope"  # RFC 6749, 5.2: unknown, malformed, or exceeds what was granted
        if asked.get("grant_type") != "client_credentials":
            return "unsupported_grant_type"
        if asked.get("client_assertion_type") != ASSERTION:
            return "invalid_request"
        try:
            found = jwt.decode(
                asked["client_assertion"],
                KeySet.import_key_set(self.keys),  # type: ignore[arg-type] # its own TypedDict
                algorithms=["ES384", "RS384"],
            )
        except (JoseError, ValueError, KeyError):
            return "invalid_client"
        claims = found.claims
        now_s = self.now()
        good = (
            found.header["typ"] == "JWT"
            and claims["iss"] == claims["sub"] == self.client_id
            and claims["aud"] == url
            and now_s < claims["exp"] <= now_s + MAX_LIFETIME_S
            and claims["jti"] not in self._seen
        )
        if not good:
            return "invalid_client"
        self._seen.add(claims["jti"])
        self.claims.append(claims)
        return None

    def _say(self, handler: BaseHTTPRequestHandler, status: int, about: object) -> None:
        body = json.dumps(about).encode()
        # Not the handler's own send_response: it would write this machine's Date.
        handler.send_response_only(status)
        handler.send_header("date", formatdate(self.now(), usegmt=True))
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

"""Keeps an access token fresh: asks the server where, signs, asks for one (see `sync.smart`).

The statement's time is the server's own, from the Date header of its description: a hub whose
clock is wrong can log in all the same, and is told that its clock is wrong.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from config.schema import Fhir
from sync import scopes, smart
from sync.exchange import Answer
from sync.smart_key import LoginKey
from vitals.errors import HubError

log = logging.getLogger(__name__)

Ask = Callable[[str, str, bytes, Mapping[str, str]], Answer]
"""Makes one request of method, whole address, body and headers; never raises for the network."""

_JSON = {"accept": "application/json"}
_FORM = {**_JSON, "content-type": "application/x-www-form-urlencoded"}
_EARLY = 0.8  # of a token's life: then the next one is asked for
_UNAUTHORISED, _SERVER_ERROR, _TOO_MANY = 401, 500, 429


class Login:
    """One client's login at one server.

    Parameters
    ----------
    settings : Fhir
        Names the client, its key file and, where the server does not say it, the token endpoint.
    ask : Ask
        The link's own way to make a request.
    clock : callable
        Seconds that never jump.
    """

    def __init__(
        self,
        settings: Fhir,
        ask: Ask,
        *,
        clock: Callable[[], float] = time.monotonic,
        scope: str = scopes.HUB,
    ) -> None:
        """Read the key; nothing is asked yet. `scope` counts where the settings name none.

        Raises
        ------
        HubError
            NET-04 when the key file cannot be used.
        """
        if settings.login_key_file is None:
            raise ValueError("there is no login key")
        self._key = read_key(settings.login_key_file)
        self._settings, self._ask, self._clock = settings, ask, clock
        self._scopes = [settings.login_scope] if settings.login_scope else [scope, scopes.READINGS]
        self._endpoint = settings.login_token_url
        self._server_s: float | None = None  # the server's clock less ours
        self._token = ""
        self._until_s = 0.0

    def token(self, *, fresh: bool) -> str | Answer:
        """Return a token, or the answer that stands for not getting one.

        `fresh` says that the server refused the one at hand.
        """
        if fresh:
            self._token = ""
        if self._token and self._clock() < self._until_s:
            return self._token
        return self._described() or self._asked()

    def _described(self) -> Answer | None:
        """Learn the endpoint and the server's time; return an answer only when that fails."""
        if self._server_s is not None and self._endpoint:
            return None
        address = f"{self._settings.base_url.rstrip('/')}/{smart.WELL_KNOWN}"
        answer = self._ask("GET", address, b"", _JSON)
        if answer.status is None:
            return answer
        server_s = smart.server_time_s(answer)
        self._server_s = None if server_s is None else server_s - self._clock()
        self._endpoint = self._endpoint or smart.token_endpoint(answer) or ""
        if not self._endpoint:
            if _passing(answer):
                return answer
            log.warning("server does not say where tokens are")
            return Answer(status=_UNAUTHORISED, headers=answer.headers)
        if not _same_safety(self._endpoint, self._settings.base_url):
            self._endpoint = ""
            log.warning("token endpoint is not encrypted")
            return Answer(status=_UNAUTHORISED, headers=answer.headers)
        return None

    def _asked(self) -> str | Answer:
        """Ask for a token; a server that allows less than all is asked for the readings alone."""
        answer = self._asked_for(self._scopes[0])
        refused = isinstance(answer, Answer) and _is_scope(answer)
        if refused and len(self._scopes) > 1:
            log.warning("login scope refused; only what readings need is asked for")
            del self._scopes[0]
            answer = self._asked_for(self._scopes[0])
        if isinstance(answer, str):
            return answer
        self._server_s = None  # its clock may have been set; learn it again
        if answer.status is None or _passing(answer):
            return answer
        return Answer(status=_UNAUTHORISED, headers=answer.headers)

    def _asked_for(self, scope: str) -> str | Answer:
        now_s = self._clock()
        statement = smart.assertion(
            self._key,
            client_id=self._settings.login_client_id,
            token_url=self._endpoint,
            now_s=int(now_s + (self._server_s or 0.0)),
            number=str(uuid.uuid4()),
        )
        answer = self._ask("POST", self._endpoint, smart.form(statement, scope=scope), _FORM)
        match smart.granted(answer):
            case smart.Granted(token=token, expires_in_s=good_s):
                self._token, self._until_s = token, now_s + good_s * _EARLY
                return token
            case smart.Refused(error=error):
                log.warning("login refused error=%s", _known(error))
        return answer


def read_key(path: Path) -> LoginKey:
    """Read a login key; raises HubError NET-04 when it cannot be used."""
    try:
        return LoginKey(path.read_bytes())
    except OSError as error:
        why = error.strerror or type(error).__name__
    except ValueError:
        why = "it is no P-384 or RSA key"
    raise HubError(
        f"The login key {path} cannot be used: {why}.",
        fix="Make one with `hearth login key`, or name it under fhir.login_key_file.",
        code="NET-04",
    )


def _is_scope(answer: Answer) -> bool:
    found = smart.granted(answer)
    return isinstance(found, smart.Refused) and found.error == "invalid_scope"


def _passing(answer: Answer) -> bool:
    return answer.status == _TOO_MANY or (answer.status or 0) >= _SERVER_ERROR


def _same_safety(address: str, base_url: str) -> bool:
    """Tell whether an address is encrypted, or stays on the very machine that the server is on."""
    there, base = urlsplit(address), urlsplit(base_url)
    return there.scheme == "https" or (
        there.scheme == "http" == base.scheme and there.hostname == base.hostname
    )


_ERRORS = {  # RFC 6749, 5.2: a server's other words stay out of the log
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
}


def _known(error: str) -> str:
    return error if error in _ERRORS else "other"

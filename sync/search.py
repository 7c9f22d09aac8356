"""Reads all of what a FHIR server finds, page by page (hl7.org/fhir/R4/http.html#paging)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from sync.exchange import Answer, Purpose, Request
from sync.fhir.codes import Json
from sync.policy import JSON, STORED
from sync.smart import server_time_s
from vitals.errors import HubError, LinkError

PAGE = 1000
_STEADY = "_sort=_id"  # else a hub that reports meanwhile may move from one page to another
MOST_PAGES = 2000

_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
Page = dict[str, msgspec.Raw]
"""One page (a Bundle), its parts not read yet."""


class Server(Protocol):
    """The way to the FHIR server. Never raises for the network."""

    def exchange(self, request: Request) -> Answer:
        """Make one request and wait, within a time limit, for its answer."""


class Search:
    """Searches one server. `now` is its own time of day, as it last said; None before.

    Parameters
    ----------
    base_url : str
        The server's, so that a next page is asked of it and of nobody else.
    tell : callable
        Is given how many were read so far, after each page.
    """

    def __init__(
        self, server: Server, *, base_url: str, tell: Callable[[int], object] = lambda _: None
    ) -> None:
        """Keep the way."""
        self._server, self._base, self._tell = server, urlsplit(base_url.rstrip("/")), tell
        self._read = 0
        self.now: datetime | None = None

    def found(self, path: str) -> Iterator[Json]:
        """Yield every resource that a search finds, in any order; ask the server nothing meanwhile.

        The next page is fetched while one is gone through; a page is kept as octets, and one
        resource of it at a time is made out of them.

        Raises
        ------
        LinkError
            FIND-01 when the server is away, before or between pages.
        HubError
            FIND-02 when it refuses, or answers with something else.
        """
        asked = f"{path}{'&' if '?' in path else '?'}_count={PAGE}"
        with ThreadPoolExecutor(1, thread_name_prefix="pages") as ahead:
            coming = ahead.submit(self._first, asked)
            for _ in range(MOST_PAGES):
                page = coming.result()
                following = self._next(page)
                if following is not None:
                    coming = ahead.submit(self._ask, following)
                for entry in _parts(page.get("entry")):
                    resource = _object(entry).get("resource")
                    if isinstance(resource, dict):
                        self._read += 1
                        yield resource
                self._tell(self._read)
                if following is None:
                    return
        raise _refused("there is no end to its pages")

    def _first(self, path: str) -> Page:
        """Ask for the first page in a steady order, where the server knows how to."""
        try:
            return self._ask(f"{path}&{_STEADY}")
        except HubError:
            return self._ask(path)

    def _ask(self, path: str) -> Page:
        answer = self._server.exchange(
            Request(purpose=Purpose.REGISTER, method="GET", path=path, headers={"accept": JSON})
        )
        if answer.status is None:
            raise LinkError(
                "The FHIR server does not answer.",
                fix="Check this machine's network, then run the command again: it changed nothing.",
                code="FIND-01",
            )
        try:
            found = msgspec.json.decode(answer.body, type=Page)
        except (*_NO_JSON, msgspec.ValidationError):
            raise _refused(f"HTTP {answer.status}") from None
        if answer.status not in STORED:
            raise _refused(f"HTTP {answer.status}")
        if (seconds := server_time_s(answer)) is not None:
            self.now = datetime.fromtimestamp(seconds, UTC)
        return found

    def _next(self, page: Page) -> str | None:
        links = [_object(one) for one in _parts(page.get("link"))]
        named = [str(one.get("url")) for one in links if one.get("relation") == "next"]
        if not named:
            return None
        there = urlsplit(named[-1])
        own = (there.scheme, there.netloc) in {(self._base.scheme, self._base.netloc), ("", "")}
        if not own or not there.path.startswith(self._base.path):
            raise _refused("its next page is on another server")
        path = there.path.removeprefix(self._base.path).lstrip("/")
        return f"{path}?{there.query}" if there.query else path


def _refused(why: str) -> HubError:
    return HubError(
        f"The FHIR server does not show what is asked for ({why}).",
        fix="Let this login read and search Basic and Device on the server.",
        code="FIND-02",
    )


def _parts(octets: msgspec.Raw | None) -> list[msgspec.Raw]:
    """Return the parts of an array, each still as octets; none of anything else."""
    try:
        return msgspec.json.decode(octets or b"[]", type=list[msgspec.Raw])
    except (*_NO_JSON, msgspec.ValidationError):
        return []


def _object(octets: msgspec.Raw) -> Json:
    try:
        found = msgspec.json.decode(octets)
    except _NO_JSON:
        return {}
    return found if isinstance(found, dict) else {}

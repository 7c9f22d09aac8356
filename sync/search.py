"""Reads all of what a FHIR server finds, page by page (hl7.org/fhir/R4/http.html#paging)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlsplit

from sync.capability import read_json
from sync.exchange import Answer, Purpose, Request
from sync.fhir.codes import Json
from sync.policy import JSON, STORED
from sync.smart import server_time_s
from vitals.errors import HubError, LinkError

PAGE = 500
MOST_PAGES = 2000


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
        """Yield every resource that a search finds; a page is let go before the next is asked.

        Raises
        ------
        LinkError
            FIND-01 when the server is away, before or between pages.
        HubError
            FIND-02 when it refuses, or answers with something else.
        """
        following: str | None = f"{path}{'&' if '?' in path else '?'}_count={PAGE}"
        for _ in range(MOST_PAGES):
            if following is None:
                return
            page = self.ask(following)
            for entry in _list(page.get("entry")):
                resource = entry.get("resource")
                if isinstance(resource, dict):
                    self._read += 1
                    yield resource
            self._tell(self._read)
            following = self._next(page)
        raise _refused("there is no end to its pages")

    def ask(self, path: str) -> Json:
        """Ask for one thing; raises as `found` does."""
        answer = self._server.exchange(
            Request(purpose=Purpose.REGISTER, method="GET", path=path, headers={"accept": JSON})
        )
        if answer.status is None:
            raise LinkError(
                "The FHIR server does not answer.",
                fix="Check this machine's network, then run the command again: it changed nothing.",
                code="FIND-01",
            )
        found = read_json(answer)
        if answer.status not in STORED or found is None:
            raise _refused(f"HTTP {answer.status}")
        if (seconds := server_time_s(answer)) is not None:
            self.now = datetime.fromtimestamp(seconds, UTC)
        return found

    def _next(self, page: Json) -> str | None:
        links = {str(one.get("relation")): str(one.get("url")) for one in _list(page.get("link"))}
        if "next" not in links:
            return None
        there = urlsplit(links["next"])
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


def _list(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

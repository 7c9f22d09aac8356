"""What may be plugged into the bridge's web server: questions in, answers out, no HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. `headers` come on top of the server's own and cannot weaken them."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    Parameters
    ----------
    path : str
        As asked for, with its plug's prefix, without query and fragment.
    headers : mapping
        Names in lower case.
    body : bytes
        At most 64 KiB.
    peer_cert : bytes or None
        The client's certificate (DER), already checked against the server's client CA; None when
        the client showed none.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer_cert: bytes | None


class Plug(Protocol):
    """Answers everything below one path."""

    @property
    def prefix(self) -> str:
        """Return the path it answers below, such as "/enrol/"; no two plugs share one."""

    def answer(self, asked: Asked) -> Reply:
        """Answer one request. Called in a thread, a few at a time; may block for 15 s."""

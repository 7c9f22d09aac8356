"""The line between hub and screen without a socket: octets in, messages out, the version kept."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from agent.screen.messages import MAX_LINE_OCTETS, VERSION, FromHub, FromScreen, Hello
from vitals.errors import HubError, LinkError

_Message = TypeVar("_Message")


def other_version(theirs: int) -> HubError:
    """Return the fault that both sides tell when they do not speak the same version."""
    return HubError(
        f"The hub and its screen are of different versions ({theirs} and {VERSION}).",
        fix="Restart both: systemctl restart hearth hearth-screen.",
        code="SCR-01",
    )


class Lines(Generic[_Message]):
    """Cuts what arrives into messages; the first must be `Hello` of our version.

    At most one line of `MAX_LINE_OCTETS` is ever held.
    """

    def __init__(self, kind: object) -> None:
        """Expect messages of this union."""
        self._decoder: msgspec.json.Decoder[_Message] = msgspec.json.Decoder(kind)
        self._hello = msgspec.json.Decoder(Hello)
        self._rest = bytearray()
        self.greeted = False

    def feed(self, octets: bytes) -> list[_Message]:
        """Take what arrived; return the messages that are whole.

        Raises
        ------
        HubError
            SCR-01: the other side speaks another version.
        LinkError
            SCR-02: this is no message of ours. Hang up and connect anew.
        """
        self._rest += octets
        *whole, rest = bytes(self._rest).split(b"\n")
        if max(map(len, [*whole, rest])) > MAX_LINE_OCTETS:
            raise _not_ours("a line is too long")
        self._rest[:] = rest
        return [message for line in whole if (message := self._read(line)) is not None]

    def _read(self, line: bytes) -> _Message | None:
        try:
            if self.greeted:
                return self._decoder.decode(line)
            hello = self._hello.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _not_ours("a line is no message") from None
        if hello.version != VERSION:
            raise other_version(hello.version)
        self.greeted = True
        return None


def _not_ours(what: str) -> LinkError:
    return LinkError(f"Between hub and screen, {what}.", code="SCR-02")


def at_screen() -> Lines[FromHub]:
    """Return the screen's ear."""
    return Lines[FromHub](FromHub)


def at_hub() -> Lines[FromScreen]:
    """Return the hub's ear."""
    return Lines[FromScreen](FromScreen)

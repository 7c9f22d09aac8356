"""Changes the hub key without stopping the hub; a power cut at any moment leaves a key that opens.

The command stages the new key where the hub's key is kept, the running hub seals its store's keys
under it, then the command puts it in place:

1. stage: `hub.key.next`, or a new sealed credential, beside the present one;
2. hand over: the hub writes the new key, wrapped by the present one, into `hub.key.handover`;
3. rewrap: one transaction; from here on the store opens with the new key alone;
4. promote: the staged key takes the present one's name;
5. forget: the hand-over is deleted, so that the old key opens nothing any more.

Whatever start comes between 3 and 4 opens the hand-over with the present key and goes on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from agent.audit import Audit
from agent.identity import KEY_OCTETS, hub_key, write_key
from sync.outbox import Outbox
from sync.seal import unwrapped_key, wrapped_key
from vitals.errors import HubError

HANDOVER_FILE = "hub.key.handover"
_LIMIT_S = 20.0
_WRAPPED_OCTETS = KEY_OCTETS + 8  # RFC 3394: one block more
_OTHER_KEY = "SEAL-01"

_Opened = TypeVar("_Opened")


class HubKeys:
    """The keys that may open this hub's store: the one it was given, and what that one wraps."""

    def __init__(
        self, state_dir: Path, *, create: bool = False, given: bytes | None = None
    ) -> None:
        """Take the key that is given, or read the present one; raises as `hub_key` does."""
        self._handover = state_dir / HANDOVER_FILE
        self._given = self._present = given or hub_key(state_dir, create=create)

    def opened(self, opening: Callable[[bytes], _Opened]) -> _Opened:
        """Open the store with the first key that fits.

        Raises
        ------
        HubError
            SEAL-01 when none does; whatever else `opening` raises.
        """
        for key in self._handed_over():
            try:
                found = opening(key)
            except HubError as error:
                if error.code != _OTHER_KEY:
                    raise
            else:
                self._present = key
                return found
        return opening(self._given)

    def rekey(self, outbox: Outbox, new: bytes) -> None:
        """Seal the store's keys under a new hub key; returns when only that one opens it."""
        wraps = {wrapped_key(old, new) for old in (self._given, self._present)}
        known = self._handover.read_bytes() if self._handover.exists() else b""
        write_key(self._handover, known + b"".join(wraps))
        outbox.rewrap(new).result(_LIMIT_S)
        self._present = new

    def rekeyed(self) -> None:
        """Forget the way from the old key to the new one: the new one is in its place."""
        self._given = self._present
        self._handover.unlink(missing_ok=True)

    def settle(self) -> None:
        """Forget a hand-over that is no longer needed, as after a power cut at the very end."""
        if self._given == self._present:
            self._handover.unlink(missing_ok=True)

    def _handed_over(self) -> list[bytes]:
        octets = self._handover.read_bytes() if self._handover.exists() else b""
        pieces = (
            octets[at : at + _WRAPPED_OCTETS] for at in range(0, len(octets), _WRAPPED_OCTETS)
        )
        found = (unwrapped_key(self._given, piece) for piece in pieces)
        return [self._given, *(key for key in found if key is not None)]


def answer(
    keys: HubKeys, outbox: Outbox, audit: Audit, asked: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Answer what the desk was asked about keys; None when it was about something else.

    Raises
    ------
    HubError
        KEY-05 for what is no key.
    """
    if asked.get("do") == "rekeyed":
        keys.rekeyed()
        return {}
    if asked.get("do") != "rekey":
        return None
    try:
        new = bytes.fromhex(str(asked.get("key")))
    except ValueError:
        new = b""
    if len(new) != KEY_OCTETS or not asked.get("by"):
        raise HubError(
            "This is no new hub key.", fix="Run: hearth hub rekey. It makes one.", code="KEY-05"
        )
    keys.rekey(outbox, new)
    audit.note(by=str(asked["by"]), what="rekey")
    return {}


def new_key() -> bytes:
    """Return 32 octets from the kernel."""
    return os.urandom(KEY_OCTETS)

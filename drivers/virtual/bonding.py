"""How a simulated meter pairs: what it can show or take in, and the person who stands before it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

from bumble.att import Attribute
from bumble.pairing import PairingDelegate

_ENCRYPTED = (
    Attribute.Permissions.READ_REQUIRES_ENCRYPTION | Attribute.Permissions.WRITE_REQUIRES_ENCRYPTION
)
_AUTHENTICATED = (
    Attribute.Permissions.READ_REQUIRES_AUTHENTICATION
    | Attribute.Permissions.WRITE_REQUIRES_AUTHENTICATION
)
_TYPE_LIMIT_S = 25.0


class Means(Enum):
    """What a meter has for pairing (Core 5.4, Vol 3, Part H, 2.3.2)."""

    NOTHING = "nothing"  # just works
    DISPLAY = "display"  # shows six digits, or bears them on its label
    KEYBOARD = "keyboard"  # the hub shows six digits, a person types them on the meter
    COMPARE = "compare"  # both show six digits, a person says whether they are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonding:
    """What a meter asks of a hub before it talks: a bond, by a passkey of its own or not."""

    passkey: int | None = None
    by: Means | None = None

    @property
    def means(self) -> Means:
        """Return what it has; a passkey of its own is one it shows."""
        if self.by is not None:
            return self.by
        return Means.NOTHING if self.passkey is None else Means.DISPLAY

    @property
    def permissions(self) -> Attribute.Permissions:
        """Return what to add to the permissions of whatever the bond protects."""
        return _ENCRYPTED if self.means is Means.NOTHING else _AUTHENTICATED


_IO = {
    Means.NOTHING: PairingDelegate.IoCapability.NO_OUTPUT_NO_INPUT,
    Means.DISPLAY: PairingDelegate.IoCapability.DISPLAY_OUTPUT_ONLY,
    Means.KEYBOARD: PairingDelegate.IoCapability.KEYBOARD_INPUT_ONLY,
    Means.COMPARE: PairingDelegate.IoCapability.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
}


class Person(PairingDelegate):
    """Who stands before the meter: `digits` is what it shows, `types` what is typed on it."""

    def __init__(self, bonding: Bonding) -> None:
        """Stand before a meter with these means."""
        super().__init__(io_capability=_IO[bonding.means])
        self._passkey = bonding.passkey
        self.digits: int | None = None
        self.agrees = True
        self.types: asyncio.Queue[int] = asyncio.Queue()

    async def generate_passkey(self) -> int:
        """Return the meter's own passkey."""
        made: int = await super().generate_passkey()
        return made if self._passkey is None else self._passkey

    async def display_number(self, number: int, digits: int = 6) -> None:
        """Show a passkey."""
        del digits
        self.digits = number

    async def compare_numbers(self, number: int, digits: int = 6) -> bool:
        """Show a number and say whether it is the hub's too."""
        del digits
        self.digits = number
        return self.agrees

    async def get_number(self) -> int | None:
        """Type what the hub shows."""
        try:
            async with asyncio.timeout(_TYPE_LIMIT_S):
                return await self.types.get()
        except TimeoutError:
            return None

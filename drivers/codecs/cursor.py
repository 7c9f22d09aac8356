"""A cursor over one frame: it refuses to read past the end, and to leave octets unread."""

from __future__ import annotations

from vitals.errors import DecodeError


class Cursor:
    """Reads one frame front to back. Every refusal names the field and the octet, never a value.

    All numbers are little-endian (Core 5.4, Vol 3, Part G, 2.4).

    Parameters
    ----------
    data : bytes
        The whole frame.
    what : str
        What the frame is called in an error: "glucose measurement".
    """

    __slots__ = ("_at", "_data", "_what")

    def __init__(self, data: bytes, what: str) -> None:
        """Start at octet 0."""
        self._data = data
        self._what = what
        self._at = 0

    @property
    def left(self) -> int:
        """Return how many octets have not been read yet."""
        return len(self._data) - self._at

    def octets(self, count: int, field: str) -> bytes:
        """Take the next `count` octets, or raise DecodeError when fewer are left."""
        if count > self.left:
            raise DecodeError(
                f"The {self._what} is cut inside {field}: octets needed {count}, left {self.left}",
                at=self._at,
            )
        start, self._at = self._at, self._at + count
        return self._data[start : self._at]

    def u8(self, field: str) -> int:
        """Take one octet, 0 to 255."""
        return self.octets(1, field)[0]

    def u16(self, field: str) -> int:
        """Take two octets, 0 to 65535."""
        return int.from_bytes(self.octets(2, field), "little")

    def s16(self, field: str) -> int:
        """Take two octets in two's complement, -32768 to 32767."""
        return int.from_bytes(self.octets(2, field), "little", signed=True)

    def u32(self, field: str) -> int:
        """Take four octets, 0 to 4294967295."""
        return int.from_bytes(self.octets(4, field), "little")

    def end(self) -> None:
        """Raise DecodeError when octets are left that no field explains.

        Nothing is half believed: octets the flags do not announce mean the flags are wrong.
        """
        if self.left:
            raise DecodeError(
                f"The {self._what} is longer than its fields explain, by {self.left}", at=self._at
            )

    def refuse(self, why: str) -> DecodeError:
        """Return, for the caller to raise, the error about the octet just read."""
        return DecodeError(f"The {self._what} {why}", at=max(self._at - 1, 0))

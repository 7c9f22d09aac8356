"""A file that takes up room, to be let go when the disk is full: writing off needs room too.

On a full disk SQLite can neither delete a row nor check-point, so a store that reached that point
could not even make room for itself. The cap on the store's own size does not help when somebody
else fills the disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

OCTETS = 1024 * 1024
"""About two thousand readings, or as many acknowledgements as a hub ever has at once."""
_SHORT_OCTETS = 256 * 1024
_PLENTY = 8  # times its size must be free before it is made again
_OWNER_ONLY = 0o600


def free_octets(folder: Path) -> int:
    """Return what an ordinary user may still write there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


class Ballast:
    """The file, and whether it is there.

    Parameters
    ----------
    path : Path
        Beside the store, on the same disk.
    free : callable
        Returns the free octets of a folder's disk.
    """

    def __init__(
        self, path: Path, *, octets: int = OCTETS, free: Callable[[Path], int] = free_octets
    ) -> None:
        """Look whether it is there."""
        self._path, self._octets, self._free = path, octets, free
        self.is_there = path.exists()
        self.is_used = False
        """Whether it had to go, and the disk is not free again."""

    def keep(self) -> None:
        """Make it where it is missing and there is plenty of room; else try another time."""
        if self.is_there or self._free(self._path.parent) < _PLENTY * self._octets:
            return
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, _OWNER_ONLY)
            try:
                os.posix_fallocate(handle, 0, self._octets)
            finally:
                os.close(handle)
        except OSError:
            self._path.unlink(missing_ok=True)
            return
        self.is_there, self.is_used = True, False

    def let_go(self) -> bool:
        """Let it go if the disk is full, and not just the store's own cap; tell whether it went."""
        if not self.is_there or self._free(self._path.parent) >= _SHORT_OCTETS:
            return False
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return False
        self.is_there, self.is_used = False, True
        return True

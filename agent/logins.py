"""The login key on disk: made once, readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from sync.links.login import read_key as read
from sync.smart_key import Algorithm, LoginKey, new_key
from vitals.errors import HubError

__all__ = ["make", "read"]

_OWNER_ONLY = 0o600


def make(path: Path, algorithm: Algorithm) -> LoginKey:
    """Make a key in a new file.

    Raises
    ------
    HubError
        LOGIN-01 when the file is there already, LOGIN-02 when it cannot be written.
    """
    octets = new_key(algorithm)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            os.fsync(handle)
    except FileExistsError:
        raise HubError(
            f"There is a login key in {path} already, and the server may know it.",
            fix="Keep it: add --show to print its public half. Or choose another --file.",
            code="LOGIN-01",
        ) from None
    except OSError as error:
        raise HubError(
            f"The login key {path} cannot be written: {error.strerror or type(error).__name__}.",
            fix="Run this as the user that the hub runs as, or choose another --file.",
            code="LOGIN-02",
        ) from None
    return LoginKey(octets)

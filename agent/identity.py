"""The hub key: where it comes from, and what that place is worth.

Best first: a systemd credential (`LoadCredentialEncrypted=hub-key:...`, sealed to the TPM or the
host), then a file beside the store that only the hub's own user can read.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from vitals.errors import HubError

KEY_OCTETS = 32
CREDENTIAL = "hub-key"
KEY_FILE = "hub.key"
_OWNER_ONLY = 0o600
_OTHERS = 0o077


def hub_key(state_dir: Path, *, create: bool = False) -> bytes:
    """Return the 32-octet key that wraps every other key of this hub.

    Parameters
    ----------
    state_dir : Path
        Where the key file lives when systemd hands over no credential.
    create : bool
        Make a key file when there is neither credential nor file.

    Raises
    ------
    HubError
        KEY-01 no key anywhere, KEY-02 not 32 octets, KEY-03 readable by others.
    """
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if directory and (credential := Path(directory) / CREDENTIAL).exists():
        return _checked(credential.read_bytes(), credential)
    path = state_dir / KEY_FILE
    if not path.exists():
        if not create:
            raise HubError(
                f"This hub has no key: neither a systemd credential {CREDENTIAL!r} nor {path}.",
                fix="Start the agent once (it makes a key), or restore the key from its backup.",
                code="KEY-01",
            )
        write_key(path, secrets.token_bytes(KEY_OCTETS))
    if path.stat().st_mode & _OTHERS:
        raise HubError(
            f"The hub key {path} can be read by others on this machine.",
            fix=f"Run: chmod 600 {path}",
            code="KEY-03",
        )
    return _checked(path.read_bytes(), path)


def _checked(key: bytes, path: Path) -> bytes:
    if len(key) != KEY_OCTETS:
        raise HubError(
            f"The hub key {path} is {len(key)} octets long; it must be {KEY_OCTETS}.",
            fix="Restore the key from its backup; without it the stored readings stay sealed.",
            code="KEY-02",
        )
    return key


def write_key(path: Path, octets: bytes) -> None:
    """Write what only the hub may read: durably, and either whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:  # goes on where a full disk took but a part, or fails
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    # A power cut must leave either no key or a whole one, never a store without its key.
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""Where a hub key is kept, and how a new one takes its place there: a file, or a sealed credential.

`systemd-creds` works without a running systemd; the key goes through its stdin and stdout, so it
is never on a command line. What was sealed is opened again before anything relies on it: with a
TPM, a credential bound to a PCR bank that the machine does not have seals and never opens.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from agent.identity import CREDENTIAL, KEY_FILE, KEY_OCTETS, hub_key, write_key
from agent.keys import CREDENTIAL_FILE, Rung, sealed_by
from vitals.errors import HubError

_LIMIT_S = 30.0
_OWNER_ONLY = 0o600
_MOST_OVERWRITTEN = 1024 * 1024  # keys and wrapped keys stand at a store's beginning
_WITH = {Rung.TPM: "host+tpm2", Rung.HOST: "host"}


class Keeper(Protocol):
    """A place for the hub key."""

    def stage(self, key: bytes) -> None:
        """Write a new key beside the present one, durably."""

    def read(self) -> bytes:
        """Return the present key; raises HubError."""

    def promote(self) -> None:
        """Let the staged key take the present one's place, at once or not at all."""

    def destroy(self) -> list[str]:
        """Delete the key and whatever was staged; return the files that are gone."""

    def rung(self) -> Rung:
        """Return which rung of the ladder this place is."""

    def renew(self, rung: Rung) -> bool:
        """Make a key for a new store on this rung; tell whether the hub can start with it."""


class FileKeeper:
    """Keeps the key in a file beside the store."""

    def __init__(self, state_dir: Path) -> None:
        """Keep where."""
        self._path = state_dir / KEY_FILE
        self._next = state_dir / f"{KEY_FILE}.next"

    def stage(self, key: bytes) -> None:
        """Write a new key beside the present one."""
        write_key(self._next, key)

    def read(self) -> bytes:
        """Return the present key; raises as `hub_key` does."""
        return hub_key(self._path.parent)

    def promote(self) -> None:
        """Rename it over the present one."""
        _renamed(self._next, self._path)

    def destroy(self) -> list[str]:
        """Overwrite and delete. A card may keep the old cells all the same."""
        return deleted([self._path, self._next])

    def rung(self) -> Rung:
        """Return that it is a file, or nothing."""
        return Rung.FILE if self._path.exists() else Rung.NONE

    def renew(self, rung: Rung) -> bool:
        """Leave it to the hub's start, which makes a new file."""
        return rung in {Rung.FILE, Rung.NONE}


class CredentialKeeper:
    """Keeps the key as a credential that systemd-creds seals to this machine.

    Parameters
    ----------
    path : Path
        The sealed credential that the unit names.
    options : sequence of str
        For systemd-creds, such as where the TPM is.
    """

    def __init__(self, path: Path, options: Sequence[str] = ()) -> None:
        """Keep where, and how to reach the TPM."""
        self._path, self._options = path, tuple(options)
        self._next = path.with_name(path.name + ".next")

    def stage(self, key: bytes, *, by: Rung | None = None) -> None:
        """Seal a new key by what the present one is sealed by, and see that it opens again.

        Raises
        ------
        HubError
            KEY-04 when it cannot be sealed, or what was sealed does not open.
        """
        if by is None:
            by = sealed_by(self._path.read_bytes()) if self._path.exists() else Rung.HOST
        self._next.unlink(missing_ok=True)
        self._creds(
            f"--with-key={_WITH.get(by, 'host')}", "encrypt", "-", str(self._next), given=key
        )
        self._next.chmod(_OWNER_ONLY)
        if self.read(staged=True) != key:
            raise _not_sealed("what was sealed does not open again")

    def read(self, *, staged: bool = False) -> bytes:
        """Return the key, as the service is given it; raises HubError (KEY-04)."""
        return self._creds("decrypt", str(self._next if staged else self._path), "-")

    def promote(self) -> None:
        """Rename it over the present one."""
        _renamed(self._next, self._path)

    def destroy(self) -> list[str]:
        """Delete the credential. What sealed it, the TPM or the host's secret, stays."""
        return deleted([self._path, self._next])

    def rung(self) -> Rung:
        """Return by what the present credential is sealed."""
        return sealed_by(self._path.read_bytes())

    def renew(self, rung: Rung) -> bool:
        """Seal a new key by the same means; raises HubError (KEY-04) when that fails."""
        self.stage(os.urandom(KEY_OCTETS), by=rung)
        self.promote()
        return True

    def _creds(self, *words: str, given: bytes = b"") -> bytes:
        command = ["systemd-creds", f"--name={CREDENTIAL}", *self._options, *words]
        try:
            done = subprocess.run(  # noqa: S603 - fixed words and the care team's own path
                command, input=given, capture_output=True, check=True, timeout=_LIMIT_S
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _not_sealed(f"systemd-creds failed ({type(error).__name__})") from None
        return done.stdout


def keeper(state_dir: Path, credential: Path = CREDENTIAL_FILE) -> Keeper:
    """Return where this hub's key is kept: the credential if there is one, else the file."""
    return CredentialKeeper(credential) if credential.exists() else FileKeeper(state_dir)


def _renamed(source: Path, target: Path) -> None:
    _synced(source)
    source.rename(target)
    _synced(target.parent)


def deleted(paths: Sequence[Path]) -> list[str]:
    """Overwrite and delete files, durably; return the ones that were there."""
    gone = []
    for path in paths:
        if path.is_file():
            with path.open("r+b") as file:
                file.write(bytes(min(path.stat().st_size, _MOST_OVERWRITTEN)))
                file.flush()
                os.fsync(file.fileno())
        elif not path.exists():
            continue
        path.unlink()
        _synced(path.parent)
        gone.append(str(path))
    return gone


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_sealed(why: str) -> HubError:
    return HubError(
        f"The new hub key cannot be kept: {why}. Nothing was changed.",
        fix="Run this as root, on the hub itself; with a TPM, see that its PCR bank is in use.",
        code="KEY-04",
    )

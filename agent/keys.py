"""The ladder of places for the hub key: which rung this hub stands on.

TPM credential > host credential > file. A sealed credential says in its first 16 octets by what it
was sealed (systemd, src/shared/creds-util.h, CRED_AES256_GCM_BY_...; the file is their base64).
"""

from __future__ import annotations

import base64
import binascii
import os
from enum import StrEnum
from pathlib import Path

from agent.identity import CREDENTIAL, KEY_FILE

__all__ = ["CREDENTIAL_FILE", "KEY_FILE", "Rung", "present_rung", "rung_of", "sealed_by"]

CREDENTIAL_FILE = Path("/etc/hearth/hub-key.cred")
_ID_OCTETS = 16


class Rung(StrEnum):
    """Where the hub key is. `UNKNOWN`: a credential that this user may not look at."""

    TPM = "tpm"
    HOST = "host"
    NULL = "null"
    FILE = "file"
    UNKNOWN = "unknown"
    NONE = "none"


_SEALED_BY = {
    "5a1c6a86df9d4096b1d5a65e0862f19a": Rung.HOST,
    "55b9ed1d38594d43a8319d2ebb332ac6": Rung.HOST,  # for one user
    "0c7cc07b117645919c4b0bea08bc20fe": Rung.TPM,
    "faf7eb9341e3412ca1a436f95a29362f": Rung.TPM,  # with a signed policy
    "93a894094874449090caf2fc93cab553": Rung.TPM,  # host and TPM together
    "ef4ac13679a9480ea7db68897f9f165d": Rung.TPM,
    "af4950a849134eb1a73846304ff30c05": Rung.TPM,
    "adbc4ca3efb64201ba881b6f2e4095ea": Rung.TPM,
    "058469daf6f54324800549da0f8ea2fb": Rung.NULL,
}


def sealed_by(credential: bytes) -> Rung:
    """Return by what a credential's file is sealed, from its first octets; UNKNOWN for others."""
    try:
        octets = base64.b64decode(b"".join(credential.split())[:24], validate=True)
    except binascii.Error:
        return Rung.UNKNOWN
    return _SEALED_BY.get(octets[:_ID_OCTETS].hex(), Rung.UNKNOWN)


def present_rung(state_dir: Path) -> Rung:
    """Return which rung this process was given its key from."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if directory is None or not (Path(directory) / CREDENTIAL).exists():
        return Rung.FILE
    return rung_of(key_file=state_dir / KEY_FILE, credential_file=CREDENTIAL_FILE, handed_over=True)


def rung_of(*, key_file: Path, credential_file: Path, handed_over: bool) -> Rung:
    """Return which rung a hub stands on, as far as this user may see it.

    Parameters
    ----------
    key_file, credential_file : Path
        The file beside the store, and the sealed credential that the service is given.
    handed_over : bool
        Whether systemd handed a credential to this very process.
    """
    try:
        return sealed_by(credential_file.read_bytes())
    except FileNotFoundError:
        pass
    except OSError:
        return Rung.UNKNOWN
    if handed_over:
        return Rung.UNKNOWN
    try:
        return Rung.FILE if key_file.exists() else Rung.NONE
    except OSError:
        return Rung.UNKNOWN

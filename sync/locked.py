"""What a passphrase locks: a few octets at rest (scrypt, RFC 7914; AES-256-GCM).

The form is what a person may have to type from paper: salt, nonce and ciphertext, nothing more.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from vitals.errors import HubError

SALT_OCTETS, TAG_OCTETS = 16, 16
MIN_PASSPHRASE = 12
_NONCE = bytes(12)  # the key is of this salt alone and seals once
_N, _R, _P = 2**16, 8, 1  # 64 MiB and about 0.2 s on a care team's machine (OWASP, 2024: 2**16)
_PURPOSE = b"hearth/locked/1"


def lock(secret: bytes, passphrase: str) -> bytes:
    """Lock a secret; return salt and ciphertext, 32 octets longer."""
    salt = os.urandom(SALT_OCTETS)
    return salt + AESGCM(_key(salt, passphrase)).encrypt(_NONCE, secret, _PURPOSE)


def unlock(octets: bytes, passphrase: str) -> bytes:
    """Unlock what `lock` wrote.

    Raises
    ------
    HubError
        FLEET-10 when the passphrase is another one, or the octets were changed.
    """
    salt, sealed = octets[:SALT_OCTETS], octets[SALT_OCTETS:]
    try:
        return AESGCM(_key(salt, passphrase)).decrypt(_NONCE, sealed, _PURPOSE)
    except (InvalidTag, ValueError):
        raise HubError(
            "That is not the clinic's passphrase.",
            fix="Type it again; capitals and spaces count.",
            code="FLEET-10",
        ) from None


def _key(salt: bytes, passphrase: str) -> bytes:
    return Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(passphrase.encode())


def derived(secret: bytes, purpose: str, octets: int) -> bytes:
    """Return octets for one purpose out of a secret (HKDF-SHA256, RFC 5869); none leads back."""
    info = f"hearth/{purpose}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=octets, salt=None, info=info).derive(secret)

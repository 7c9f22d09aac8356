"""Seals a message to one reader (HPKE, RFC 9180): the broker between two ends reads nothing.

Base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Who sent a message is not proved
here: the broker lets only a hub's own certificate write to that hub's topic.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vitals.errors import HubError

KEY_OCTETS = 32
OVERHEAD_OCTETS = 48  # the encapsulated key and the tag

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class Reader:
    """One who can open what was sealed to `public`.

    Parameters
    ----------
    private : bytes, optional
        The 32-octet X25519 private key; a new one is made without it.
    before : sequence of bytes
        Older keys of the same reader: what was sealed to one of them still opens.
    """

    def __init__(self, private: bytes | None = None, before: Sequence[bytes] = ()) -> None:
        """Take or make the key; raises ValueError for one of another length."""
        if private is not None and len(private) != KEY_OCTETS:
            raise ValueError(f"an X25519 key has {KEY_OCTETS} octets")
        self._key = (
            X25519PrivateKey.generate()
            if private is None
            else X25519PrivateKey.from_private_bytes(private)
        )
        self._before = [Reader(one) for one in before]
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def private(self) -> bytes:
        """Return the private key, to be kept where only its owner reads."""
        return self._key.private_bytes_raw()

    def opened(self, sealed: bytes, info: bytes) -> bytes:
        """Open a message.

        Raises
        ------
        HubError
            SEAL-10 when it was sealed to another key, for another purpose, or was changed.
        """
        try:
            return bytes(_SUITE.decrypt(sealed, self._key, info))
        except (InvalidTag, ValueError) as error:
            for older in self._before:
                with contextlib.suppress(HubError):
                    return older.opened(sealed, info)
            raise HubError(
                "A sealed message does not open with this key.",
                fix="Check that hub and bridge have each other's present keys.",
                code="SEAL-10",
            ) from error


def is_public(octets: bytes) -> bool:
    """Tell whether something can be sealed to these octets: a public key, not of a small order.

    RFC 7748, 6.1: a few keys make every shared secret zero, and nothing may be sealed with that.
    """
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(octets))
    except ValueError:
        return False
    return True


def sealed(message: bytes, public: bytes, info: bytes) -> bytes:
    """Seal a message to the reader of this 32-octet public key.

    Raises
    ------
    ValueError
        When `public` is no X25519 public key.
    """
    return bytes(_SUITE.encrypt(message, X25519PublicKey.from_public_bytes(public), info))

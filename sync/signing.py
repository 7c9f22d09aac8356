"""Ed25519 signatures (RFC 8032): who signed something, where a seal says only who may read it."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Key:
    """A key that signs.

    Parameters
    ----------
    private : bytes, optional
        The 32-octet private key; a new one is made without it.
    """

    def __init__(self, private: bytes | None = None) -> None:
        """Take or make the key."""
        self._key = (
            Ed25519PrivateKey.generate()
            if private is None
            else Ed25519PrivateKey.from_private_bytes(private)
        )
        self.public = self._key.public_key().public_bytes_raw()

    def private(self) -> bytes:
        """Return the private key, to be kept where only its owner reads."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 octets."""
        return self._key.sign(message)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the owner of a public key signed a message; wrong lengths are a no."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

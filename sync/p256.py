"""ECDSA signatures on P-256 with SHA-256 (FIPS 186-5): what a browser's WebCrypto can make too.

Keys travel as WebCrypto has them: the public one as the uncompressed point (SEC 1, 2.3.3: 65
octets), the private one as its 32-octet number, a signature as r and s, 32 octets each.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PUBLIC_OCTETS = 65
PRIVATE_OCTETS = 32
SIGNATURE_OCTETS = 64

_CURVE = ec.SECP256R1()
_HASHED = ec.ECDSA(SHA256())
_HALF = 32


class Key:
    """A key that signs.

    Parameters
    ----------
    private : bytes, optional
        The 32-octet private number; a new one is made without it.

    Raises
    ------
    ValueError
        When `private` is no private key of this curve.
    """

    def __init__(self, private: bytes | None = None) -> None:
        """Take or make the key."""
        if private is not None and len(private) != PRIVATE_OCTETS:
            raise ValueError(f"a P-256 key has {PRIVATE_OCTETS} octets")
        self._key = (
            ec.generate_private_key(_CURVE)
            if private is None
            else ec.derive_private_key(int.from_bytes(private, "big"), _CURVE)
        )
        self.public = self._key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def private(self) -> bytes:
        """Return the private key, to be kept where only its owner reads."""
        return self._key.private_numbers().private_value.to_bytes(PRIVATE_OCTETS, "big")

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 octets."""
        r, s = decode_dss_signature(self._key.sign(message, _HASHED))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the owner of a public key signed a message; what is no key is a no."""
    if len(signature) != SIGNATURE_OCTETS or len(public) != PUBLIC_OCTETS:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public)
        key.verify(encode_dss_signature(r, s), message, _HASHED)
    except (InvalidSignature, ValueError):
        return False
    return True

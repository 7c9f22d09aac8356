"""The hub's login key: made here, kept in one file, known to the server by its public half.

P-384 with ECDSA and SHA-384 (ES384), or RSA of 3,072 bits with PKCS #1 v1.5 and SHA-384 (RS384):
SMART App Launch 2.2.0 wants clients to know both. The key's id is its thumbprint (RFC 7638).
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

Algorithm = Literal["ES384", "RS384"]
_COORDINATE_OCTETS = 48
_RSA_BITS, _RSA_EXPONENT = 3072, 65537


class LoginKey:
    """Signs a hub's logins."""

    def __init__(self, pem: bytes) -> None:
        """Read a private key; raises ValueError when it is not one of the two kinds."""
        try:
            key = load_pem_private_key(pem, password=None)
        except (TypeError, UnsupportedAlgorithm) as error:
            raise ValueError(str(error)) from None
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1):
            self.algorithm: Algorithm = "ES384"
        elif isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:  # noqa: PLR2004 - RFC 7518, 3.3
            self.algorithm = "RS384"
        else:
            raise ValueError("neither a P-384 key nor an RSA key of 2,048 bits or more")
        self._key = key
        self.key_id = _thumbprint(self._public())

    def sign(self, octets: bytes) -> bytes:
        """Return the signature as JSON Web Signature writes it (RFC 7518, 3.3 and 3.4)."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(octets, padding.PKCS1v15(), hashes.SHA384())
        r, s = decode_dss_signature(self._key.sign(octets, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(_COORDINATE_OCTETS, "big") + s.to_bytes(_COORDINATE_OCTETS, "big")

    def public(self) -> dict[str, Any]:
        """Return the public half as a JSON Web Key (RFC 7517), for the server's administrator."""
        about = {"kid": self.key_id, "alg": self.algorithm, "use": "sig", "key_ops": ["verify"]}
        return {**self._public(), **about}

    def _public(self) -> dict[str, str]:
        if isinstance(self._key, rsa.RSAPrivateKey):
            numbers = self._key.public_key().public_numbers()
            return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
        point = self._key.public_key().public_numbers()
        x, y = (_number(one, _COORDINATE_OCTETS) for one in (point.x, point.y))
        return {"kty": "EC", "crv": "P-384", "x": x, "y": y}


def new_key(algorithm: Algorithm = "ES384") -> bytes:
    """Make a private key; return it as PEM (PKCS #8), to be kept where only its owner reads."""
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if algorithm == "RS384":
        key = rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS)
    else:
        key = ec.generate_private_key(ec.SECP384R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _number(value: int, octets: int | None = None) -> str:
    written = value.to_bytes(octets or (value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(written).rstrip(b"=").decode("ascii")


def _thumbprint(key: dict[str, str]) -> str:
    """Return RFC 7638's thumbprint: of the required members alone, sorted, without a space."""
    written = json.dumps(key, sort_keys=True, separators=(",", ":")).encode("ascii")
    digest = hashlib.sha256(written).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

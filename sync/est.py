"""Enrollment over Secure Transport (RFC 7030, with RFC 8951's clarifications): its forms. Pure.

Certificates travel as base64 of PKCS #7 certs-only, requests as base64 of PKCS #10. RFC 8951, 3.1:
no Content-Transfer-Encoding is to be believed; it is base64, whatever white space is in it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Protocol

from cryptography import x509

from sync import certificates

PREFIX = "/.well-known/est/"
CACERTS, ENROLL, REENROLL = "cacerts", "simpleenroll", "simplereenroll"
CERTIFICATES = {"content-type": "application/pkcs7-mime; smime-type=certs-only"}
REQUEST = {"content-type": "application/pkcs10"}
_LINE = 64


class Authority(Protocol):
    """Whoever signs the clinic's hubs: our own issuing certificate, or an EST server elsewhere."""

    def cacerts(self) -> Sequence[x509.Certificate]:
        """Return what a hub must believe: the root first. Raises LinkError, HubError."""

    def sign(self, request: x509.CertificateSigningRequest, *, name: str) -> list[x509.Certificate]:
        """Return a hub's new certificate and what is between it and the root.

        Raises
        ------
        LinkError
            ENR-30 when the authority is away.
        HubError
            ENR-31 when it refuses, or answers what it must not.
        """


def written(der: bytes) -> bytes:
    """Write base64 as EST does, in lines."""
    text = base64.b64encode(der)
    return b"\r\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE)) + b"\r\n"


def read(body: bytes) -> bytes:
    """Read base64 with whatever white space is in it; raises ValueError."""
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def certificates_of(body: bytes) -> list[x509.Certificate]:
    """Read certificates from an answer; raises ValueError."""
    return certificates.unpacked(read(body))


def body_of(chain: Sequence[x509.Certificate]) -> bytes:
    """Write certificates as an answer's body."""
    return written(certificates.packed(chain))


def basic(name: str, secret: bytes) -> Mapping[str, str]:
    """Return the header by which an invitation shows itself (RFC 7617; RFC 7030, 3.2.3)."""
    pair = f"{name}:{secret.hex()}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def secret_of(headers: Mapping[str, str]) -> bytes | None:
    """Return the secret out of that header, None where there is none."""
    kind, _, text = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(text.strip(), validate=True).decode("ascii")
        return bytes.fromhex(pair.partition(":")[2]) or None
    except ValueError:
        return None

"""Octets as text that may stand in a link: base64url without padding (RFC 4648, 5)."""

from __future__ import annotations

import base64
import binascii
import re

_TEXT = re.compile(r"[A-Za-z0-9_-]*")


def to_text(octets: bytes) -> str:
    """Write octets."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """Read octets.

    Raises
    ------
    ValueError
        For anything that `to_text` would not have written.
    """
    if not _TEXT.fullmatch(text):
        raise ValueError("no base64url")
    try:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("no base64url") from error
    if to_text(octets) != text:  # one writing for one thing, or a token could have many forms
        raise ValueError("no base64url")
    return octets

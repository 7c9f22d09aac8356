"""The few facts of a session description (RFC 8866) that a visit needs: its DTLS fingerprint."""

from __future__ import annotations

import re

_FINGERPRINT = re.compile(r"a=fingerprint:(?P<hash>\S+) (?P<value>[0-9A-Fa-f:]+)")
_SHA256 = re.compile(r"([0-9A-F]{2}:){31}[0-9A-F]{2}")


def fingerprint(sdp: str) -> str:
    """Return the SHA-256 fingerprint (RFC 8122, 5), 32 capital hex pairs with colons.

    Raises
    ------
    ValueError
        When there is none, or two that differ: then nobody could tell whom a call is with.
    """
    found = {
        match["value"].upper()
        for line in sdp.splitlines()
        if (match := _FINGERPRINT.fullmatch(line.strip())) and match["hash"].lower() == "sha-256"
    }
    if len(found) != 1 or not _SHA256.fullmatch(value := found.pop()):
        raise ValueError("no single SHA-256 fingerprint")
    return value

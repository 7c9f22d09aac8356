"""E2E-CRC, the checksum that some characteristics carry as their last two octets.

CRC-16/MCRF4XX: polynomial 0x1021 reflected, first value 0xFFFF, no final change, little-endian
(Continuous Glucose Monitoring Service 1.0.1, 3.11).
"""

from __future__ import annotations

_POLYNOMIAL = 0x8408
_FIRST = 0xFFFF


def _row(octet: int) -> int:
    for _ in range(8):
        octet = octet >> 1 ^ _POLYNOMIAL if octet & 1 else octet >> 1
    return octet


_TABLE = tuple(_row(octet) for octet in range(256))


def e2e_crc(data: bytes) -> int:
    """Return the checksum of these octets, 0 to 65535."""
    value = _FIRST
    for octet in data:
        value = value >> 8 ^ _TABLE[(value ^ octet) & 0xFF]
    return value

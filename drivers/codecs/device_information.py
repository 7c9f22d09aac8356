"""Device Information Service (180A): who a device is.

Layouts: Bluetooth GATT Specification Supplement, System ID, PnP ID, UDI for Medical Devices.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from drivers.codecs.cursor import Cursor

_SYSTEM_ID_OCTETS = 8


class UdiFlags(IntFlag):
    """Which texts a UDI holds."""

    LABEL = 1 << 0
    DEVICE_IDENTIFIER = 1 << 1
    ISSUER = 1 << 2
    AUTHORITY = 1 << 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PnpId:
    """Everything in 2A50; the vendor's number is of the SIG (1) or of USB (2)."""

    vendor_source: int
    vendor_id: int
    product_id: int
    product_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Udi:
    """Everything in 2BFF; None is "not sent"."""

    flags: UdiFlags
    label: str | None
    device_identifier: str | None
    issuer_oid: str | None
    authority_oid: str | None


def decode_text(data: bytes) -> str:
    """Decode one of the strings (2A24 to 2A29): UTF-8, with or without a final zero.

    Octets that are no UTF-8 are shown as such, never refused: a name must not cost a reading.
    """
    return data.split(b"\0")[0].decode("utf-8", "replace").strip()


def decode_system_id(data: bytes) -> str:
    """Decode a System ID (2A23): an EUI-64 as people write it, "00-60-19-00-01-0E-92-34".

    On air it is little-endian. Raises DecodeError when there are not exactly eight octets.
    """
    cursor = Cursor(data, "system id")
    octets = cursor.octets(_SYSTEM_ID_OCTETS, "the id")
    cursor.end()
    return "-".join(f"{octet:02X}" for octet in reversed(octets))


def decode_pnp_id(data: bytes) -> PnpId:
    """Decode a PnP ID (2A50), seven octets."""
    cursor = Cursor(data, "PnP id")
    found = PnpId(
        vendor_source=cursor.u8("vendor source"),
        vendor_id=cursor.u16("vendor"),
        product_id=cursor.u16("product"),
        product_version=cursor.u16("version"),
    )
    cursor.end()
    return found


def decode_udi(data: bytes) -> Udi:
    """Decode a UDI for Medical Devices (2BFF): flags and texts that end with a zero each."""
    cursor = Cursor(data, "UDI")
    flags = UdiFlags(cursor.u8("flags"))
    texts = {flag: _text(cursor, flag) if flag in flags else None for flag in UdiFlags}
    cursor.end()
    return Udi(
        flags=flags,
        label=texts[UdiFlags.LABEL],
        device_identifier=texts[UdiFlags.DEVICE_IDENTIFIER],
        issuer_oid=texts[UdiFlags.ISSUER],
        authority_oid=texts[UdiFlags.AUTHORITY],
    )


def _text(cursor: Cursor, flag: UdiFlags) -> str:
    found = bytearray()
    while octet := cursor.u8(str(flag.name).lower().replace("_", " ")):
        found.append(octet)
    return found.decode("utf-8", "replace")

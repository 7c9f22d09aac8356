"""The medical floats of IEEE 11073-20601: SFLOAT (16 bit) and FLOAT (32 bit), kept exact.

Both are a mantissa times a power of ten, each in two's complement, with the exponent on top. The
exponent is not biased: HL7's Personal Health Device guide (FLOATS.md) gives 0xF014 as 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from drivers.codecs.cursor import Cursor
from vitals.reading import Absent

Number = Decimal | Absent
"""A number as the device wrote it, or the reason why there is none."""

_SFLOAT_SPECIALS: Mapping[int, Absent] = {
    0x07FE: Absent.POSITIVE_INFINITY,
    0x07FF: Absent.NAN,
    0x0800: Absent.NOT_AT_THIS_RESOLUTION,
    0x0801: Absent.RESERVED,
    0x0802: Absent.NEGATIVE_INFINITY,
}
_FLOAT_SPECIALS: Mapping[int, Absent] = {
    0x007FFFFE: Absent.POSITIVE_INFINITY,
    0x007FFFFF: Absent.NAN,
    0x00800000: Absent.NOT_AT_THIS_RESOLUTION,
    0x00800001: Absent.RESERVED,
    0x00800002: Absent.NEGATIVE_INFINITY,
}
_TEXT: Mapping[Absent, str] = {
    Absent.NAN: "NaN",
    Absent.POSITIVE_INFINITY: "+INF",
    Absent.NEGATIVE_INFINITY: "-INF",
    Absent.NOT_AT_THIS_RESOLUTION: "NRes",
    Absent.RESERVED: "RFU",
}


def sfloat(word: int) -> Number:
    """Turn a 16 bit word into a number with the precision it was written in.

    Parameters
    ----------
    word : int
        0 to 0xFFFF: exponent in the top 4 bits, mantissa in the low 12, both signed.

    Notes
    -----
    0xE0C8 is 200e-2 and stays 2.00: the zeros were written by the device. The five specials are
    whole words with exponent 0; the same mantissa under another exponent is a number.
    IEEE 11073-20601, SFLOAT-Type; HL7 PHD IG 2.0.0, FLOATS.md.
    """
    if (special := _SFLOAT_SPECIALS.get(word)) is not None:
        return special
    return _exact(mantissa=_signed(word & 0xFFF, 12), exponent=_signed(word >> 12, 4))


def float32(word: int) -> Number:
    """Turn a 32 bit word into a number with the precision it was written in.

    Parameters
    ----------
    word : int
        0 to 0xFFFFFFFF: exponent in the top octet, mantissa in the low 24 bits, both signed.

    Notes
    -----
    The specials follow the rule of `sfloat`. IEEE 11073-20601, FLOAT-Type.
    """
    if (special := _FLOAT_SPECIALS.get(word)) is not None:
        return special
    return _exact(mantissa=_signed(word & 0xFFFFFF, 24), exponent=_signed(word >> 24, 8))


def read_sfloat(cursor: Cursor, field: str) -> Number:
    """Take an SFLOAT from a frame, or raise DecodeError when it is cut."""
    return sfloat(cursor.u16(field))


def read_float32(cursor: Cursor, field: str) -> Number:
    """Take a FLOAT from a frame, or raise DecodeError when it is cut."""
    return float32(cursor.u32(field))


def text(number: Number) -> str:
    """Write a number without an exponent but with its trailing zeros, or a special's name."""
    return _TEXT[number] if isinstance(number, Absent) else f"{number:f}"


def _signed(bits: int, width: int) -> int:
    return bits - (1 << width) if bits >> (width - 1) else bits


def _exact(*, mantissa: int, exponent: int) -> Decimal:
    # Built from text: exact, whatever decimal context the caller has set.
    return Decimal(f"{mantissa}E{exponent}")

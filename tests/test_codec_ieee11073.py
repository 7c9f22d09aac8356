"""SFLOAT and FLOAT. Oracle: mantissa times ten to the exponent, in exact fractions."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis.strategies import integers

from drivers.codecs.ieee11073 import float32, sfloat, text
from vitals.reading import Absent

# HL7 PHD IG 2.0.0, FLOATS.md: the whole words that are no numbers.
SFLOAT_SPECIALS = {
    0x07FF: Absent.NAN,
    0x0800: Absent.NOT_AT_THIS_RESOLUTION,
    0x07FE: Absent.POSITIVE_INFINITY,
    0x0802: Absent.NEGATIVE_INFINITY,
    0x0801: Absent.RESERVED,
}
FLOAT_SPECIALS = {
    0x007FFFFF: Absent.NAN,
    0x00800000: Absent.NOT_AT_THIS_RESOLUTION,
    0x007FFFFE: Absent.POSITIVE_INFINITY,
    0x00800002: Absent.NEGATIVE_INFINITY,
    0x00800001: Absent.RESERVED,
}


def _split(word: int, octets: int, mantissa_bits: int) -> tuple[int, int]:
    """Split a word with signed shifts of whole octets, unlike the masks of the codec."""
    exponent_bits = 8 * octets - mantissa_bits
    signed = int.from_bytes(word.to_bytes(octets, "big"), "big", signed=True)
    risen = (word << exponent_bits) % (1 << 8 * octets)
    mantissa = int.from_bytes(risen.to_bytes(octets, "big"), "big", signed=True) >> exponent_bits
    return mantissa, signed >> mantissa_bits


def test_every_sfloat_is_its_mantissa_times_ten_to_its_exponent() -> None:
    for word in range(1 << 16):
        number = sfloat(word)
        if word in SFLOAT_SPECIALS:
            assert number is SFLOAT_SPECIALS[word]
            continue
        mantissa, exponent = _split(word, 2, 12)
        assert isinstance(number, Decimal)
        assert Fraction(number) == mantissa * Fraction(10) ** exponent
        assert number.as_tuple().exponent == exponent


@given(word=integers(0, (1 << 32) - 1))
@example(word=0x807FFFFF)
@example(word=0x7F800000)
@example(word=0x01000000)
def test_every_float_is_its_mantissa_times_ten_to_its_exponent(word: int) -> None:
    number = float32(word)
    if word in FLOAT_SPECIALS:
        assert number is FLOAT_SPECIALS[word]
        return
    mantissa, exponent = _split(word, 4, 24)
    assert isinstance(number, Decimal)
    assert Fraction(number) == mantissa * Fraction(10) ** exponent
    assert number.as_tuple().exponent == exponent


@pytest.mark.parametrize(("word", "absent"), FLOAT_SPECIALS.items())
def test_a_special_float_is_absent(word: int, absent: Absent) -> None:
    assert float32(word) is absent


@pytest.mark.parametrize("special", SFLOAT_SPECIALS)
def test_a_special_mantissa_under_another_exponent_is_a_number(special: int) -> None:
    assert all(isinstance(sfloat(special | top << 12), Decimal) for top in range(1, 16))


@pytest.mark.parametrize(
    ("word", "written"), [(0x0002, "2"), (0xF014, "2.0"), (0xE0C8, "2.00"), (0x1002, "20")]
)
def test_the_written_precision_is_kept(word: int, written: str) -> None:
    # HL7 PHD IG 2.0.0, FLOATS.md
    assert text(sfloat(word)) == written


def test_a_coarse_decimal_context_of_the_caller_rounds_nothing() -> None:
    with localcontext() as context:
        context.prec = 1
        assert text(sfloat(0xE0C8)) == "2.00"
        assert text(float32(0xFE0004D2)) == "12.34"

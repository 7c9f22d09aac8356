"""What a pairing agent may grant, and what is a passkey: rules without a radio."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.driver import Pairing
from drivers.pairing_gate import Ask, Expected, Grant, Refuse, Request, judge, passkey

METER = "/org/bluez/hci0/dev_C1_00_00_00_00_02"
ASKS = st.sampled_from(Ask)
NUMBERS = st.none() | st.integers(min_value=-5, max_value=2**32)


@given(ASKS, st.text(), NUMBERS)
def test_outside_pairing_nothing_is_granted(ask: Ask, device: str, number: int | None) -> None:
    assert isinstance(judge(Request(ask=ask, device=device, passkey=number), None), Refuse)


@given(ASKS, st.text().filter(lambda path: path != METER), NUMBERS, st.sampled_from(Pairing))
def test_another_device_is_refused_whatever_it_asks(
    ask: Ask, device: str, number: int | None, pairing: Pairing
) -> None:
    expected = Expected(device=METER, pairing=pairing)
    assert isinstance(judge(Request(ask=ask, device=device, passkey=number), expected), Refuse)


@given(ASKS, NUMBERS, st.sampled_from([Pairing.PASSKEY_DISPLAY, Pairing.PASSKEY_LABEL]))
def test_a_meter_with_a_passkey_is_never_paired_without_a_person(
    ask: Ask, number: int | None, pairing: Pairing
) -> None:
    expected = Expected(device=METER, pairing=pairing)
    verdict = judge(Request(ask=ask, device=METER, passkey=number), expected)
    assert not isinstance(verdict, Grant)


# A passkey is a decimal number from 0 to 999999 (Core 5.4, Vol 3, Part H, 2.3.5.3).
@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("123456", 123456),
        ("000042", 42),
        ("42", 42),
        (" 123 456 ", 123456),
        ("", None),
        ("1234567", None),
        ("12a456", None),
        ("-1", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", None),
        ("1.5", None),
        ("0x10", None),
    ],
)
def test_a_passkey_is_up_to_six_digits(typed: str, number: int | None) -> None:
    assert passkey(typed) == number


@given(st.text())
def test_whatever_is_typed_is_a_passkey_or_none(typed: str) -> None:
    found = passkey(typed)
    assert found is None or 0 <= found <= 999_999

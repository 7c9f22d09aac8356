"""An invitation as people type it: every slip of the hand is told before any network is asked."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.invitation import Invitation, hash_of, read
from vitals.errors import HubError

PIN, SECRET = bytes(range(16)), bytes(range(100, 116))
HOST = "bridge.clinic.example:8443"
ONE = Invitation(host=HOST, pin=PIN, secret=SECRET)
# Worked by hand: 01, the pin, the secret and zlib's CRC-32 over these and the host, 296 bits and
# four zero bits, five at a time through Crockford's alphabet.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def by_hand() -> str:
    head = b"\x01" + PIN + SECRET
    bits = "".join(f"{o:08b}" for o in head + zlib.crc32(head + HOST.encode()).to_bytes(4, "big"))
    bits += "0000"
    letters = "".join(ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, 300, 5))
    return "-".join(letters[at : at + 5] for at in range(0, 60, 5))


def refused(text: str) -> HubError:
    with pytest.raises(HubError) as told:
        read(text)
    return told.value


def test_an_invitation_is_written_as_the_format_says() -> None:
    assert ONE.text() == f"hearth1/{HOST}/{by_hand()}"
    assert ONE.code() == ONE.text().replace(f"/{HOST}/", f"/{HOST.upper()}/").upper().replace(
        by_hand(), by_hand().replace("-", "")
    )


@pytest.mark.parametrize(
    "typed",
    [
        ONE.text(),
        ONE.code(),
        ONE.text().lower(),
        ONE.text().replace("-", " "),
        ONE.text().replace("-", "\n  "),
        ONE.text().replace("/04002", "/O4OO2"),
        f"  {ONE.text()}\n",
    ],
)
def test_it_is_read_however_it_was_typed_or_scanned(typed: str) -> None:
    assert read(typed) == ONE


def test_every_single_wrong_character_is_told_as_such_and_where() -> None:
    text, behind = ONE.text(), ONE.text().rindex("/") + 1
    placed = 0
    for at in range(behind, len(text)):
        if text[at] == "-":
            continue
        group = (at - behind) // 6 + 1
        for other in set(ALPHABET) - {text[at]}:
            error = refused(text[:at] + other + text[at + 1 :])
            assert error.code == "ENR-02"
            placed += f"group {group} " in error.fix
            break
    assert placed >= 58  # of 60: two slips may explain the same wrong text


@pytest.mark.parametrize("at", range(34, 92))
def test_two_neighbours_that_changed_places_are_told(at: int) -> None:
    text = ONE.text()
    if "-" in text[at : at + 2] or text[at] == text[at + 1]:
        return
    assert refused(text[:at] + text[at + 1] + text[at] + text[at + 2 :]).code == "ENR-02"


def test_a_wrong_address_is_told_with_the_right_one() -> None:
    assert HOST in refused(ONE.text().replace("clinic", "clinlc")).fix


def test_a_character_too_few_is_counted() -> None:
    assert "59" in refused(ONE.text()[:-1]).fix


@pytest.mark.parametrize(
    "text", ["", "hearth1", "hearth2/a/b", "https://clinic.example", "/" * 600]
)
def test_what_is_no_invitation_is_called_so(text: str) -> None:
    assert refused(text).code == "ENR-01"


@given(st.text(max_size=120))
def test_whatever_is_typed_ends_in_an_invitation_or_our_error(text: str) -> None:
    for typed in (text, f"hearth1/{text}", f"hearth1/clinic.example/{text}"):
        assert refused(typed).code in {"ENR-01", "ENR-02"}


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_what_was_written_is_read(pin: bytes, secret: bytes) -> None:
    one = Invitation(host="[fd00::1]:8443", pin=pin, secret=secret)
    assert read(one.text()) == one == read(one.code())


def test_only_a_hash_leads_from_a_secret_to_the_register() -> None:
    assert ONE.hash() == hash_of(SECRET)
    assert SECRET.hex() not in ONE.hash()

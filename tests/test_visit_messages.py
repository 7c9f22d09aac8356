"""A visit's invitations, messages and words: what holds, what does not, and that noise is noise."""

from __future__ import annotations

import json
from dataclasses import replace as _replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.visit import invitation, letters, messages, sdp, text, words
from agent.visit.invitation import Invitation
from agent.visit.letters import Down, Reply, Standing, Up
from agent.visit.messages import Answer, Join, Offer, Ringing, Said
from sync import hpke, p256, signing
from sync.envelope import Address
from tests.house import ROOT
from vitals.errors import HubError

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
CLINIC, HUB, PAGE, SEAL = signing.Key(), p256.Key(), p256.Key(), hpke.Reader()
HOME = Address(tenant="t", hub="hub-1")
VECTORS: list[dict[str, Any]] = json.loads(
    (ROOT / "tests/vectors/visit_words.json").read_text(encoding="utf-8")
)["vectors"]


def invited(**changed: object) -> Invitation:
    plain = Invitation(
        v=1,
        tenant="t",
        hub="hub-1",
        visit="Jm8cQ2xPS0mB1n5yZk3t7A",
        who="Dr Weber",
        nbf=int(NOON.timestamp()),
        exp=int(NOON.timestamp()) + 1800,
        page=text.to_text(PAGE.public),
        hub_key=text.to_text(HUB.public),
        seal=text.to_text(SEAL.public),
    )
    return msgspec.structs.replace(plain, **changed)


def code_of(wrong: pytest.ExceptionInfo[HubError]) -> str:
    return wrong.value.code


def test_an_invitation_that_the_clinic_signed_is_read() -> None:
    token = invitation.minted(invited(), CLINIC)
    assert invitation.opened(token, [signing.Key().public, CLINIC.public]) == invited()


def test_a_link_has_everything_in_its_fragment() -> None:
    token = invitation.minted(invited(), CLINIC)
    link = invitation.link("https://bridge.example/", token, PAGE.private())

    assert link.startswith("https://bridge.example/visit/#")
    found, key = invitation.taken_apart(link)
    assert (found, key.public) == (token, PAGE.public)


def test_an_invitation_of_another_clinic_is_refused() -> None:
    token = invitation.minted(invited(), signing.Key())
    with pytest.raises(HubError) as wrong:
        invitation.opened(token, [CLINIC.public])
    assert code_of(wrong) == "VISIT-01"


@given(st.data())
def test_an_invitation_with_any_letter_changed_is_refused(data: st.DataObject) -> None:
    token = invitation.minted(invited(), CLINIC)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("AZaz09-_.=é").filter(lambda one: one != token[at]))
    with pytest.raises(HubError) as wrong:
        invitation.opened(token[:at] + other + token[at + 1 :], [CLINIC.public])
    assert code_of(wrong) == "VISIT-01"


@given(st.text(max_size=200))
def test_noise_is_no_invitation(noise: str) -> None:
    with pytest.raises(HubError) as wrong:
        invitation.opened(noise, [CLINIC.public])
    assert code_of(wrong) == "VISIT-01"


@pytest.mark.parametrize(
    "changed",
    [{"v": 2}, {"exp": int(NOON.timestamp())}, {"exp": int(NOON.timestamp()) + 90_000}],
)
def test_an_invitation_for_no_time_or_for_ever_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(HubError) as wrong:
        invitation.opened(invitation.minted(invited(**changed), CLINIC), [CLINIC.public])
    assert code_of(wrong) == "VISIT-01"


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(-2, "VISIT-03"), (-0.5, ""), (0, ""), (30, ""), (30.5, ""), (32, "VISIT-02")],
)
def test_an_invitation_holds_for_its_time_and_a_minute_of_clocks_apart(
    minutes: float, code: str
) -> None:
    found = ""
    try:
        invitation.in_time(invited(), NOON + timedelta(minutes=minutes))
    except HubError as error:
        found = error.code
    assert found == code


def test_what_a_page_signs_only_its_own_key_proves() -> None:
    join = Join(visit="v", party="p", n=1)
    said = messages.signed(join, PAGE)

    assert messages.from_page(said, PAGE.public) == join
    for wrong in (HUB.public, b"", bytes(65)):
        with pytest.raises(HubError):
            messages.from_page(said, wrong)


def test_a_word_of_the_hub_does_not_pass_for_one_of_the_page() -> None:
    said = messages.signed(Ringing(visit="v", n=1), PAGE)
    with pytest.raises(HubError):
        messages.from_page(said, PAGE.public)


def test_a_description_that_was_changed_on_the_way_is_refused() -> None:
    offer = messages.signed(Offer(visit="v", n=1, call="c", sdp="a=fingerprint:sha-256 AA"), HUB)
    forged = msgspec.structs.replace(offer, payload=offer.payload.replace("AA", "BB"))
    with pytest.raises(HubError) as wrong:
        messages.from_hub(forged, HUB.public)
    assert code_of(wrong) == "VISIT-12"


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_noise_on_the_websocket_is_one_error(noise: bytes | str) -> None:
    for read in (messages.to_bridge, messages.to_page):
        with pytest.raises(HubError) as wrong:
            read(noise)
        assert code_of(wrong) == "VISIT-12"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "v", "token", "payload", "signature", "n", "sdp"]), inner
            )
        ),
    )
)
def test_json_that_is_almost_a_message_is_a_message_or_one_error(found: object) -> None:
    code, read = "", None
    try:
        read = messages.to_bridge(json.dumps(found))
    except HubError as error:
        code = error.code
    assert code == "VISIT-12" or isinstance(read, messages.ToBridge)


def test_a_signed_payload_that_is_no_message_is_refused() -> None:
    for payload in ("", "null", '{"type":"join"}', "[" * 5000, '{"type":"offer","visit":"v"}'):
        octets = messages.SIGNED[messages.FromPage] + payload.encode()
        said = Said(v=1, payload=payload, signature=text.to_text(PAGE.sign(octets)))
        with pytest.raises(HubError):
            messages.from_page(said, PAGE.public)


def test_letters_open_for_their_reader_their_home_and_their_direction_only() -> None:
    bridge = hpke.Reader()
    reply = Reply(bridge="one", line="0a")
    answer = Answer(visit="v", party="p", n=2, call="c", sdp="v=0")
    down = Down(v=1, reply=reply, token="t", said=messages.signed(answer, PAGE))  # noqa: S106 - none
    up = Up(v=1, reply=reply, standing=Standing.WAITING)

    assert letters.open_down(letters.seal_down(down, SEAL.public, HOME), SEAL, HOME) == down
    assert letters.open_up(letters.seal_up(up, bridge.public, HOME), bridge, HOME) == up
    for octets in (
        letters.seal_down(down, SEAL.public, _replace(HOME, hub="hub-2")),
        letters.seal_down(down, bridge.public, HOME),
        letters.seal_up(up, SEAL.public, HOME),
        letters.seal_down(msgspec.structs.replace(down, v=2), SEAL.public, HOME),
    ):
        with pytest.raises(HubError) as wrong:
            letters.open_down(octets, SEAL, HOME)
        assert code_of(wrong) in {"SEAL-10", "VISIT-12"}


@given(st.binary(max_size=400))
def test_noise_is_no_letter(noise: bytes) -> None:
    with pytest.raises(HubError):
        letters.open_down(noise, SEAL, HOME)
    with pytest.raises(HubError):
        letters.open_down(hpke.sealed(noise, SEAL.public, HOME.info("visit-down")), SEAL, HOME)


def test_the_length_of_a_letter_does_not_tell_what_is_in_it() -> None:
    reply = Reply(bridge="one", line="0a")
    lengths = {
        len(letters.seal_down(Down(v=1, reply=reply, token="t" * size), SEAL.public, HOME))
        for size in (0, 10, 900)
    }
    assert lengths == {2048 + hpke.OVERHEAD_OCTETS}


@pytest.mark.parametrize("one", VECTORS)
def test_the_four_words_are_those_worked_out_with_sha256sum(one: dict[str, Any]) -> None:
    found = words.four(
        visit=one["visit"], hub=one["hub"], page=one["page"], language=one["language"]
    )
    assert list(found) == one["words"]


def test_each_language_has_256_words_and_none_twice() -> None:
    for language, known in words.book().items():
        assert (language, len(known), len({one.casefold() for one in known})) == (
            language,
            256,
            256,
        )
        assert all(one.isalpha() for one in known)


FINGERPRINT = ":".join(["4A", "AD", "B9", "B1"] * 8)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        # RFC 8122, 5: the hash function's name is not case-sensitive.
        ([f"a=fingerprint:sha-256 {FINGERPRINT}"], FINGERPRINT),
        ([f"a=fingerprint:SHA-256 {FINGERPRINT.lower()}"], FINGERPRINT),
        ([f"a=fingerprint:sha-256 {FINGERPRINT}"] * 3, FINGERPRINT),
        ([f"a=fingerprint:sha-512 {FINGERPRINT}"], None),
        ([f"a=fingerprint:sha-256 {FINGERPRINT[:-3]}"], None),
        (
            [f"a=fingerprint:sha-256 {FINGERPRINT}", f"a=fingerprint:sha-256 00{FINGERPRINT[2:]}"],
            None,
        ),
        (["v=0"], None),
    ],
)
def test_a_description_has_one_fingerprint_or_none_that_counts(
    lines: list[str], found: str | None
) -> None:
    described = "\r\n".join(["v=0", *lines, ""])
    if found is not None:
        assert sdp.fingerprint(described) == found
        return
    with pytest.raises(ValueError, match="fingerprint"):
        sdp.fingerprint(described)


@given(st.binary(max_size=100))
def test_octets_have_one_writing(octets: bytes) -> None:
    assert text.from_text(text.to_text(octets)) == octets


@pytest.mark.parametrize("wrong", ["AB=", "A", "A B", "AAA+", "AB\n", "é"])
def test_another_writing_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        text.from_text(wrong)


# RFC 6979, A.2.5: P-256 with SHA-256, the message "sample".
X = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
POINT = bytes.fromhex(
    "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
SIGNATURE = bytes.fromhex(
    "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
)


def test_a_signature_of_rfc_6979_is_known_and_no_other() -> None:
    assert p256.Key(X.to_bytes(32, "big")).public == POINT
    assert p256.is_signed(POINT, b"sample", SIGNATURE)
    assert not p256.is_signed(POINT, b"Sample", SIGNATURE)
    assert not p256.is_signed(POINT, b"sample", SIGNATURE[:-1] + b"\0")
    assert not p256.is_signed(POINT, b"sample", bytes(64))
    assert not p256.is_signed(POINT, b"sample", SIGNATURE + b"\0")


def test_a_number_that_is_no_private_key_makes_none() -> None:
    for wrong in (bytes(32), b"\xff" * 32, b"", bytes(31)):
        with pytest.raises(ValueError):  # noqa: PT011 - whoever calls knows what it was for
            p256.Key(wrong)

"""What travels over the broker: opens only at its reader, for its purpose, and whole.

Standards: HPKE (RFC 9180), X25519 (RFC 7748).
"""

from __future__ import annotations

import zlib
from contextlib import suppress

import msgspec
import pytest
from cryptography.hazmat.primitives import hpke as rfc9180
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync import envelope, hpke
from sync.envelope import Address
from sync.exchange import Answer, Purpose, Request
from vitals.errors import HubError

BRIDGE = hpke.Reader(bytes(range(32)))
HUB = Address(tenant="t", hub="hub-1")
OTHERS = [Address(tenant="t", hub="hub-2"), Address(tenant="u", hub="hub-1")]
ASK = Request(
    purpose=Purpose.TRANSACTION,
    method="POST",
    path="",
    body=b'{"resourceType":"Bundle"}',
    headers={"Content-Type": "application/fhir+json", "Authorization": "Bearer secret"},
)


def sealed(request: Request = ASK, reader: hpke.Reader | None = None) -> bytes:
    return envelope.seal_request(
        request,
        number=7,
        bridge=BRIDGE.public,
        reply_to=(reader or hpke.Reader()).public,
        address=HUB,
    )


def code(octets: bytes, *, address: Address = HUB, bridge: hpke.Reader = BRIDGE) -> str:
    with pytest.raises(HubError) as refused:
        envelope.open_request(octets, bridge=bridge, address=address)
    return refused.value.code


def test_a_public_key_is_the_one_of_the_standard() -> None:
    # RFC 7748, 6.1: Bob's private key and his public key.
    bob = hpke.Reader(
        bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    )
    assert bob.public.hex() == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    assert hpke.Reader(bob.private()).public == bob.public


def test_what_one_end_seals_any_implementation_of_the_standard_opens() -> None:
    suite = rfc9180.Suite(rfc9180.KEM.X25519, rfc9180.KDF.HKDF_SHA256, rfc9180.AEAD.AES_256_GCM)
    key = X25519PrivateKey.from_private_bytes(BRIDGE.private())
    assert suite.decrypt(hpke.sealed(b"word", BRIDGE.public, b"why"), key, b"why") == b"word"


def test_the_bridge_reads_what_the_hub_asked_and_no_header_that_is_a_secret() -> None:
    asked = envelope.open_request(sealed(), bridge=BRIDGE, address=HUB)
    assert (asked.number, asked.request.method, asked.request.path) == (7, "POST", "")
    assert asked.request.body == ASK.body
    assert asked.request.headers == {"content-type": "application/fhir+json"}


@pytest.mark.parametrize("address", OTHERS)
def test_a_request_opens_under_its_own_hub_and_tenant_only(address: Address) -> None:
    assert code(sealed(), address=address) == "SEAL-10"


def test_a_request_opens_with_the_bridges_key_only() -> None:
    assert code(sealed(), bridge=hpke.Reader()) == "SEAL-10"


@given(data=st.data())
def test_a_changed_octet_never_opens(data: st.DataObject) -> None:
    octets = bytearray(sealed())
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    assert code(bytes(octets)) == "SEAL-10"


@given(octets=st.binary(max_size=200))
def test_noise_is_refused_and_never_crashes(octets: bytes) -> None:
    with suppress(HubError):
        envelope.open_request(octets, bridge=BRIDGE, address=HUB)


@given(octets=st.binary(max_size=200))
def test_noise_inside_a_good_seal_is_refused_and_never_crashes(octets: bytes) -> None:
    inside = hpke.sealed(octets, BRIDGE.public, HUB.info("request"))
    assert code(inside) == "MQTT-03"


# RFC 7748, 6.1, and its errata: u-coordinates whose order divides the cofactor.
SMALL_ORDER = [
    bytes(32),
    bytes([1]) + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
]


def raw(*, path: bytes = b"metadata", value: str = "x", reply_to: bytes) -> bytes:
    """Seal a request as no honest hub would write it."""
    octets = msgspec.msgpack.encode([1, 7, "GET", "{path}", {"if-match": value}, b"", reply_to])
    octets = b"\0" + octets.replace(b"\xa6{path}", bytes([0xA0 + len(path)]) + path)
    return hpke.sealed(len(octets).to_bytes(4, "big") + octets, BRIDGE.public, HUB.info("request"))


@pytest.mark.parametrize("reply_to", [*SMALL_ORDER, b"", bytes(31)])
def test_a_request_whose_answer_could_be_sealed_to_nobody_is_refused(reply_to: bytes) -> None:
    assert code(raw(reply_to=reply_to)) == "MQTT-03"


@pytest.mark.parametrize("value", ["a\r\nx: y", "a\nb", "\0", "\N{EURO SIGN}"])
def test_a_header_that_http_cannot_carry_is_refused(value: str) -> None:
    reader = hpke.Reader()

    assert code(raw(value=value, reply_to=reader.public)) == "MQTT-03"
    envelope.open_request(raw(value='W/"3"', reply_to=reader.public), bridge=BRIDGE, address=HUB)


def test_text_that_is_no_utf_8_is_refused() -> None:
    assert code(raw(path=b"\xff\xfe", reply_to=hpke.Reader().public)) == "MQTT-03"


def test_a_bomb_is_not_inflated() -> None:
    bomb = b"\1" + zlib.compress(bytes(envelope.MAX_OCTETS + 1))
    framed = len(bomb).to_bytes(4, "big") + bomb
    assert code(hpke.sealed(framed, BRIDGE.public, HUB.info("request"))) == "MQTT-03"


def test_an_answer_is_taken_by_the_one_who_asked_for_its_own_question_only() -> None:
    reader = hpke.Reader()
    asked = envelope.open_request(sealed(reader=reader), bridge=BRIDGE, address=HUB)
    answer = Answer(status=201, headers={"ETag": 'W/"1"', "Set-Cookie": "no"}, body=b"x" * 5000)
    octets = envelope.seal_answer(answer, asked=asked, address=HUB)
    told = envelope.open_answer(octets, number=7, reader=reader, address=HUB)
    assert told == Answer(status=201, headers={"etag": 'W/"1"'}, body=b"x" * 5000)
    for number, who, where in ((8, reader, HUB), (7, hpke.Reader(), HUB), (7, reader, OTHERS[0])):
        with pytest.raises(HubError):
            envelope.open_answer(octets, number=number, reader=who, address=where)


def test_an_answer_may_be_that_nobody_knows() -> None:
    reader = hpke.Reader()
    asked = envelope.open_request(sealed(reader=reader), bridge=BRIDGE, address=HUB)
    octets = envelope.seal_answer(Answer(status=None), asked=asked, address=HUB)
    assert envelope.open_answer(octets, number=7, reader=reader, address=HUB).status is None


@given(body=st.binary(max_size=70_000))
def test_what_is_asked_arrives_whole_in_one_of_a_few_sizes(body: bytes) -> None:
    octets = sealed(Request(purpose=Purpose.SINGLE, method="PUT", path="x", body=body))
    size = len(octets) - hpke.OVERHEAD_OCTETS
    assert size in envelope.BUCKETS or size % envelope.BUCKETS[-1] == 0
    assert envelope.open_request(octets, bridge=BRIDGE, address=HUB).request.body == body


def test_topics_name_tenant_and_hub_and_nobody_else() -> None:
    assert HUB.topic("request") == "hearth/v1/t/hub-1/request"


def test_a_later_form_is_refused_in_words() -> None:
    packed = msgspec.msgpack.encode([2, 1, "GET", "metadata", {}, b"", bytes(32)])
    framed = (len(packed) + 1).to_bytes(4, "big") + b"\0" + packed
    assert code(hpke.sealed(framed, BRIDGE.public, HUB.info("request"))) == "MQTT-03"

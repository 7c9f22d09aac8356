"""A sealed record opens at its own place, with its own keys, and nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from hypothesis import given
from hypothesis import strategies as st

from sync.seal import NO_MAC, ROOT, Keyring, Scope
from vitals.errors import HubError

KEK = bytes(range(32))
SCOPE = Scope(tenant="clinic", hub_id="hub-1", generation=bytes(16))


def _keyring(kek: bytes = KEK, scope: Scope = SCOPE) -> Keyring:
    keyring = Keyring.create(kek, scope)
    keyring.begin(1)
    keyring.begin(2)
    return keyring


@given(
    plain=st.binary(max_size=600),
    seq=st.integers(1, 2**63 - 1),
    before=st.binary(min_size=16, max_size=16),
)
def test_what_is_sealed_opens_at_its_place(plain: bytes, seq: int, before: bytes) -> None:
    keyring = _keyring()
    sealed = keyring.seal(seq=seq, epoch=1, schema=7, before=before, plain=plain)
    opened = keyring.open(seq=seq, epoch=1, sealed=sealed.octets)
    assert opened is not None
    assert (opened.schema, opened.plain, opened.before) == (7, plain, before)
    assert opened.after == sealed.after


@given(plain=st.binary(max_size=300), data=st.data())
def test_one_changed_bit_anywhere_keeps_it_shut(plain: bytes, data: st.DataObject) -> None:
    keyring = _keyring()
    octets = bytearray(keyring.seal(seq=5, epoch=1, schema=1, before=NO_MAC, plain=plain).octets)
    bit = data.draw(st.integers(0, 8 * len(octets) - 1))
    octets[bit // 8] ^= 1 << bit % 8
    assert keyring.open(seq=5, epoch=1, sealed=bytes(octets)) is None


def test_it_opens_at_no_other_place() -> None:
    keyring = _keyring()
    sealed = keyring.seal(seq=5, epoch=1, schema=1, before=NO_MAC, plain=b"x").octets
    assert keyring.open(seq=6, epoch=1, sealed=sealed) is None
    assert keyring.open(seq=5, epoch=2, sealed=sealed) is None
    assert keyring.open(seq=5, epoch=3, sealed=sealed) is None
    assert keyring.open(seq=5, epoch=ROOT, sealed=sealed) is None


@pytest.mark.parametrize(
    "scope",
    [
        Scope(tenant="clinic2", hub_id="hub-1", generation=bytes(16)),
        Scope(tenant="clinic", hub_id="hub-2", generation=bytes(16)),
        Scope(tenant="clinichub", hub_id="-1", generation=bytes(16)),
        Scope(tenant="clinic", hub_id="hub-1", generation=bytes(15) + b"\1"),
    ],
    ids=["tenant", "hub", "moved boundary", "generation"],
)
def test_it_opens_in_no_other_store_even_with_the_same_keys(scope: Scope) -> None:
    root, data_key = os.urandom(32), os.urandom(32)
    here, there = Keyring(KEK, SCOPE, root), Keyring(KEK, scope, root)
    here._keys[1] = there._keys[1] = data_key  # noqa: SLF001 - same keys, only the scope differs
    sealed = here.seal(seq=5, epoch=1, schema=1, before=NO_MAC, plain=b"x").octets
    assert here.open(seq=5, epoch=1, sealed=sealed) is not None
    assert there.open(seq=5, epoch=1, sealed=sealed) is None


def test_sizes_come_in_steps_of_64_octets() -> None:
    keyring = _keyring()
    overhead = 2 + 16 + 12 + 16  # form, previous MAC, nonce, tag
    sizes = [
        len(keyring.seal(seq=1, epoch=1, schema=1, before=NO_MAC, plain=bytes(size)).octets)
        for size in (0, 63, 64, 127, 128)
    ]
    assert sizes == [overhead + 64, overhead + 64, overhead + 128, overhead + 128, overhead + 192]


def test_the_layout_is_what_is_documented() -> None:
    # Worked out a second time here, from the module's description, with bare primitives.
    keyring = _keyring()
    octets, after = keyring.seal(seq=5, epoch=1, schema=3, before=b"p" * 16, plain=b"hello")
    key = aes_key_unwrap(KEK, keyring.wrapped(1))[:32]
    root = aes_key_unwrap(KEK, keyring.wrapped(ROOT))[:32]
    parts = (b"hearth/rec/1", b"clinic", b"hub-1", bytes(16))
    place = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    place += (5).to_bytes(8, "big") + (1).to_bytes(4, "big") + (3).to_bytes(2, "big") + b"p" * 16
    assert octets[:18] == b"\x00\x03" + b"p" * 16
    nonce, hidden = octets[18:30], octets[30:]
    assert AESGCM(key).decrypt(nonce, hidden, place) == b"hello\x80" + bytes(58)
    chain = HKDFExpand(algorithm=SHA256(), length=32, info=b"hearth/chain/1").derive(root)
    link = hmac.new(chain, b"p" * 16 + nonce + hidden[-16:], hashlib.sha256).digest()
    assert after == link[:16]


def test_no_nonce_is_used_twice() -> None:
    keyring = _keyring()
    nonces = {
        keyring.seal(seq=1, epoch=1, schema=1, before=NO_MAC, plain=b"").octets[18:30]
        for _ in range(2000)
    }
    assert len(nonces) == 2000


def test_another_hub_key_is_refused_with_its_own_sentence() -> None:
    wrapped = _keyring().wrapped(ROOT)
    with pytest.raises(HubError) as caught:
        Keyring.unwrap(bytes(32), SCOPE, wrapped)
    assert caught.value.code == "SEAL-01"


def test_another_hubs_store_is_refused_with_its_own_sentence() -> None:
    wrapped = _keyring().wrapped(ROOT)
    with pytest.raises(HubError) as caught:
        Keyring.unwrap(KEK, Scope(tenant="clinic", hub_id="hub-2", generation=bytes(16)), wrapped)
    assert caught.value.code == "SEAL-02"


def test_a_swapped_data_key_is_not_admitted() -> None:
    keyring = _keyring()
    again = Keyring.unwrap(KEK, SCOPE, keyring.wrapped(ROOT))
    assert not again.admit(1, keyring.wrapped(2))
    assert not again.admit(1, b"")
    assert again.admit(1, keyring.wrapped(1))


def test_after_the_hub_key_is_changed_everything_opens_with_the_new_one_alone() -> None:
    keyring = _keyring()
    sealed = keyring.seal(seq=5, epoch=1, schema=1, before=NO_MAC, plain=b"x").octets
    new = bytes(reversed(KEK))
    wrapped = keyring.rewrap(new)
    again = Keyring.unwrap(new, SCOPE, wrapped[ROOT])
    assert again.admit(1, wrapped[1])
    assert again.open(seq=5, epoch=1, sealed=sealed) is not None
    with pytest.raises(HubError):
        Keyring.unwrap(KEK, SCOPE, wrapped[ROOT])


def test_a_forgotten_key_opens_nothing() -> None:
    keyring = _keyring()
    sealed = keyring.seal(seq=5, epoch=1, schema=1, before=NO_MAC, plain=b"x").octets
    keyring.forget(1)
    assert keyring.open(seq=5, epoch=1, sealed=sealed) is None


@given(octets=st.binary(max_size=200))
def test_noise_opens_as_nothing(octets: bytes) -> None:
    keyring = _keyring()
    assert keyring.open(seq=1, epoch=1, sealed=octets) is None
    assert keyring.open_small("head", octets) is None


def test_a_small_thing_opens_under_its_own_label_only() -> None:
    keyring = _keyring()
    sealed = keyring.seal_small("note/1", b"why")
    assert keyring.open_small("note/1", sealed) == b"why"
    assert keyring.open_small("note/2", sealed) is None


def test_a_hub_key_has_32_octets() -> None:
    for make in (
        lambda: Keyring.create(bytes(16), SCOPE),
        lambda: Keyring.unwrap(bytes(16), SCOPE, b""),
        lambda: _keyring().rewrap(bytes(16)),
    ):
        with pytest.raises(ValueError, match="32 octets"):
            make()

"""Every key and every cipher of the store. Nothing else in `sync` touches cryptography.

One hub key wraps (AES-KW, RFC 3394) a root key and one data key for each epoch (a day, or 10,000
records). A record is sealed with AES-256-GCM under its epoch's key; its associated data names
where it belongs, so it opens nowhere else. An HMAC-SHA256 chain over nonces and tags shows that
none is missing. Sealed this way an attacker who can write the file, but has no key, can destroy
records; changing, moving, copying or hiding one is seen.

Layout of a sealed record: schema u16 | previous MAC 16 | nonce 12 | ciphertext | tag 16.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from vitals.errors import HubError

KEY_OCTETS = 32
GENERATION_OCTETS = 16
# 128 of HMAC-SHA256's 256 bits: one forgery needs 2^127 tries at the hub itself, since only the
# hub can tell a right one from a wrong one (truncation: NIST SP 800-107 r1, 5.3.4).
MAC_OCTETS = 16
NO_MAC = bytes(MAC_OCTETS)  # before the first record
ROOT = 0  # the number of the root key; epochs count from 1

_NONCE_OCTETS, _TAG_OCTETS, _LABEL_OCTETS = 12, 16, 8
_BUCKET = 64  # sizes would tell a glucose reading from a blood pressure
_END = b"\x80"  # ISO/IEC 7816-4 padding: one 80, then zeros
_PLACE = struct.Struct(f">QIH{MAC_OCTETS}s")
_HEAD = struct.Struct(f">H{MAC_OCTETS}s{_NONCE_OCTETS}s")
_MARK = struct.Struct(">qqqI")  # signed, 64 bits: whatever a column may be made to hold
_SHORTEST = _HEAD.size + _BUCKET + _TAG_OCTETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose store this is. `generation` is random and new for every file ever made."""

    tenant: str
    hub_id: str
    generation: bytes

    def octets(self, purpose: str) -> bytes:
        """Write the scope for one purpose; every part with its length, so none can run over."""
        parts = (purpose.encode(), self.tenant.encode(), self.hub_id.encode(), self.generation)
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class Sealed(NamedTuple):
    """A sealed record, and the MAC that the next one must name."""

    octets: bytes
    after: bytes


class Opened(NamedTuple):
    """What a sealed record held: its form, its octets, the MAC before it and the MAC after it."""

    schema: int
    plain: bytes
    before: bytes
    after: bytes


class Keyring:
    """The keys of one store, unwrapped in memory. Not thread-safe for writing; reading is."""

    def __init__(self, kek: bytes, scope: Scope, root: bytes) -> None:
        """Take the hub key, the scope and the root key; `create` and `unwrap` make the last."""
        self._kek, self._scope = kek, scope
        self._keys = {ROOT: root}
        self._ciphers: dict[int, AESGCM] = {}
        self._store = AESGCM(_derived(root, b"hearth/store/1"))
        self._chain = _derived(root, b"hearth/chain/1")
        self._marks = _derived(root, b"hearth/mark/1")
        self._index = _derived(root, b"hearth/index/1")
        self._record_scope = scope.octets("hearth/rec/1")
        self._small_scope = scope.octets("hearth/small/1")
        self._mark_scope = scope.octets("hearth/mark/1")

    @property
    def generation(self) -> bytes:
        """Return which file these keys are of."""
        return self._scope.generation

    @classmethod
    def create(cls, kek: bytes, scope: Scope) -> Keyring:
        """Make the keys of a new store."""
        _check_length(kek)
        return cls(kek, scope, os.urandom(KEY_OCTETS))

    @classmethod
    def unwrap(cls, kek: bytes, scope: Scope, wrapped: bytes) -> Keyring:
        """Unwrap the root key of a store.

        Raises
        ------
        HubError
            SEAL-01 when the hub key is another one, SEAL-02 when the store is another hub's.
        """
        _check_length(kek)
        if (octets := _unwrapped(kek, wrapped)) is None:
            raise HubError(
                "The hub key does not fit this store: its readings cannot be opened.",
                fix="Restore the hub key from its backup. The store is left as it is.",
                code="SEAL-01",
            )
        if octets[KEY_OCTETS:] != _label(scope, ROOT):
            raise HubError(
                "This store was written by another hub, or for another tenant.",
                fix="Set hub.id and hub.tenant back, or give this hub its own state_dir.",
                code="SEAL-02",
            )
        return cls(kek, scope, octets[:KEY_OCTETS])

    @property
    def epochs(self) -> frozenset[int]:
        """Return the epochs whose data key is at hand."""
        return frozenset(self._keys) - {ROOT}

    def begin(self, epoch: int) -> bytes:
        """Make the data key of a new epoch; return it wrapped."""
        self._keys[epoch] = os.urandom(KEY_OCTETS)
        return self.wrapped(epoch)

    def admit(self, epoch: int, wrapped: bytes) -> bool:
        """Unwrap a data key; tell whether it is whole and of this very epoch and store."""
        octets = _unwrapped(self._kek, wrapped)
        if octets is None or octets[KEY_OCTETS:] != _label(self._scope, epoch):
            return False
        self._keys.setdefault(epoch, octets[:KEY_OCTETS])
        return True

    def forget(self, epoch: int) -> None:
        """Drop a data key: what it sealed can never be opened again."""
        self._keys.pop(epoch, None)
        self._ciphers.pop(epoch, None)

    def wrapped(self, number: int) -> bytes:
        """Return one key, wrapped by the hub key together with what it is for."""
        return aes_key_wrap(self._kek, self._keys[number] + _label(self._scope, number))

    def rewrap(self, new_kek: bytes) -> dict[int, bytes]:
        """Change the hub key: return every key wrapped anew. No record is touched."""
        _check_length(new_kek)
        self._kek = new_kek
        return {number: self.wrapped(number) for number in self._keys}

    def seal(self, *, seq: int, epoch: int, schema: int, before: bytes, plain: bytes) -> Sealed:
        """Seal one record for its place: it opens there and nowhere else."""
        nonce = os.urandom(_NONCE_OCTETS)
        place = self._record_scope + _PLACE.pack(seq, epoch, schema, before)
        hidden = self._cipher(epoch).encrypt(nonce, _padded(plain), place)
        after = self._link(before, nonce, hidden[-_TAG_OCTETS:])
        return Sealed(_HEAD.pack(schema, before, nonce) + hidden, after)

    def open(self, *, seq: int, epoch: int, sealed: bytes) -> Opened | None:
        """Open one record at its place, or return None: it is not what was sealed for it."""
        if seq < 1 or epoch == ROOT or epoch not in self._keys or len(sealed) < _SHORTEST:
            return None
        schema, before, nonce = _HEAD.unpack_from(sealed)
        place = self._record_scope + _PLACE.pack(seq, epoch, schema, before)
        try:
            padded = self._cipher(epoch).decrypt(nonce, sealed[_HEAD.size :], place)
        except InvalidTag:
            return None
        plain, end, zeros = padded.rpartition(_END)
        if not end or zeros.strip(b"\0"):
            return None
        return Opened(schema, plain, before, self._link(before, nonce, sealed[-_TAG_OCTETS:]))

    def mark(self, *, seq: int, epoch: int, state: int, row: bytes, note: bytes = b"") -> bytes:
        """Return the MAC that vouches for a row's state, and for all that goes with it."""
        claim = _MARK.pack(seq, epoch, state, len(note))
        return _mac(self._marks, self._mark_scope + claim + note + row)

    def seal_small(self, label: str, plain: bytes) -> bytes:
        """Seal something the store keeps beside its records; it opens only under this label."""
        nonce = os.urandom(_NONCE_OCTETS)
        return nonce + self._store.encrypt(nonce, plain, self._small_scope + label.encode())

    def open_small(self, label: str, sealed: bytes) -> bytes | None:
        """Open what `seal_small` sealed under this label, or return None."""
        nonce, hidden = sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:]
        if len(hidden) < _TAG_OCTETS:
            return None
        try:
            return self._store.decrypt(nonce, hidden, self._small_scope + label.encode())
        except InvalidTag:
            return None

    def hash(self, octets: bytes, size: int = MAC_OCTETS) -> bytes:
        """Return a keyed hash, to find something again without writing it down."""
        # BLAKE2b is a MAC by its own key (RFC 7693, 2.9), at a quarter of an HMAC's cost.
        return hashlib.blake2b(octets, key=self._index, digest_size=size).digest()

    def _link(self, before: bytes, nonce: bytes, tag: bytes) -> bytes:
        return _mac(self._chain, before + nonce + tag)

    def _cipher(self, epoch: int) -> AESGCM:
        cipher = self._ciphers.get(epoch)
        if cipher is None:
            cipher = self._ciphers[epoch] = AESGCM(self._keys[epoch])
        return cipher


def wrapped_key(kek: bytes, key: bytes) -> bytes:
    """Wrap one 32-octet key by another (AES-KW, RFC 3394): 40 octets."""
    return aes_key_wrap(kek, key)


def unwrapped_key(kek: bytes, wrapped: bytes) -> bytes | None:
    """Unwrap what `wrapped_key` wrapped; None with another key, or when it was changed."""
    try:
        return aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError):
        return None


def _check_length(kek: bytes) -> None:
    if len(kek) != KEY_OCTETS:
        raise ValueError(f"a hub key has {KEY_OCTETS} octets")


def _derived(root: bytes, label: bytes) -> bytes:
    return HKDFExpand(algorithm=hashes.SHA256(), length=KEY_OCTETS, info=label).derive(root)


def _label(scope: Scope, number: int) -> bytes:
    named = scope.octets("hearth/key/1") + number.to_bytes(4, "big")
    return hashlib.sha256(named).digest()[:_LABEL_OCTETS]


def _unwrapped(kek: bytes, wrapped: bytes) -> bytes | None:
    try:
        octets = aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError):
        return None
    return octets if len(octets) == KEY_OCTETS + _LABEL_OCTETS else None


def _mac(key: bytes, octets: bytes) -> bytes:
    return hmac.digest(key, octets, "sha256")[:MAC_OCTETS]


def _padded(plain: bytes) -> bytes:
    return plain + _END + bytes(-(len(plain) + 1) % _BUCKET)

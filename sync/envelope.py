"""A request and its answer as they travel over a broker: packed, deflated, padded, sealed.

The bridge makes the very request that the hub would make over HTTPS, and carries the server's
answer back: nothing but the server's own words ever acknowledges a reading, and one engine serves
both ways.

Form 1, MessagePack arrays (on air between versions: append, never reorder):

- request: form, number, method, path, headers, body, the public key to seal the answer to
- answer: form, number, status or None, headers, body

The number counts the hub's requests of one run; an answer to another number is not an answer.
Sizes are padded to `BUCKETS`, so that the kind of a reading cannot be told from its length.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from sync import hpke
from sync.exchange import Answer, Purpose, Request
from vitals.errors import HubError

MAX_OCTETS = 16 * 1024 * 1024
BUCKETS = (512, 2048, 8192, 32768)  # then multiples of the last
TOPIC_VERSION = "hearth/v1"

_FORM = 1
_LENGTH_OCTETS = 4
_FEW = 1024  # shorter ones gain nothing from being deflated
_FASTEST = 1
_PLAIN, _DEFLATED = b"\0", b"\1"
_REQUEST_HEADERS = frozenset(
    {"accept", "content-type", "if-match", "if-none-exist", "if-none-match", "prefer"}
)
_FIELD = re.compile(r"[\x20-\x7e]*")  # RFC 9110, 5.5: what a header's value may hold
_ANSWER_HEADERS = frozenset(
    {"content-type", "date", "etag", "last-modified", "location", "ratelimit", "retry-after"}
)


class _Asked(msgspec.Struct, array_like=True):
    form: int
    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    reply_to: bytes


class _Told(msgspec.Struct, array_like=True):
    form: int
    number: int
    status: int | None
    headers: dict[str, str]
    body: bytes


_Form = TypeVar("_Form", _Asked, _Told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as the bridge has it."""

    number: int
    request: Request
    reply_to: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Between whom: it is bound into every seal and names the topics. Never a patient."""

    tenant: str
    hub: str

    def topic(self, what: str) -> str:
        """Return a topic of this hub."""
        return f"{TOPIC_VERSION}/{self.tenant}/{self.hub}/{what}"

    def info(self, what: str) -> bytes:
        """Return what a seal for this purpose is bound to."""
        return f"hearth/1/{what}\0{self.tenant}\0{self.hub}".encode()


def seal_request(
    request: Request, *, number: int, bridge: bytes, reply_to: bytes, address: Address
) -> bytes:
    """Seal a request to the bridge."""
    asked = _Asked(
        form=_FORM,
        number=number,
        method=request.method,
        path=request.path,
        headers=_kept(request.headers, _REQUEST_HEADERS),
        body=request.body,
        reply_to=reply_to,
    )
    return hpke.sealed(_wrapped(msgspec.msgpack.encode(asked)), bridge, address.info("request"))


def open_request(octets: bytes, *, bridge: hpke.Reader, address: Address) -> Asked:
    """Open a request at the bridge.

    Raises
    ------
    HubError
        SEAL-10 for a seal that does not open, MQTT-03 for what is not a request of this form.
    """
    asked = _decoded(_unwrapped(bridge.opened(octets, address.info("request"))), _Asked)
    headers = _kept(asked.headers, _REQUEST_HEADERS)
    if asked.form != _FORM or not hpke.is_public(asked.reply_to):
        raise _unreadable()
    if not all(_FIELD.fullmatch(text) for text in headers.values()):
        raise _unreadable()
    request = Request(
        purpose=Purpose.TRANSACTION,  # how to read the answer is the hub's business
        method=asked.method,
        path=asked.path,
        headers=headers,
        body=asked.body,
    )
    return Asked(number=asked.number, request=request, reply_to=asked.reply_to)


def seal_answer(answer: Answer, *, asked: Asked, address: Address) -> bytes:
    """Seal an answer to the hub that asked."""
    told = _Told(
        form=_FORM,
        number=asked.number,
        status=answer.status,
        headers=_kept(answer.headers, _ANSWER_HEADERS),
        body=answer.body,
    )
    packed = _wrapped(msgspec.msgpack.encode(told))
    return hpke.sealed(packed, asked.reply_to, address.info("answer"))


def open_answer(octets: bytes, *, number: int, reader: hpke.Reader, address: Address) -> Answer:
    """Open the answer to request `number`.

    Raises
    ------
    HubError
        SEAL-10 for a seal that does not open, MQTT-03 for what is not the answer to this request.
    """
    told = _decoded(_unwrapped(reader.opened(octets, address.info("answer"))), _Told)
    if told.form != _FORM or told.number != number:
        raise _unreadable()
    return Answer(status=told.status, headers=told.headers, body=told.body)


def _kept(headers: Mapping[str, str], known: frozenset[str]) -> dict[str, str]:
    return {name.lower(): text for name, text in headers.items() if name.lower() in known}


def _wrapped(octets: bytes) -> bytes:
    packed = _PLAIN + octets
    if len(octets) > _FEW:
        packed = _DEFLATED + zlib.compress(octets, _FASTEST)
    return len(packed).to_bytes(_LENGTH_OCTETS, "big") + packed.ljust(_padded(len(packed)), b"\0")


def _padded(octets: int) -> int:
    whole = octets + _LENGTH_OCTETS
    bucket = next((size for size in BUCKETS if size >= whole), 0)
    return (bucket or -(-whole // BUCKETS[-1]) * BUCKETS[-1]) - _LENGTH_OCTETS


def _unwrapped(octets: bytes) -> bytes:
    length = int.from_bytes(octets[:_LENGTH_OCTETS], "big")
    packed = octets[_LENGTH_OCTETS : _LENGTH_OCTETS + length]
    if len(packed) != length or not packed:
        raise _unreadable()
    if packed[:1] == _PLAIN:
        return packed[1:]
    if packed[:1] != _DEFLATED:
        raise _unreadable()
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(packed[1:], MAX_OCTETS)
    except zlib.error as error:
        raise _unreadable() from error
    if not inflater.eof:  # cut short, or larger than anything honest
        raise _unreadable()
    return found


def _decoded(octets: bytes, form: type[_Form]) -> _Form:
    try:
        return msgspec.msgpack.decode(octets, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable() from error


def _unreadable() -> HubError:
    return HubError(
        "A message over the broker is not in a form this version knows.",
        fix="Bring hub and bridge to the same version of Hearth.",
        code="MQTT-03",
    )

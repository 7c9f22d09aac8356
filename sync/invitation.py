"""An invitation as a person types or scans it: where to enrol, whom to believe, and a secret. Pure.

`hearth1/HOST[:PORT]/` and 12 groups of 5 characters of Crockford's base 32 (without I, L, O and U):
one octet for the form, 16 octets of the pin (SHA-256 over the authority's public key, RFC 7469,
2.4), 16 of the secret, and CRC-32 over all of that and the host. A CRC finds every single wrong
character and every two neighbours that were swapped (a burst of at most 10 bits), so a slip of the
hand is told before any network is asked.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from vitals.errors import HubError

PIN_OCTETS = SECRET_OCTETS = 16
MAX_TEXT = 512

_NAME = "hearth1"
_FORM = 1
_CRC_OCTETS = 4
_OCTETS = 1 + PIN_OCTETS + SECRET_OCTETS + _CRC_OCTETS
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LIKE = str.maketrans("OIL", "011")
_GROUP = 5
_CHARACTERS = 60
_BITS = 5
_HOST = re.compile(r"(?:[a-z0-9][a-z0-9.-]{0,252}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
_HOST_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.-:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Where a hub enrols, by what it knows the authority, and its one-off secret."""

    host: str
    pin: bytes
    secret: bytes

    def __post_init__(self) -> None:
        """Refuse what no hub could use."""
        if not _HOST.fullmatch(self.host):
            raise ValueError("no host")
        if len(self.pin) != PIN_OCTETS or len(self.secret) != SECRET_OCTETS:
            raise ValueError("pin and secret have 16 octets")

    def text(self) -> str:
        """Return it for a person, in small letters and groups."""
        return f"{_NAME}/{self.host}/{_grouped(_written(self._octets()))}"

    def code(self) -> str:
        """Return it for a QR code: capitals need fewer squares (ISO/IEC 18004, alphanumeric)."""
        return f"{_NAME}/{self.host}/{_written(self._octets())}".upper()

    def _octets(self) -> bytes:
        head = bytes([_FORM]) + self.pin + self.secret
        return head + _check(head, self.host)

    def hash(self) -> str:
        """Return what may be kept of the secret: 64 hex digits."""
        return hash_of(self.secret)


def hash_of(secret: bytes) -> str:
    """Return the hash by which the register knows a secret. 128 random bits need no salt."""
    return hashlib.sha256(b"hearth/invitation/1\n" + secret).hexdigest()


def read(text: str) -> Invitation:
    """Read an invitation as it was typed, pasted or scanned.

    Capitals, spaces, dashes and line ends do not matter; 0 for O and 1 for I or L are forgiven.

    Raises
    ------
    HubError
        ENR-01 when it is none, ENR-02 when a character is wrong; the fix says which, if it can.
    """
    host, letters = _parts(text)
    found = _found(host, letters)
    if found is not None:
        return found
    raise HubError(
        "The invitation is mistyped.",
        fix=_hint(host, letters),
        code="ENR-02",
    )


def _parts(text: str) -> tuple[str, str]:
    bare = "".join(text.split()).lower() if len(text) <= MAX_TEXT else ""
    name, _, rest = bare.partition("/")
    host, slash, letters = rest.partition("/")
    letters = letters.replace("-", "").upper().translate(_LIKE)
    if name != _NAME or not slash or not _HOST.fullmatch(host):
        raise HubError(
            "This is no invitation.",
            fix="Type the whole line that begins with hearth1/, or scan its code again.",
            code="ENR-01",
        )
    return host, letters


def _found(host: str, letters: str) -> Invitation | None:
    octets = _read(letters)
    if octets is None or octets[0] != _FORM or not _HOST.fullmatch(host):
        return None
    head, check = octets[:-_CRC_OCTETS], octets[-_CRC_OCTETS:]
    if check != _check(head, host):
        return None
    return Invitation(host=host, pin=head[1 : 1 + PIN_OCTETS], secret=head[1 + PIN_OCTETS :])


def _hint(host: str, letters: str) -> str:
    if len(letters) != _CHARACTERS:
        return (
            f"Behind the last / there must be 12 groups of 5, {_CHARACTERS} characters; "
            f"there are {len(letters)}."
        )
    fits = {(where, reads) for where, reads, near in _near(host, letters) if _found(*near)}
    if len(fits) != 1:
        return "Compare it with the paper, group by group, or scan its code."
    where, reads = fits.pop()
    return f"Look at {where} again; it probably reads {reads}."


def _near(host: str, letters: str) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Yield every text that is one slip away: where, how that place reads, and the whole."""
    for at, letter in enumerate(letters):
        group = at // _GROUP
        for other in {*_ALPHABET} - {letter}:
            near = letters[:at] + other + letters[at + 1 :]
            yield f"group {group + 1}", near[group * _GROUP :][:_GROUP], (host, near)
        swapped = letters[at + 1 : at + 2] + letter
        near = letters[:at] + swapped + letters[at + 2 :]
        yield f"group {group + 1}", near[group * _GROUP :][:_GROUP], (host, near)
    for at in range(len(host)):
        for other in {*_HOST_LETTERS} - {host[at]}:
            near = host[:at] + other + host[at + 1 :]
            yield "the address", near, (near, letters)


def _check(head: bytes, host: str) -> bytes:
    return zlib.crc32(head + host.encode("ascii")).to_bytes(_CRC_OCTETS, "big")


def _written(octets: bytes) -> str:
    number = int.from_bytes(octets, "big") << (_CHARACTERS * _BITS - len(octets) * 8)
    return "".join(_ALPHABET[number >> _BITS * at & 31] for at in reversed(range(_CHARACTERS)))


def _read(letters: str) -> bytes | None:
    if len(letters) != _CHARACTERS or not set(letters) <= set(_ALPHABET):
        return None
    number = 0
    for letter in letters:
        number = number << _BITS | _ALPHABET.index(letter)
    spare = _CHARACTERS * _BITS - _OCTETS * 8
    if number & (1 << spare) - 1:  # what is left over at the end is zero, or it was mistyped
        return None
    return (number >> spare).to_bytes(_OCTETS, "big")


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))

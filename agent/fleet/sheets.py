"""A clinic's backup sheet: its secret on paper, as locked as on the disk. Pure.

What is printed are 64 octets: salt and ciphertext of the secret (`sync.locked`), in 8 numbered
lines of 8 octets each, Crockford's base 32, and at the end of each line three check characters over
the line and its number. A wrong line is told by its number as soon as it is typed. The sheet alone
opens nothing: it takes the passphrase too, which must not lie beside it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from agent.fleet.clinic import Clinic
from vitals.errors import HubError

LINES, LINE_OCTETS = 8, 8
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LIKE = str.maketrans("OIL", "011")
_BITS = 5
_LETTERS, _CHECKS = 13, 3  # 64 bits are 13 letters; 15 bits of CRC-32 are 3
_GROUP = 4


def lines(locked: bytes) -> list[str]:
    """Return the lines to print, each with its number; `locked` has 64 octets."""
    if len(locked) != LINES * LINE_OCTETS:
        raise ValueError("a locked secret has 64 octets")
    parts = (locked[at : at + LINE_OCTETS] for at in range(0, len(locked), LINE_OCTETS))
    return [f"{number}  {_grouped(_line(number, part))}" for number, part in enumerate(parts, 1)]


def read_line(number: int, typed: str) -> bytes:
    """Read one line as it was typed, with or without its number and spaces.

    Raises
    ------
    HubError
        FLEET-20 when a character of it is wrong.
    """
    bare = "".join(typed.split()).upper().translate(_LIKE).replace("-", "")
    if len(bare) == _LETTERS + _CHECKS + 1 and bare[0] == str(number):
        bare = bare[1:]
    octets = _octets(bare[:_LETTERS]) if set(bare) <= set(_ALPHABET) else None
    if octets is None or _line(number, octets) != bare:
        raise HubError(
            f"Line {number} is mistyped.",
            fix=f"Compare it with the sheet: {_LETTERS + _CHECKS} characters behind the number.",
            code="FLEET-20",
        )
    return octets


def read(typed: Sequence[str]) -> bytes:
    """Read all lines; raises HubError FLEET-20, which names the first wrong one."""
    if len(typed) != LINES:
        raise HubError(
            f"The sheet has {LINES} lines; there are {len(typed)}.",
            fix="Type every numbered line of it, in order.",
            code="FLEET-20",
        )
    return b"".join(read_line(number, line) for number, line in enumerate(typed, 1))


def _line(number: int, octets: bytes) -> str:
    value = int.from_bytes(octets, "big") << (_LETTERS * _BITS - len(octets) * 8)
    check = zlib.crc32(bytes([number]) + octets) & (1 << _CHECKS * _BITS) - 1
    return _written(value, _LETTERS) + _written(check, _CHECKS)


def _octets(letters: str) -> bytes | None:
    value = 0
    for letter in letters:
        value = value << _BITS | _ALPHABET.index(letter)
    spare = _LETTERS * _BITS - LINE_OCTETS * 8
    if len(letters) != _LETTERS or value & (1 << spare) - 1:
        return None
    return (value >> spare).to_bytes(LINE_OCTETS, "big")


def _written(value: int, count: int) -> str:
    return "".join(_ALPHABET[value >> _BITS * at & 31] for at in reversed(range(count)))


def _grouped(letters: str) -> str:
    return " ".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def in_words(clinic: Clinic, typed: Sequence[str], code: str, *, pin: str) -> list[str]:
    """Return the sheet for paper: what it is, the lines, and what restoring asks for."""
    config = clinic.config
    return [
        f"Backup sheet of the clinic {config.clinic.tenant}",
        "",
        "Keep it in a safe. It opens nothing without the passphrase: keep that elsewhere.",
        "If the clinic's first machine is lost, on another one:",
        "",
        f"  hearth fleet restore --name {config.clinic.tenant} --fhir {config.fhir.base_url} \\",
        f"    --bridge {config.bridge.host}:{config.bridge.port} \\",
        f"    --broker {config.broker.host}:{config.broker.port}{_keys(config.bridge.keys)}",
        "",
        "and type these lines (0 is a nought, 1 a one; there is no O, I, L, U):",
        "",
        *(f"  {line}" for line in typed),
        "",
        f"The clinic's pin: {pin}",
        "",
        "The same lines as a code, for --lines-file:",
        "",
        code,
    ]


def _keys(count: int) -> str:
    return f" --bridge-keys {count}" if count > 1 else ""

"""Takes records out of the pages of a broken SQLite file, without its tables of contents.

Where an inner page is damaged, whole pages below it are whole and out of reach. So every page is
looked at for itself: a table's leaf says where its cells are. What a cell holds is believed only
when it opens under the store's keys. Source: SQLite, "Database File Format", 1.6 B-tree Pages, 2.1
Record Format, 4.1 WAL File Format. Pure but for reading the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

Value = int | bytes | None

_LEAF = 0x0D
_FILE_HEADER = 100  # before the first page's own
_PAGE_HEADER = 8
_WAL_HEADER, _FRAME_HEADER = 32, 24
_MOST_LOCAL = 35  # a cell may hold all but this many octets of a page (1.6, "U-35")
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_LONGEST_VARINT = 9


def cells(path: Path, page_octets: int) -> Iterator[tuple[int, list[Value]]]:
    """Yield row number and columns of every cell of every leaf, of the file and of its log.

    Cells that make no sense, text and floating-point columns, and rows that run over onto other
    pages are left out. What the log holds comes last, as it is newer.
    """
    for page, start in _pages(path, page_octets):
        yield from _leaf(page, start)


def _pages(path: Path, page_octets: int) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file:
        start = _FILE_HEADER
        while len(page := file.read(page_octets)) == page_octets:
            yield page, start
            start = 0
    log = path.with_name(path.name + "-wal")
    if not log.exists():
        return
    with log.open("rb") as file:
        file.read(_WAL_HEADER)
        while len(frame := file.read(_FRAME_HEADER + page_octets)) == _FRAME_HEADER + page_octets:
            first = int.from_bytes(frame[:4], "big") == 1
            yield frame[_FRAME_HEADER:], _FILE_HEADER if first else 0


def _leaf(page: bytes, start: int) -> Iterator[tuple[int, list[Value]]]:
    if page[start] != _LEAF:
        return
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    first = start + _PAGE_HEADER
    for place in range(first, min(first + 2 * count, len(page) - 1), 2):
        try:
            yield _cell(page, int.from_bytes(page[place : place + 2], "big"))
        except (IndexError, ValueError):
            continue  # not a cell, or not one of ours


def _cell(page: bytes, at: int) -> tuple[int, list[Value]]:
    length, at = _varint(page, at)
    number, at = _varint(page, at)
    if length > len(page) - _MOST_LOCAL or at + length > len(page):
        raise ValueError("runs over")
    return number, _record(page[at : at + length])


def _record(octets: bytes) -> list[Value]:
    header, at = _varint(octets, 0)
    kinds = []
    while at < header:
        kind, at = _varint(octets, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, at = _value(octets, at, kind)
        values.append(value)
    if at != len(octets):
        raise ValueError("does not fill its cell")
    return values


def _value(octets: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, at
    if kind in {8, 9}:
        return kind - 8, at
    if kind in _INTEGERS:
        end = at + _INTEGERS[kind]
        return int.from_bytes(octets[at:end], "big", signed=True), end
    if kind >= 12 and kind % 2 == 0:  # noqa: PLR2004 - 2.1: a BLOB of (N-12)/2 octets
        end = at + (kind - 12) // 2
        if end > len(octets):
            raise ValueError("is longer than its cell")
        return octets[at:end], end
    raise ValueError("is of no kind that a store has")


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    """Read a variable-length integer (1.6): seven bits an octet, the ninth octet whole."""
    value = 0
    for place in range(_LONGEST_VARINT):
        octet = octets[at + place]
        if place == _LONGEST_VARINT - 1:
            value = value << 8 | octet
            break
        value = value << 7 | octet & 0x7F
        if octet < 0x80:  # noqa: PLR2004 - the last octet has its high bit clear
            break
    else:
        place = _LONGEST_VARINT - 1
    if value >= 1 << 63:
        value -= 1 << 64
    return value, at + place + 1

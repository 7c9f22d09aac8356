"""Takes out of a damaged store whatever still opens, so that those readings are sent after all.

Nothing but single pages is trusted (`sync.carve`): keys, parts and rows are found by looking at
every cell, and each is believed only when it opens, as nobody else can make one that does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sync import pack
from sync.carve import Value, cells
from sync.outbox_file import PAGE_OCTETS
from sync.outbox_memory import open_part
from sync.outbox_rows import Row, looks_like_span
from sync.record import Record
from sync.seal import GENERATION_OCTETS, ROOT, Keyring, Scope
from vitals.errors import HubError

_SIDE_FILES = ("", "-wal", "-shm")
_ROW_COLUMNS, _PAIR_COLUMNS = 6, 2


def put_aside(path: Path) -> Path:
    """Rename a damaged file, and what belongs to it, to a free name beside it; return that."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in _SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(aside.with_name(aside.name + suffix))
    return aside


def salvage(path: Path, *, key: bytes, tenant: str, hub_id: str) -> Iterator[Record]:
    """Return the records of a damaged store that still open, in order; none when no key does."""
    rows: dict[int, Row] = {}
    pairs: list[tuple[int, bytes]] = []
    for number, columns in cells(path, PAGE_OCTETS):
        if (row := _row(number, columns)) is not None:
            rows[number] = row
        elif len(columns) == _PAIR_COLUMNS and isinstance(columns[1], bytes):
            pairs.append((number, columns[1]))
    keyring = _keyring(pairs, key, tenant, hub_id)
    if keyring is None:
        return
    parts: dict[int, pack.Part] = {}
    for number, sealed in pairs:
        if (part := open_part(keyring, number, sealed)) is not None:
            parts.setdefault(number, part)
    for _, row in sorted(rows.items()):
        opened = keyring.open(seq=row.seq, epoch=row.epoch, sealed=row.sealed)
        if opened is None or looks_like_span(row):
            continue
        try:
            yield pack.unpack(opened.schema, opened.plain, parts)
        except HubError:
            continue  # its shared part is lost; the file is kept, and tells how many were saved


def _row(number: int, columns: list[Value]) -> Row | None:
    if len(columns) != _ROW_COLUMNS:
        return None
    _, epoch, state, sealed, mark, _ = columns
    if not isinstance(epoch, int) or not isinstance(state, int) or not isinstance(sealed, bytes):
        return None
    if isinstance(mark, int):
        return None
    return Row(seq=number, epoch=epoch, state=state, sealed=sealed, mark=mark)


def _keyring(
    pairs: list[tuple[int, bytes]], key: bytes, tenant: str, hub_id: str
) -> Keyring | None:
    generations = {octets for _, octets in pairs if len(octets) == GENERATION_OCTETS}
    roots = {octets for number, octets in pairs if number == ROOT}
    for generation in generations:
        scope = Scope(tenant=tenant, hub_id=hub_id, generation=generation)
        for root in roots:
            try:
                keyring = Keyring.unwrap(key, scope, root)
            except HubError:
                continue
            for number, octets in pairs:
                keyring.admit(number, octets)
            return keyring
    return None

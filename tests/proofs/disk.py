"""A disk with a power switch: replays a program's traced writes and cuts them off anywhere.

What was synced is on the medium. Of what was not, every 512-octet sector may be there or not, each
on its own and in no order, as drives do (torn writes). Directory entries are taken as kept.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512

_LINE = re.compile(r"^(?P<pid>\d+) +(?P<rest>.*)$")
_CALL = re.compile(
    r"^(?P<name>\w+)\((?P<fd>-?\d+)(?:<(?P<path>[^>]*)>)?(?:, (?P<rest>.*))?\) += (?P<result>-?\d+)"
)
_TEXT = re.compile(r'^"(?P<hex>(?:\\x[0-9a-f]{2})*)", (?P<numbers>[\d, ]+)$')
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(?P<rest>.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened: a write, a truncation, a sync, or a line the program said."""

    path: str
    kind: str  # "write", "truncate", "sync", "say"
    data: bytes = b""
    offset: int = 0


def events(trace: Path) -> Iterator[Event]:
    """Read strace's output (`-f -y -xx`), in the order in which the calls returned."""
    begun: dict[str, str] = {}
    for line in trace.read_text(encoding="ascii").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        pid, rest = found["pid"], found["rest"]
        if rest.endswith(_UNFINISHED):
            begun[pid] = rest.removesuffix(_UNFINISHED)
            continue
        if (resumed := _RESUMED.match(rest)) is not None:
            rest = begun.pop(pid) + resumed["rest"].lstrip()
        if (event := _event(rest)) is not None:
            yield event


def _event(call: str) -> Event | None:
    found = _CALL.match(call)
    if found is None or int(found["result"]) < 0:
        return None
    name, path = found["name"], _plain(found["path"] or "").decode()
    if name in {"fsync", "fdatasync"}:
        return Event(path=path, kind="sync")
    if name == "ftruncate":
        return Event(path=path, kind="truncate", offset=int(found["rest"]))
    if name not in {"write", "pwrite64"}:
        return None
    text = _TEXT.match(found["rest"])
    if text is None:
        raise ValueError("the trace holds a write that cannot be read; is strace -s too small?")
    data = _plain(text["hex"])
    if name == "write":
        return Event(path=path, kind="say", data=data) if found["fd"] == "1" else None
    return Event(path=path, kind="write", data=data, offset=int(text["numbers"].split(", ")[1]))


def _plain(hexed: str) -> bytes:
    """Return what `strace -xx` wrote as \\x2f\\x74, which it does with paths too."""
    return bytes.fromhex(hexed.replace("\\x", ""))


@dataclass(slots=True)
class _Kept:
    """One file: what is on the medium for sure, and what may be."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Event] = field(default_factory=list)


class Disk:
    """The medium while the program runs."""

    def __init__(self) -> None:
        """Begin empty."""
        self._files: dict[str, _Kept] = {}

    def feed(self, event: Event) -> None:
        """Take one event of the trace."""
        kept = self._files.setdefault(event.path, _Kept())
        if event.kind == "sync":
            for each in kept.pending:
                _apply(kept.durable, each)
            kept.pending.clear()
        else:
            kept.pending.append(event)

    @property
    def torn(self) -> int:
        """Return how many writes are not on the medium for sure."""
        return sum(len(kept.pending) for kept in self._files.values())

    def cut(self, folder: Path, chance: random.Random, names: dict[str, str]) -> None:
        """Write what a power cut now might leave: `names` says under which name each path."""
        for path, name in names.items():
            kept = self._files.get(path)
            if kept is None:
                continue
            image, keeps = bytearray(kept.durable), chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
            for event in kept.pending:
                if event.kind == "truncate":
                    if chance.random() < keeps:
                        _apply(image, event)
                    continue
                for part in _sectors(event):
                    if chance.random() < keeps:
                        _apply(image, part)
            (folder / name).write_bytes(image)


def _sectors(event: Event) -> Iterator[Event]:
    at = 0
    while at < len(event.data):
        place = event.offset + at
        length = min(SECTOR - place % SECTOR, len(event.data) - at)
        yield Event(path=event.path, kind="write", data=event.data[at : at + length], offset=place)
        at += length


def _apply(image: bytearray, event: Event) -> None:
    if event.kind == "truncate":
        del image[event.offset :]
        image.extend(bytes(event.offset - len(image)))
        return
    if len(image) < event.offset:
        image.extend(bytes(event.offset - len(image)))
    image[event.offset : event.offset + len(event.data)] = event.data

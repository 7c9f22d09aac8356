"""The files that the bridge serves: read once, held in memory, named by their paths."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

PREFIX = "/visit/"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_START = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file, its media type, and the tag that tells whether a browser has it already."""

    octets: bytes
    kind: str
    tag: str


def pages() -> Mapping[str, File]:
    """Return the clinician's page by path; only kinds of file that browsers are sent."""
    found = dict(_below(files("agent.web").joinpath("page"), PREFIX))
    words = files("agent.visit").joinpath("words.json")
    found[f"{PREFIX}words.json"] = _file(words, _KINDS[".json"])
    if start := found.get(f"{PREFIX}{_START}"):
        found[PREFIX] = start
    return found


def _below(folder: Traversable, at: str) -> Iterator[tuple[str, File]]:
    for one in folder.iterdir():
        kind = _KINDS.get(f".{one.name.rpartition('.')[2]}")
        if one.is_dir():
            yield from _below(one, f"{at}{one.name}/")
        elif kind is not None:
            yield f"{at}{one.name}", _file(one, kind)


def _file(one: Traversable, kind: str) -> File:
    octets = one.read_bytes()
    return File(octets=octets, kind=kind, tag=f'"{hashlib.sha256(octets).hexdigest()[:32]}"')

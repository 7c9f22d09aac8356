"""What the care team sent, kept sealed on disk: each resource once, in its newest version.

It lives in the outbox's memory (sealed values under hashed names, written by the one writer), so it
has the same key, the same durability and the same file.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from sync.poll import Found, Json
from vitals.errors import HubError

MOST = 500
"""Resources that are kept. Beyond it the longest known that is done with goes; else IN-01."""
MAX_OCTETS = 256 * 1024
_LIMIT_S = 30.0
_INDEX = "inbox/index"
_WAITS = "waits"
_DONE = frozenset(
    {"completed", "cancelled", "revoked", "entered-in-error", "stopped", "noshow", "fulfilled"}
    | {"rejected", "failed", "retired", "ended"}
)


class Recalls(Protocol):
    """Where it is looked up: the outbox, or a view of it."""

    def recall(self, name: str) -> bytes | None:
        """Return what was remembered under this name."""


class Memory(Recalls, Protocol):
    """Where it is kept."""

    def remember(self, name: str, data: bytes) -> Future[None]:
        """Keep a small value; the future ends when it is on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one version of a resource, which the server is to be told."""

    reference: str
    version: str
    words: str


class Inbox:
    """The newest version of every resource that concerns this home."""

    def __init__(self, memory: Memory) -> None:
        """Load the index; an unreadable one is begun anew, and the server is asked for all."""
        self._memory = memory
        index = _opened(memory.recall(_INDEX)) or {}
        known, cursors = index.get("known"), index.get("cursors")
        self._known: dict[str, list[str]] = dict(known) if isinstance(known, dict) else {}
        self.cursors: dict[str, str] = dict(cursors) if isinstance(cursors, dict) else {}

    def take(self, found: Found) -> list[Json]:
        """Keep what is new; return it when it is on disk.

        Raises
        ------
        HubError
            IN-01 when there is no room. The cursor stays, so that the server is asked again.
        """
        new = [one for one in found.resources if self._is_new(one)]
        for one in new:
            octets = zlib.compress(json.dumps(one).encode())
            if len(octets) > MAX_OCTETS:
                continue  # the poll told of it; a person sees it missing in the care plan
            if _key(one) not in self._known:
                self._make_room()
            self._memory.remember(_name(_key(one)), octets).result(_LIMIT_S)
            self._known[_key(one)] = [_version(one), _status(one), "", _WAITS]
        if found.cursor:
            self.cursors[found.kind] = found.cursor
        if new or found.cursor:
            self._save()
        return new

    def all(self, kind: str = "") -> Iterator[Json]:
        """Yield what is kept, of one kind or of all."""
        for key in list(self._known):
            if key.startswith(f"{kind}/") or not kind:
                resource = _opened(self._memory.recall(_name(key)))
                if resource is not None:
                    yield resource

    def one(self, reference: str) -> Json | None:
        """Return one resource by its reference, such as Task/1; None when it is not here."""
        if reference not in self._known:
            return None
        return _opened(self._memory.recall(_name(reference)))

    def became(self, resource: Json, words: str) -> None:
        """Keep what became of a resource until the server was told; "" where it need not be."""
        self._known[_key(resource)][2:] = [words]
        self._save()

    def waiting(self) -> list[Json]:
        """Return what nobody said yet what became of, also after a power cut in between."""
        keys = [key for key, one in self._known.items() if one[3:] == [_WAITS]]
        found = [(key, self.one(key)) for key in keys]
        for key, one in found:
            if one is None:  # damaged on disk: there is nothing to act on
                del self._known[key][3:]
        return [one for _, one in found if one is not None]

    def unconfirmed(self) -> list[Told]:
        """Return what the server was not told yet."""
        return [
            Told(reference=key, version=one[0], words=one[2])
            for key, one in self._known.items()
            if one[2]
        ]

    def confirmed(self, told: Told) -> None:
        """Note that the server was told."""
        known = self._known.get(told.reference)
        if known is not None and known[0] == told.version:
            known[2] = ""
            self._save()

    def _is_new(self, resource: Json) -> bool:
        known = self._known.get(_key(resource))
        return known is None or known[0] != _version(resource)

    def _make_room(self) -> None:
        if len(self._known) < MOST:
            return
        gone = next((key for key, one in self._known.items() if one[1] in _DONE), None)
        if gone is None:
            raise HubError(
                f"The care team's server has more than {MOST} open things for this home.",
                fix="Complete or cancel what is no longer wanted.",
                code="IN-01",
            )
        del self._known[gone]
        self._memory.remember(_name(gone), b"").result(_LIMIT_S)

    def _save(self) -> None:
        octets = zlib.compress(json.dumps({"known": self._known, "cursors": self.cursors}).encode())
        self._memory.remember(_INDEX, octets).result(_LIMIT_S)


def kept(memory: Recalls) -> Iterator[Json]:
    """Yield everything that an inbox keeps, also beside the running hub."""
    index = _opened(memory.recall(_INDEX)) or {}
    known = index.get("known")
    for key in known if isinstance(known, dict) else ():
        resource = _opened(memory.recall(_name(key)))
        if resource is not None:
            yield resource


def forms_of(tasks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the ids of the questionnaires that open tasks are about."""
    for task in tasks:
        focus = task.get("focus")
        reference = str(focus.get("reference", "")) if isinstance(focus, dict) else ""
        kind, _, name = reference.partition("/")
        if kind == "Questionnaire" and name and task.get("status") not in _DONE:
            yield name


def _key(resource: Json) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _name(key: str) -> str:
    return f"inbox/{key}"


def _status(resource: Json) -> str:
    return str(resource.get("status") or resource.get("lifecycleStatus") or "")


def _version(resource: Json) -> str:
    meta = resource.get("meta")
    return str(meta.get("versionId", "")) if isinstance(meta, dict) else ""


def _opened(octets: bytes | None) -> dict[str, Any] | None:
    if not octets:
        return None
    try:
        found = json.loads(zlib.decompress(octets))
    except (zlib.error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None

"""Asks the server what is new for this home: which question next, and what an answer means. Pure.

A hub has no address that a server could call, so it asks: every kind of resource by
`_lastUpdated`, oldest first, a little before the newest it has seen (two changes may carry one
instant, and a server may show them late). What it has had already, it knows by its version.
Questions go by `POST .../_search`: no patient stands in an address (FHIR R4 http, search).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sync import policy as rules
from sync.capability import read_json
from sync.exchange import Answer, Purpose, Request
from sync.policy import JSON

SEARCHES: Mapping[str, str] = {
    "Task": "patient",
    "Communication": "recipient",
    "Appointment": "patient",
    "CarePlan": "patient",
    "ServiceRequest": "patient",
    "MedicationRequest": "patient",
    "Goal": "patient",
}
"""What is asked for, in this order, and the parameter that names the patient."""
EVERY_S = 60.0
PAUSE_S = 300.0
OVERLAP = timedelta(seconds=2)
COUNT, MOST = 50, 800

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an answer brought: resources as the server has them, and where to go on from.

    `others` counts what concerns somebody else: a server that does not know a parameter of a search
    may pass over it, and give everybody's (FHIR R4 search, 3.1.1.3.2).
    """

    kind: str
    resources: tuple[Json, ...] = ()
    cursor: str = ""
    others: int = 0


@dataclass(slots=True)
class _Kind:
    count: int = COUNT
    again: bool = True  # there is more, or nobody asked yet
    able: bool = True


@dataclass(slots=True)
class Poll:
    """Whose turn it is.

    Parameters
    ----------
    patient : str
        Relative reference.
    cursors : dict
        For each kind the newest `lastUpdated` seen; kept by the caller.
    """

    patient: str
    cursors: dict[str, str] = field(default_factory=dict)
    _kinds: dict[str, _Kind] = field(default_factory=lambda: {name: _Kind() for name in SEARCHES})
    _forms: list[str] = field(default_factory=list)
    _round_s: float = 0.0
    _not_before_s: float = 0.0

    def nudge(self) -> None:
        """Begin a round at once: the care team has something."""
        self._round_s = 0.0

    def want(self, forms: Iterable[str]) -> None:
        """Ask also for these questionnaires, by id, once each."""
        self._forms += [one for one in forms if one not in self._forms]

    def next(self, now_s: float) -> Request | None:
        """Return the next question, None while there is none. `now_s` never jumps."""
        if now_s < self._not_before_s:
            return None
        if self._forms:
            return _search("Questionnaire", {"_id": self._forms[0]})
        if now_s >= self._round_s:
            self._round_s = now_s + EVERY_S
            for one in self._kinds.values():
                one.again = True
        for name, one in self._kinds.items():
            if one.again and one.able:
                return _search(name, self._question(name, one.count))
        return None

    def answer(self, request: Request, answer: Answer, now_s: float) -> Found:
        """Take the answer to a question of this poll's."""
        name = request.path.partition("/")[0]
        found = read_json(answer)
        status = answer.status
        if status in rules.STORED and found is not None and found.get("resourceType") == "Bundle":
            resources = _resources(found, name)
            if name == "Questionnaire":
                self._forms.pop(0)
                return Found(kind=name, resources=resources)
            return self._went_on(name, resources)
        if status is not None and status in rules.BAD | rules.MISSING | rules.NO_SUCH_INTERACTION:
            if name == "Questionnaire":
                self._forms.pop(0)
            else:
                self._kinds[name].able = False  # this server has no such thing
            return Found(kind=name)
        self._not_before_s = now_s + PAUSE_S
        return Found(kind=name)

    def _question(self, name: str, count: int) -> dict[str, str]:
        asked = {SEARCHES[name]: self.patient, "_sort": "_lastUpdated", "_count": str(count)}
        if (cursor := _moment(self.cursors.get(name, ""))) is not None:
            asked["_lastUpdated"] = f"ge{_instant(cursor - OVERLAP)}"
        return asked

    def _went_on(self, name: str, resources: tuple[Json, ...]) -> Found:
        one = self._kinds[name]
        moments = [_moment(_last_updated(each)) for each in resources]
        seen = [moment for moment in moments if moment is not None]
        before = _moment(self.cursors.get(name, ""))
        full = len(resources) >= one.count
        one.again = full
        # A server that does not sort, or a page that is all one instant: ask for more at once.
        stuck = full and (seen != sorted(seen) or (before is not None and max(seen) <= before))
        if stuck and one.count < MOST:
            one.count *= 2
            return self._found(name, resources)
        if stuck:
            one.again = False
        if not full:
            one.count = COUNT
        newest = max([*seen, *([before] if before else [])], default=None)
        cursor = _instant(newest) if newest is not None else ""
        return self._found(name, resources, cursor)

    def _found(self, name: str, resources: tuple[Json, ...], cursor: str = "") -> Found:
        own = tuple(one for one in resources if self._is_own(one))
        others = len(resources) - len(own)
        return Found(kind=name, resources=own, cursor=cursor, others=others)

    def _is_own(self, resource: Json) -> bool:
        named = [_relative(one) for one in _persons(resource)]
        patients = [one for one in named if one.startswith("Patient/")]
        return not patients or self.patient in patients


def _search(kind: str, asked: Mapping[str, str]) -> Request:
    return Request(
        purpose=Purpose.POLL,
        method="POST",
        path=f"{kind}/_search",
        body=urlencode(asked).encode("ascii"),
        headers={"accept": JSON, "content-type": "application/x-www-form-urlencoded"},
    )


def _resources(bundle: Json, kind: str) -> tuple[Json, ...]:
    entries = bundle.get("entry")
    found = [
        entry.get("resource")
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    return tuple(one for one in found if isinstance(one, dict) and one.get("resourceType") == kind)


def _persons(resource: Json) -> Iterator[object]:
    """Yield the references by which a resource says whom it concerns, whatever its kind."""
    for name in ("subject", "for", "recipient", "participant"):
        value = resource.get(name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                actor = one.get("actor")
                yield (actor if isinstance(actor, dict) else one).get("reference")


def _relative(reference: object) -> str:
    """Return a reference as type and id, without a server's address or a version."""
    parts = str(reference or "").partition("/_history/")[0].rsplit("/", 2)
    return "/".join(parts[-2:])


def _last_updated(resource: Json) -> str:
    meta = resource.get("meta")
    return str(meta.get("lastUpdated", "")) if isinstance(meta, dict) else ""


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Readings as one transaction Bundle, and what the server's answer says of each of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.fhir import Json, Resources
from sync.fhir.codes import DEVICE_IDENTIFIER
from sync.record import READING_IDENTIFIER, Entry, Record, adds_only_proof

_NAMESPACE = uuid.UUID("6f1b1f0e-3f0a-5d0c-9a53-6d1c2f6f8b21")  # ours, random
_MAX_REASON = 500
_CREATED = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Readings that go up together, and their resources in the same order."""

    entries: tuple[Entry, ...]
    resources: tuple[Resources, ...]

    @property
    def seqs(self) -> tuple[int, ...]:
        """Return the rows of this job."""
        return tuple(entry.seq for entry in self.entries)

    def halves(self) -> tuple[Job, Job]:
        """Split a job of two readings or more."""
        middle = len(self.entries) // 2
        return (
            Job(entries=self.entries[:middle], resources=self.resources[:middle]),
            Job(entries=self.entries[middle:], resources=self.resources[middle:]),
        )

    def singles(self) -> list[Job]:
        """Split into jobs of one reading."""
        pairs = zip(self.entries, self.resources, strict=True)
        return [Job(entries=(entry,), resources=(one,)) for entry, one in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What to ask the server: whether it holds these Observations of a job."""

    job: Job
    ids: tuple[str, ...]

    @classmethod
    def of(cls, job: Job) -> Check:
        """Return the question for all Observations of a single reading."""
        return cls(job=job, ids=tuple(one["id"] for one in job.resources[0].observations))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which resources stand in a Bundle, in order: first what is referred to, then the readings."""

    prerequisites: tuple[Json, ...]
    observations: tuple[tuple[int, Json], ...]  # the place of its reading in the job, the resource

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.prerequisites) + len(self.observations)


def layout(job: Job, *, known: Mapping[str, Json]) -> Layout:
    """Lay a job out, leaving out what the server is `known` to hold just so."""
    needed: dict[str, Json] = {}
    for resources in job.resources:
        for one in resources.prerequisites:
            if known.get(one["id"]) != one:
                needed[one["id"]] = one
    observations = tuple(
        (place, one)
        for place, resources in enumerate(job.resources)
        for one in resources.observations
    )
    return Layout(prerequisites=tuple(needed.values()), observations=observations)


def with_puts(laid: Layout) -> Json:
    """Return a transaction that puts every resource under our own id."""
    resources = [*laid.prerequisites, *(one for _, one in laid.observations)]
    return _transaction(
        {"resource": one, "request": {"method": "PUT", "url": local_url(one)}} for one in resources
    )


def with_conditional_creates(laid: Layout) -> Json:
    """Return a transaction that creates what is not there yet, by our own identifiers.

    The server chooses the ids, so references between entries go by urn:uuid.
    """
    resources = [*laid.prerequisites, *(one for _, one in laid.observations)]
    urls = {local_url(one): _urn(one) for one in resources}
    return _transaction(
        {
            "fullUrl": _urn(one),
            "resource": _rewritten({k: v for k, v in one.items() if k != "id"}, urls),
            "request": {
                "method": "POST",
                "url": one["resourceType"],
                "ifNoneExist": f"identifier={system_of(one)}|{one['id']}",
            },
        }
        for one in resources
    )


def local_url(resource: Json) -> str:
    """Return a resource's place relative to the server's base."""
    return f"{resource['resourceType']}/{resource['id']}"


def system_of(resource: Json) -> str:
    """Return the system of our identifier of this resource."""
    return DEVICE_IDENTIFIER if resource["resourceType"] == "Device" else READING_IDENTIFIER


def has_identifier(resource: Mapping[str, Any], value: str) -> bool:
    """Tell whether a resource from the server carries our identifier with this value."""
    identifiers = resource.get("identifier")
    return isinstance(identifiers, list) and any(
        isinstance(one, dict)
        and one.get("system") == READING_IDENTIFIER
        and one.get("value") == value
        for one in identifiers
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the server said of one entry. `status` is 0 when it said nothing we can read."""

    status: int
    location: str
    outcome: Mapping[str, Any] | None
    resource: Mapping[str, Any] | None


def parts(answer: Mapping[str, Any], expected: int) -> list[Part] | None:
    """Read a transaction-response; None when it is none, or not of this many entries."""
    entries = answer.get("entry")
    if answer.get("resourceType") != "Bundle" or not isinstance(entries, list):
        return None
    if len(entries) != expected:
        return None
    return [_part(entry) for entry in entries]


def _part(entry: object) -> Part:
    entry = entry if isinstance(entry, dict) else {}
    response = entry.get("response")
    response = response if isinstance(response, dict) else {}
    digits = str(response.get("status", ""))[:3]
    outcome, resource = response.get("outcome"), entry.get("resource")
    return Part(
        status=int(digits) if digits.isascii() and digits.isdigit() else 0,
        location=str(response.get("location", "")),
        outcome=outcome if isinstance(outcome, dict) else None,
        resource=resource if isinstance(resource, dict) else None,
    )


def holds_all(found: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Tell whether the server's copy has every component of ours, such as a meal that came late."""
    components = found.get("component")
    held = len(components) if isinstance(components, list) else 0
    return held >= len(ours.get("component", ()))


def are_whole(
    matches: Iterable[Mapping[str, Any]], ours: Mapping[str, Any], record: Record
) -> bool:
    """Tell whether the server has all of a reading, in one of its copies or said elsewhere too."""
    return adds_only_proof(record) or any(holds_all(one, ours) for one in matches)


def by_reading(
    job: Job, laid: Layout, said: Sequence[Part]
) -> Iterator[tuple[Job, list[tuple[Json, Part]]]]:
    """Yield each reading of a job as a job of its own, with what was said of its resources."""
    mine: dict[int, list[tuple[Json, Part]]] = {}
    for (place, one), part in zip(laid.observations, said[len(laid.prerequisites) :], strict=True):
        mine.setdefault(place, []).append((one, part))
    for place, single in enumerate(job.singles()):
        yield single, mine.get(place, [])


def proved(resource: Json, part: Part, *, by_put: bool) -> bool:
    """Tell whether an entry's answer is about our very resource."""
    if part.resource is not None and part.resource.get("resourceType") == "Observation":
        ours = has_identifier(part.resource, resource["id"])
        return ours and holds_all(part.resource, resource)
    if by_put:
        return f"Observation/{resource['id']}" in part.location
    # A conditional create that found something (200) must prove that it found ours.
    return part.status == _CREATED


def reason(outcome: Mapping[str, Any] | None, status: int) -> str:
    """Return the server's own words for a refusal, at most 500 characters."""
    texts = []
    issues = outcome.get("issue") if outcome else None
    for issue in issues if isinstance(issues, list) else []:
        if not isinstance(issue, dict):
            continue
        details = issue.get("details")
        text = details.get("text") if isinstance(details, dict) else None
        where = issue.get("expression")
        place = f" at {where[0]}" if isinstance(where, list) and where else ""
        texts.append(f"{text or issue.get('diagnostics') or issue.get('code', '')}{place}")
    words = "; ".join(text for text in texts if text)
    return (words or f"The server answered {status} without a reason.")[:_MAX_REASON]


def _transaction(entries: Iterable[Json]) -> Json:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def _urn(resource: Json) -> str:
    return uuid.uuid5(_NAMESPACE, resource["id"]).urn


def _rewritten(value: Any, urls: Mapping[str, str]) -> Any:  # noqa: ANN401 - any piece of JSON
    if isinstance(value, dict):
        return {
            key: urls.get(part, part) if key == "reference" else _rewritten(part, urls)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_rewritten(part, urls) for part in value]
    return value


class Size:
    """How many Bundle entries some readings need together."""

    def __init__(self, *, known: Mapping[str, Json]) -> None:
        """Start empty; what the server is `known` to hold just so needs no entry."""
        self._known, self._needed, self._observations = known, set[str](), 0

    def fits(self, one: Resources, limit: int) -> bool:
        """Add a reading if all of them together then stay within a limit."""
        new = {each["id"] for each in one.prerequisites if self._known.get(each["id"]) != each}
        needed = self._needed | new
        if len(needed) + self._observations + len(one.observations) > limit:
            return False
        self._needed, self._observations = needed, self._observations + len(one.observations)
        return True

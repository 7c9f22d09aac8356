"""Writes the engine's requests: which readings go together, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from sync import bundle
from sync.bundle import Job
from sync.capability import Capability
from sync.exchange import Purpose, Request
from sync.fhir import HubFacts, Json, Resources, encode, resources
from sync.policy import JSON, Policy
from sync.record import READING_IDENTIFIER, Entry, Measured

_MAX_KNOWN = 256


@dataclass(slots=True, kw_only=True)
class Composer:
    """Knows the hub, its zone, and what the server can do and already holds."""

    policy: Policy
    hub: HubFacts
    zone: tzinfo
    boot_offsets: Mapping[str, int] = field(default_factory=dict)
    server: Capability | None = None
    fresh_token: bool = False
    known: dict[str, Json] = field(default_factory=dict)

    @property
    def by_put(self) -> bool:
        """Tell whether the server lets us choose the ids."""
        return self.server is not None and self.server.update_create

    @property
    def held(self) -> Mapping[str, Json]:
        """Return what need not be sent again.

        With conditional creates the server chose the ids: every Bundle brings its own links.
        """
        return self.known if self.by_put else {}

    def remember(self, resource: Json) -> None:
        """Note that the server holds this resource just so; of too many the oldest is forgotten."""
        self.known[resource["id"]] = resource
        while len(self.known) > _MAX_KNOWN:
            del self.known[next(iter(self.known))]

    def job(self, pending: Sequence[Entry]) -> Job | None:
        """Choose the readings of the next Bundle, None when there are none."""
        chosen: list[Entry] = []
        mapped: list[Resources] = []
        limit = self.policy.max_puts if self.by_put else self.policy.max_conditional
        batch = self.policy.batch if self.server is None or self.server.transaction else 1
        size = bundle.Size(known=self.held)
        for entry in pending:
            if not isinstance(entry.record, Measured) or not entry.record.patient:
                continue
            if len(chosen) == batch:
                break
            one = resources(
                entry.record, hub=self.hub, zone=self.zone, boot_offsets=self.boot_offsets
            )
            if not size.fits(one, limit) and chosen:
                break
            chosen.append(entry)
            mapped.append(one)
        return Job(entries=tuple(chosen), resources=tuple(mapped)) if chosen else None

    def transaction(self, job: Job) -> Request:
        """Return a job as one transaction."""
        laid = bundle.layout(job, known=self.held)
        build = bundle.with_puts if self.by_put else bundle.with_conditional_creates
        return Request(
            purpose=Purpose.TRANSACTION,
            method="POST",
            path="",
            body=encode(build(laid)),
            headers={"accept": JSON, "content-type": JSON},
            entries=job.entries,
            fresh_token=self.fresh_token,
        )

    def single(self, job: Job, resource: Json) -> Request:
        """Return one resource of a job as an update that may create."""
        return Request(
            purpose=Purpose.SINGLE,
            method="PUT",
            path=bundle.local_url(resource),
            body=encode(resource),
            headers={"accept": JSON, "content-type": JSON},
            entries=job.entries,
            fresh_token=self.fresh_token,
        )

    def capability(self) -> Request:
        """Return the question what the server can do."""
        return self._get(Purpose.CAPABILITY, "metadata")

    def check(self, job: Job, value: str) -> Request:
        """Return the question whether the server holds one Observation of a job, by our id."""
        query = f"Observation?identifier={READING_IDENTIFIER}%7C{value}"
        path = f"Observation/{value}" if self.by_put else query
        return self._get(Purpose.CHECK, path, job.entries)

    def _get(self, purpose: Purpose, path: str, entries: tuple[Entry, ...] = ()) -> Request:
        return Request(
            purpose=purpose,
            method="GET",
            path=path,
            headers={"accept": JSON},
            entries=entries,
            fresh_token=self.fresh_token,
        )

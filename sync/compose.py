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


@dataclass(slots=True, kw_only=True)
class Composer:
    """Knows the hub, its zone, and what the server can do and already holds."""

    policy: Policy
    hub: HubFacts
    zone: tzinfo
    server: Capability | None = None
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

    def job(self, pending: Sequence[Entry]) -> Job | None:
        """Choose the readings of the next Bundle, None when there are none."""
        chosen: list[Entry] = []
        mapped: list[Resources] = []
        limit = self.policy.max_puts if self.by_put else self.policy.max_conditional
        for entry in pending[: self.policy.batch]:
            if not isinstance(entry.record, Measured) or not entry.record.patient:
                continue
            one = resources(entry.record, hub=self.hub, zone=self.zone)
            if chosen and bundle.total_entries([*mapped, one], known=self.held) > limit:
                break
            chosen.append(entry)
            mapped.append(one)
        return Job(entries=tuple(chosen), resources=tuple(mapped)) if chosen else None

    def transaction(self, job: Job, *, fresh_token: bool) -> Request:
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
            fresh_token=fresh_token,
        )

    def single(self, job: Job, resource: Json, *, fresh_token: bool) -> Request:
        """Return one resource of a job as an update that may create."""
        return Request(
            purpose=Purpose.SINGLE,
            method="PUT",
            path=bundle.local_url(resource),
            body=encode(resource),
            headers={"accept": JSON, "content-type": JSON},
            entries=job.entries,
            fresh_token=fresh_token,
        )

    def capability(self, *, fresh_token: bool) -> Request:
        """Return the question what the server can do."""
        return self._get(Purpose.CAPABILITY, "metadata", fresh_token)

    def check(self, value: str, *, fresh_token: bool) -> Request:
        """Return the question whether the server holds the Observation with this id of ours."""
        query = f"Observation?identifier={READING_IDENTIFIER}%7C{value}"
        path = f"Observation/{value}" if self.by_put else query
        return self._get(Purpose.CHECK, path, fresh_token)

    def _get(self, purpose: Purpose, path: str, fresh_token: bool) -> Request:  # noqa: FBT001 - internal
        return Request(
            purpose=purpose,
            method="GET",
            path=path,
            headers={"accept": JSON},
            fresh_token=fresh_token,
        )

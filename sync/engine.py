"""Decides what to send, and what each answer means: the upload engine, without any I/O.

One request is under way at a time. Every request is idempotent, so an unknown outcome is simply
asked again. The rules are the answer table of the sync reference (`sync/README.md`).
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sync import bundle, retry
from sync.bundle import Job, Part
from sync.capability import Capability, capability, read_json
from sync.exchange import (
    Acknowledge,
    Alarm,
    Answer,
    ClearAlarm,
    Effect,
    Park,
    Purpose,
    Request,
    Send,
    Wait,
)
from sync.fhir import HubFacts, Json, Resources, encode, resources
from sync.policy import (
    BAD,
    CONFLICT,
    CREATED,
    FORBIDDEN,
    JSON,
    LATER,
    LOGIN,
    MISSING,
    NO_SUCH_INTERACTION,
    NOT_ALLOWED,
    NOT_FHIR,
    OFFLINE,
    REFUSED,
    STORED,
    TOO_LARGE,
    UNABLE,
    UNAUTHORISED,
    Alarms,
    Policy,
)
from sync.record import READING_IDENTIFIER, Entry, Measured

__all__ = [
    "Acknowledge",
    "Alarm",
    "Answer",
    "ClearAlarm",
    "Effect",
    "Engine",
    "Park",
    "Policy",
    "Request",
    "Send",
    "Wait",
]

_MAX_KNOWN = 256
_UNPROVED = "The server says it has this reading but does not show it."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """Ask the server itself whether it holds this reading."""

    job: Job
    ids: tuple[str, ...]


class Engine:
    """The state of one hub's upload. Give it the time and what waits; do what it says."""

    def __init__(
        self,
        *,
        policy: Policy,
        hub: HubFacts,
        zone: tzinfo,
        rng: Callable[[], float] = random.random,
    ) -> None:
        """Start knowing nothing of the server."""
        self._policy, self._hub, self._zone, self._rng = policy, hub, zone, rng
        self._server: Capability | None = None
        self._not_before_s = 0.0
        self._failures = 0
        self._fresh_token = False
        self._jobs: deque[Job] = deque()
        self._checks: deque[_Check] = deque()
        self._steps: deque[Json] = deque()  # what is left of a single reading without transactions
        self._known: dict[str, Json] = {}
        self._tries: Counter[int] = Counter()
        self._alarms = Alarms()

    def next(self, now_s: float, pending: Sequence[Entry]) -> Send | Wait:
        """Return the next request, or how long to wait.

        Parameters
        ----------
        now_s : float
            Seconds on a clock that never jumps.
        pending : sequence of Entry
            What waits in the outbox, the most urgent first.
        """
        if now_s < self._not_before_s:
            return Wait(until_s=self._not_before_s, why="backing off")
        if self._server is None:
            if not pending:
                return Wait(until_s=now_s + self._policy.idle_s, why="nothing waits")
            return self._send(Purpose.CAPABILITY, "GET", "metadata")
        if self._checks:
            return self._ask_whether_stored(self._checks[0])
        if not self._jobs and not self._fill(pending):
            return Wait(until_s=now_s + self._policy.idle_s, why="nothing waits")
        return self._upload(self._jobs[0])

    def answer(self, request: Request, answer: Answer, now_s: float) -> list[Effect]:
        """Take the answer to a request; return what to do about it."""
        common = self._common(answer, now_s)
        if common is not None:
            return common
        match request.purpose:
            case Purpose.CAPABILITY:
                return self._met(answer, now_s)
            case Purpose.CHECK:
                return self._checked(answer, now_s)
            case Purpose.SINGLE:
                return self._single_answered(answer, now_s)
            case Purpose.TRANSACTION:
                return self._transaction_answered(answer, now_s)

    # What to send.

    def _send(self, purpose: Purpose, method: str, path: str, body: Json | None = None) -> Send:
        headers = {"accept": JSON}
        if body is not None:
            headers["content-type"] = JSON
        entries = self._jobs[0].entries if self._jobs else ()
        return Send(
            request=Request(
                purpose=purpose,
                method=method,
                path=path,
                body=b"" if body is None else encode(body),
                headers=headers,
                entries=entries,
                fresh_token=self._fresh_token,
            )
        )

    def _fill(self, pending: Sequence[Entry]) -> bool:
        chosen: list[Entry] = []
        mapped: list[Resources] = []
        limit = self._policy.max_puts if self._by_put() else self._policy.max_conditional
        for entry in pending[: self._policy.batch]:
            if not isinstance(entry.record, Measured) or not entry.record.patient:
                continue
            one = resources(entry.record, hub=self._hub, zone=self._zone)
            if chosen and bundle.total_entries([*mapped, one], known=self._held()) > limit:
                break
            chosen.append(entry)
            mapped.append(one)
        if chosen:
            self._jobs.append(Job(entries=tuple(chosen), resources=tuple(mapped)))
        return bool(chosen)

    def _upload(self, job: Job) -> Send:
        laid = bundle.layout(job, known=self._held())
        if self._server is not None and not self._server.transaction:
            if not self._steps:
                self._steps.extend((*laid.prerequisites, *(one for _, one in laid.observations)))
            resource = self._steps[0]
            return self._send(Purpose.SINGLE, "PUT", bundle.local_url(resource), resource)
        build = bundle.with_puts if self._by_put() else bundle.with_conditional_creates
        return self._send(Purpose.TRANSACTION, "POST", "", build(laid))

    def _ask_whether_stored(self, check: _Check) -> Send:
        value = check.ids[0]
        if self._by_put():
            return self._send(Purpose.CHECK, "GET", f"Observation/{value}")
        query = f"Observation?identifier={READING_IDENTIFIER}%7C{value}"
        return self._send(Purpose.CHECK, "GET", query)

    def _by_put(self) -> bool:
        return self._server is not None and self._server.update_create

    def _held(self) -> Mapping[str, Json]:
        # With conditional creates the server chose the ids: every Bundle must bring its own links.
        return self._known if self._by_put() else {}

    # What an answer means.

    def _common(self, answer: Answer, now_s: float) -> list[Effect] | None:
        """Handle what means the same for every request; None when it is particular."""
        status = answer.status
        if status == UNAUTHORISED:
            return self._login_refused(now_s)
        if status == NOT_ALLOWED:
            self._not_before_s = now_s + self._policy.login_pause_s
            return self._alarms.sound(FORBIDDEN)
        self._fresh_token = False
        if status is None or status in LATER or retry.is_passing(status):
            self._failures += 1
            asked_s = retry.retry_after_s(answer.headers)
            self._not_before_s = now_s + retry.pause_s(self._failures, asked_s, self._rng())
            # One lost answer is no news; a server that stays away is.
            return self._alarms.sound(OFFLINE) if self._failures > 1 else []
        return None

    def _login_refused(self, now_s: float) -> list[Effect]:
        if not self._fresh_token:
            self._fresh_token = True
            return []
        self._not_before_s = now_s + self._policy.login_pause_s
        return self._alarms.sound(LOGIN)

    def _met(self, answer: Answer, now_s: float) -> list[Effect]:
        server = capability(answer)
        if server is None:
            return self._not_fhir(now_s)
        possible = server.update_create or (server.conditional_create and server.transaction)
        if not possible:
            self._pause(now_s)
            return self._alarms.sound(UNABLE)
        self._server = server
        return self._well()

    def _not_fhir(self, now_s: float) -> list[Effect]:
        self._pause(now_s)
        self._server = None
        return self._alarms.sound(NOT_FHIR)

    def _pause(self, now_s: float) -> None:
        self._failures += 1
        self._not_before_s = now_s + retry.pause_s(self._failures, None, self._rng())

    def _transaction_answered(self, answer: Answer, now_s: float) -> list[Effect]:
        job, status = self._jobs[0], answer.status or 0
        found = read_json(answer)
        if status in STORED:
            laid = bundle.layout(job, known=self._held())
            said = bundle.parts(found, len(laid)) if found else None
            if said is None:
                return self._not_fhir(now_s)
            return [*self._well(), *self._took(job, laid, said)]
        if status in NO_SUCH_INTERACTION and self._server and self._server.update_create:
            self._server = Capability(
                update_create=True, conditional_create=False, transaction=False
            )
            self._jobs = deque(one for each in self._jobs for one in each.singles())
            return []
        if found is None or found.get("resourceType") != "OperationOutcome":
            # A proxy's error page tells nothing about our readings.
            if status == TOO_LARGE:
                return self._refused(job, status, "The server takes no request of this size.")
            return self._not_fhir(now_s)
        return [*self._well(), *self._refused(job, status, bundle.reason(found, status))]

    def _took(self, job: Job, laid: bundle.Layout, said: list[Part]) -> list[Effect]:
        """Go through a transaction's answer entry by entry; a batch-like server may mix them."""
        self._jobs.popleft()
        before = len(laid.prerequisites)
        for resource, part in zip(laid.prerequisites, said[:before], strict=True):
            if part.status in STORED:
                self._remember(resource)
        effects: list[Effect] = []
        for place, single in enumerate(job.singles()):
            mine = [
                (one, part)
                for (at, one), part in zip(laid.observations, said[before:], strict=True)
                if at == place
            ]
            effects += self._reading_said(single, mine)
        return effects

    def _reading_said(self, job: Job, mine: list[tuple[Json, Part]]) -> list[Effect]:
        bad = next((part for _, part in mine if part.status not in STORED), None)
        if bad is not None:
            return self._refused(job, bad.status, bundle.reason(bad.outcome, bad.status), off=True)
        doubtful = tuple(one["id"] for one, part in mine if not self._proved(one, part))
        if doubtful:
            self._checks.append(_Check(job=job, ids=doubtful))
            return []
        return self._done(job)

    def _proved(self, resource: Json, part: Part) -> bool:
        """Tell whether an entry's answer is about our very resource."""
        if part.resource is not None and part.resource.get("resourceType") == "Observation":
            return bundle.has_identifier(part.resource, resource["id"])
        if self._by_put():
            return not part.location or f"Observation/{resource['id']}" in part.location
        # A conditional create that found something (200) must prove that it found ours.
        return part.status == CREATED

    def _refused(self, job: Job, status: int, why: str, *, off: bool = False) -> list[Effect]:
        """Narrow a refusal down to the reading it is about, and set only that one aside.

        `off` tells that the job was taken off the queue already.
        """
        if not off:
            self._jobs.popleft()
        self._steps.clear()
        if len(job.entries) > 1:
            self._jobs.extendleft(reversed(job.halves()))
            return []
        seq = job.seqs[0]
        self._tries[seq] += 1
        record = job.entries[0].record
        amends = isinstance(record, Measured) and record.amends
        if status in CONFLICT and not amends:
            if self._tries[seq] <= self._policy.tries:
                ids = tuple(one["id"] for one in job.resources[0].observations)
                self._checks.append(_Check(job=job, ids=ids))
                return []
        elif status in MISSING and self._tries[seq] == 1:
            self._known.clear()  # something we refer to is gone: send it again, once
            self._jobs.appendleft(job)
            return []
        elif status not in BAD | MISSING | {TOO_LARGE} and self._tries[seq] < self._policy.tries:
            self._jobs.appendleft(job)
            return []
        del self._tries[seq]
        parked = Park(seqs=job.seqs, code=f"FHIR-{status or 'unclear'}", reason=why)
        return [parked, *self._alarms.sound(REFUSED)]

    def _single_answered(self, answer: Answer, now_s: float) -> list[Effect]:
        job, status = self._jobs[0], answer.status or 0
        found = read_json(answer)
        if status not in STORED:
            if found is None:
                return self._not_fhir(now_s)
            return [*self._well(), *self._refused(job, status, bundle.reason(found, status))]
        resource = self._steps.popleft()
        if found is not None and found.get("id", resource["id"]) != resource["id"]:
            return self._not_fhir(now_s)
        if resource["resourceType"] == "Device":
            self._remember(resource)
        if self._steps:
            return self._well()
        self._jobs.popleft()
        return [*self._well(), *self._done(job)]

    def _checked(self, answer: Answer, now_s: float) -> list[Effect]:
        check = self._checks[0]
        found = read_json(answer)
        if found is None:
            return self._not_fhir(now_s)
        self._checks.popleft()
        value = check.ids[0]
        matches = retry.matching(found, value)
        if not matches:
            # Not there after all: send it again, a few times at most.
            if self._tries[check.job.seqs[0]] >= self._policy.tries:
                return [*self._well(), *self._refused(check.job, 0, _UNPROVED, off=True)]
            self._tries[check.job.seqs[0]] += 1
            self._jobs.appendleft(check.job)
            return self._well()
        if len(check.ids) > 1:
            self._checks.appendleft(_Check(job=check.job, ids=check.ids[1:]))
            return self._well()
        return [*self._well(), *self._done(check.job)]

    def _done(self, job: Job) -> list[Effect]:
        for seq in job.seqs:
            self._tries.pop(seq, None)
        return [Acknowledge(seqs=job.seqs)]

    def _remember(self, resource: Json) -> None:
        self._known[resource["id"]] = resource
        while len(self._known) > _MAX_KNOWN:
            del self._known[next(iter(self._known))]

    def _well(self) -> list[Effect]:
        """Note that the server answers as a FHIR server should."""
        self._failures = 0
        return self._alarms.calm()

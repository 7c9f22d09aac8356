"""Decides what to send, and what each answer means: the upload engine, without any I/O.

One request is under way at a time. Every request is idempotent, so an unknown outcome is simply
asked again. The rules are the answer table of the sync reference (`sync/README.md`).
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sync import bundle, retry
from sync import policy as rules
from sync.bundle import Job, Part
from sync.capability import Capability, capability, read_json
from sync.compose import Composer
from sync.exchange import Acknowledge, Answer, Effect, Park, Purpose, Request, Send, Wait
from sync.fhir import HubFacts, Json
from sync.policy import Alarms, Policy, Verdict
from sync.record import Entry, Measured

_MAX_KNOWN = 256
_UNCHANGEABLE = "The server holds this reading without its context and lets no hub change it."
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
        self._policy, self._rng = policy, rng
        self._composer = Composer(policy=policy, hub=hub, zone=zone)
        self._not_before_s = 0.0
        self._failures = 0
        self._fresh_token = False
        self._jobs: deque[Job] = deque()
        self._checks: deque[_Check] = deque()
        self._steps: deque[Json] = deque()  # what is left of a single reading without transactions
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
        asleep = Wait(until_s=now_s + self._policy.idle_s, why="nothing waits")
        if self._composer.server is None:
            if not pending:
                return asleep
            return Send(request=self._composer.capability(fresh_token=self._fresh_token))
        if self._checks:
            value = self._checks[0].ids[0]
            return Send(request=self._composer.check(value, fresh_token=self._fresh_token))
        if not self._jobs:
            job = self._composer.job(pending)
            if job is None:
                return asleep
            self._jobs.append(job)
        return Send(request=self._upload(self._jobs[0]))

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

    def _upload(self, job: Job) -> Request:
        server = self._composer.server
        if server is None or server.transaction:
            return self._composer.transaction(job, fresh_token=self._fresh_token)
        if not self._steps:
            laid = bundle.layout(job, known=self._composer.held)
            self._steps.extend((*laid.prerequisites, *(one for _, one in laid.observations)))
        return self._composer.single(job, self._steps[0], fresh_token=self._fresh_token)

    # What an answer means.

    def _common(self, answer: Answer, now_s: float) -> list[Effect] | None:
        """Handle what means the same for every request; None when it is particular."""
        status = answer.status
        if status == rules.UNAUTHORISED:
            return self._login_refused(now_s)
        if status == rules.NOT_ALLOWED:
            self._not_before_s = now_s + self._policy.login_pause_s
            return self._alarms.sound(rules.FORBIDDEN)
        self._fresh_token = False
        if status is None or status in rules.LATER or retry.is_passing(status):
            self._pause(now_s, retry.retry_after_s(answer.headers))
            # One lost answer is no news; a server that stays away is.
            return self._alarms.sound(rules.OFFLINE) if self._failures > 1 else []
        return None

    def _login_refused(self, now_s: float) -> list[Effect]:
        if not self._fresh_token:
            self._fresh_token = True
            return []
        self._not_before_s = now_s + self._policy.login_pause_s
        return self._alarms.sound(rules.LOGIN)

    def _met(self, answer: Answer, now_s: float) -> list[Effect]:
        server = capability(answer)
        if server is None:
            return self._not_fhir(now_s)
        possible = server.update_create or (server.conditional_create and server.transaction)
        if not possible:
            self._pause(now_s)
            return self._alarms.sound(rules.UNABLE)
        self._composer.server = server
        return self._well()

    def _not_fhir(self, now_s: float) -> list[Effect]:
        self._pause(now_s)
        self._composer.server = None
        return self._alarms.sound(rules.NOT_FHIR)

    def _pause(self, now_s: float, asked_s: float | None = None) -> None:
        self._failures += 1
        self._not_before_s = now_s + retry.pause_s(self._failures, asked_s, self._rng())

    def _transaction_answered(self, answer: Answer, now_s: float) -> list[Effect]:
        job, status = self._jobs[0], answer.status or 0
        found = read_json(answer)
        if status in rules.STORED:
            laid = bundle.layout(job, known=self._composer.held)
            said = bundle.parts(found, len(laid)) if found else None
            if said is None:
                return self._not_fhir(now_s)
            return [*self._well(), *self._took(job, laid, said)]
        if status in rules.NO_SUCH_INTERACTION and self._composer.by_put:
            self._composer.server = Capability(
                update_create=True, conditional_create=False, transaction=False
            )
            self._jobs = deque(one for each in self._jobs for one in each.singles())
            return []
        if found is None or found.get("resourceType") != "OperationOutcome":
            # A proxy's error page tells nothing about our readings.
            if status == rules.TOO_LARGE:
                return self._refused(job, status, "The server takes no request of this size.")
            return self._not_fhir(now_s)
        return [*self._well(), *self._refused(job, status, bundle.reason(found, status))]

    def _took(self, job: Job, laid: bundle.Layout, said: list[Part]) -> list[Effect]:
        """Go through a transaction's answer entry by entry; a batch-like server may mix them."""
        self._jobs.popleft()
        before = len(laid.prerequisites)
        for resource, part in zip(laid.prerequisites, said[:before], strict=True):
            if part.status in rules.STORED:
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
        bad = next((part for _, part in mine if part.status not in rules.STORED), None)
        if bad is not None:
            return self._refused(job, bad.status, bundle.reason(bad.outcome, bad.status), off=True)
        doubtful = tuple(
            one["id"]
            for one, part in mine
            if not bundle.proved(one, part, by_put=self._composer.by_put)
        )
        if doubtful:
            self._checks.append(_Check(job=job, ids=doubtful))
            return []
        return self._done(job)

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
        match rules.verdict(status, self._tries[seq], amends=amends, policy=self._policy):
            case Verdict.LOOK:
                ids = tuple(one["id"] for one in job.resources[0].observations)
                self._checks.append(_Check(job=job, ids=ids))
                return []
            case Verdict.AGAIN_WITH_ALL:
                self._composer.known.clear()
                self._jobs.appendleft(job)
                return []
            case Verdict.AGAIN:
                self._jobs.appendleft(job)
                return []
        del self._tries[seq]
        parked = Park(seqs=job.seqs, code=f"FHIR-{status or 'unclear'}", reason=why)
        return [parked, *self._alarms.sound(rules.REFUSED)]

    def _single_answered(self, answer: Answer, now_s: float) -> list[Effect]:
        job, status = self._jobs[0], answer.status or 0
        found = read_json(answer)
        if status not in rules.STORED:
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
        ours = next(one for one in check.job.resources[0].observations if one["id"] == value)
        if not any(bundle.holds_all(one, ours) for one in matches):
            return [*self._well(), *self._refused(check.job, 0, _UNCHANGEABLE, off=True)]
        if len(check.ids) > 1:
            self._checks.appendleft(_Check(job=check.job, ids=check.ids[1:]))
            return self._well()
        return [*self._well(), *self._done(check.job)]

    def _done(self, job: Job) -> list[Effect]:
        del self._tries[job.seqs[0]]  # a job is one reading once it is done
        return [Acknowledge(seqs=job.seqs)]

    def _remember(self, resource: Json) -> None:
        known = self._composer.known
        known[resource["id"]] = resource
        while len(known) > _MAX_KNOWN:
            del known[next(iter(known))]

    def _well(self) -> list[Effect]:
        """Note that the server answers as a FHIR server should."""
        self._failures = 0
        return self._alarms.calm()

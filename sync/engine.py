"""Decides what to send, and what each answer means: the upload engine, without any I/O.

One request is under way at a time. Every request is idempotent, so an unknown outcome is simply
asked again. The rules are the answer table of the sync reference (`sync/README.md`).
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

from sync import bundle, retry
from sync import policy as rules
from sync.apart import Apart
from sync.bundle import Check, Job, Part
from sync.capability import ONE_BY_ONE, capability, read_json
from sync.compose import Composer
from sync.exchange import Acknowledge, Answer, Effect, Park, Purpose, Request, Send, Wait
from sync.fhir import HubFacts, Json
from sync.pace import Pace
from sync.policy import Policy, Verdict
from sync.record import Entry, Measured

_NO_OFFSETS: Mapping[str, int] = {}


class Engine:
    """The state of one hub's upload. Give it the time and what waits; do what it says."""

    def __init__(
        self,
        *,
        policy: Policy,
        hub: HubFacts,
        zone: tzinfo,
        boot_offsets: Mapping[str, int] = _NO_OFFSETS,
        rng: Callable[[], float] = random.random,
    ) -> None:
        """Start knowing nothing of the server.

        `boot_offsets` may grow while the hub runs: see `sync.fhir.corrected`.
        """
        self._policy, self.pace = policy, Pace(policy, rng)
        self._composer = Composer(policy=policy, hub=hub, zone=zone, boot_offsets=boot_offsets)
        self._jobs: deque[Job] = deque()
        self._checks: deque[Check] = deque()
        self._steps: deque[Json] = deque()  # what is left of a single reading without transactions
        self._unproved: list[str] = []  # of those steps, what the server did not show
        self._apart, self._tries = Apart(), Counter[int]()
        self._unanswered = 0  # times in a row that one job had no outcome

    def next(self, now_s: float, pending: Sequence[Entry]) -> Send | Wait:
        """Return the next request, or how long to wait.

        Parameters
        ----------
        now_s : float
            Seconds on a clock that never jumps.
        pending : sequence of Entry
            What waits in the outbox, the most urgent first.
        """
        if now_s < self.pace.not_before_s:
            return Wait(until_s=self.pace.not_before_s, why="backing off")
        self._composer.fresh_token = self.pace.fresh_token
        asleep = Wait(until_s=now_s + self._policy.idle_s, why="nothing waits")
        if self._composer.server is None:
            if not pending:
                return asleep
            return Send(request=self._composer.capability())
        if self._checks:
            check = self._checks[0]
            return Send(request=self._composer.check(check.job, check.ids[0]))
        if not self._jobs:
            job = self._composer.job(self._apart.choose(pending, now_s))
            if job is None:
                until_s = self._apart.next_s(asleep.until_s)
                return Wait(until_s=until_s, why="backing off") if self._apart else asleep
            self._jobs.append(job)
        return Send(request=self._upload(self._jobs[0]))

    def answer(
        self, request: Request, answer: Answer, now_s: float, *, wall_s: float | None = None
    ) -> list[Effect]:
        """Take the answer to a request; return what to do about it.

        `wall_s` is the hub's time of day, seconds since 1970: by it a wrong clock is found out.
        """
        effects = self.pace.clocks(answer, wall_s)
        common = self._common(request, answer, now_s)
        return effects + (self._own(request.purpose, answer, now_s) if common is None else common)

    def _own(self, purpose: Purpose, answer: Answer, now_s: float) -> list[Effect]:
        match purpose:
            case Purpose.CAPABILITY:
                return self._met(answer, now_s)
            case Purpose.CHECK:
                return self._checked(answer, now_s)
            case Purpose.SINGLE:
                return self._single_answered(answer, now_s)
            case Purpose.TRANSACTION:
                return self._transaction_answered(answer, now_s)
            case _:
                return []  # another one's question

    def _upload(self, job: Job) -> Request:
        server = self._composer.server
        if server is None or server.transaction:
            return self._composer.transaction(job)
        if not self._steps:
            laid = bundle.layout(job, known=self._composer.held)
            self._steps.extend((*laid.prerequisites, *(one for _, one in laid.observations)))
            self._unproved = []
        return self._composer.single(job, self._steps[0])

    def _common(self, request: Request, answer: Answer, now_s: float) -> list[Effect] | None:
        """Handle what means the same for every request; None when it is particular."""
        status = answer.status
        if status == rules.UNAUTHORISED:
            return self.pace.login_refused(now_s)
        if status == rules.NOT_ALLOWED:
            return self.pace.forbidden(now_s)
        self.pace.fresh_token = False
        if status is None or status in rules.LATER or retry.is_passing(status):
            return self._not_now(request, answer, now_s)
        self._unanswered = 0
        return None

    def _not_now(self, request: Request, answer: Answer, now_s: float) -> list[Effect]:
        """Ask again later; what fails time after time makes way for the others."""
        status = answer.status
        suspect = any(entry.seq in self._apart for entry in request.entries)
        if status == rules.FAILED and suspect:
            return self._set_apart(request, now_s + self._policy.apart_s)
        effects = self.pace.not_now(answer, now_s)
        if status in rules.LATER or request.purpose is Purpose.CAPABILITY:
            return effects
        self._unanswered += 1
        if self._unanswered < self._policy.tries and not suspect:
            return effects
        rest_s = self._policy.apart_s if status == rules.FAILED else 0.0
        return [*effects, *self._set_apart(request, self.pace.not_before_s + rest_s)]

    def _set_apart(self, request: Request, until_s: float) -> list[Effect]:
        """Halve what fails time after time; a single reading rests while others go."""
        self._unanswered = 0
        if request.purpose is Purpose.CHECK:
            job = self._checks.popleft().job
        else:
            job = self._jobs.popleft()
            self._steps.clear()
        if len(job.entries) > 1:
            self._jobs.extendleft(reversed(job.halves()))
            return []
        self._apart.add(job.seqs, until_s)
        return self.pace.alarms.sound(rules.FAILING) if until_s > self.pace.not_before_s else []

    def _met(self, answer: Answer, now_s: float) -> list[Effect]:
        server = capability(answer)
        if server is None:
            return self._not_fhir(now_s)
        if not (server.update_create or (server.conditional_create and server.transaction)):
            return self.pace.trouble(rules.UNABLE, now_s)
        self._composer.server = server
        return self.pace.well()

    def _not_fhir(self, now_s: float) -> list[Effect]:
        self._composer.server = None
        self._steps.clear()
        return self.pace.trouble(rules.NOT_FHIR, now_s)

    def _transaction_answered(self, answer: Answer, now_s: float) -> list[Effect]:
        job, status = self._jobs[0], answer.status or 0
        found = read_json(answer)
        if status in rules.STORED:
            laid = bundle.layout(job, known=self._composer.held)
            said = bundle.parts(found, len(laid)) if found else None
            if said is None:
                return self._not_fhir(now_s)
            return [*self.pace.well(), *self._took(job, laid, said)]
        if status in rules.NO_SUCH_INTERACTION and self._composer.by_put:
            self._composer.server = ONE_BY_ONE
            self._jobs = deque(one for each in self._jobs for one in each.singles())
            return []
        if found is None or found.get("resourceType") != "OperationOutcome":
            if status == rules.TOO_LARGE:  # a proxy's page tells nothing else of our readings
                return self._refused(job, status, "The server takes no request of this size.")
            return self._not_fhir(now_s)
        return [*self.pace.well(), *self._refused(job, status, bundle.reason(found, status))]

    def _took(self, job: Job, laid: bundle.Layout, said: list[Part]) -> list[Effect]:
        """Go through a transaction's answer entry by entry; a batch-like server may mix them."""
        self._jobs.popleft()
        for resource, part in zip(laid.prerequisites, said, strict=False):
            if part.status in rules.STORED:
                self._composer.remember(resource)
        effects: list[Effect] = []
        for single, mine in bundle.by_reading(job, laid, said):
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
            self._checks.append(Check(job=job, ids=doubtful))
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
                self._checks.append(Check.of(job))
                return []
            case Verdict.AGAIN_WITH_ALL:
                self._composer.known.clear()
                self._jobs.appendleft(job)
                return []
            case Verdict.AGAIN:
                self._jobs.appendleft(job)
                return []
        parked = Park(seqs=job.seqs, code=f"FHIR-{status or 'unclear'}", reason=why)
        return [parked, *self.pace.alarms.sound(rules.REFUSED), *self._forget(job)]

    def _single_answered(self, answer: Answer, now_s: float) -> list[Effect]:
        job, status = self._jobs[0], answer.status or 0
        found = read_json(answer)
        if found is None and (answer.body.strip() or status not in rules.STORED):
            return self._not_fhir(now_s)
        if status not in rules.STORED:
            return [*self.pace.well(), *self._refused(job, status, bundle.reason(found, status))]
        resource = self._steps.popleft()
        if resource["resourceType"] == "Device":
            self._composer.remember(resource)
        elif found is None or not retry.matching(found, resource["id"]):
            self._unproved.append(resource["id"])
        well = self.pace.well()
        if self._steps:
            return well
        self._jobs.popleft()
        if not self._unproved:
            return [*well, *self._done(job)]
        self._checks.append(Check(job=job, ids=tuple(self._unproved)))
        return well

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
                return [*self.pace.well(), *self._refused(check.job, 0, rules.UNPROVED, off=True)]
            self._tries[check.job.seqs[0]] += 1
            self._jobs.appendleft(check.job)
            return self.pace.well()
        ours = next(one for one in check.job.resources[0].observations if one["id"] == value)
        if not bundle.are_whole(matches, ours, check.job.entries[0].record):
            return [*self.pace.well(), *self._refused(check.job, 0, rules.UNCHANGEABLE, off=True)]
        if len(check.ids) > 1:
            self._checks.appendleft(Check(job=check.job, ids=check.ids[1:]))
            return self.pace.well()
        return [*self.pace.well(), *self._done(check.job)]

    def _done(self, job: Job) -> list[Effect]:
        return [Acknowledge(seqs=job.seqs), *self._forget(job)]

    def _forget(self, job: Job) -> list[Effect]:
        """Forget what was remembered of readings that are done with."""
        for seq in job.seqs:
            del self._tries[seq]
        if not any(seq in self._apart for seq in job.seqs):
            return []
        self._apart.drop(job.seqs)
        return [] if self._apart else self.pace.alarms.end(rules.FAILING)

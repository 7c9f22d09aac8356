"""When the next request may go, and which alarms stand: full-jitter back-off without a clock."""

from __future__ import annotations

from collections.abc import Callable

from sync import policy as rules
from sync import retry
from sync.exchange import Answer, Effect, Fault
from sync.policy import Alarms, Policy
from sync.smart import server_time_s

_UNTRUSTED = {Fault.CERTIFICATE, Fault.CERTIFICATE_TIME}


class Pace:
    """The patience of one hub with one server."""

    def __init__(self, policy: Policy, rng: Callable[[], float]) -> None:
        """Start without any failure; `rng` gives numbers from 0 to 1."""
        self._policy, self._rng = policy, rng
        self._failures = 0
        self._apart = False  # the clocks
        self._silent = False  # the last pause was for want of any answer
        self.alarms = Alarms()
        self.not_before_s = 0.0
        self.fresh_token = False

    def well(self) -> list[Effect]:
        """Note that the server answers as a FHIR server should."""
        self._failures = 0
        return self.alarms.calm()

    def not_now(self, answer: Answer, now_s: float) -> list[Effect]:
        """Wait as long as the server asks, else longer each time."""
        self._pause(now_s, retry.retry_after_s(answer.headers), silent=answer.status is None)
        if answer.status is None and answer.fault in _UNTRUSTED:
            return self.alarms.sound(
                rules.EXPIRED if answer.fault is Fault.CERTIFICATE_TIME else rules.CERTIFICATE
            )
        # One lost answer is no news; a server that stays away is.
        return self.alarms.sound(rules.OFFLINE) if self._failures > 1 else []

    def trouble(self, code: str, now_s: float) -> list[Effect]:
        """Wait longer each time, and tell a person."""
        self._pause(now_s, None, silent=False)
        return self.alarms.sound(code)

    def clocks(self, answer: Answer, wall_s: float | None) -> list[Effect]:
        """Compare the server's Date with the hub's time of day, seconds since 1970."""
        server_s = server_time_s(answer)
        if wall_s is None or server_s is None:
            return []
        self._apart = abs(server_s - wall_s) > self._policy.skew_s
        alarms = self.alarms
        if self._apart:
            return [] if alarms.stands(rules.CLOCK) else alarms.sound(rules.CLOCK)
        return alarms.end(rules.CLOCK)

    def login_refused(self, now_s: float) -> list[Effect]:
        """Ask for a fresh token once; after that only a person can help.

        A login is refused for a wrong clock too: then that is what the person is told.
        """
        if not self.fresh_token:
            self.fresh_token = True
            return []
        return self._stop(rules.CLOCK if self._apart else rules.LOGIN, now_s)

    def forbidden(self, now_s: float) -> list[Effect]:
        """Stop for long: only a person can help."""
        return self._stop(rules.FORBIDDEN, now_s)

    def _stop(self, code: str, now_s: float) -> list[Effect]:
        self._silent = False
        self.not_before_s = now_s + self._policy.login_pause_s
        return self.alarms.sound(code)

    def reachable(self) -> None:
        """Note that a way is open again: what waited for an answer need not wait any longer."""
        if self._silent:
            self._failures, self.not_before_s = 0, 0.0

    def _pause(self, now_s: float, asked_s: float | None, *, silent: bool) -> None:
        self._failures += 1
        self._silent = silent
        longest_s = retry.LONGEST_SILENCE_S if silent else retry.LONGEST_S
        pause_s = retry.pause_s(self._failures, asked_s, self._rng(), longest_s=longest_s)
        self.not_before_s = now_s + pause_s

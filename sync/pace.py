"""When the next request may go, and which alarms stand: full-jitter back-off without a clock."""

from __future__ import annotations

from collections.abc import Callable

from sync import policy as rules
from sync import retry
from sync.exchange import Answer, Effect
from sync.policy import Alarms, Policy


class Pace:
    """The patience of one hub with one server."""

    def __init__(self, policy: Policy, rng: Callable[[], float]) -> None:
        """Start without any failure; `rng` gives numbers from 0 to 1."""
        self._policy, self._rng = policy, rng
        self._failures = 0
        self.alarms = Alarms()
        self.not_before_s = 0.0
        self.fresh_token = False

    def well(self) -> list[Effect]:
        """Note that the server answers as a FHIR server should."""
        self._failures = 0
        return self.alarms.calm()

    def not_now(self, answer: Answer, now_s: float) -> list[Effect]:
        """Wait as long as the server asks, else longer each time."""
        self._pause(now_s, retry.retry_after_s(answer.headers))
        # One lost answer is no news; a server that stays away is.
        return self.alarms.sound(rules.OFFLINE) if self._failures > 1 else []

    def trouble(self, code: str, now_s: float) -> list[Effect]:
        """Wait longer each time, and tell a person."""
        self._pause(now_s, None)
        return self.alarms.sound(code)

    def login_refused(self, now_s: float) -> list[Effect]:
        """Ask for a fresh token once; after that only a person can help."""
        if not self.fresh_token:
            self.fresh_token = True
            return []
        return self._stop(rules.LOGIN, now_s)

    def forbidden(self, now_s: float) -> list[Effect]:
        """Stop for long: only a person can help."""
        return self._stop(rules.FORBIDDEN, now_s)

    def _stop(self, code: str, now_s: float) -> list[Effect]:
        self.not_before_s = now_s + self._policy.login_pause_s
        return self.alarms.sound(code)

    def _pause(self, now_s: float, asked_s: float | None) -> None:
        self._failures += 1
        self.not_before_s = now_s + retry.pause_s(self._failures, asked_s, self._rng())

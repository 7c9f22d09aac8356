"""Keeps the care team's server told how this hub is, while there is nothing else to send. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sync.exchange import Answer, Effect, Purpose, Request
from sync.fhir import encode
from sync.fhir.report import HubReport, report_id, resource_of
from sync.policy import JSON, STORED

EVERY_S = 900.0
"""So often a hub says that it is there."""
CHANGED_S = 120.0
"""So soon at most it says that something changed which a person should know."""
RETRY_S = 120.0
REFUSED_S = 3600.0


class Reporter:
    """Says how the hub is: regularly, and soon after something changed.

    Parameters
    ----------
    hub_id : str
        The hub's own id.
    look : callable
        Returns how the hub is now; called in the upload's thread, may wait for the disk.
    """

    def __init__(self, *, hub_id: str, look: Callable[[], HubReport]) -> None:
        """Start with nothing told."""
        self._hub_id, self._look = hub_id, look
        self._told: HubReport | None = None
        self._asked: HubReport | None = None
        self._look_s, self._due_s = 0.0, 0.0

    def next(self, now_s: float) -> Request | None:
        """Return the next report, None while there is nothing to say. `now_s` never jumps."""
        if now_s < self._look_s:
            return None
        self._look_s = now_s + CHANGED_S
        report = self._look()
        if now_s < self._due_s and self._told is not None and _same(self._told, report):
            return None
        self._asked = report
        return Request(
            purpose=Purpose.REPORT,
            method="PUT",
            path=f"Device/{report_id(self._hub_id)}",
            body=encode(resource_of(report)),
            headers={"accept": JSON, "content-type": JSON},
        )

    def answer(self, _request: Request, answer: Answer, now_s: float) -> list[Effect]:
        """Take the answer; a report that did not arrive is never sent again, a new one is made."""
        if answer.status in STORED:
            self._told, self._due_s = self._asked, now_s + EVERY_S
        elif answer.status is not None and 400 <= answer.status < 500:  # noqa: PLR2004 - RFC 9110
            self._look_s = now_s + REFUSED_S  # somebody may give the hub the right
        else:
            self._look_s = now_s + RETRY_S
        return []


def _same(told: HubReport, now: HubReport) -> bool:
    """Tell whether a person would learn nothing new: numbers and moments move all the time."""
    return _plain(told) == _plain(now)


def _plain(report: HubReport) -> HubReport:
    return replace(
        report,
        at="",
        oldest="",
        waiting=min(report.waiting, 1),
        faults=(),
        meters=tuple(replace(one, heard="", percent=None) for one in report.meters),
    )

"""The way down: what the care team sends is fetched, kept, understood, applied, and confirmed.

Runs in the uploader's turn, between and after readings, over the same link: one request at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from agent.applied import Applied
from agent.status import Status
from sync.exchange import Alarm, Answer, ClearAlarm, Effect, Purpose, Request
from sync.fhir import encode
from sync.fhir.codes import device_id
from sync.fhir.receipt import receipt
from sync.fhir.visit import CANCEL_CODE
from sync.inbox import Inbox, Told, forms_of
from sync.messages import Goal, Message, NotUnderstood, Task, parsed
from sync.messages import Request as Order
from sync.messages.goal import RULE
from sync.policy import BAD, JSON, MISSING, NOT_ALLOWED, STORED
from sync.poll import Found, Poll
from sync.settings import ROTATE_CODE, TASK_CODE
from vitals.errors import HubError

log = logging.getLogger(__name__)

ARRIVED = "It is on the hub."
NO_VISITS = "This hub has no screen, so it has no visits."
NO_CLINIC = "This hub joined no clinic by invitation; its certificates are looked after by hand."
NOT_OURS = "It is for another hub."
_RETRY_S = 60.0
_NO_ROOM, _NOT_OURS = "IN-01", "IN-02"
_OWN_SENDER = "Receipt of a Hearth hub"


class Downlink:
    """Fetches, keeps and confirms; hands on what it understands.

    Parameters
    ----------
    poll, inbox : Poll, Inbox
        What to ask, and where it is kept.
    applied : Applied
        What takes signed settings.
    hub_id, patient : str
        Who this is, and for whom.
    changed : callable
        Called (in the uploader's thread) when something new is on disk.
    """

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        *,
        poll: Poll,
        inbox: Inbox,
        applied: Applied,
        status: Status,
        hub_id: str,
        patient: str,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep the parts; nothing is asked yet."""
        self._poll, self._inbox, self._applied = poll, inbox, applied
        self._status, self._hub_id, self._patient = status, hub_id, patient
        self.changed = changed
        self.cancel: Callable[[str], str] = lambda _: NO_VISITS
        self.rotate: Callable[[], str] = lambda: NO_CLINIC
        self._not_before_s = 0.0
        self._confirming: Told | None = None
        self._leaks: set[str] = set()

    def signers(self) -> Collection[str]:
        """Return whose signatures count on this hub at this moment."""
        return self._applied.signers()

    def nudge(self) -> None:
        """Look at once: the care team has something."""
        self._poll.nudge()

    def messages(self) -> Iterator[Message | NotUnderstood]:
        """Yield everything that is kept, understood or not."""
        for resource in self._inbox.all():
            if not _is_receipt(resource):
                yield parsed(resource)

    def next(self, now_s: float) -> Request | None:
        """Return the next request to make while no reading waits, None when there is none."""
        self._act()
        if now_s >= self._not_before_s:
            for told in self._inbox.unconfirmed():
                self._confirming = told
                return self._receipt(told)
        return self._poll.next(now_s)

    def answer(self, request: Request, answer: Answer, now_s: float) -> list[Effect]:
        """Take the answer; returns when what is new is on disk and applied."""
        if request.purpose is Purpose.CONFIRM:
            return self._confirmed(answer, now_s)
        found = self._poll.answer(request, answer, now_s)
        try:
            new = self._inbox.take(found)
        except HubError as error:
            self._act()
            return [Alarm(code=error.code, sentence=error.message)]
        self._poll.cursors.update(self._inbox.cursors)
        self._poll.want(forms_of(new))
        self._act()
        if new:
            log.info("received kind=%s count=%d", found.kind, len(new))
            self.changed()
        room: list[Effect] = [ClearAlarm(code=_NO_ROOM)] if found.cursor else []
        return room + self._others(found)

    def _others(self, found: Found) -> list[Effect]:
        """Tell of a server that gives what concerns other people, as long as it does."""
        if found.others:
            self._leaks.add(found.kind)
            return [
                Alarm(
                    code=_NOT_OURS,
                    sentence="The server gives this hub other people's orders. It takes none.",
                )
            ]
        if found.resources:
            self._leaks.discard(found.kind)
        return [] if self._leaks else [ClearAlarm(code=_NOT_OURS)]

    def _confirmed(self, answer: Answer, now_s: float) -> list[Effect]:
        refused = answer.status in BAD | MISSING | {NOT_ALLOWED}
        if self._confirming is not None and (answer.status in STORED or refused):
            self._inbox.confirmed(self._confirming)  # refused: nobody wants to know
        else:
            self._not_before_s = now_s + _RETRY_S
        self._confirming = None
        return []

    def _act(self) -> None:
        """Act on what is new, and keep what became of it until the server knows.

        Twice where the power went in between: what is asked here comes to the same the second time.
        """
        for resource in self._inbox.waiting():
            quiet = resource.get("resourceType") == "Questionnaire" or _is_receipt(resource)
            self._inbox.became(resource, "" if quiet else self._became(resource))

    def _became(self, resource: Mapping[str, Any]) -> str:
        message = parsed(dict(resource))
        if isinstance(message, NotUnderstood):
            return f"The hub cannot act on it: {message.path} {message.why}."
        if isinstance(message, Task) and message.code == CANCEL_CODE:
            return self.cancel(dict(message.inputs).get("visit", ""))
        if isinstance(message, Task) and message.code == ROTATE_CODE:
            ours = message.owner in {"", f"Device/{device_id(self._hub_id)}"}
            return self.rotate() if ours else NOT_OURS
        if isinstance(message, Task) and message.code == TASK_CODE:
            return self._ordered(dict(message.inputs))
        return ARRIVED + _beside(message)

    def _ordered(self, inputs: Mapping[str, str]) -> str:
        """Take the list of signers first: the settings may be signed by one who is new on it."""
        told = []
        if "signers" in inputs:
            told.append(self._applied.take_list(inputs["signers"]))
        if "settings" in inputs or not told:
            told.append(self._applied.take(inputs.get("settings", "")))
        return " ".join(told)

    def _receipt(self, told: Told) -> Request:
        made = receipt(
            hub_id=self._hub_id,
            patient=self._patient,
            about=told.reference,
            version=told.version,
            words=told.words,
        )
        return Request(
            purpose=Purpose.CONFIRM,
            method="PUT",
            path=f"Communication/{made['id']}",
            body=encode(made),
            headers={"accept": JSON, "content-type": JSON},
        )


def _beside(message: Message) -> str:
    """Say what a care team would else wait for in vain."""
    if isinstance(message, Goal) and not message.kind:
        return f" It is no rule for the hub: it has no category of {RULE}."
    if isinstance(message, Order) and message.active and message.schedule is None:
        return " It has no time at which it is due, so nobody is asked for it."
    return ""


def _is_receipt(resource: Mapping[str, Any]) -> bool:
    category = resource.get("category")
    texts = [one.get("text") for one in category] if isinstance(category, list) else []
    return _OWN_SENDER in texts

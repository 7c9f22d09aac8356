"""One resource of the care team's, by its type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sync.messages.form import coding_of, items
from sync.messages.goal import goal
from sync.messages.look import MAX_TEXT, Look, WrongError
from sync.messages.schedule import joined, schedule
from sync.messages.values import (
    Appointment,
    CarePlan,
    Coding,
    Communication,
    Goal,
    Message,
    NotUnderstood,
    Question,
    Questionnaire,
    Request,
    Schedule,
    Task,
)

READY_ANSWER = "urn:hearth:ready-answer"
"""The extension of a Communication by which the care team offers an answer to press."""

_ACTIVE, _ANSWERS, _ANSWER = "active", 4, 60
# Appointment.virtualService of FHIR R5, in R4 by HL7's cross-version extension.
_VIRTUAL = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService"


def parsed(resource: object) -> Message | NotUnderstood:
    """Read a resource; what cannot be acted on comes back with where and why."""
    kind, name = "", ""
    try:
        look = Look(resource, "resource")
        kind = look.text("resourceType", "")
        name = look.text("id", "")[:64]
        if kind not in KINDS:
            return NotUnderstood(kind=kind[:64], id=name, path="", why="is nothing a hub acts on")
        look.path = kind
        look.id()
        if look.has("modifierExtension"):
            raise look.wrong("modifierExtension", "may change what all of this means")
        return KINDS[kind](look)
    except WrongError as wrong:
        return NotUnderstood(kind=kind[:64], id=name, path=wrong.path, why=wrong.why)


def _version(look: Look) -> str:
    return look.object("meta").text("versionId", "") if look.has("meta") else ""


def _codings(look: Look, name: str) -> Iterator[Coding]:
    if look.has(name):
        yield from (coding_of(one) for one in look.object(name).objects("coding"))


def _concept_text(look: Look, name: str) -> str:
    if not look.has(name):
        return ""
    displays = [one.display for one in _codings(look, name) if one.display]
    return look.object(name).text("text", displays[0] if displays else "")


def _service_request(look: Look) -> Request:
    if look.flag("doNotPerform"):
        raise look.wrong("doNotPerform", "asks that something be not done")
    _not_as_needed(look)
    return Request(
        kind="ServiceRequest",
        id=look.id(),
        version=_version(look),
        active=look.text("status") == _ACTIVE,
        codes=tuple(_codings(look, "code")),
        text=_concept_text(look, "code"),
        schedule=_occurrence(look),
        details=tuple(_details(look)),
    )


def _details(look: Look) -> Iterator[str]:
    """Yield the codes of orderDetail; what stands there in words alone is told as ""."""
    for concept in look.objects("orderDetail"):
        codes = [coding.text("code", "") for coding in concept.objects("coding")]
        yield from codes or [""]


def _occurrence(look: Look) -> Schedule | None:
    """Return when a request is due: by its timing, or once, at a moment or as a period begins."""
    if look.has("occurrenceTiming"):
        return schedule(look.object("occurrenceTiming"))
    moment = look.moment("occurrenceDateTime")
    if moment is not None:
        return Schedule(events=(moment,))
    start, end = look.period("occurrencePeriod")
    return None if start is None else Schedule(events=(start,), end=end)


def _not_as_needed(look: Look) -> None:
    if look.has("asNeededBoolean") and look.flag("asNeededBoolean"):
        raise look.wrong("asNeededBoolean", "has no time at which it is due")
    if look.has("asNeededCodeableConcept"):
        raise look.wrong("asNeededCodeableConcept", "has no time at which it is due")


def _medication_request(look: Look) -> Request:
    if look.flag("doNotPerform"):
        raise look.wrong("doNotPerform", "asks that something be not done")
    dosages = list(look.objects("dosageInstruction"))
    found: Schedule | None = None
    words = [_concept_text(look, "medicationCodeableConcept")]
    for dosage in dosages:
        _not_as_needed(dosage)
        if len(dosages) > 1 and dosage.has("sequence"):
            raise dosage.wrong("sequence", "is a course of doses, which a hub does not keep")
        words.append(dosage.text("text", ""))
        if dosage.has("timing"):
            found = joined(found, schedule(dosage.object("timing")), dosage)
    return Request(
        kind="MedicationRequest",
        id=look.id(),
        version=_version(look),
        active=look.text("status") == _ACTIVE,
        codes=tuple(_codings(look, "medicationCodeableConcept")),
        text=". ".join(one for one in words if one)[:MAX_TEXT],
        schedule=found,
    )


def _care_plan(look: Look) -> CarePlan:
    start, end = look.period("period")
    activities, references = [], []
    for place, one in enumerate(look.objects("activity")):
        if one.has("reference"):
            references.append(one.reference("reference"))
        elif one.has("detail"):
            activities.append(_activity(one.object("detail"), f"{look.id()}.{place}", look))
    return CarePlan(
        id=look.id(),
        version=_version(look),
        active=look.text("status") == _ACTIVE,
        title=look.text("title", ""),
        activities=tuple(activities),
        references=tuple(references),
        part_of=tuple(one.text("reference", "") for one in look.objects("partOf")),
        start=start,
        end=end,
    )


def _activity(detail: Look, name: str, plan: Look) -> Request:
    return Request(
        kind=detail.text("kind", "ServiceRequest"),
        id=name,
        version=_version(plan),
        active=detail.text("status") in {"not-started", "scheduled", "in-progress"}
        and not detail.flag("doNotPerform"),
        codes=tuple(_codings(detail, "code")),
        text=_concept_text(detail, "code") or detail.text("description", ""),
        schedule=_scheduled(detail),
        about=f"CarePlan/{plan.id()}",
    )


def _scheduled(detail: Look) -> Schedule | None:
    if detail.has("scheduledTiming"):
        return schedule(detail.object("scheduledTiming"))
    start, end = detail.period("scheduledPeriod")
    return None if start is None else Schedule(events=(start,), end=end)


def _task(look: Look) -> Task:
    restriction = look.object("restriction") if look.has("restriction") else look
    start, end = restriction.period("period" if look.has("restriction") else "executionPeriod")
    codes = list(_codings(look, "code"))
    inputs = [
        (_concept_text(one, "type"), str(one.value["valueString"]))
        for one in look.objects("input")
        if one.has("valueString")
    ]
    return Task(
        id=look.id(),
        version=_version(look),
        status=look.text("status"),
        code=codes[0].code if codes else "",
        description=look.text("description", "") or _concept_text(look, "code"),
        focus=look.reference("focus"),
        owner=look.reference("owner"),
        priority=look.text("priority", "routine"),
        start=start,
        end=end,
        authored=look.moment("authoredOn"),
        inputs=tuple(inputs),
    )


def _appointment(look: Look) -> Appointment:
    start = look.moment("start")
    if start is None:
        raise look.wrong("start", "is missing")
    address = ""
    for one in look.objects("extension"):
        if one.text("url", "") == _VIRTUAL:
            for part in one.objects("extension"):
                address = part.text("valueUrl", address)
    return Appointment(
        id=look.id(),
        version=_version(look),
        status=look.text("status"),
        start=start,
        end=look.moment("end"),
        description=look.text("description", ""),
        address=address,
    )


def _communication(look: Look) -> Communication:
    texts = [
        one.text("contentString") for one in look.objects("payload") if one.has("contentString")
    ]
    if not texts:
        raise look.wrong("payload", "has no text")
    return Communication(
        id=look.id(),
        version=_version(look),
        status=look.text("status"),
        text="\n".join(texts)[:MAX_TEXT],
        sent=look.moment("sent"),
        sender=look.object("sender").text("display", "") if look.has("sender") else "",
        priority=look.text("priority", "routine"),
        answers=tuple(_answers(look)),
    )


def _answers(look: Look) -> list[str]:
    """Read the ready answers that a message offers; those past the fourth have no button."""
    offered = (one for one in look.objects("extension") if one.text("url", "") == READY_ANSWER)
    return [one.text("valueString")[:_ANSWER] for one in offered][:_ANSWERS]


def _questionnaire(look: Look) -> Questionnaire:
    found = items(look)
    names = [one.link_id for one in _all(found)]
    if len(names) != len(set(names)):
        raise look.wrong("item", "has two items of one linkId")
    return Questionnaire(
        id=look.id(),
        version=_version(look),
        active=look.text("status") == _ACTIVE,
        title=look.text("title", ""),
        url=look.text("url", ""),
        items=found,
    )


def _all(found: tuple[Question, ...]) -> Iterator[Question]:
    for one in found:
        yield one
        yield from _all(one.items)


def _goal(look: Look) -> Goal:
    return goal(look, _version(look))


KINDS: Mapping[str, Callable[[Look], Message]] = {
    "Appointment": _appointment,
    "CarePlan": _care_plan,
    "Communication": _communication,
    "Goal": _goal,
    "MedicationRequest": _medication_request,
    "Questionnaire": _questionnaire,
    "ServiceRequest": _service_request,
    "Task": _task,
}
"""The resources a hub reads, and how."""

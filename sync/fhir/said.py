"""What a patient says on the screen, as FHIR R4 resources of the hub's own. Pure.

The hub never writes into what the care team wrote: an answer to a task is a Communication about it,
answers to a questionnaire are a QuestionnaireResponse, a permission is a Consent, a photo a
DocumentReference beside the Binary that holds it. Each has an id of its own, so that it is stored
once however often it is sent.
Sources: hl7.org/fhir/R4: communication, questionnaireresponse, consent, documentreference, binary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from sync.fhir.codes import Json, coding, concept, device_id, device_reference
from sync.messages.values import Coding, Question, Questionnaire
from sync.record import logical_id

SYSTEM = "urn:hearth:answer"
TASK = "urn:hearth:task"
_CATEGORY = "Said by the patient on a Hearth hub"
_SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"
_POLICY = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def _decimal(said: str) -> Decimal:
    number = Decimal(said)
    if not number.is_finite():
        raise ValueError
    return number


_VALUE: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "boolean": ("valueBoolean", {"true": True, "false": False}.__getitem__),
    "integer": ("valueInteger", int),
    "decimal": ("valueDecimal", _decimal),
    "date": ("valueDate", lambda said: date.fromisoformat(said).isoformat()),
    "time": ("valueTime", lambda said: time.fromisoformat(said).isoformat(timespec="seconds")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who says it, by which hub, and when (FHIR instant)."""

    hub_id: str
    patient: str
    at: str


def answer_id(hub_id: str, place: str) -> str:
    """Return the logical id of what was said at this place of the hub's queue."""
    return logical_id(SYSTEM, f"{hub_id}|{place}")


def source(hub_id: str) -> str:
    """Return the `meta.source` by which an answer names its hub (FHIR R4, Meta.source)."""
    return f"urn:hearth:device:{device_id(hub_id)}"


def communication(
    who: Speaker, text: str, *, about: Sequence[str] = (), reply_to: str = ""
) -> Json:
    """Return words of the patient: about tasks, or in reply to a message of the care team."""
    found: Json = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [concept(text=_CATEGORY)],
        "subject": {"reference": who.patient},
        "sender": {"reference": who.patient},
        "medium": [concept(text="Screen of a Hearth hub")],
        "sent": who.at,
        "payload": [{"contentString": text}],
        "note": [{"text": f"By hub {who.hub_id}."}],
    }
    if about:
        found["about"] = [{"reference": one} for one in about]
    if reply_to:
        found["inResponseTo"] = [{"reference": reply_to}]
    return found


def response(
    who: Speaker, form: Questionnaire, answers: Mapping[str, Sequence[str]], *, task: str = ""
) -> Json:
    """Return the answers to a questionnaire, in its order and its types.

    Parameters
    ----------
    answers : mapping of linkId to answers
        As the screen writes them: the code of a choice (else its text), "true" or "false", a
        number as typed. One that is no answer of the item's type, because the form was changed
        after it was given, stays as it was written, as a string.
    task : str
        The task that asked for it.
    """
    found: Json = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": form.url or f"Questionnaire/{form.id}",
        "status": "completed",
        "subject": {"reference": who.patient},
        "authored": who.at,
        "author": device_reference(who.hub_id),
        "source": {"reference": who.patient},
    }
    if items := _items(form.items, answers):
        found["item"] = items
    if task:  # R4's basedOn takes no Task
        found["extension"] = [{"url": TASK, "valueReference": {"reference": task}}]
    return found


def _items(items: Sequence[Question], answers: Mapping[str, Sequence[str]]) -> list[Json]:
    found = []
    for item in items:
        below = _items(item.items, answers)
        given = [_value(item, one) for one in answers.get(item.link_id, ())]
        if not given and not below:
            continue
        row: Json = {"linkId": item.link_id}
        if item.text:  # FHIR R4, json: nothing is empty
            row["text"] = item.text
        if given:
            row["answer"] = given
        if below:
            row["item"] = below
        found.append(row)
    return found


def _value(question: Question, said: str) -> Json:
    try:
        if question.type in _VALUE:
            name, made_of = _VALUE[question.type]
            return {name: made_of(said)}
        if question.type == "quantity":
            unit = {"unit": question.unit} if question.unit else {}
            return {"valueQuantity": {"value": _decimal(said), **unit}}
    except (LookupError, ValueError, ArithmeticError):
        return {"valueString": said}
    return _chosen(question, said)


def _chosen(question: Question, said: str) -> Json:
    for option in question.options:
        if isinstance(option.value, Coding) and option.value.code == said:
            one = option.value
            found = coding(one.system, one.code, one.display)
            return {"valueCoding": {name: part for name, part in found.items() if part}}
        if isinstance(option.value, Decimal) and str(option.value) == said:
            return {"valueInteger": int(option.value)}
    return {"valueString": said}


def consent(who: Speaker, topic: str, *, given: bool) -> Json:
    """Return a permission, or that it was taken back: active with permit, or with deny."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept(coding(_SCOPES, "patient-privacy")),
        "category": [concept(text=f"{topic} on a Hearth hub")],
        "patient": {"reference": who.patient},
        "dateTime": who.at,
        "policyRule": concept(coding(_POLICY, "OPTIN" if given else "OPTOUT")),
        "provision": {"type": "permit" if given else "deny", "code": [concept(text=topic)]},
    }


def binary(who: Speaker, jpeg: str) -> Json:
    """Return the octets of a picture, JPEG in base64; who may see the patient may see them."""
    return {
        "resourceType": "Binary",
        "contentType": "image/jpeg",
        "securityContext": {"reference": who.patient},
        "data": jpeg,
    }


def photo(who: Speaker, url: str, *, task: str) -> Json:
    """Return what is known of a picture that the patient took and looked at; `url` holds it."""
    found: Json = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": concept(coding("http://loinc.org", "72170-4", "Photographic image")),
        "subject": {"reference": who.patient},
        "author": [{"reference": who.patient}],
        "date": who.at,
        "content": [{"attachment": {"contentType": "image/jpeg", "url": url}}],
    }
    if task:
        found["context"] = {"related": [{"reference": task}]}
    return found

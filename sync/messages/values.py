"""What the care team sends, as values. Names are FHIR R4's; what a value lacks was not said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal

from vitals.quantity import Quantity
from vitals.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """A code and the system it is of."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often (FHIR Timing): `frequency` times in `period_days`, or, with `months`, in so many.

    `times` are times of day in the patient's zone, `days` are days of the week, 0 for Monday.
    `start` and `end` bound it (`boundsPeriod`), `count` ends it after so many times. With `events`
    it is due at these moments and no others.
    """

    frequency: int = 1
    period_days: Decimal = Decimal(1)
    times: tuple[time, ...] = ()
    days: frozenset[int] = frozenset()
    start: datetime | None = None
    end: datetime | None = None
    months: int = 0
    count: int | None = None
    events: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A measurement or a medicine that is asked for (ServiceRequest, MedicationRequest).

    `kind` is the resource's type; `codes` what is to be measured or taken; `text` says it in words,
    with the dose where it is a medicine. Without a schedule it has no time at which it is due.
    `about` is the resource it stands in, where that is another one (a care plan's activity).
    `details` are the codes of a ServiceRequest's orderDetail; "" for one in words alone.
    """

    kind: str
    id: str
    version: str
    active: bool
    codes: tuple[Coding, ...]
    text: str
    schedule: Schedule | None = None
    about: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePlan:
    """A plan (CarePlan): `activities` are what stands in it in detail, `references` elsewhere.

    `part_of` are the plans that it is a part of.
    """

    id: str
    version: str
    active: bool
    title: str
    activities: tuple[Request, ...] = ()
    references: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to be done (Task): `focus` is what it is about, `status` as FHIR names it.

    `start` and `end` are its period, `authored` is when it was written.
    """

    id: str
    version: str
    status: str
    code: str
    description: str
    focus: str = ""
    owner: str = ""
    priority: str = "routine"
    start: datetime | None = None
    end: datetime | None = None
    authored: datetime | None = None
    inputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A visit (Appointment); `address` is where a video visit takes place, empty for any other."""

    id: str
    version: str
    status: str
    start: datetime
    end: datetime | None
    description: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """A message (Communication): plain text."""

    id: str
    version: str
    status: str
    text: str
    sent: datetime | None = None
    sender: str = ""
    priority: str = "routine"
    answers: tuple[str, ...] = ()  # ready answers that the sender offers, at most four


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of a choice: a coding, a number or words."""

    value: Coding | Decimal | str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When a question is asked (Questionnaire.item.enableWhen): by the answer to another one."""

    question: str
    operator: str  # exists, =, !=, >, <, >=, <=
    answer: bool | Decimal | str | Coding


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One item of a questionnaire; `type` as FHIR names it, `items` those below a group."""

    link_id: str
    type: str
    text: str
    required: bool = False
    repeats: bool = False
    options: tuple[Answer, ...] = ()
    when: tuple[When, ...] = ()
    when_all: bool = True
    least: Decimal | None = None
    most: Decimal | None = None
    unit: str = ""
    codes: tuple[Coding, ...] = ()
    items: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """A form to fill in (Questionnaire); `url` is what an answer refers to."""

    id: str
    version: str
    active: bool
    title: str
    url: str = ""
    items: tuple[Question, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is held against one kind of number (Goal.target).

    A limit: the number is no less than `low` and no more than `high`, or, where it is `strict`, not
    even as much; after `days` within it the hub ends its flag, without `days` never. A rise or
    drift: within `days` it changes by no more than `high`.
    """

    quantities: frozenset[Quantity]
    unit: Unit
    low: Decimal | None = None
    high: Decimal | None = None
    strict: bool = False
    days: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A rule of the care team's (Goal); `kind` is "limit", "rise" or "drift", empty for none."""

    id: str
    version: str
    active: bool
    kind: str
    text: str = ""
    urgent: bool = False
    start: datetime | None = None
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """A resource, or a part of one, that this hub cannot act on; a person should know.

    `path` says where, `why` what; neither holds a value.
    """

    kind: str
    id: str
    path: str
    why: str


Message = Request | CarePlan | Task | Appointment | Communication | Questionnaire | Goal

"""What a home holds, as the screen is told it: tasks, readings, messages, visits, questions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

Short = Annotated[str, Meta(max_length=200)]
Long = Annotated[str, Meta(max_length=8000)]
Name = Annotated[str, Meta(max_length=64)]


class Due(StrEnum):
    """Where a task stands."""

    NOW = "now"
    SOON = "soon"
    DONE = "done"
    LATER = "later"
    MISSED = "missed"
    CANNOT = "cannot"


class Doing(StrEnum):
    """What a task asks for; the screen chooses icon and guide by it."""

    BLOOD_PRESSURE = "blood-pressure"
    GLUCOSE = "glucose"
    WEIGHT = "weight"
    OXYGEN = "oxygen"
    TEMPERATURE = "temperature"
    MEDICINE = "medicine"
    QUESTIONS = "questions"
    PHOTO = "photo"
    CAMERA = "camera"
    OTHER = "other"


class Way(StrEnum):
    """How far the newest readings have come."""

    ALL_THERE = "all-there"
    ON_THE_WAY = "on-the-way"
    NO_NETWORK = "no-network"
    REFUSED = "refused"


class How(StrEnum):
    """What the patient says to a reminder."""

    DONE = "done"
    LATER = "later"
    CANNOT = "cannot"


class Topic(StrEnum):
    """What a patient may allow, and take back."""

    CAMERA = "camera"
    VISITS = "visits"
    PHOTOS = "photos"


class Volume(StrEnum):
    """How loud bells and voice are; never nothing, for a call or a reminder would be lost."""

    QUIET = "quiet"
    MEDIUM = "medium"
    LOUD = "loud"


class CallState(StrEnum):
    """What the screen tells of a call's media."""

    CONNECTED = "connected"
    LOST = "lost"  # for longer than a moment, or failed: another offer is needed
    OVER = "over"  # the patient hung up
    BROKEN = "broken"  # no offer can be made: neither camera nor microphone, or no media at all


class IceServer(Struct, frozen=True, kw_only=True):
    """A STUN or TURN server, as RTCIceServer of WebRTC names its parts."""

    urls: Annotated[list[Short], Meta(max_length=4)]
    username: Short = ""
    credential: Short = ""


class Task(Struct, frozen=True, kw_only=True):
    """One thing that is asked of the patient today."""

    id: Name
    doing: Doing
    title: Short = ""  # the care team's own words; empty: the screen has words of its own
    due: Due
    at: datetime | None = None  # when it is due, or when it was done


class Shown(Struct, frozen=True, kw_only=True):
    """One reading as people read it. `value` is written exactly as measured ("128/82").

    `trend` holds the last values of the same kind, oldest first, for a small line without scale.
    """

    seq: int
    doing: Doing
    value: Name
    unit: Name
    at: datetime
    sent: bool
    trend: Annotated[list[float], Meta(max_length=60)] = []
    doubted: bool = False


class Letter(Struct, frozen=True, kw_only=True):
    """A message of the care team; plain text, whatever it contains."""

    id: Name
    sender: Short
    text: Long
    at: datetime
    seen: bool = False
    answers: Annotated[list[Short], Meta(max_length=4)] = []
    answered: Short = ""


class About(StrEnum):
    """What the hub itself has to say to the patient."""

    LIMIT = "limit"  # a reading is beyond a limit, and the care team was told
    TREND = "trend"  # readings of some days are, and the care team was told
    QUIET = "quiet"  # a meter has not been heard for days
    BATTERY = "battery"  # a meter said that its battery is low
    WAITING = "waiting"  # nothing was measured for days, though the meter was heard
    OFF = "off"  # the hub itself was off
    BOND = "bond"  # a meter and the hub do not know each other any more


class Note(Struct, frozen=True, kw_only=True):
    """A word of the hub's own, until it was looked at; `days` for how long, where that matters.

    `told` is whether the care team's server has the message about it.
    """

    id: Name
    about: About
    doing: Doing
    at: datetime
    days: int = 0
    told: bool = False


class MeterSeen(Struct, frozen=True, kw_only=True):
    """One meter that the hub reads, and when it was heard last; for the care team."""

    name: Short
    heard: datetime | None = None
    battery_low: bool = False


class Appointment(Struct, frozen=True, kw_only=True):
    """A planned visit."""

    id: Name
    title: Short
    who: Short
    at: datetime
    by_video: bool = False


class Option(Struct, frozen=True, kw_only=True):
    """One ready answer."""

    code: Short
    text: Short


class Kind(StrEnum):
    """How a question is answered (FHIR R4 Questionnaire.item.type)."""

    CHOICE = "choice"
    MANY = "many"  # choice with repeats
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DISPLAY = "display"
    DATE = "date"
    TIME = "time"
    TEXT = "text"  # string and text
    OPEN = "open-choice"  # a choice, or words of one's own


class When(Struct, frozen=True, kw_only=True):
    """A condition of another answer (FHIR R4 Questionnaire.item.enableWhen)."""

    question: Short
    operator: Annotated[str, Meta(pattern="^(exists|=|!=|>|<|>=|<=)$")]
    value: Short


class Question(Struct, frozen=True, kw_only=True):
    """One question, one page."""

    id: Short
    text: Short
    kind: Kind
    required: bool = False
    options: Annotated[list[Option], Meta(max_length=40)] = []
    least: float | None = None
    most: float | None = None
    unit: Name = ""
    when: Annotated[list[When], Meta(max_length=10)] = []
    any_of: bool = False


class Form(Struct, frozen=True, kw_only=True):
    """A questionnaire for one task, with the answers that were given before a break."""

    task: Name
    title: Short
    questions: Annotated[list[Question], Meta(max_length=100)]
    answers: dict[str, list[str]] = {}

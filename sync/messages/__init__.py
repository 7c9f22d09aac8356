"""What the care team sends to a home: FHIR resources as small typed values."""

from sync.messages.parse import KINDS, parsed
from sync.messages.values import (
    Answer,
    Appointment,
    CarePlan,
    Coding,
    Communication,
    Message,
    NotUnderstood,
    Question,
    Questionnaire,
    Request,
    Schedule,
    Task,
    When,
)

__all__ = [
    "KINDS",
    "Answer",
    "Appointment",
    "CarePlan",
    "Coding",
    "Communication",
    "Message",
    "NotUnderstood",
    "Question",
    "Questionnaire",
    "Request",
    "Schedule",
    "Task",
    "When",
    "parsed",
]

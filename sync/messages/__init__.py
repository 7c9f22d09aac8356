"""What the care team sends to a home: FHIR resources as small typed values."""

from sync.messages.parse import KINDS, parsed
from sync.messages.values import (
    Answer,
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
    Target,
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
    "Goal",
    "Message",
    "NotUnderstood",
    "Question",
    "Questionnaire",
    "Request",
    "Schedule",
    "Target",
    "Task",
    "When",
    "parsed",
]

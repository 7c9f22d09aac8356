"""A task as a line of a list, and the order of such lines."""

from __future__ import annotations

from agent.screen.messages import Home
from agent.screen.page import Row, Tone
from agent.screen.values import Due, Task
from agent.screen.views.names import title
from agent.screen.views.view import Seen

_ORDER = (Due.NOW, Due.MISSED, Due.SOON, Due.LATER, Due.DONE, Due.CANNOT)
OPEN = frozenset({Due.NOW, Due.MISSED})
"""What can be done this minute."""


def in_order(home: Home | None) -> list[Task]:
    """Return the home's tasks, what is due first."""
    return sorted(home.tasks if home else [], key=lambda task: _ORDER.index(task.due))


def row(task: Task, seen: Seen) -> Row:
    """Return one task as a line."""
    words = seen.words
    time = words.when(task.at, seen.now) if task.at and seen.now else ""
    today = not (task.at and seen.now) or task.at.date() == seen.now.date()
    icon = "check" if task.due is Due.DONE else task.doing.value
    action = f"task:{task.id}" if task.due in {*OPEN, Due.LATER, Due.SOON} else ""
    text = {
        Due.NOW: words("Please do this now"),
        Due.SOON: (words("At {time}", time=time) if today else time)
        if time
        else words("Later today"),
        Due.DONE: words("Done at {time}", time=time) if time else words("Done"),
        Due.LATER: words("Again at {time}", time=time) if time else words("Later today"),
        Due.MISSED: words("Still possible now"),
        Due.CANNOT: words("Not today"),
    }[task.due]
    tone = Tone.DUE if task.due in OPEN else Tone.DONE if task.due is Due.DONE else Tone.PLAIN
    return Row(icon=icon, title=title(task, words), note=text, tone=tone, action=action)

"""Which guide a task begins with."""

from __future__ import annotations

from agent.screen.values import Doing, Task, Topic
from agent.screen.views.form import Asking, begin
from agent.screen.views.photo import Photographing
from agent.screen.views.pressure import Prepare
from agent.screen.views.pulse import Watching
from agent.screen.views.view import Seen, View


def begun(task: Task, seen: Seen) -> View | None:
    """Return the guide of a task; None where the meter alone is enough, or nothing is there yet."""
    match task.doing:
        case Doing.BLOOD_PRESSURE:
            return Prepare(task=task.id)
        case Doing.PHOTO:
            return Photographing(task=task.id, allowed=_may_photograph(seen))
        case Doing.CAMERA:
            return Watching(task=task.id)
        case Doing.QUESTIONS:
            return _questions(task, seen)
        case _:
            return None


def _may_photograph(seen: Seen) -> bool:
    return seen.home is not None and Topic.PHOTOS in seen.home.consents


def _questions(task: Task, seen: Seen) -> Asking | None:
    forms = seen.home.forms if seen.home else []
    return next((begin(form) for form in forms if form.task == task.id), None)

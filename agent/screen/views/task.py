"""One task: do it now, later, or not today. Each is an answer, none is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.screen.messages import Answered, FromHub, Home
from agent.screen.messages import Arrived as Came
from agent.screen.page import Button, Page, Symbol, Tone
from agent.screen.values import Doing, Due, How, Task
from agent.screen.views.arrived import Arrived
from agent.screen.views.begin import begun
from agent.screen.views.names import TIME_FOR
from agent.screen.views.view import Seen, Step, Tell, View
from agent.screen.words import marked

_HINTS: Mapping[Doing, str] = {
    Doing.BLOOD_PRESSURE: marked("The screen guides you."),
    Doing.GLUCOSE: marked("Use your meter. It shows here."),
    Doing.WEIGHT: marked("Shoes off. It shows here."),
    Doing.OXYGEN: marked("Finger in the clip. It shows here."),
    Doing.TEMPERATURE: marked("Use your thermometer. It shows here."),
    Doing.MEDICINE: marked("Have you taken it?"),
    Doing.QUESTIONS: marked("It takes a minute."),
    Doing.PHOTO: marked("The screen guides you."),
    Doing.CAMERA: marked("The screen guides you."),
    Doing.OTHER: "",
}
_GUIDED = frozenset({Doing.BLOOD_PRESSURE, Doing.QUESTIONS, Doing.PHOTO, Doing.CAMERA})
_SAID = frozenset({Doing.MEDICINE, Doing.OTHER})
_HOW: Mapping[str, How] = {"done": How.DONE, "later": How.LATER, "cannot": How.CANNOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTask(View):
    """A task, or the reminder of it."""

    task: Task

    def page(self, seen: Seen) -> Page:
        """Say what it is; a meter's own reading is the proof, so nobody has to claim it."""
        words, doing = seen.words, self.task.doing
        hint = _HINTS[doing]
        return Page(
            name=f"task-{doing.value}",
            heading=self.task.title or words(TIME_FOR[doing]),
            hint=words(hint) if hint else "",
            figure=Symbol(icon=doing.value, tone=Tone.DUE),
            buttons=self._buttons(seen),
            back=words("Back"),
        )

    def _buttons(self, seen: Seen) -> tuple[Button, ...]:
        words = seen.words
        first: tuple[Button, ...] = ()
        if self.task.doing in _GUIDED:
            first = (Button(action="start", label=words("Start"), icon="next", tone=Tone.ACTION),)
        elif self.task.doing in _SAID:
            first = (Button(action="done", label=words("Done"), icon="check", tone=Tone.ACTION),)
        return (
            *first,
            Button(action="later", label=words("Later"), icon="clock"),
            Button(action="cannot", label=words("Not today"), icon="cross"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Begin, or tell the hub what was said."""
        if action == "start":
            view = begun(self.task, seen) or self
            return Step(view=view, effects=view.begins(seen))
        if action in _HOW:
            answer = Answered(task=self.task.id, how=_HOW[action])
            return Step(view=None, effects=(Tell(message=answer),))
        return Step(view=None if action == "back" else self)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Give way to the reading that was asked for; close once the hub calls it done."""
        if isinstance(message, Came) and message.reading.doing is self.task.doing:
            return Step(view=Arrived(reading=message.reading, since_s=seen.at_s))
        if isinstance(message, Home):
            now = [task for task in message.tasks if task.id == self.task.id]
            over = not now or now[0].due in {Due.DONE, Due.CANNOT}
            return Step(view=None if over else OneTask(task=now[0]))
        return None

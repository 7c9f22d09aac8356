"""Today: what is due, what is done, the last readings, and whether the care team has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.screen.messages import Home
from agent.screen.page import Board, Button, Page, Row, Symbol, Tone
from agent.screen.values import Doing, Due, Task
from agent.screen.views import notes
from agent.screen.views.helping import Helping
from agent.screen.views.letters import Letters
from agent.screen.views.lines import OPEN, in_order, row
from agent.screen.views.mine import WasItYou
from agent.screen.views.names import TIME_FOR, card
from agent.screen.views.task import OneTask
from agent.screen.views.tasks import Tasks
from agent.screen.views.view import Seen, Step, View
from agent.screen.views.visits import Visits
from agent.screen.words import Words

_ROOM = 3


@dataclass(frozen=True, slots=True)
class Today(View):
    """The page that everything else returns to."""

    stays = True

    def page(self, seen: Seen) -> Page:
        """Ask for what is due first; else say that all is done, and what comes next."""
        home, words = seen.home, seen.words
        if home is None:
            return Page(
                name="starting",
                heading=words("One moment, please"),
                hint=words("Your hub is starting."),
                figure=Symbol(icon="home", tone=Tone.PLAIN),
            )
        tasks = in_order(home)
        heading, hint = _asked(tasks, seen)
        if not (tasks or home.readings or home.held or home.notes):
            return Page(
                name="today",
                heading=heading,
                figure=Symbol(icon="home", tone=Tone.DONE),
                buttons=_ways(home, words),
                spoken=_spoken(home, heading, words),
            )
        return Page(
            name="today",
            heading=heading,
            hint=hint,
            body=Board(
                rows=_rows(home, tasks, seen),
                cards=tuple(card(one, seen) for one in home.readings),
            ),
            buttons=_ways(home, words),
            spoken=_spoken(home, heading, words),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Open what was pressed."""
        return Step(view=self, opens=opened(action, seen))


def opened(action: str, seen: Seen) -> View | None:
    """Return the view behind one of today's targets."""
    if action in _WAYS:
        return _WAYS[action]
    if seen.home is None:
        return None
    held = [one for one in seen.home.held if action == f"held:{one.seq}"]
    tasks = [task for task in seen.home.tasks if action == f"task:{task.id}"]
    if held:
        return WasItYou(reading=held[0])
    if tasks:
        return OneTask(task=tasks[0])
    return notes.opened(action, seen.home)


_WAYS: Mapping[str, View] = {
    "open:letters": Letters(),
    "open:visits": Visits(),
    "open:help": Helping(),
    "open:tasks": Tasks(),
}


def _asked(tasks: list[Task], seen: Seen) -> tuple[str, str]:
    words = seen.words
    due = [task for task in tasks if task.due in OPEN]
    if len(due) == 1:
        one = due[0]  # "Metformin 500 mg" alone asks for nothing; its row says which medicine
        own = one.title if one.doing is Doing.OTHER else ""
        return own or words(TIME_FOR[one.doing]), ""
    if due:
        return words.count("{n} thing is due", "{n} things are due", len(due)), ""
    following = [task.at for task in tasks if task.due in {Due.SOON, Due.LATER} and task.at]
    if following and seen.now:
        soon = words.when(min(following), seen.now)
        return words("Nothing to do until {time}", time=soon), ""
    if tasks:
        return words("All done for today"), ""
    return words("Nothing to do today"), ""


def _rows(home: Home, tasks: list[Task], seen: Seen) -> tuple[Row, ...]:
    """Show what has room, and say how much more there is."""
    words = seen.words
    asked = tuple(
        Row(
            icon="person",
            title=words("Was this you?"),
            note=f"{words.number(one.value)} {one.unit}",
            tone=Tone.DUE,
            action=f"held:{one.seq}",
        )
        for one in home.held[:1]
    )
    asked = asked or tuple(notes.row(one, words) for one in home.notes[:1])
    room = _ROOM - len(asked)
    if len(tasks) + home.more_tasks <= room:
        return (*asked, *(row(task, seen) for task in tasks))
    more = len(tasks) + home.more_tasks - (room - 1)
    done = sum(task.due is Due.DONE for task in tasks[room - 1 :])
    rest = Row(
        icon="other",
        title=words.count("{n} more", "{n} more", more),
        note=words.count("{n} done", "{n} done", done) if done else "",
        tone=Tone.PLAIN,
        action="open:tasks",
    )
    return (*asked, *(row(task, seen) for task in tasks[: room - 1]), rest)


def _ways(home: Home, words: Words) -> tuple[Button, ...]:
    unseen = sum(not letter.seen for letter in home.letters)
    return (
        Button(action="open:letters", label=words("Messages"), icon="messages", badge=unseen),
        Button(action="open:visits", label=words("Visits"), icon="calendar"),
        Button(action="open:help", label=words("Help"), icon="help"),
    )


def _spoken(home: Home, heading: str, words: Words) -> str:
    unseen = sum(not letter.seen for letter in home.letters)
    if not unseen:
        return heading
    more = words.count("You have {n} new message.", "You have {n} new messages.", unseen)
    return f"{heading}. {more}"

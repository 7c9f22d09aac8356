"""Today: what is due, what is done, the last readings, and whether the care team has them."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.messages import Home
from agent.screen.page import Board, Button, Page, Row, Symbol, Tone
from agent.screen.values import Due, Task
from agent.screen.views.names import TIME_FOR, card, title
from agent.screen.views.view import Seen, Step, View
from agent.screen.words import Words

_ORDER = (Due.NOW, Due.MISSED, Due.SOON, Due.LATER, Due.DONE, Due.CANNOT)
_ROOM = 3
_OPEN = frozenset({Due.NOW, Due.MISSED})


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
        tasks = sorted(home.tasks, key=lambda task: _ORDER.index(task.due))
        heading, hint = _asked(tasks, seen)
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
    """Return the view behind one of today's buttons."""
    del action, seen
    return None


def _asked(tasks: list[Task], seen: Seen) -> tuple[str, str]:
    words = seen.words
    due = [task for task in tasks if task.due in _OPEN]
    if len(due) == 1:
        return (words(TIME_FOR[due[0].doing]) if not due[0].title else due[0].title), ""
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
    if len(tasks) + home.more_tasks <= _ROOM:
        return tuple(row(task, seen) for task in tasks)
    more = len(tasks) + home.more_tasks - (_ROOM - 1)
    done = sum(task.due is Due.DONE for task in tasks[_ROOM - 1 :])
    words = seen.words
    rest = Row(
        icon="other",
        title=words.count("{n} more", "{n} more", more),
        note=words.count("{n} done", "{n} done", done) if done else "",
        tone=Tone.PLAIN,
        action="open:tasks",
    )
    return (*(row(task, seen) for task in tasks[: _ROOM - 1]), rest)


def row(task: Task, seen: Seen) -> Row:
    """Return one task as a line."""
    words = seen.words
    time = words.when(task.at, seen.now) if task.at and seen.now else ""
    today = not (task.at and seen.now) or task.at.date() == seen.now.date()
    icon = "check" if task.due is Due.DONE else task.doing.value
    action = f"task:{task.id}" if task.due in {*_OPEN, Due.LATER, Due.SOON} else ""
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
    tone = Tone.DUE if task.due in _OPEN else Tone.DONE if task.due is Due.DONE else Tone.PLAIN
    return Row(icon=icon, title=title(task, words), note=text, tone=tone, action=action)


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

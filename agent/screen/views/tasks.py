"""All of today's tasks, three a page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.page import Button, Page, Rows
from agent.screen.views.lines import in_order, row
from agent.screen.views.task import OneTask
from agent.screen.views.view import Seen, Step, View

_A_PAGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks(View):
    """The whole list."""

    at: int = 0

    def page(self, seen: Seen) -> Page:
        """List them, what is due first."""
        words, tasks = seen.words, in_order(seen.home)
        rows = tuple(row(task, seen) for task in tasks[self.at : self.at + _A_PAGE])
        more = Button(action="more", label=words("More"), icon="down")
        return Page(
            name="tasks",
            heading=words("Today"),
            body=Rows(rows=rows),
            buttons=(more,) if len(tasks) > _A_PAGE else (),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Open one, or turn the page."""
        tasks = in_order(seen.home)
        if action == "more":
            following = self.at + _A_PAGE
            return Step(view=replace(self, at=following if following < len(tasks) else 0))
        found = [task for task in tasks if action == f"task:{task.id}"]
        if found:
            return Step(view=self, opens=OneTask(task=found[0]))
        return Step(view=None if action == "back" else self)

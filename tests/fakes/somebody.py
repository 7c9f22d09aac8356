"""Somebody at the screen, without the glass: the model, layout and hands of the real program.

Joined to a running hub by its real socket. What is pressed is found on the laid-out page, by touch
or by two buttons.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from agent.screen import hands, model
from agent.screen.hands import Hands
from agent.screen.messages import FromHub, Home, encoded
from agent.screen.model import Done, Model
from agent.screen.qt.gallery import SIZES, scene_of
from agent.screen.shapes import Scene
from agent.screen.sight import Snapped
from agent.screen.values import About, Doing, Task
from agent.screen.views.view import Look, Tell
from agent.screen.wire import Lines

LIMIT_S = 60.0


class Handy(Protocol):
    """Who presses: by hand on the laid-out page."""

    hands: Hands
    at_s: float

    @property
    def scene(self) -> Scene:
        """Return the page as it lies on the glass."""

    def acted(self, action: str) -> None:
        """Do what a target stands for."""


@dataclass
class Somebody:
    """The patient at the screen: everything the program does, but for painting."""

    hand: Callable[[Somebody, str], None]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    at_s: float = 0.0
    model: Model = field(default_factory=lambda: Model(at_s=0.0))
    hands: Hands = field(default_factory=Hands)
    lines: Lines[FromHub] = field(default_factory=lambda: Lines(FromHub))
    noted: set[About] = field(default_factory=set)  # the hub's own words that came up

    @property
    def scene(self) -> Scene:
        return scene_of(self.model, SIZES[0])[0]

    @property
    def offered(self) -> list[str]:
        return [target.action for target in self.scene.targets]

    def take(self, done: Done) -> None:
        name = self.model.page.name
        self.model, effects = done
        for effect in effects:
            if isinstance(effect, Tell):
                self.writer.write(encoded(effect.message))
            elif effect == Look(what="keep"):
                self.take(model.saw(self.model, Snapped(jpeg="AAAA"), self.at_s))
        if self.model.page.name != name:
            self.hands = hands.new_page(self.hands, self.at_s, keep_focus=self.hands.focus >= 0)

    def tasks(self, doing: Doing | None = None) -> list[Task]:
        """Return what the hub said is asked today, of one kind or all."""
        tasks = self.model.home.tasks if self.model.home is not None else []
        return [task for task in tasks if doing in {None, task.doing}]

    async def listen(self) -> None:
        """Take whatever the hub says."""
        while octets := await self.reader.read(65536):
            for message in self.lines.feed(octets):
                if not self.model.connected:
                    self.take(model.connected(self.model, self.at_s, is_there=True))
                self.take(model.told(self.model, message, self.at_s))
                if isinstance(message, Home):
                    self.noted |= {note.about for note in message.notes}

    async def until(self, *pages: str) -> None:
        """Wait for a page; the screen's own clock runs a little faster than the wall's."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                while self.model.page.name not in pages:
                    await asyncio.sleep(0.01)
                    self.wait(0.05)
        assert self.model.page.name in pages

    def wait(self, seconds: float) -> None:
        self.at_s += seconds
        self.take(model.ticked(self.model, self.at_s))

    def press(self, *actions: str) -> None:
        for action in actions:
            self.at_s += 1
            self.hand(self, action)

    def acted(self, action: str) -> None:
        self.take(model.pressed(self.model, action, self.at_s))

    async def back_home(self) -> None:
        """Close whatever lies on top, as somebody does who wants to see today."""
        async with asyncio.timeout(LIMIT_S):
            while not self.model.page.name.startswith("today"):
                if "back" in self.offered:
                    self.press("back")
                await asyncio.sleep(0.02)

    async def open(self, doing: Doing) -> None:
        """Open a task from today, or from the list behind it."""
        async with asyncio.timeout(LIMIT_S):
            while not (found := self.tasks(doing)):  # noqa: ASYNC110 - a hub that tells nobody else
                await asyncio.sleep(0.02)
        await self.back_home()
        (name,) = (f"task:{task.id}" for task in found)
        if name not in self.offered:
            self.press("open:tasks")
        for _ in range(4):
            if name in self.offered:
                break
            self.press("more")
        self.press(name)


def touch(who: Handy, action: str) -> None:
    """Press the middle of a target."""
    (rect,) = [one.rect for one in who.scene.targets if one.action == action]
    x, y = rect.x + rect.w / 2, rect.y + rect.h / 2
    who.hands = hands.touched(who.hands, who.scene, x, y, who.at_s)
    who.hands, pressed = hands.released(who.hands, who.scene, x, y, who.at_s + 0.1)
    assert pressed == action
    who.acted(pressed)


def two_buttons(who: Handy, action: str) -> None:
    """Press the first button until the target has the focus, then the second."""
    targets = who.scene.targets
    if who.hands.focus < 0:
        who.hands = hands.stepped(who.hands, who.scene)
    for _ in targets:
        if targets[who.hands.focus].action == action:
            break
        who.hands = hands.stepped(who.hands, who.scene)
    pressed = hands.chosen(who.hands, who.scene, who.at_s)
    assert pressed == action
    who.acted(pressed)

"""The real program on a real display, pressed by a hand: touch, two buttons, a hub that goes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from agent.display.desk import ScreenDesk
from agent.screen.messages import Answered, FromScreen, Home, Mine
from agent.screen.model import Model
from agent.screen.qt.gallery import scene_of, without_display
from agent.screen.shapes import Scene
from agent.screen.values import Doing, Due, How, Shown, Task
from agent.screen.views.task import OneTask
from agent.screen.views.today import Today
from agent.screen.views.view import View
from tests.fakes.glass import Glass, Program, glass, screen

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
PILL = Task(id="pill", doing=Doing.MEDICINE, due=Due.NOW, title="Metformin 500 mg")
HELD = Shown(seq=7, doing=Doing.WEIGHT, value="61.2", unit="kg", at=NOW, sent=False)
HOME = Home(now=NOW, tasks=[PILL], held=[HELD])
LIMIT_S = 120.0


@pytest.fixture(scope="module")
def display() -> Iterator[Glass]:
    with glass() as one:
        yield one


class Hub:
    """A hub's desk that can be switched off and on."""

    def __init__(self, path: Path) -> None:
        self.heard: asyncio.Queue[FromScreen] = asyncio.Queue()
        self._path = path
        self._running: asyncio.Task[None] | None = None
        self.greeted = asyncio.Event()

    def _home(self) -> Home:
        self.greeted.set()
        return HOME

    def _hear(self, message: FromScreen, done: Callable[[], None]) -> None:
        self.heard.put_nowait(message)
        done()

    def on(self) -> None:
        desk = ScreenDesk(self._path, self._home, self._hear)
        self._running = asyncio.create_task(desk.run())

    async def off(self) -> None:
        assert self._running is not None
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running
        self.greeted.clear()

    async def says(self) -> FromScreen:
        async with asyncio.timeout(LIMIT_S):
            return await self.heard.get()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    one = Hub(tmp_path / "screen.sock")
    one.on()
    yield one
    await one.off()


def _scene(*views: View) -> Scene:
    without_display()
    model = Model(at_s=0.0, home=HOME, connected=True, views=(Today(), *views))
    return scene_of(model, (800, 480))[0]


async def _touch(on: Glass, program: Program, scene: Scene, action: str) -> None:
    (rect,) = [target.rect for target in scene.targets if target.action == action]
    x, y = rect.x + rect.w / 2, rect.y + rect.h / 2
    await asyncio.to_thread(program.after, lambda: on.touch(x, y))


async def _keys(on: Glass, program: Program, *names: str) -> None:
    for name in names:
        await asyncio.to_thread(program.after, partial(on.key, name))


async def test_a_reminder_is_answered_by_touch(hub: Hub, display: Glass, tmp_path: Path) -> None:
    with screen(display, tmp_path / "screen.sock") as program:
        async with asyncio.timeout(LIMIT_S):
            await hub.greeted.wait()
        await asyncio.to_thread(display.window)
        await _touch(display, program, _scene(), "task:pill")
        await _touch(display, program, _scene(OneTask(task=PILL)), "done")

        assert await hub.says() == Answered(task="pill", how=How.DONE)


async def test_two_buttons_reach_everything(hub: Hub, display: Glass, tmp_path: Path) -> None:
    """The first button moves on, the second chooses: N and Enter."""
    with screen(display, tmp_path / "screen.sock") as program:
        async with asyncio.timeout(LIMIT_S):
            await hub.greeted.wait()
        await asyncio.to_thread(display.window)
        await _keys(display, program, "n", "Return", "n", "Return")
        assert await hub.says() == Mine(seq=7, mine=False)

        await _keys(display, program, "n", "Return", "n", "Return")
        assert await hub.says() == Answered(task="pill", how=How.LATER)


async def test_an_answer_given_while_the_hub_restarts_is_told_afterwards(
    hub: Hub, display: Glass, tmp_path: Path
) -> None:
    with screen(display, tmp_path / "screen.sock") as program:
        async with asyncio.timeout(LIMIT_S):
            await hub.greeted.wait()
        await asyncio.to_thread(display.window)
        await _keys(display, program, "n")
        await hub.off()
        await _touch(display, program, _scene(), "task:pill")
        await _touch(display, program, _scene(OneTask(task=PILL)), "cannot")
        assert hub.heard.empty()
        hub.on()

        assert await hub.says() == Answered(task="pill", how=How.CANNOT)


async def test_the_program_ends_when_it_is_told_to(display: Glass, tmp_path: Path) -> None:
    with screen(display, tmp_path / "nobody.sock") as program:
        await asyncio.to_thread(display.window)
        program.process.terminate()

        assert await asyncio.to_thread(program.process.wait, LIMIT_S) == 0

"""A visit on the real screen program: pressed, seen, told to the hub, and ended by a signal."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

from agent.display.desk import ScreenDesk
from agent.screen.messages import (
    Calling,
    Dial,
    FromHub,
    FromScreen,
    HangUp,
    Home,
    Offered,
    Remote,
    Ring,
    Visit,
)
from agent.screen.model import Model
from agent.screen.qt.gallery import scene_of, without_display
from agent.screen.shapes import Image
from agent.screen.values import CallState, Topic
from agent.screen.views.incall import THEIRS, begin
from agent.screen.views.ringing import Ringing
from agent.screen.views.today import Today
from agent.screen.views.view import Seen, View
from agent.screen.words import words
from agent.visit.media.news import Standing, State
from tests.fakes.clinician import Clinician
from tests.fakes.glass import Glass, glass

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
HOME = Home(now=NOW, consents=[Topic.CAMERA])
RING = Ring(id="v1", who="Dr Hoffmann", role="Heart clinic")
DIAL = Dial(visit="v1", call="c1", who="Dr Hoffmann", vitals=True)
FOUR = ["river", "lamp", "bread", "stone"]
LIMIT_S, PRESSED_S = 120.0, 15.0
RINGS_S = 1.0  # a press before the page has stood for a moment counts for nothing


@pytest.fixture(scope="module")
def display() -> Iterator[Glass]:
    with glass() as one:
        yield one


class Visited:
    """A screen that is called, a hub's desk for it, and everything it says."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "screen.sock"
        self.said: list[FromScreen] = []
        self.greeted = asyncio.Event()
        self.desk = ScreenDesk(self.socket, self._home, self._hear)

    def _home(self) -> Home:
        self.greeted.set()
        return HOME

    def _hear(self, message: FromScreen, done: Callable[[], None]) -> None:
        self.said.append(message)
        done()

    def tell(self, message: FromHub) -> None:
        self.desk.tell(message)

    async def until(self, there: Callable[[], object]) -> None:
        end = time.monotonic() + LIMIT_S
        while not there():
            assert time.monotonic() < end, [type(one).__name__ for one in self.said]
            await asyncio.sleep(0.02)

    async def says(self, kind: type[FromScreen]) -> FromScreen:
        await self.until(lambda: any(isinstance(one, kind) for one in self.said))
        return next(one for one in self.said if isinstance(one, kind))


@contextlib.asynccontextmanager
async def visited(on: Glass, folder: Path) -> AsyncIterator[tuple[Visited, Process]]:
    one = Visited(folder)
    running = asyncio.create_task(one.desk.run())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.proofs.visit_screen", str(one.socket), env=on.environment
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            await one.greeted.wait()
        await asyncio.to_thread(on.window)
        yield one, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def press(on: Glass, action: str, *views: View) -> None:
    """Touch what a page has at the place it has there."""
    without_display()
    model = Model(at_s=0.0, home=HOME, connected=True, views=(Today(), *views))
    targets = scene_of(model, (800, 480))[0].targets
    (rect,) = [target.rect for target in targets if target.action == action]
    await asyncio.to_thread(on.press, rect.x + rect.w / 2, rect.y + rect.h / 2)


async def pressed(on: Glass, done: asyncio.Task[Any], action: str, *views: View) -> None:
    """Touch until something is done, again where a busy machine had not painted the page yet."""
    while not done.done():
        await press(on, action, *views)
        await asyncio.wait([done], timeout=PRESSED_S)
    await done


def in_call() -> View:
    seen = Seen(home=HOME, words=words("en"), now=NOW, at_s=0.0)
    view, _ = begin(DIAL, seen)
    _ = view.saw(State(call="c1", standing=Standing.LIVE, theirs=True), seen)
    found = view.saw(State(call="c1", standing=Standing.LIVE, theirs=True), seen).view
    assert found is not None
    return found


async def called(on: Glass, one: Visited, them: Clinician) -> None:
    """Ring, answer by touch, and bring the call about."""
    one.tell(RING)
    await asyncio.sleep(RINGS_S)
    said = asyncio.create_task(one.says(Visit))
    await pressed(on, said, "yes", Ringing(ring=RING, since_s=0.0, rang_s=0.0))
    assert said.result() == Visit(id="v1", accepted=True)
    one.tell(DIAL)
    offered = await one.says(Offered)
    assert isinstance(offered, Offered)
    one.tell(Remote(call="c1", sdp=await them.answer(offered.sdp), words=FOUR))
    await one.until(lambda: Calling(call="c1", state=CallState.CONNECTED) in one.said)


def shot(on: Glass, path: Path) -> QImage:
    """Return what is on the display."""
    subprocess.run(
        ["import", "-window", "root", str(path)], env=on.environment, check=True, timeout=LIMIT_S
    )
    return QImage(str(path))


def of_theirs(image: QImage) -> set[str]:
    """Return the colours seen along the middle of the other side's picture."""
    without_display()
    model = Model(at_s=0.0, home=HOME, connected=True, views=(Today(), in_call()))
    shapes = scene_of(model, (800, 480))[0].shapes
    (place,) = [one.rect for one in shapes if isinstance(one, Image) and one.name == THEIRS]
    row = round(place.y + place.h / 2)
    return {image.pixelColor(x, row).name() for x in range(round(place.x), round(place.right), 8)}


async def test_a_press_brings_the_clinician_onto_the_glass_and_another_ends_it(
    display: Glass, tmp_path: Path
) -> None:
    them = Clinician()
    async with visited(display, tmp_path) as (one, process):
        await called(display, one, them)
        await one.until(lambda: len(them.seen) > 20)
        # aiortc's VideoStreamTrack is one dull green: nothing else on the page has it.
        await one.until(lambda: _greenish(of_theirs(shot(display, tmp_path / "call.png"))))
        over = one.until(lambda: Calling(call="c1", state=CallState.OVER) in one.said)
        await pressed(display, asyncio.create_task(over), "no", in_call())
        await one.until(lambda: them.pc.connectionState == "closed")
        assert process.returncode is None
    await them.close()


def _greenish(colours: set[str]) -> bool:
    def is_green(name: str) -> bool:
        red, green, blue = (int(name[at : at + 2], 16) for at in (1, 3, 5))
        return green > red + 40 and green > blue + 40

    return any(map(is_green, colours))


async def test_a_hub_that_hangs_up_switches_the_camera_off(display: Glass, tmp_path: Path) -> None:
    them = Clinician()
    async with visited(display, tmp_path) as (one, _):
        await called(display, one, them)
        one.tell(HangUp(visit="v1", why="bye"))
        await one.until(lambda: them.pc.connectionState == "closed")
    await them.close()


async def test_a_signal_in_a_call_ends_it_and_the_program(display: Glass, tmp_path: Path) -> None:
    """aiortc alone was seen to stay alive after SIGTERM with a call open."""
    them = Clinician()
    async with visited(display, tmp_path) as (one, process):
        await called(display, one, them)
        await one.until(lambda: them.seen)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LIMIT_S):
            assert await process.wait() == 0
        await one.until(lambda: them.pc.connectionState == "closed")
    await them.close()

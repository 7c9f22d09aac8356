"""The hub's side of the screen, over its real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.display.desk import ScreenDesk, inherited, until_due_s
from agent.screen.messages import Answered, FromScreen, Home
from agent.screen.values import Doing, Due, How, Task

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
HELLO = b'{"type":"hello","version":3}\n'
LIMIT_S = 90.0


class Hub:
    """A desk at work, and what it heard."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "screen.sock"
        self.heard: asyncio.Queue[FromScreen] = asyncio.Queue()
        self.waiting = 0
        self.desk = ScreenDesk(self.path, self._home, self._hear)

    def _hear(self, message: FromScreen, done: Callable[[], None]) -> None:
        self.heard.put_nowait(message)
        done()

    def _home(self) -> Home:
        return Home(now=NOW, waiting=self.waiting)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(LIMIT_S):
            while not self.path.exists():  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
            return await asyncio.open_unix_connection(self.path)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    one = Hub(tmp_path)
    running = asyncio.create_task(one.desk.run())
    yield one
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _line(reader: asyncio.StreamReader) -> dict[str, object]:
    async with asyncio.timeout(LIMIT_S):
        found: dict[str, object] = json.loads(await reader.readline())
    return found


async def _greeted(hub: Hub) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await hub.connect()
    assert (await _line(reader))["version"] == 3
    writer.write(HELLO)
    return reader, writer


async def test_a_screen_is_told_the_home_and_again_when_it_changed(hub: Hub) -> None:
    reader, writer = await _greeted(hub)
    first = await _line(reader)
    hub.waiting = 3
    hub.desk.changed()
    second = await _line(reader)

    assert (first["type"], first["now"]) == ("home", "2026-11-23T08:05:00Z")
    assert second["waiting"] == 3
    writer.close()


async def test_what_the_patient_answers_is_heard(hub: Hub) -> None:
    reader, writer = await _greeted(hub)
    writer.write(b'{"type":"answered","task":"t1","how":"done"}\n')

    async with asyncio.timeout(LIMIT_S):
        assert await hub.heard.get() == Answered(task="t1", how=How.DONE)
        while (found := await _line(reader))["type"] != "heard":
            continue
    assert found["number"] == 1
    writer.close()


async def test_a_screen_of_another_version_hears_ours_and_no_home(hub: Hub) -> None:
    reader, writer = await hub.connect()
    writer.write(b'{"type":"hello","version":999}\n')

    assert await _line(reader) == {"type": "hello", "version": 3, "software": ""}
    async with asyncio.timeout(LIMIT_S):
        assert await reader.read() == b""
    writer.close()


async def test_nonsense_is_hung_up_on_and_the_next_screen_served(hub: Hub) -> None:
    reader, writer = await _greeted(hub)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(LIMIT_S):
        await reader.read()
    writer.close()

    reader, writer = await _greeted(hub)
    assert (await _line(reader))["type"] == "home"
    writer.close()


async def test_a_screen_that_never_reads_is_let_go_while_others_are_told(hub: Hub) -> None:
    _, deaf = await _greeted(hub)
    reader, writer = await _greeted(hub)
    for _ in range(300):
        hub.desk.tell(Home(now=NOW, patient="x" * 200, waiting=1))
        await asyncio.sleep(0)
        await _line(reader)

    hub.waiting = 5
    hub.desk.changed()
    found = await _line(reader)
    while found.get("waiting") != 5:
        found = await _line(reader)
    deaf.close()
    writer.close()


async def test_a_socket_left_by_a_hub_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "screen.sock"))
    left.close()
    hub = Hub(tmp_path)
    running = asyncio.create_task(hub.desk.run())
    async with asyncio.timeout(LIMIT_S):
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                reader, writer = await hub.connect()
                break
            await asyncio.sleep(0.01)

    assert (await _line(reader))["type"] == "hello"
    writer.close()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert not hub.path.exists()


def test_a_socket_of_systemd_is_only_taken_when_it_is_meant_for_this_process() -> None:
    """sd_listen_fds(3): LISTEN_PID must be our own."""
    assert inherited({}) is None
    assert inherited({"LISTEN_PID": "1", "LISTEN_FDS": "1"}) is None
    assert inherited({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "0"}) is None


@pytest.mark.parametrize(
    ("due", "in_s", "wait_s"),
    [
        (Due.SOON, 7.0, 7.0),
        (Due.LATER, 7.0, 7.0),
        (Due.SOON, 3600.0, 20.0),
        (Due.SOON, -5.0, 0.5),  # the hub is a moment late; it does not turn in circles
        (Due.DONE, 7.0, 20.0),
        (Due.NOW, 7.0, 20.0),
    ],
)
def test_a_home_is_told_anew_when_the_next_thing_is_due(
    due: Due, in_s: float, wait_s: float
) -> None:
    """ "Nothing to do until 15:00" is not to stand there at 15:01."""
    now = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)
    task = Task(id="t", doing=Doing.MEDICINE, due=due, at=now + timedelta(seconds=in_s))
    assert until_due_s(Home(now=now, tasks=[task])) == wait_s
    assert until_due_s(Home(now=now)) == 20.0

"""The hub's side of the screen: a Unix socket, told anew when anything changed.

Only small typed messages pass (`agent.screen.messages`). What a screen says is handed on as it is;
who hears it decides. A screen that does not read loses its line, never the hub its time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

from agent.screen import wire
from agent.screen.messages import VERSION, FromHub, FromScreen, Heard, Hello, Home, encoded
from agent.screen.values import Due
from vitals.errors import HubError, LinkError

log = logging.getLogger(__name__)

_MOST_SCREENS = 2
_CHUNK = 64 * 1024
_HELLO_LIMIT_S = 5.0
_WRITE_LIMIT_S = 5.0
_REFRESH_S, _SOONEST_S = 20.0, 0.5
_QUEUE = 64
_GROUP_MODE = 0o660

Hear = Callable[[FromScreen, Callable[[], None]], None]
"""Takes what a screen says, and what to call once it is done: the screen then forgets it."""


class ScreenDesk:
    """Serves the home's screens until cancelled."""

    def __init__(
        self,
        path: Path,
        home: Callable[[], Home],
        hear: Hear,
        present: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Keep where to listen, who tells the home (it may block), and who hears answers.

        `present` is told how many screens there are, whenever that changed.
        """
        self._present = present
        self._path, self._home, self._hear_it = path, home, hear
        self._screens: set[asyncio.Queue[FromHub | None]] = set()
        self._changed = asyncio.Event()
        self._open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    def tell(self, message: FromHub) -> None:
        """Tell every screen; one that is 64 messages behind is hung up on. On the loop's thread."""
        for queue in self._screens:
            if queue.full():
                queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(message)

    def changed(self) -> None:
        """Say that the home is not what it was. On the loop's thread."""
        self._changed.set()

    async def run(self) -> None:
        """Listen; a socket left by a hub that was killed is taken over."""
        given = inherited()
        server = await self._server(given)
        wait_s = _REFRESH_S
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._changed.wait()
                self._changed.clear()
                if self._screens:
                    home = await asyncio.to_thread(self._home)
                    self.tell(home)
                    wait_s = until_due_s(home)
        finally:
            server.close()  # and no more: from Python 3.12 on it would wait for the screens to go
            await self._hang_up()
            if given is None:
                self._path.unlink(missing_ok=True)

    async def _hang_up(self) -> None:
        serving = [task for task in self._open if task is not None]
        for writer in self._open.values():
            writer.transport.abort()
        if serving:
            await asyncio.wait(serving, timeout=_WRITE_LIMIT_S)

    async def _server(self, given: socket.socket | None) -> asyncio.Server:
        if given is not None:
            return await asyncio.start_unix_server(self._serve, sock=given)
        self._path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, self._path)
        self._path.chmod(_GROUP_MODE)
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        self._open[me] = writer
        try:
            if len(self._screens) >= _MOST_SCREENS:
                return
            await _send(writer, Hello(version=VERSION))
            lines = wire.at_hub()
            early: list[FromScreen] = []  # what came in one piece with its hello
            async with asyncio.timeout(_HELLO_LIMIT_S):
                while not lines.greeted:
                    early = await _heard(reader, lines)
            await self._talk(reader, writer, lines, early)
        except (HubError, LinkError) as error:
            log.warning("screen hung up on code=%s", error.code)
        except (TimeoutError, OSError, EOFError) as error:
            log.info("screen gone error=%s", type(error).__name__)
        finally:
            self._open.pop(me, None)
            writer.close()

    async def _talk(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        lines: wire.Lines[FromScreen],
        messages: list[FromScreen],
    ) -> None:
        queue: asyncio.Queue[FromHub | None] = asyncio.Queue(_QUEUE)
        self._screens.add(queue)
        self._present(len(self._screens))
        speaking = asyncio.create_task(_speak(queue, writer))
        self.changed()
        count = 0

        def done() -> None:
            nonlocal count
            count += 1
            if not queue.full():
                queue.put_nowait(Heard(number=count))

        try:
            while True:
                for message in messages:
                    self._hear_it(message, done)
                messages = await _heard(reader, lines)
        finally:
            self._screens.discard(queue)
            self._present(len(self._screens))
            speaking.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, TimeoutError):
                await speaking


def until_due_s(home: Home) -> float:
    """Return how long a home is true as it was told: until something becomes due, at most 20 s."""
    waiting = (one.at for one in home.tasks if one.at and one.due in {Due.SOON, Due.LATER})
    first_s = min(((at - home.now).total_seconds() for at in waiting), default=_REFRESH_S)
    return min(max(first_s, _SOONEST_S), _REFRESH_S)


async def _heard(reader: asyncio.StreamReader, lines: wire.Lines[FromScreen]) -> list[FromScreen]:
    octets = await reader.read(_CHUNK)
    if not octets:
        raise EOFError
    return lines.feed(octets)


async def _speak(queue: asyncio.Queue[FromHub | None], writer: asyncio.StreamWriter) -> None:
    try:
        while (message := await queue.get()) is not None:
            await _send(writer, message)
    finally:
        writer.transport.abort()  # whoever still listens on this line hears its end


async def _send(writer: asyncio.StreamWriter, message: FromHub) -> None:
    writer.write(encoded(message))
    async with asyncio.timeout(_WRITE_LIMIT_S):
        await writer.drain()


def inherited(environment: dict[str, str] | None = None) -> socket.socket | None:
    """Return the socket that systemd made (sd_listen_fds(3)), None where it made none."""
    found = dict(os.environ) if environment is None else environment
    if found.get("LISTEN_PID") != str(os.getpid()) or found.get("LISTEN_FDS") != "1":
        return None
    return socket.socket(fileno=os.dup(_FIRST_FD))


_FIRST_FD = 3  # SD_LISTEN_FDS_START

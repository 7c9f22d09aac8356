"""A call, on a thread and an asyncio loop of its own, so that the screen stays quick.

Every method may be called from any thread and returns at once; what comes of it is told by `told`,
which is called from the call's thread. Camera and microphone are opened by `dial` and by nothing
else: the screen dials only after the patient's yes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from av import VideoFrame

from agent.visit.media import note
from agent.visit.media.news import IceServer, Measured, News
from agent.visit.media.pixels import Mirror
from agent.visit.media.session import Session
from agent.visit.media.sound import Sound
from agent.visit.media.watch import OpenCamera

log = logging.getLogger(__name__)

_START_S, _CLOSE_S = 5.0, 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a call is made with.

    `sound` makes microphone and loudspeaker, or None on a machine without; `theirs` and `mine` take
    pictures of the other side and of this one. All are called from the call's own threads.
    """

    open_camera: OpenCamera
    sound: Callable[[], Sound | None]
    told: Callable[[News], None]
    theirs: Callable[[VideoFrame], None]
    mine: Callable[[Mirror], None]
    relay: bool = False


class Call:
    """The media of visits, one at a time."""

    def __init__(self, means: Means) -> None:
        """Prepare; nothing is opened."""
        self._means = means
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Session | None = None
        self._thread: threading.Thread | None = None

    @property
    def is_on(self) -> bool:
        """Tell whether a visit is on: whether camera and microphone may be open."""
        return self._thread is not None

    def dial(self, call: str, servers: Sequence[IceServer], *, vitals: bool) -> None:
        """Open camera and microphone, and make an offer; `told` has it when it is ready.

        In a visit that is on, another connection is made beside the one before, which ends once
        the new one stands. `vitals` allows estimates of pulse and breathing to be told.
        """
        if self._thread is None or not self._thread.is_alive():
            self._start(vitals=vitals)
        self._do(lambda session: session.dial(call, servers))

    def answer(self, call: str, sdp: str) -> None:
        """Take the other side's answer to a call's offer."""
        self._do(lambda session: session.answer(call, sdp))

    def mute(self, *, muted: bool) -> None:
        """Keep the microphone's sound from going out, or let it."""
        self._do(lambda session: session.mute(muted=muted))

    def show(self, *, shown: bool) -> None:
        """Switch the camera itself off or on."""
        self._do(lambda session: session.show(shown=shown))

    def louder(self, by: int) -> None:
        """Make the other side louder or, below 0, quieter, by so many steps."""
        self._do(lambda session: session.louder(by))

    def mention(self, reading: Measured) -> None:
        """Tell the other side of a reading that was asked for in the call."""
        told = note.Reading(
            id=str(reading.number),
            what=reading.what,
            value=reading.value,
            unit=reading.unit,
            at=reading.at.isoformat(),
            sent="yes" if reading.sent else "no",
        )
        self._do(lambda session: session.mention(told))

    def hang_up(self) -> None:
        """End the visit; camera and microphone are off when this returns."""
        thread, loop, session = self._thread, self._loop, self._session
        self._thread = self._loop = self._session = None
        if thread is None or loop is None or session is None:
            return
        with contextlib.suppress(RuntimeError):  # it has ended by itself, and its loop is closed
            loop.call_soon_threadsafe(session.end)
        thread.join(_CLOSE_S)
        if thread.is_alive():
            log.error("a visit did not end in time")

    def _start(self, *, vitals: bool) -> None:
        ready = threading.Event()

        async def run() -> None:
            self._session = Session(self._means, vitals=vitals)
            self._loop = asyncio.get_running_loop()
            ready.set()
            await self._session.run()

        self._thread = threading.Thread(
            target=lambda: asyncio.run(run()), name="visit", daemon=True
        )
        self._thread.start()
        ready.wait(_START_S)

    def _do(self, act: Callable[[Session], None]) -> None:
        session, loop = self._session, self._loop
        if session is not None and loop is not None:
            with contextlib.suppress(RuntimeError):  # as in `hang_up`
                loop.call_soon_threadsafe(act, session)

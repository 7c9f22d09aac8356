"""One visit on the call's loop: its connections, what they are fed, and how they are kept up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING

from av import AudioFrame, VideoFrame
from msgspec.structs import replace

from agent.visit.media import note
from agent.visit.media.ladder import TICK_S, step
from agent.visit.media.news import IceServer, Offer, Redial, Standing, State
from agent.visit.media.peer import Ends, Peer
from agent.visit.media.pixels import Mirror
from agent.visit.media.redial import Calling, Do, tick
from agent.visit.media.sound import to_mono
from agent.visit.media.watch import Lookout
from vitals.errors import LinkError

if TYPE_CHECKING:
    from agent.visit.media.call import Means
    from vitals.rppg.frame import TimedFrame

_TELL_S = 1.0
_NO_PICTURE_S = 2.0
_OWN_EVERY = 5  # of the camera's pictures are shown to the patient, as in a mirror
_ENDED = {"failed", "closed"}


class Session:
    """What is on between the patient's yes and the end of the visit. Lives on one loop."""

    def __init__(self, means: Means, *, vitals: bool) -> None:
        """Make it; `run` opens camera and microphone."""
        self._means, self._loop = means, asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._lookout = Lookout(means.open_camera, self._camera_gave, vitals=vitals)
        self._sound = means.sound()
        self._mono = to_mono()
        self._peers: dict[str, Peer] = {}
        self._current = self._newest = ""
        self._calling = Calling()
        self._ear = note.Ear()
        self._here = note.Here(vitals=vitals)
        self._there = note.There()
        self._state = State()
        self._picture_at_s = float("-inf")
        self._arrived = self._pictures = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def dial(self, call: str, servers: Sequence[IceServer]) -> None:
        """Make a connection and its offer."""
        self._task(self._dial(call, servers))

    def answer(self, call: str, sdp: str) -> None:
        """Give the answer to the connection that asked for it, if it is still there."""
        if call in self._peers:
            self._task(self._answer(self._peers[call], sdp))

    def mute(self, *, muted: bool) -> None:
        """Mute the microphone, or not."""
        self._here = replace(self._here, muted=muted)
        self._settle()

    def show(self, *, shown: bool) -> None:
        """Switch the camera on or off."""
        self._here = replace(self._here, camera=shown)
        self._settle()
        act = self._lookout.open if shown else self._lookout.close
        self._loop.run_in_executor(None, act)

    def louder(self, by: int) -> None:
        """Change how loud the other side is."""
        if self._sound is not None:
            self._sound.louder(by)

    def mention(self, told: note.Reading) -> None:
        """Tell the other side of a reading."""
        for peer in self._peers.values():
            peer.say(told)

    def end(self) -> None:
        """End the visit."""
        self._ended.set()

    async def run(self) -> None:
        """Keep the visit up until it is ended; then close everything that was opened."""
        self._lookout.open()
        if self._sound is not None:
            self._sound.open(self._microphone_gave)
        try:
            await self._keep_up()
        finally:
            await self._close()

    async def _keep_up(self) -> None:
        last_s, told_s = self._loop.time(), 0.0
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._ended.wait()
            now_s = self._loop.time()
            await self._tick(now_s - last_s)
            last_s = now_s
            if now_s - told_s >= _TELL_S:
                told_s = now_s
                self._tell()

    async def _tick(self, passed_s: float) -> None:
        for peer in self._peers.values():
            line = await peer.feedback.line(passed_s)
            if peer.state == "connected":
                peer.arrived += line.heard
                before, now = peer.picture.ladder, step(peer.picture.ladder, line)
                peer.picture.ladder = now
                peer.feedback.sends(now.rung.bitrate, less=now.at < before.at)
        self._swap()
        current = self._peers.get(self._current)
        arrived = current.arrived if current else 0
        heard, self._arrived = arrived > self._arrived, arrived
        failed = bool(self._peers) and all(one.state in _ENDED for one in self._peers.values())
        self._calling, do = tick(self._calling, passed_s, heard=heard, failed=failed)
        if do is Do.DIAL:
            self._means.told(Redial(call=self._newest))
        elif do is Do.DROP:
            self._drop(but=self._current)
        elif do is Do.GIVE_UP:
            self._ended.set()
        self._say(over=do is Do.GIVE_UP)

    def _swap(self) -> None:
        """Use the newest connection as soon as it stands, and end the others."""
        newest = self._peers.get(self._newest)
        if newest is not None and newest.state == "connected" and self._current != self._newest:
            self._current, self._arrived = self._newest, -1
            self._drop(but=self._newest)

    def _drop(self, *, but: str) -> None:
        for call in [one for one in self._peers if one != but]:
            self._task(self._peers.pop(call).close())
        self._newest = but

    async def _dial(self, call: str, servers: Sequence[IceServer]) -> None:
        ends = Ends(picture=self._theirs, sound=self._heard, note=self._noted)
        for old in [one for one in self._peers if one not in {self._current, call}]:
            self._task(self._peers.pop(old).close())
        peer = Peer(servers, ends, relay=self._means.relay)
        self._peers[call], self._newest = peer, call
        self._settle()
        try:
            sdp = await peer.offer()
        except LinkError:
            sdp = ""
        self._means.told(Offer(call=call, sdp=sdp))

    async def _answer(self, peer: Peer, sdp: str) -> None:
        with contextlib.suppress(LinkError):  # whoever answers nonsense is dialled again
            await peer.answer(sdp)

    def _settle(self) -> None:
        for peer in self._peers.values():
            peer.voice.muted = self._here.muted
            peer.picture.shown = self._here.camera

    def _tell(self) -> None:
        """Tell the other side, once a second, what is estimated and how things are here."""
        self._here = replace(
            self._here,
            camera_fault=self._lookout.fault,
            microphone=self._sound is not None and not self._sound.fault,
        )
        vitals = self._lookout.vitals()
        for peer in self._peers.values():
            peer.say(self._here)
            if vitals is not None:
                peer.say(vitals)

    def _say(self, *, over: bool) -> None:
        """Tell the screen how the call stands, whenever that is another than before."""
        sound = self._sound
        standing = Standing.LIVE if self._calling.stood else Standing.CONNECTING
        standing = Standing.LOST if self._calling.lost else standing
        state = State(
            call=self._current or self._newest,  # of the one that stands, until another does
            standing=Standing.OVER if over else standing,
            camera_fault=self._lookout.fault if self._here.camera else "",
            sound_fault="VISIT-32" if sound is None else sound.fault,
            theirs=self._there.camera and self._loop.time() - self._picture_at_s < _NO_PICTURE_S,
            they_mute=self._there.muted,
        )
        if state != self._state:
            self._state = state
            self._means.told(state)

    def _theirs(self, frame: VideoFrame) -> None:
        self._picture_at_s = self._loop.time()
        self._means.theirs(frame)

    def _heard(self, frame: AudioFrame) -> None:
        if self._sound is not None:
            for mono in self._mono.resample(frame):
                self._sound.play(bytes(mono.planes[0])[: 2 * mono.samples])

    def _noted(self, message: object) -> None:
        self._there = self._ear.hear(message, self._loop.time()) or self._there

    def _camera_gave(self, frame: TimedFrame) -> None:
        """Hand a picture to the others, and now and then to the patient; on the camera's thread."""
        self._pictures += 1
        if self._pictures % _OWN_EVERY == 0:
            self._means.mine(Mirror(bgr=frame.bgr))
        for peer in tuple(self._peers.values()):
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                peer.picture.put(frame)

    def _microphone_gave(self, block: bytes) -> None:
        with contextlib.suppress(RuntimeError):  # as above
            self._loop.call_soon_threadsafe(self._put_sound, block)

    def _put_sound(self, block: bytes) -> None:
        for peer in self._peers.values():
            peer.voice.put(block)

    def _task(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self) -> None:
        await asyncio.gather(*(peer.close() for peer in self._peers.values()))
        self._peers.clear()
        if self._sound is not None:
            self._sound.close()
        await asyncio.to_thread(self._lookout.close)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_TELL_S)

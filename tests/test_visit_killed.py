"""The agent or the screen killed in a call: real programs, and what everybody else is left with.

FHIR server, broker, bridge, `hearth run` and `hearth screen` are what a home and a clinic run; the
page is one without a browser, with real media (aiortc) behind it. Only the camera is made up: a
film, and a file that is open as long as the camera is.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from agent.visit.messages import Answer, Bye, Ended, InCall, Join, Offer, Redial, Ringing, Why
from tests.fakes.clinician import Clinician
from tests.fakes.glass import Glass, glass
from tests.fakes.program import HubProgram
from tests.fakes.pulse import Pulse, pulse
from tests.fakes.visited import Visited, at_home, clinic
from tests.fakes.visitor import Visitor

LIMIT_S = 120.0
AGAIN_S = 5.0  # between two joins of a page; fewer than the hub's 20 a minute
PRESSED_S = 15.0
ANSWER = (220, 432)


async def until(there: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not there():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


def holders(path: Path) -> list[str]:
    """Return the processes that have a file open (proc(5))."""
    found = []
    for file in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if file.readlink() == path:
                found.append(file.parts[2])
    return found


@dataclasses.dataclass
class Programs:
    """A clinic, and a home of two programs."""

    home: Visited
    folder: Path
    on: Glass
    sound: Pulse
    settings: Path
    link: str

    @property
    def camera(self) -> Path:
        return self.folder / "video0"

    def agent(self) -> HubProgram:
        return HubProgram(self.folder, self.settings, "unix:path=/nowhere")

    @contextlib.asynccontextmanager
    async def screen(self) -> AsyncIterator[Process]:
        assert self.home.parts.display is not None
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.proofs.visit_screen"),
            *(str(self.home.parts.display.path), str(self.camera)),
            env={**self.sound.environment, **self.on.environment, **_sound(self.sound)},
        )
        try:
            await asyncio.to_thread(self.on.window)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()

    def is_heard(self) -> bool:
        """Tell whether anybody has the microphone or the loudspeaker."""
        outputs, inputs = ("source-outputs", "sink-inputs")
        return bool(
            self.sound.run("list", "short", outputs) + self.sound.run("list", "short", inputs)
        )

    async def is_let_go(self) -> None:
        """Wait until nobody has camera, microphone or loudspeaker."""
        await until(lambda: not holders(self.camera) and not self.is_heard())

    async def ended(self, page: Visitor) -> None:
        """End the visit, and see that nothing of it is left but one Encounter, finished."""
        await page.say(Bye)
        assert (await page.hear(Ended)).why is Why.BYE
        await self.is_let_go()
        over = await self.home.on_server("Encounter", status="finished")
        assert [one["status"] for one in over["statusHistory"]] == [
            "planned",
            "arrived",
            "in-progress",
        ]
        assert len(await asyncio.to_thread(self.home.all, "Encounter")) == 1


def _sound(server: Pulse) -> dict[str, str]:
    return {name: value for name, value in server.environment.items() if "PULSE" in name}


@contextlib.asynccontextmanager
async def programs(folder: Path) -> AsyncIterator[Programs]:
    """Run the clinic; prepare a home whose patient allows visits and has an invitation."""
    with clinic(folder, by_mqtt=True) as there:
        async with at_home(there) as home:
            home.allow()
            link = home.link()
        with glass() as on, pulse() as sound:
            found = Programs(home, folder, on, sound, written(folder, home), link)
            found.camera.touch()
            yield found


def written(folder: Path, home: Visited) -> Path:
    """Write the home's settings as its care team would."""
    one, path = home.config, folder / "hearth.toml"
    path.write_text(
        f'[hub]\nid = "{one.hub.id}"\ntenant = "{one.hub.tenant}"\n'
        f'state_dir = "{one.hub.state_dir}"\nsigners = {list(one.hub.signers)}\n'
        f'[patient]\nreference = "{one.patient.reference}"\n'
        f'[fhir]\nbase_url = "{one.fhir.base_url}"\n'
        f'[mqtt]\nhost = "{one.mqtt.host}"\nport = {one.mqtt.port}\n'
        f'bridge_key = "{one.mqtt.bridge_key}"\n'
        "[radio]\nenabled = false\n[screen]\nenabled = true\n",
        encoding="utf-8",
    )
    return path


async def offered(there: Programs, page: Visitor) -> Offer:
    """Have the patient touch Yes, again where a busy machine had not painted it yet."""
    await page.joined()
    await page.hear(Ringing)
    said_yes = asyncio.create_task(there.home.on_server("Encounter", status="arrived"))
    async with asyncio.timeout(LIMIT_S):
        while not said_yes.done():
            await asyncio.to_thread(there.on.press, *ANSWER)
            await asyncio.wait([said_yes], timeout=PRESSED_S)
    return await page.hear(Offer)


async def answered(page: Visitor, offer: Offer) -> Clinician:
    """Answer an offer, and see the patient."""
    them = Clinician()
    await page.say(Answer, call=offer.call, sdp=await them.answer(offer.sdp))
    await until(lambda: them.seen and them.heard)
    return them


async def goes_on(them: Clinician) -> None:
    """Wait for many more pictures than have come."""
    last = them.seen[-1]
    await until(lambda: all(one is not last for one in them.seen[-20:]))


async def joined_again(page: Visitor) -> InCall:
    """Join as a page does whose hub says nothing: again and again."""
    await page.knock()
    hearing = asyncio.create_task(page.hear(InCall))
    async with asyncio.timeout(LIMIT_S):
        while not hearing.done():
            await page.say(Join)
            await asyncio.wait([hearing], timeout=AGAIN_S)
    return hearing.result()


async def test_an_agent_that_is_killed_leaves_the_call_up_and_goes_on_with_it(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as there, there.agent() as agent, there.screen() as screen:
        page = Visitor(there.link)
        async with page.opened():
            offer = await offered(there, page)
            first = await answered(page, offer)
            await there.home.on_server("Encounter", status="in-progress")

        await agent.kill()
        await goes_on(first)  # picture and sound need no agent
        await until(lambda: holders(there.camera) == [str(screen.pid)])

        async with there.agent(), page.opened():
            assert (await joined_again(page)).call == offer.call
            await page.say(Redial, call=offer.call)  # as if its end had failed meanwhile
            anew = await page.hear(Offer)
            assert anew.call != offer.call
            second = await answered(page, anew)
            await until(lambda: first.pc.connectionState == "closed")
            await there.ended(page)
        await first.close()
        await second.close()


async def test_a_screen_that_is_killed_lets_camera_and_microphone_go_and_is_dialled_again(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as there, there.agent():
        page = Visitor(there.link)
        async with there.screen() as screen:
            async with page.opened():
                offer = await offered(there, page)
                first = await answered(page, offer)
            await until(there.is_heard)
            await until(lambda: holders(there.camera) == [str(screen.pid)])
            screen.kill()
            await there.is_let_go()

        async with there.screen(), page.opened():
            await page.joined()
            anew = await page.hear(Offer)  # without another ring: the patient has said yes
            assert anew.call != offer.call
            second = await answered(page, anew)
            await until(lambda: holders(there.camera))
            await there.ended(page)
        assert not [one for one in page.heard if isinstance(one, Ringing)][1:]
        await first.close()
        await second.close()

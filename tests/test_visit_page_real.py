"""A whole visit between real parts: browser, bridge, broker, hub, FHIR server, and a real screen.

The clinician presses in Chromium and in Firefox; the patient touches `hearth screen` on a display.
Only the camera is made up.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from agent.clock import HubClock
from agent.screen.values import Topic
from sync.record import measured
from tests.browser import clinician, drive
from tests.browser.clinician import view
from tests.browser.drive import Browser, Page
from tests.fakes.glass import Glass, glass
from tests.fakes.records import blood_pressure
from tests.fakes.visited import PATIENT, Visited, visited
from vitals.reading import Timing

_SEEN = f"{view('call')} && document.getElementById('remote').videoWidth > 0"
_ANSWER = (220, 432)
_LIMIT_S = 90.0
_PAINTED_S, _HEARD_S = 1.0, 15.0


@contextlib.contextmanager
def screen(on: Glass, socket: Path) -> Iterator[None]:
    """Run the patient's screen with a film for a camera."""
    command = [sys.executable, "-m", "tests.proofs.visit_screen", str(socket)]
    with subprocess.Popen(command, env=on.environment) as program:
        try:
            on.window()
            yield
        finally:
            program.terminate()
            program.wait(_LIMIT_S)


async def measure(home: Visited) -> None:
    """Have the patient measure: 128 over 82, stored and shown as `agent.ingest` does."""
    parts = home.parts
    assert parts.display is not None
    timing = Timing(received=HubClock()(), live=True)
    record = measured(replace(blood_pressure().reading, timing=timing), PATIENT)
    seq = (await asyncio.wrap_future(parts.outbox.put(record))).seq
    parts.display.shown(record, seq, False)  # noqa: FBT003 - as ingest calls it


async def answer(on: Glass, page: Page) -> None:
    """Touch Yes, again while a busy machine has not painted it yet, and wait for the picture."""
    rings = "document.body.innerText.includes('Ringing')"
    async with asyncio.timeout(8 * _HEARD_S):
        while await page.value(rings):
            await asyncio.sleep(_PAINTED_S)
            await asyncio.to_thread(on.press, *_ANSWER)
            with contextlib.suppress(drive.BrowserError):
                await page.wait(f"!{rings}", within_s=_HEARD_S)  # No is where Yes was
    await page.wait(_SEEN)


async def returned(page: Page) -> None:
    """Load the page anew in the middle of the call, and go back to the visit."""
    await page.reload()
    await page.wait("!document.querySelector('main').ariaBusy")
    if await page.value("document.getElementById('ask').checkVisibility()"):
        await page.click("#ask")
    await page.wait_for("Return to the visit")
    await page.click("#call")
    await page.wait(_SEEN)


async def test_a_visit_from_the_link_to_the_finished_encounter(
    browser: Browser, tmp_path: Path
) -> None:
    async with visited(tmp_path, by_mqtt=True, camera=True) as home:
        assert home.parts.display is not None
        home.allow()
        home.parts.display.book.consent(Topic.CAMERA, given=True)
        with glass() as on, screen(on, home.parts.display.path):
            page = await clinician.checked(browser, home.link())
            await page.click("#call")
            await page.wait_for("Ringing")
            await answer(on, page)
            assert len((await page.text("#words")).split()) == 4
            await home.on_server("Encounter", status="in-progress")
            await page.wait("document.querySelector('.vitals [data-show]').checkVisibility()")

            await returned(page)
            await clinician.ask_pressure(page)
            await page.wait_for("Asked.")
            await home.on_server("Task", status="requested")
            await measure(home)
            await page.wait_for("stored in your FHIR system")
            shown = await page.text("#readings")
            await page.click("#end")
            await page.wait_for("Nothing was recorded")
            await home.on_server("Encounter", status="finished")
            assert await page.said() == []
            await page.close()
    assert "mmHg" in shown

"""A first visit: the demo with its screen, a real browser, and what the README promises."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.demo.server import every
from agent.screen.messages import Home, Ring
from agent.screen.model import Model
from agent.screen.qt.gallery import scene_of, without_display
from agent.screen.theme import BASE_HEIGHT
from agent.screen.views.ringing import Ringing
from agent.screen.views.today import Today
from tests.browser import drive
from tests.browser.clinician import ask_pressure, checked, view
from tests.fakes.glass import Glass, glass

LIMIT_S, PRESSED_S = 120.0, 15.0
PULSE_S = 400.0  # no number is shown while too few pictures come, as where a machine is busy
SIZE = (1024, 600)
NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)


class Demo:
    """`hearth demo --screen`, running."""

    def __init__(self, on: Glass, *words: str) -> None:
        self.said = ""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "agent.cli.main", "demo", "--screen", *words],
            stdout=subprocess.PIPE,
            text=True,
            env={**on.environment, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line

    def found(self, pattern: str) -> str:
        end = time.monotonic() + LIMIT_S
        while (found := re.search(pattern, self.said)) is None:
            assert self._process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.1)
        return found[1]

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            self._process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise


@pytest.fixture
def display() -> Iterator[Glass]:
    with glass("1024x600x24") as one:
        yield one


async def press_yes(on: Glass) -> None:
    """Touch "Answer" at the place it has on the laid-out page."""
    without_display()
    ring = Ringing(ring=Ring(id="v", who="Dr. Weber", role="Your doctor"), since_s=0.0, rang_s=0.0)
    home = Home(now=NOW)
    model = Model(at_s=0.0, home=home, connected=True, views=(Today(), ring))
    (rect,) = [one.rect for one in scene_of(model, SIZE)[0].targets if one.action == "yes"]
    pixels = SIZE[1] / BASE_HEIGHT
    across, down = rect.x + rect.w / 2, rect.y + rect.h / 2
    await asyncio.to_thread(on.press, across * pixels, down * pixels)


async def answered(on: Glass, page: drive.Page) -> None:
    """Touch "Answer" until it rings no more, again where a busy machine had not painted it yet."""
    rings = "document.body.innerText.includes('Ringing')"
    silence = asyncio.create_task(page.wait(f"!{rings}", LIMIT_S))
    while not silence.done():
        await press_yes(on)
        await asyncio.wait([silence], timeout=PRESSED_S)
    await silence


async def test_a_new_user_visits_the_demos_patient_and_sees_a_reading_arrive(
    display: Glass, tmp_path: Path
) -> None:
    demo = Demo(display, "--link", "mqtt")
    with contextlib.closing(demo), drive.browser("chromium") as browser:
        address = await asyncio.to_thread(demo.found, r"Video visit: open (\S+) in a browser")
        base_url = await asyncio.to_thread(demo.found, r"FHIR server: (\S+)")
        await asyncio.to_thread(display.window)
        page = await checked(browser, address)
        await page.click("#call")
        await page.wait_for("Ringing")
        await answered(display, page)
        await page.wait(
            f"{view('call')} && document.getElementById('remote').videoWidth > 0", LIMIT_S
        )
        words_here = await page.text("#words")
        assert len(words_here.split()) == 4
        await page.wait("document.getElementById('pulse').textContent.match(/[0-9]/)", PULSE_S)
        await ask_pressure(page)
        there = r"document.body.innerText.match(/Blood pressure: ([0-9]+\/[0-9]+) mmHg/)"
        await page.wait(there, LIMIT_S)
        shown = await page.value(f"{there}[1]")
        await page.picture(tmp_path / "page.png")
        await asyncio.to_thread(shot, display, tmp_path / "screen.png")
        await page.click("#end")
        await page.wait_for("Nothing was recorded")
        (encounter,) = await asyncio.to_thread(on_server, base_url, "Encounter", "finished")
        assert encounter["class"]["code"] == "VR"
        tasks = await asyncio.to_thread(on_server, base_url, "Task", "requested")
        assert [one["code"]["coding"][0]["code"] for one in tasks] == ["85354-9"]
        assert shown in await asyncio.to_thread(pressures, base_url)
        await page.close()


def pressures(base_url: str) -> set[str]:
    """Return every blood pressure on the server, as people write it."""
    found = set()
    for one in every(base_url, "Observation"):
        parts = {
            coding["code"]: part["valueQuantity"]["value"]
            for part in one.get("component", [])
            for coding in part["code"]["coding"]
            if "valueQuantity" in part
        }
        if {"8480-6", "8462-4"} <= parts.keys():
            found.add(f"{parts['8480-6']:g}/{parts['8462-4']:g}")
    return found


def shot(on: Glass, path: Path) -> None:
    subprocess.run(
        ["import", "-window", "root", str(path)], env=on.environment, check=True, timeout=60
    )


def on_server(base_url: str, kind: str, status: str) -> list[dict[str, Any]]:
    end = time.monotonic() + LIMIT_S
    while True:
        found = list(every(base_url, kind))
        if [one for one in found if one["status"] == status]:
            return found
        assert time.monotonic() < end, found
        time.sleep(0.2)

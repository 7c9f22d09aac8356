"""Save a picture of every view of the clinician's page: two browsers, three languages, two sizes.

Run: python -m tests.pictures.visit_page FOLDER
"""

from __future__ import annotations

import asyncio
import math
import sys
from dataclasses import dataclass
from pathlib import Path

from agent.visit import messages
from agent.visit.messages import Asked, What, Why
from tests.browser import clinician, drive
from tests.browser.clinician import view
from tests.browser.drive import Page
from tests.fakes.visit_hub import Home, home

LANGUAGES = ("en", "de", "es")
SIZES = {"large": (1280, 800), "small": (390, 844)}
WAVE = [math.sin(at / 4) + 0.45 * math.sin(at / 2 + 0.8) for at in range(100)]
VITALS = {
    "v": 1,
    "type": "vitals",
    "estimate": "uncleared",
    "pulse_bpm": 71.6,
    "pulse_confidence": 0.93,
    "breaths_bpm": 14.2,
    "breaths_confidence": 0.81,
    "pulse": WAVE,
}
READING = {
    "v": 1,
    "type": "reading",
    "id": "1",
    "what": "blood-pressure",
    "value": "128/82",
    "unit": "mmHg",
    "at": "2026-11-28T10:32:00+00:00",
    "sent": "yes",
}


@dataclass
class Album:
    """Where pictures of one page go."""

    folder: Path
    browser: str
    page: Page

    async def keep(self, name: str) -> None:
        """Save what the page shows now, in every language and size."""
        for language in LANGUAGES:
            await speak(self.page, language)
            for size, (width, height) in SIZES.items():
                await self.page.size(width, height)
                path = self.folder / f"{name}-{size}-{language}-{self.browser}.png"
                await self.page.picture(path, whole=size == "small")
        await speak(self.page, "en")


async def speak(page: Page, language: str) -> None:
    """Choose a language as a person does."""
    choice = "document.getElementById('language')"
    await page.value(f"{choice}.value = '{language}'")
    await page.value(f"{choice}.dispatchEvent(new Event('change')) && 1")


async def call(album: Album, at_home: Home) -> None:
    """Picture a visit from its beginning to its end."""
    page = album.page
    await album.keep("1-check")
    await page.click("#call")
    await at_home.until(messages.Join)
    await album.keep("2-joining")
    await at_home.tell(messages.Ringing)
    await page.wait_for("Ringing")
    await album.keep("3-ringing")
    await at_home.offer()
    await page.wait(f"{view('call')} && document.getElementById('remote').videoWidth > 0")
    await at_home.note({"v": 1, "type": "here", "vitals": True})
    await asyncio.sleep(4)  # until the connection has been measured
    await at_home.note({**VITALS, "pulse_bpm": None, "breaths_bpm": None, "refusal": "too-dark"})
    await album.keep("4-call")
    await page.click("#same")
    await page.click("#ask-pressure")
    await at_home.tell(messages.MeasureState, what=What.BLOOD_PRESSURE, state=Asked.ASKED)
    await at_home.note({"v": 1, "type": "progress", "what": "blood-pressure", "step": "resting"})
    await page.click("#mute")
    await page.click("#camera")
    await at_home.note(VITALS)
    await page.wait_for("resting")
    await album.keep("5-resting")
    await page.click("#mute")
    await page.click("#camera")
    await at_home.note(READING)
    await at_home.note(VITALS)
    await page.wait_for("128/82")
    await album.keep("6-measured")
    await at_home.do(at_home.calls[-1].close())
    await page.wait("document.getElementById('lost').checkVisibility()")
    await album.keep("7-lost")
    await at_home.tell(messages.Ended, why=Why.HUNG_UP)
    await page.wait(view("end"))
    await album.keep("8-ended")


async def main(folder: Path) -> None:
    """Fill a folder."""
    for name in drive.NAMES:
        with drive.browser(name) as browser, home() as at_home:
            page = await clinician.checked(browser, at_home.link)
            await call(Album(folder, name, page), at_home)
            await page.close()
            page = await clinician.ringing(browser, at_home)
            await at_home.tell(messages.Ended, why=Why.DECLINED)
            await page.wait(view("end"))
            await Album(folder, name, page).keep("9-declined")
            await page.click("#again")
            await at_home.until(messages.Join, 3)
            await at_home.tell(messages.Refused, code="VISIT-04", text="")
            await page.wait_for("VISIT-04")
            await Album(folder, name, page).keep("10-refused")
        with drive.browser(name, media="refused") as browser, home() as at_home:
            page = await browser.open(at_home.link)
            await page.wait("!document.querySelector('main').ariaBusy")
            await Album(folder, name, page).keep("0-unasked")
            if await page.value("document.getElementById('ask').checkVisibility()"):
                await page.click("#ask")
            await page.wait_for("Blocked")
            await Album(folder, name, page).keep("0-blocked")


if __name__ == "__main__":
    where = Path(sys.argv[1])
    where.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(where))

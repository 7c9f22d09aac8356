"""The clinician's page in real browsers, called by a real WebRTC hub: what a clinician meets."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from agent.visit import messages
from tests.browser import clinician
from tests.browser.clinician import view
from tests.browser.drive import Browser
from tests.fakes.visit_hub import Home
from tests.fakes.visit_hub import home as at_home

WAVE = [math.sin(at / 5) + 0.4 * math.sin(2 * at / 5) for at in range(100)]
VITALS = {
    "v": 1,
    "type": "vitals",
    "estimate": "uncleared",
    "pulse_bpm": 71.6,
    "pulse_confidence": 0.93,
    "breaths_bpm": 14.2,
    "breaths_confidence": 0.8,
    "pulse": WAVE,
}
PRESSURE = {
    "v": 1,
    "type": "reading",
    "id": "17",
    "what": "blood-pressure",
    "value": "128/82",
    "unit": "mmHg",
    "at": "2026-11-28T10:32:00+00:00",
}


@pytest.fixture
def home() -> Iterator[Home]:
    with at_home() as made:
        yield made


async def test_a_whole_visit(browser: Browser, home: Home) -> None:
    page = await clinician.in_call(browser, home)

    assert await page.value("location.hash + location.search") == ""
    assert (await page.text("#words")).split() == list(home.four())
    await home.note({"v": 1, "type": "here", "camera": False, "vitals": True})
    await page.wait_for("s camera is off")
    await home.note({"v": 1, "type": "here", "vitals": True})
    await home.note(VITALS)
    await page.wait("document.getElementById('pulse').textContent === '72'")
    assert "not a medical device" in await page.text(".vitals")
    await page.click("#ask-pressure")
    asked = await home.until(messages.Measure)
    assert asked.what is messages.What.BLOOD_PRESSURE
    await home.tell(messages.MeasureState, what=asked.what, state=messages.Asked.ASKED)
    await page.wait_for("Asked.")
    await home.note(PRESSURE)
    await page.wait_for("Blood pressure: 128/82 mmHg")
    await home.note({**PRESSURE, "sent": "yes"})
    await page.wait_for("stored in your FHIR system")
    await page.click("#end")
    await home.until(messages.Bye)
    await page.wait_for("Nothing was recorded")
    assert await page.said() == []
    await page.close()


async def test_no_view_keeps_anybody_out(browser: Browser, home: Home) -> None:
    """axe-core, which checks WCAG 2.2 A and AA and good practice, finds nothing in any view."""
    page = await clinician.checked(browser, home.link)
    found = {"check": await page.axe()}
    await page.click("#call")
    await home.until(messages.Join)
    await home.tell(messages.Ringing)
    await page.wait_for("Ringing")
    found["wait"] = await page.axe()
    await home.offer()
    await home.until(messages.Answer)
    await page.wait(view("call"))
    await home.note(VITALS)
    await home.note(PRESSURE)
    await page.wait_for("128/82")
    found["call"] = await page.axe()
    await home.tell(messages.Ended, why=messages.Why.HUNG_UP)
    await page.wait(view("end"))
    found["end"] = await page.axe()

    assert found == {"check": [], "wait": [], "call": [], "end": []}
    await page.close()

"""What a clinician does with the visit's page, step by step."""

from __future__ import annotations

from agent.visit import messages
from tests.browser.drive import Browser, Page
from tests.fakes.visit_hub import Home


def view(name: str) -> str:
    """Return an expression that is true while the page shows this view."""
    return f"document.body.dataset.view === '{name}'"


async def checked(browser: Browser, link: str, *, width: int = 1280, height: int = 800) -> Page:
    """Open a link, and turn on camera and microphone where the browser asks first."""
    page = await browser.open(link, width=width, height=height)
    await page.wait("!document.querySelector('main').ariaBusy")
    if await page.value("document.getElementById('ask').checkVisibility()"):
        await page.click("#ask")
    await page.wait("document.getElementById('self').srcObject !== null")
    return page


async def ringing(browser: Browser, home: Home, *, width: int = 1280, height: int = 800) -> Page:
    """Call, and let it ring."""
    page = await checked(browser, home.link, width=width, height=height)
    await page.click("#call")
    await home.until(messages.Join)
    await home.tell(messages.Ringing)
    await page.wait_for("Ringing")
    return page


async def in_call(browser: Browser, home: Home, *, width: int = 1280, height: int = 800) -> Page:
    """Call, be answered, and see the patient."""
    page = await ringing(browser, home, width=width, height=height)
    await home.offer()
    await home.until(messages.Answer)
    await page.wait(f"{view('call')} && document.getElementById('remote').videoWidth > 0")
    return page


async def ask_pressure(page: Page) -> None:
    """Ask for a blood pressure by keyboard: the button moves as estimates come and go above it."""
    await page.value("document.getElementById('ask-pressure').focus()")
    await page.press("Enter")

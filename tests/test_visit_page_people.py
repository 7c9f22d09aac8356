"""The clinician's page for everybody: by keyboard alone, in three languages, small and large."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.visit import messages
from tests.browser import clinician, drive
from tests.browser.clinician import view
from tests.browser.drive import Browser, Page
from tests.fakes.visit_hub import Home
from tests.fakes.visit_hub import home as at_home
from tests.test_visit_page import PRESSURE, VITALS

SIZES = [(360, 740), (1280, 800)]
# Everything whose letters would be cut: wider than its box, or beyond the edge of the page.
_CUT = """[...document.querySelectorAll('header *, main *')].filter((one) => {
    if (!one.checkVisibility() || one.closest('.unseen') || !one.innerText?.trim()) return false;
    const box = one.getBoundingClientRect();
    if (one.tagName === 'OPTION' || box.width === 0) return false;
    const inline = getComputedStyle(one).display === 'inline';
    const wide = one.scrollWidth > one.clientWidth + 1 && !inline;
    return wide || box.left < -1 || box.right > innerWidth + 1;
  }).map((one) => one.outerHTML.slice(0, 120))
  .concat(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [])"""
_FOCUS = "document.activeElement.id || document.activeElement.tagName"


@pytest.fixture
def home() -> Iterator[Home]:
    with at_home() as made:
        yield made


async def speak(page: Page, language: str) -> None:
    await page.value(f"document.getElementById('language').value = '{language}'")
    await page.value("document.getElementById('language').dispatchEvent(new Event('change')) && 1")
    await page.wait(f"document.documentElement.lang === '{language}'")


async def cut(page: Page) -> list[str]:
    """Return what is cut off in any language at any size."""
    found = []
    for language in ("en", "de", "es"):
        await speak(page, language)
        for width, height in SIZES:
            await page.size(width, height)
            found += [f"{language} {width}: {one}" for one in await page.value(_CUT)]
    return found


async def test_nothing_is_cut_off(browser: Browser, home: Home) -> None:
    page = await clinician.checked(browser, home.link)
    assert await cut(page) == []
    await page.click("#call")
    await home.until(messages.Join)
    await home.tell(messages.Ringing)
    assert await cut(page) == []
    await home.offer()
    await page.wait(view("call"))
    await home.note({"v": 1, "type": "here", "vitals": True, "muted": True})
    await home.note({**VITALS, "pulse_bpm": None, "refusal": "background-pulses"})
    await home.note({**PRESSURE, "sent": "yes"})
    await page.click("#mute")
    await page.click("#ask-pressure")
    await page.value("document.querySelector('details').open = true")
    await home.drop_line()
    assert await cut(page) == []
    await home.do(home.calls[-1].close())
    await page.wait("document.getElementById('lost').checkVisibility()")
    assert await cut(page) == []
    await page.click("#end")
    await page.wait(view("end"))
    assert await cut(page) == []
    await page.close()


async def test_the_rule_for_what_is_cut_finds_it(browser: Browser, home: Home) -> None:
    page = await clinician.checked(browser, home.link)
    # In one breath: the page writes that button anew whenever a device answers.
    longer = "document.getElementById('call').textContent = 'W'.repeat(200)"

    assert await page.value(f"({longer}, {_CUT.strip()})")
    await page.close()


async def test_a_visit_by_keyboard_alone(browser: Browser, home: Home) -> None:
    page = await clinician.checked(browser, home.link)
    await page.value("document.getElementById('check-title').focus() ?? 1")
    assert await reached(page, "call") == await page.value(_ORDER)
    await page.press("Enter")
    await home.until(messages.Join)
    await page.wait(view("wait"))
    assert await page.value(_FOCUS) == "wait-title"
    await home.offer()
    await page.wait(view("call"))
    assert await page.value(_FOCUS) == "call-title"
    await reached(page, "mute")
    await page.press(" ")
    await page.wait_for("You are muted")
    await reached(page, "ask-pressure")
    await page.press("Enter")
    await home.until(messages.Measure)
    await page.value("document.getElementById('call-title').focus() ?? 1")
    await reached(page, "end")
    await page.press("Enter")
    await home.until(messages.Bye)
    await page.wait(view("end"))
    assert await page.value(_FOCUS) == "end-title"
    await page.close()


# What stands on the page, from top to bottom, up to the call: Tab goes the same way.
_ORDER = """[...document.querySelectorAll('main [data-view=check] :is(button, select)')]
    .filter((one) => one.checkVisibility())
    .map((one) => [one.getBoundingClientRect().top, one.id])
    .sort(([one], [other]) => one - other).map(([, id]) => id)"""


async def reached(page: Page, target: str) -> list[object]:
    """Press Tab until something has the focus; return what had it on the way."""
    way: list[object] = []
    for _ in range(30):
        await page.press("Tab")
        way.append(await page.value(_FOCUS))
        if way[-1] == target:
            return way
    raise AssertionError(f"{target} cannot be reached: {way}")


async def test_the_page_remembers_its_language_and_its_link_through_a_reload(
    browser: Browser, home: Home
) -> None:
    page = await clinician.checked(browser, home.link)
    await speak(page, "es")
    await page.reload()

    await page.wait_for("Antes de llamar")
    assert await page.value("location.href") == f"{home.origin}/visit/"
    assert await page.value("history.length") <= 2
    await page.close()


async def test_dark_and_calm_where_somebody_prefers_it(home: Home) -> None:
    with drive.browser("chromium") as chromium:
        page = await clinician.checked(chromium, home.link)
        await page.prefers(color_scheme="dark", reduced_motion="reduce")
        assert await page.axe() == []
        await page.click("#call")
        await home.until(messages.Join)
        await page.wait(view("wait"))
        ring = "getComputedStyle(document.querySelector('.ring')).animationName"
        assert await page.value(ring) == "none"
        assert await page.axe() == []
        await home.offer()
        await page.wait(view("call"))
        await home.note(VITALS)
        await page.wait_for("72")
        assert await page.axe() == []

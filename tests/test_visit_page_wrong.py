"""The clinician's page when things go wrong: each is said plainly, and nothing is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from agent.visit import messages
from sync import p256
from tests.browser import clinician, drive
from tests.browser.clinician import view
from tests.browser.drive import Browser
from tests.fakes.visit_hub import Home
from tests.fakes.visit_hub import home as at_home

_LATER = "{const now = Date.now.bind(Date); Date.now = () => now() + %d} "
_UNPLUG = """document.getElementById('self').srcObject.getVideoTracks()[0]
    .dispatchEvent(new Event('ended'))"""
_NOISE = [
    "{",
    "\0",
    "null",
    "[1]",
    '{"v":1}',
    '{"v":1,"type":"toString"}',
    '{"v":1,"type":"say","payload":"{}","signature":"A"}',
    '{"v":2,"type":"waiting"}',
    '{"v":1,"type":"vitals","pulse_bpm":1e999}',
    json.dumps({"v": 1, "type": "vitals", "estimate": "cleared", "pulse_bpm": 72}),
    json.dumps({"v": 1, "type": "reading", "id": "1", "what": "weight", "value": "<img src=x>"}),
    "x" * 60_000,
]


@pytest.fixture
def home() -> Iterator[Home]:
    with at_home() as made:
        yield made


async def test_a_forged_signature_stops_the_call_before_anything_is_sent(
    browser: Browser, home: Home
) -> None:
    page = await clinician.ringing(browser, home)
    forged = messages.Offer(visit=home.visit, n=9, call="c", sdp="v=0\r\n")
    await home.send(messages.signed(forged, p256.Key()))

    await page.wait_for("to keep the visit private")
    await home.until(messages.Bye)
    assert not any(isinstance(one, messages.Answer) for one in home.heard)
    assert await page.value("document.getElementById('self').srcObject") is None
    await page.close()


async def test_an_offer_with_two_fingerprints_is_not_answered(browser: Browser, home: Home) -> None:
    page = await clinician.ringing(browser, home)
    lines = "".join(f"a=fingerprint:sha-256 {':'.join([pair] * 32)}\r\n" for pair in ("AB", "CD"))
    await home.tell(messages.Offer, call="c", sdp=f"v=0\r\n{lines}")

    assert (await home.until(messages.Redial)).call == "c"
    assert not any(isinstance(one, messages.Answer) for one in home.heard)
    await page.close()


async def test_garbage_and_huge_messages_change_nothing(browser: Browser, home: Home) -> None:
    page = await clinician.in_call(browser, home)
    for text in _NOISE:
        await home.send(text)
        await home.note(text)
    await home.note(b"\xff\xfe")
    await home.note({"v": 1, "type": "here", "vitals": True})

    await page.wait_for("Waiting for the camera")
    assert await page.value(view("call"))
    assert await page.value("document.querySelectorAll('img').length") == 0
    assert await page.said() == []
    await page.close()


async def test_a_visit_that_does_not_come_about_says_why_and_may_be_tried_again(
    browser: Browser, home: Home
) -> None:
    page = await clinician.ringing(browser, home)
    await home.tell(messages.Ended, why=messages.Why.DECLINED)
    await page.wait_for("cannot talk now")
    assert await page.value("document.getElementById('preview').srcObject") is None
    await page.click("#again")
    await home.until(messages.Join, 2)
    await page.wait("document.getElementById('preview').srcObject !== null")
    await home.tell(messages.Ended, why=messages.Why.NO_ANSWER)
    await page.wait_for("did not answer")
    await page.click("#again")
    await home.until(messages.Join, 3)
    await home.tell(messages.Ended, why=messages.Why.ELSEWHERE)
    await page.wait_for("in another window")
    assert await page.value("document.getElementById('again').checkVisibility()") is False
    await page.close()


async def test_a_refusal_is_told_in_the_readers_own_language(browser: Browser, home: Home) -> None:
    page = await clinician.ringing(browser, home)
    await page.value("document.getElementById('language').value = 'de'")
    await page.value("document.getElementById('language').dispatchEvent(new Event('change')) && 1")
    await home.tell(messages.Refused, code="VISIT-04", text="<b>Used</b>")

    await page.wait_for("Dieser Link wurde schon benutzt")
    await page.wait_for("VISIT-04")
    assert await page.value("document.querySelectorAll('main b').length") == 0
    assert await page.value("document.documentElement.lang") == "de"
    await page.close()


@pytest.mark.parametrize("fragment", ["", "#", "#nothing", "#a.b.c"])
async def test_an_address_without_a_whole_invitation_says_so(
    browser: Browser, home: Home, fragment: str
) -> None:
    page = await browser.open(f"{home.origin}/visit/{fragment}")

    await page.wait_for("There is no invitation in this address")
    assert home.knocks == 0
    await page.close()


async def test_a_camera_that_is_unplugged_is_told_and_can_come_back(
    browser: Browser, home: Home
) -> None:
    page = await clinician.in_call(browser, home)
    await page.value(_UNPLUG)

    await page.wait_for("The patient cannot see you")
    await page.click("[data-show='camera-gone'] button")
    await page.wait("document.getElementById('self').srcObject !== null")
    assert "cannot see you" not in await page.text("main")
    await page.close()


async def test_a_line_that_is_lost_comes_back_and_the_call_goes_on(
    browser: Browser, home: Home
) -> None:
    page = await clinician.in_call(browser, home)
    home.up = False
    await home.drop_line()
    await page.wait_for("The visit goes on")
    home.up = True

    await home.until(messages.Join, 2)
    await page.wait("!document.querySelector('[data-show=line-lost]').checkVisibility()")
    assert await page.value(view("call"))
    await page.close()


async def test_a_call_that_broke_is_dialled_again_by_itself(browser: Browser, home: Home) -> None:
    page = await clinician.in_call(browser, home)
    first = home.heard[-1]
    await home.do(home.calls[-1].close())

    redial = await home.until(messages.Redial)
    assert isinstance(first, messages.Answer)
    assert redial.call == first.call
    await page.wait_for("The connection is interrupted")
    await home.offer()
    await home.until(messages.Answer, 2)
    await page.wait("!document.getElementById('lost').checkVisibility()")
    assert (await page.text("#words")).split() == list(home.four())
    await page.close()


async def test_a_page_left_open_overnight_says_good_bye(browser: Browser, home: Home) -> None:
    page = await clinician.ringing(browser, home)
    await page.value(f"(() => {_LATER % (9 * 3600_000)})() ?? 1")

    await page.wait_for("Closed, because nobody was here")
    await home.until(messages.Bye)
    assert await page.value("document.getElementById('self').srcObject") is None
    await page.close()


@pytest.mark.parametrize(
    ("media", "words"), [("refused", "Blocked by the browser"), ("none", "None found")]
)
@pytest.mark.parametrize("name", drive.NAMES)
async def test_without_camera_and_microphone_it_is_explained_and_the_visit_still_works(
    name: drive.Name, media: drive.Media, words: str, home: Home
) -> None:
    with drive.browser(name, media=media) as other:
        page = await other.open(home.link)
        await page.wait("!document.querySelector('main').ariaBusy")
        if await page.value("document.getElementById('ask').checkVisibility()"):
            await page.click("#ask")
        await page.wait_for(words)
        assert await page.axe() == []
        await page.click("#call")
        await home.until(messages.Join)
        await home.offer()
        await page.wait(f"{view('call')} && document.getElementById('remote').videoWidth > 0")

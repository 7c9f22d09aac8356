"""The browsers that play the clinician do what a person's would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser import drive

_PAGE = b"""<!doctype html><html lang=en><title>A page</title><main><h1>Hello</h1>
<button id=b onclick="this.textContent = 'pressed'">press</button>
<script>console.log('loaded')</script></main>"""
_CAMERA = """navigator.mediaDevices.getUserMedia({video: true, audio: true})
    .then(stream => stream.getTracks().length, error => error.name)"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


async def test_a_page_is_opened_read_pressed_and_pictured(
    browser: drive.Browser, address: str, tmp_path: Path
) -> None:
    page = await browser.open(address, width=390, height=844)

    assert await page.text("h1") == "Hello"
    assert await page.value("[innerWidth, await 844]") == [390, 844]
    assert "log: loaded" in await page.said()
    await page.press("Tab")
    await page.press("Enter")
    await page.wait_for("pressed")
    await page.picture(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert await page.axe() == []
    await page.close()


async def test_a_camera_and_a_microphone_are_there(browser: drive.Browser, address: str) -> None:
    page = await browser.open(address)

    assert await page.value(_CAMERA) == 2
    await page.close()


async def test_a_second_page_has_its_own_memory_unless_it_stands_beside(
    browser: drive.Browser, address: str
) -> None:
    page = await browser.open(address)
    await page.value("localStorage.setItem('word', 'kept') ?? 1")
    stranger, sister = await browser.open(address), await browser.open(address, beside=page)

    assert await stranger.value("localStorage.getItem('word')") is None
    assert await sister.value("localStorage.getItem('word')") == "kept"
    for one in (page, stranger, sister):
        await one.close()


async def test_what_never_happens_is_told_with_what_the_page_shows(
    browser: drive.Browser, address: str
) -> None:
    page = await browser.open(address)

    with pytest.raises(drive.BrowserError, match="Hello"):
        await page.wait_for("Goodbye", within_s=0.1)
    with pytest.raises(drive.BrowserError, match="nobody"):
        await page.value("nobody.there")
    await page.close()

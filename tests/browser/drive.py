"""Drives Debian's Chromium and Firefox without a window, as somebody at a desk would.

    with drive.browser("firefox") as firefox:
        page = await firefox.open("http://127.0.0.1:8000/visit/")
        await page.click("#join")
        await page.wait("document.querySelector('video').videoWidth > 0")
        await page.picture(folder / "call.png")

A browser belongs to no event loop: a whole test run may share one. Every page has its own cookies
and storage, unless it is opened `beside` another.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any, Literal

from tests.servers import npm

_SOURCE = Path(__file__).parent
_START_LIMIT_S = 120  # longer than the driver gives the browser
_ASK_LIMIT_S = 120  # longer than the driver gives a page
WAIT_S = 60.0
Name = Literal["chromium", "firefox"]
NAMES: tuple[Name, ...] = ("chromium", "firefox")
# fake: made-up camera and microphone, allowed; refused: there, but a person said no;
# none: the machine has neither.
Media = Literal["fake", "refused", "none"]


class BrowserError(AssertionError):
    """Something a page was asked for did not happen; the sentence says what, and what it showed."""


class Browser:
    """One running browser; several pages of it may be driven at the same time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to: IO[str] = process.stdin
        self._ids = itertools.count(1)
        started: Future[Any] = Future()
        self._waiting = {0: started}
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, args=(process.stdout,), daemon=True).start()
        self.version: str = started.result(_START_LIMIT_S)

    def _listen(self, lines: IO[str]) -> None:
        for line in lines:
            answer = json.loads(line)
            future = self._waiting.pop(answer["id"])
            if "error" in answer:
                future.set_exception(BrowserError(answer["error"]))
            else:
                future.set_result(answer["result"])
        for future in self._waiting.values():
            future.set_exception(BrowserError("the browser has gone"))

    async def ask(self, do: str, limit_s: float = _ASK_LIMIT_S, **details: object) -> Any:  # noqa: ANN401
        """Have the driver do one thing, and return what came of it."""
        answer: Future[Any] = Future()
        with self._lock:
            number = next(self._ids)
            self._waiting[number] = answer
            self._to.write(f"{json.dumps({'id': number, 'do': do, **details})}\n")
            self._to.flush()
        try:
            async with asyncio.timeout(limit_s):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            raise BrowserError(f"the browser did not answer: {do} {details}") from None

    async def open(
        self, url: str = "", *, width: int = 1280, height: int = 800, beside: Page | None = None
    ) -> Page:
        """Open a page of this size, and go there."""
        other = {"beside": beside.number} if beside else {}
        made = await self.ask("open", url=url, width=width, height=height, **other)
        return Page(self, made)


class Page:
    """One tab. Selectors are CSS; expressions are JavaScript, and may await."""

    def __init__(self, browser: Browser, number: int) -> None:
        self.number = number
        self._browser = browser

    async def _ask(self, do: str, limit_s: float = _ASK_LIMIT_S, **details: object) -> Any:  # noqa: ANN401
        return await self._browser.ask(do, limit_s, page=self.number, **details)

    async def go(self, url: str) -> None:
        """Load this address."""
        await self._ask("go", url=url)

    async def reload(self) -> None:
        """Load the page again, as F5 does."""
        await self._ask("reload")

    async def value(self, expression: str) -> Any:  # noqa: ANN401
        """Return what an expression gives, as JSON would carry it."""
        return await self._ask("value", expression=expression)

    async def wait(self, expression: str, within_s: float = WAIT_S) -> Any:  # noqa: ANN401
        """Wait until an expression gives something true, and return it."""
        return await self._ask(
            "wait", within_s + _ASK_LIMIT_S, expression=expression, within_ms=1000 * within_s
        )

    async def text(self, selector: str = "body") -> str:
        """Return what can be read there, or "" where nothing is."""
        quoted = json.dumps(selector)
        return str(await self.value(f"document.querySelector({quoted})?.innerText ?? ''"))

    async def wait_for(self, words: str, within_s: float = WAIT_S) -> None:
        """Wait until these words can be read on the page."""
        await self.wait(f"document.body.innerText.includes({json.dumps(words)})", within_s)

    async def click(self, selector: str) -> None:
        """Press what is there with the mouse; it must be visible."""
        await self._ask("click", selector=selector)

    async def press(self, key: str) -> None:
        """Press a key by its name: Tab, Enter, Escape, " "."""
        await self._ask("press", key=key)

    async def type(self, text: str) -> None:
        """Type letters into what has the focus."""
        await self._ask("type", text=text)

    async def size(self, width: int, height: int) -> None:
        """Give the page another size, in CSS pixels."""
        await self._ask("size", width=width, height=height)

    async def prefers(self, **features: str) -> None:
        """Say what this person prefers: `color_scheme="dark"`. Chromium only."""
        named = {f"prefers-{name.replace('_', '-')}": value for name, value in features.items()}
        await self._ask("media", features=named)

    async def permit(self, origin: str, name: str, state: str) -> None:
        """Grant or deny a permission while the page is open. Chromium only."""
        await self._ask("permit", origin=origin, name=name, state=state)

    async def front(self) -> None:
        """Show this tab."""
        await self._ask("front")

    async def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save what is seen, or the whole length of the page, as PNG."""
        await self._ask("picture", path=str(path), whole=whole)

    async def said(self) -> list[str]:
        """Return what came on the console since the last time, uncaught errors included."""
        return [str(line) for line in await self._ask("said")]

    async def axe(self) -> list[dict[str, Any]]:
        """Return what axe-core finds wrong for people who cannot see or use a mouse."""
        return [dict(one) for one in await self._ask("axe")]

    async def close(self) -> None:
        """Close the tab; the page hears of it as it would from a person."""
        await self._ask("close")


def _chromium(media: Media, language: str) -> dict[str, Any]:
    arguments = [f"--accept-lang={language}", "--autoplay-policy=no-user-gesture-required"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start as root with it
    arguments += {
        "fake": ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        "refused": ["--use-fake-device-for-media-stream", "--deny-permission-prompts"],
        "none": ["--use-fake-device-for-media-stream=device-count=0"],
    }[media]
    return {"browser": "chrome", "executablePath": _program("chromium"), "args": arguments}


def _firefox(media: Media, language: str) -> dict[str, Any]:
    preferences = {
        "intl.accept_languages": language,
        "media.navigator.streams.fake": media != "none",
        "media.navigator.permission.disabled": media != "refused",
        "media.autoplay.default": 0,
    }
    if media == "refused":
        preferences |= {"permissions.default.camera": 2, "permissions.default.microphone": 2}
    executable = _program("firefox-esr")
    return {"browser": "firefox", "executablePath": executable, "extraPrefsFirefox": preferences}


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise AssertionError(f"{name} is missing, and visits cannot be tested without it: {name}")
    return found


@contextlib.contextmanager
def browser(
    name: Name,
    *,
    media: Media = "fake",
    language: str = "en-GB",
    within: Sequence[str] = (),
) -> Iterator[Browser]:
    """Run a browser for as long as the block lasts, in a new profile that goes with it.

    `within` is a command that starts another somewhere else, as in a network namespace.
    """
    settings = {"chromium": _chromium, "firefox": _firefox}[name](media, language)
    folder = npm.installed(_SOURCE, "browser", "driver.mjs")
    process = subprocess.Popen(
        [*within, npm.program("node"), "driver.mjs", json.dumps({**settings, "headless": True})],
        cwd=folder,
        stdin=subprocess.PIPE,  # it ends when this closes: a killed test run leaves no browser
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield Browser(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(_START_LIMIT_S)
        finally:
            process.kill()

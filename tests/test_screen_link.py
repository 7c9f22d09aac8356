"""The screen's end of the socket: another version, nonsense, a hub that is gone and comes back."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.screen.messages import Answered, FromScreen
from agent.screen.model import Model
from agent.screen.qt.gallery import without_display
from agent.screen.qt.link import HubLink
from agent.screen.qt.program import choose_platform
from agent.screen.qt.window import Window
from agent.screen.values import How
from agent.screen.views.view import Effect
from vitals.errors import HubError

LIMIT_S = 90.0
HELLO = b'{"type":"hello","version":3}\n'
HOME = b'{"type":"home","now":"2026-11-23T08:05:00+01:00"}\n'


class Bench:
    """A window, its link, and the other end in our hands."""

    def __init__(self, folder: Path) -> None:
        self.application = without_display()
        self.path = folder / "screen.sock"
        self.refusals: list[HubError] = []
        self.window = Window(Model(at_s=0.0), self._did)
        self.link = HubLink(
            self.path,
            heard=self.window.hear,
            connected=self.window.connected,
            refused=self._refused,
            parent=self.window,
        )

    def _did(self, effect: Effect) -> None:
        del effect

    def _refused(self, error: HubError) -> None:
        self.refusals.append(error)
        self.window.other_version()

    def hub(self) -> socket.socket:
        """Listen as a hub; whatever was there before is gone."""
        self.path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(self.path))
        server.listen()
        server.settimeout(0.01)
        return server

    def accepted(self, server: socket.socket) -> socket.socket:
        lines: list[socket.socket] = []

        def there() -> bool:
            try:
                lines.append(server.accept()[0])
            except TimeoutError:
                return False
            return True

        self.until(there)
        return lines[0]

    def until(self, there: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT_S
        while not there():
            assert time.monotonic() < end
            self.application.processEvents()
            time.sleep(0.005)

    @property
    def page(self) -> str:
        return self.window.model.page.name


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    one = Bench(tmp_path)
    yield one
    one.link.close()
    one.window.close()


def test_a_hub_of_another_version_is_said_and_a_right_one_is_taken(bench: Bench) -> None:
    with bench.hub() as server:
        bench.link.open()
        with bench.accepted(server) as line:
            line.sendall(b'{"type":"hello","version":4}\n')
            bench.until(lambda: bench.page == "other-version")
        assert [error.code for error in bench.refusals] == ["SCR-01"]
        with bench.accepted(server) as line:
            line.sendall(HELLO + HOME)
            bench.until(lambda: bench.page == "today")


@pytest.mark.parametrize("nonsense", [b"HTTP/1.1 200 OK\r\n\r\n", b"\0" * 5000 + b"\n", b"[]\n"])
def test_nonsense_is_hung_up_on_and_the_screen_comes_again(bench: Bench, nonsense: bytes) -> None:
    with bench.hub() as server:
        bench.link.open()
        with bench.accepted(server) as line:
            line.sendall(HELLO + HOME)
            bench.until(lambda: bench.page == "today")
            line.sendall(nonsense)
            with bench.accepted(server) as again:
                again.sendall(HELLO)
                bench.until(lambda: bench.window.model.connected)
                assert bench.page == "today"


def test_a_screen_that_starts_before_its_hub_waits_for_it(bench: Bench) -> None:
    bench.link.open()
    assert bench.page == "starting"
    with bench.hub() as server, bench.accepted(server) as line:
        line.sendall(HELLO + HOME)
        bench.until(lambda: bench.page == "today")


def test_a_slow_hub_is_heard_octet_by_octet(bench: Bench) -> None:
    with bench.hub() as server:
        bench.link.open()
        with bench.accepted(server) as line:
            for octet in HELLO + HOME:
                line.sendall(bytes([octet]))
                bench.application.processEvents()
            bench.until(lambda: bench.page == "today")


def test_nothing_is_said_to_a_hub_that_has_not_said_hello(bench: Bench) -> None:
    told: FromScreen = Answered(task="t", how=How.DONE)
    with bench.hub() as server:
        bench.link.open()
        with bench.accepted(server) as line:
            bench.link.send(told)
            line.sendall(HELLO)
            bench.until(lambda: bench.window.model.connected)
            bench.link.send(told)
            line.settimeout(LIMIT_S)
            heard = line.recv(4096)
            while heard.count(b"\n") < 2:
                heard += line.recv(4096)

    assert heard.splitlines()[1:] == [b'{"type":"answered","task":"t","how":"done"}']


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({"WAYLAND_DISPLAY": "wayland-1", "DISPLAY": ":0"}, "wayland"),
        ({"DISPLAY": ":0"}, "xcb"),
        ({}, "linuxfb"),
        ({"QT_QPA_PLATFORM": "eglfs", "DISPLAY": ":0"}, "eglfs"),
    ],
)
def test_the_display_that_is_there_is_used(environment: dict[str, str], chosen: str) -> None:
    choose_platform(environment, Path("/dev/null"))

    assert environment["QT_QPA_PLATFORM"] == chosen


def test_without_any_display_a_person_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HubError) as told:
        choose_platform({}, tmp_path / "fb0")

    assert told.value.code == "SCR-05"


@pytest.mark.parametrize("size", ["big", "800", "0x480", "800x", "-1x5"])
def test_a_size_that_is_none_is_explained(size: str) -> None:
    done = CliRunner().invoke(app, ["screen", "--size", size])

    assert isinstance(done.exception, HubError)
    assert done.exception.code == "SCR-04"

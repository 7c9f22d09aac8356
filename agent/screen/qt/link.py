"""The screen's end of the socket, on Qt's loop: connects, listens, and comes back when it must."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

from agent.screen import wire
from agent.screen.messages import VERSION, FromHub, FromScreen, Hello, encoded
from vitals.errors import HubError, LinkError

_CHUNK = 64 * 1024
_FIRST_WAIT_MS, _LONGEST_WAIT_MS = 200, 5000
_CONNECT_LIMIT_S = 2.0
_SEND_LIMIT_S = 2.0


class HubLink:
    """Talks to the hub's `screen.sock`. Whatever fails, it tries again by itself, ever slower."""

    def __init__(
        self,
        path: Path,
        *,
        heard: Callable[[FromHub], None],
        connected: Callable[[bool], None],
        refused: Callable[[HubError], None],
        parent: QObject,
    ) -> None:
        """Keep whom to tell; nothing happens before `open`."""
        self._path, self._parent = path, parent
        self._heard, self._connected, self._refused = heard, connected, refused
        self._line: socket.socket | None = None
        self._notifier: QSocketNotifier | None = None
        self._lines = wire.at_screen()
        self._wait_ms = _FIRST_WAIT_MS
        self._timer = QTimer(parent)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.open)

    def open(self) -> None:
        """Connect, or arrange to try again."""
        self._timer.stop()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(_CONNECT_LIMIT_S)
        try:
            line.connect(str(self._path))
            line.sendall(encoded(Hello(version=VERSION)))
        except OSError:
            line.close()
            self._again()
            return
        self._line, self._lines = line, wire.at_screen()
        self._notifier = QSocketNotifier(line.fileno(), QSocketNotifier.Type.Read, self._parent)
        self._notifier.activated.connect(self._readable)

    def send(self, message: FromScreen) -> None:
        """Tell the hub; what it does not hear is said again on the next connection."""
        if self._line is None or not self._lines.greeted:
            return
        try:
            self._line.settimeout(_SEND_LIMIT_S)
            self._line.sendall(encoded(message))
        except OSError:
            self._lost()

    def close(self) -> None:
        """Hang up for good."""
        self._hang_up()
        self._timer.stop()

    def _readable(self) -> None:
        if self._line is None:
            return
        try:
            octets = self._line.recv(_CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if not octets:
            self._lost()
            return
        greeted = self._lines.greeted
        try:
            messages = self._lines.feed(octets)
        except HubError as error:
            self._lost()
            self._refused(error)
            return
        except LinkError:
            self._lost()
            return
        if self._lines.greeted and not greeted:
            self._wait_ms = _FIRST_WAIT_MS
            self._connected(True)  # noqa: FBT003 - a callback's one argument
        for message in messages:
            self._heard(message)

    def _lost(self) -> None:
        self._hang_up()
        self._connected(False)  # noqa: FBT003 - a callback's one argument
        self._again()

    def _hang_up(self) -> None:
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.close()
            self._line = None

    def _again(self) -> None:
        self._timer.start(self._wait_ms)
        self._wait_ms = min(self._wait_ms * 2, _LONGEST_WAIT_MS)

"""The hub's desk: a Unix socket by which commands ask the running hub to change its store.

One line of JSON is one question, one line its answer. Only the hub's own user may connect (mode
0600 in a folder of mode 0700). At most four at a time; each has ten seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vitals.errors import HubError

log = logging.getLogger(__name__)

VERSION = 1
SOCKET = "desk.sock"
_MAX_OCTETS = 16 * 1024
_AT_ONCE = 4
_LIMIT_S = 10.0
_ANSWER_LIMIT_S = 60.0
_OWNER_ONLY = 0o600

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Takes a question, returns an answer; may block; raises HubError."""


class Desk:
    """Answers commands until cancelled."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        """Keep where to listen and who answers."""
        self._path, self._answer = folder / SOCKET, answer
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Listen; a socket left by a hub that was killed is taken over."""
        self._path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, self._path, limit=_MAX_OCTETS)
        self._path.chmod(_OWNER_ONLY)
        try:
            await asyncio.Event().wait()  # until cancelled
        finally:
            server.close()  # and no more: Python 3.12 and later would wait for who is connected
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with self._places, asyncio.timeout(_ANSWER_LIMIT_S):
                async with asyncio.timeout(_LIMIT_S):
                    line = await reader.readline()
                answer = await asyncio.to_thread(self._answered, line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, ValueError, OSError) as error:  # ValueError: the line is too long
            log.info("desk question given up error=%s", type(error).__name__)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _answered(self, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
        except ValueError:
            asked = None
        if not isinstance(asked, dict) or asked.get("v") != VERSION:
            return _failed(_other_version())
        try:
            return {"v": VERSION, "ok": True, **self._answer(asked)}
        except HubError as error:
            return _failed(error)
        except TimeoutError:
            return _failed(_busy())


def ask(folder: Path, question: Mapping[str, Any]) -> dict[str, Any] | None:
    """Ask the running hub; None when none runs.

    Raises
    ------
    HubError
        The hub's own, or DESK-02 when it does not answer.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_ANSWER_LIMIT_S)
        try:
            line.connect(str(folder / SOCKET))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            raise _busy() from error
        try:
            line.sendall(json.dumps({"v": VERSION, **question}).encode() + b"\n")
            with line.makefile("rb") as file:
                answer = json.loads(file.readline() or b"null")
        except (OSError, ValueError) as error:
            raise _busy() from error
    if not isinstance(answer, dict):
        raise _busy()
    if answer.get("ok") is not True:
        raise HubError(
            str(answer.get("message")), fix=str(answer.get("fix")), code=str(answer.get("code"))
        )
    return answer


def _failed(error: HubError) -> dict[str, Any]:
    return {
        "v": VERSION,
        "ok": False,
        "code": error.code,
        "message": error.message,
        "fix": error.fix,
    }


def _busy() -> HubError:
    return HubError(
        "The running hub does not answer.",
        fix="Try again; if it goes on, look at: systemctl status hearth.",
        code="DESK-02",
    )


def gone() -> HubError:
    """Return that the hub stopped in the middle of a conversation."""
    return HubError(
        "The hub stopped in the middle.",
        fix="Look at: systemctl status hearth. Then begin again.",
        code="DESK-05",
    )


def _other_version() -> HubError:
    return HubError(
        "The running hub is of another version than this command.",
        fix="Restart the hub: systemctl restart hearth.",
        code="DESK-03",
    )

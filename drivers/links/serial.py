"""One open serial port: non-blocking, every call limited, gone when the cable is pulled.

The event loop watches the port's file descriptor, with no thread that waits in `read`: when a USB
adapter is pulled the descriptor turns readable at once and reading it fails, while a thread blocked
in the kernel can be neither told nor ended. Only opening and closing are done in a thread, because
both may hang in a driver (`close` waits up to 30 s for octets that a meter holds back by XOFF).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import termios
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import serial

from drivers.driver import SerialPort
from drivers.links.talk import RefusedError
from vitals.errors import LinkError

_T = TypeVar("_T")

CALL_LIMIT_S = 5.0
WRITE_LIMIT_S = 2.0
MAX_UNHEARD = 64 * 1024
CHUNK = 4096  # what the kernel's line discipline holds at most

PORT_FAULTS = (OSError, termios.error, LinkError)
"""What pyserial raises (SerialException is an OSError; termios.error is not), and what we do."""

_REQUEST_NOT_SUPPORTED = 0x06  # Core 5.4, Vol 3, Part F, 3.4.1.1
_REASONS = {
    errno.EACCES: ("The hub may not open the port.", "Run it in the group that owns the port."),
    errno.EPERM: ("The hub may not open the port.", "Run it in the group that owns the port."),
    errno.EAGAIN: ("Another program uses the port.", "Stop that program; Hearth tries again."),
    errno.EBUSY: ("Another program uses the port.", "Stop that program; Hearth tries again."),
}
_NO_REASON = ("The port does not open.", "Pull the cable and plug it in again.")


@dataclass(slots=True)
class SerialLine:
    """A serial port as a `Line`: what it hears goes to `heard`, its end to `gone`.

    At most `MAX_UNHEARD` octets wait for the session (`taken` says what it took); what comes
    beyond is dropped and counted in `lost`. A meter speaks when asked, so only noise floods.
    """

    port: serial.Serial
    heard: Callable[[bytes], None] = field(default=lambda _: None)
    gone: Callable[[], None] = field(default=lambda: None)
    lost: int = 0
    _waiting: int = 0
    _open: bool = True

    def listen(self, heard: Callable[[bytes], None], gone: Callable[[], None]) -> None:
        """Hand over what comes from now on."""
        self.heard, self.gone = heard, gone
        asyncio.get_running_loop().add_reader(self.port.fileno(), self._readable)

    def taken(self, count: int) -> None:
        """Note that the session took so many octets."""
        self._waiting -= count

    async def subscribe(self, uuid: str, heard: Callable[[bytes], None]) -> None:
        """Do nothing: a port is heard as a whole."""

    async def read(self, uuid: str) -> bytes:
        """Refuse: a port has nothing to be read by name."""
        del uuid
        raise RefusedError(_REQUEST_NOT_SUPPORTED)

    async def write(self, uuid: str, data: bytes, *, response: bool) -> None:
        """Write all octets within `WRITE_LIMIT_S`, or raise LinkError (a meter said XOFF)."""
        del uuid, response
        try:
            async with asyncio.timeout(WRITE_LIMIT_S):
                while data := data[self._written(data) :]:
                    await self._writable()
        except TimeoutError:
            raise LinkError("The meter takes no octets.", code="SER-02") from None

    async def close(self) -> None:
        """Close the port, with a time limit; what was not sent yet is thrown away."""
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self.port.fileno())
            await asyncio.wait({_aside(self._shut)}, timeout=CALL_LIMIT_S)

    def _shut(self) -> None:
        with contextlib.suppress(*PORT_FAULTS):
            self.port.reset_output_buffer()
        with contextlib.suppress(*PORT_FAULTS):
            self.port.close()

    def _readable(self) -> None:
        try:
            octets = os.read(self.port.fileno(), CHUNK)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if not octets:
            asyncio.get_running_loop().remove_reader(self.port.fileno())
            self.gone()
        elif self._waiting + len(octets) > MAX_UNHEARD:
            self.lost += len(octets)
        else:
            self._waiting += len(octets)
            self.heard(octets)

    def _written(self, data: bytes) -> int:
        # Not pyserial's write: without time to wait it spins for ever on a line that is full (3.5).
        try:
            return os.write(self.port.fileno(), data)
        except BlockingIOError:
            return 0

    async def _writable(self) -> None:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_writer(self.port.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_writer(self.port.fileno())


async def opened(path: Path, how: SerialPort) -> SerialLine:
    """Open a port for this program alone.

    Raises
    ------
    LinkError
        SER-01 with what to do, when the port does not open within `CALL_LIMIT_S`.
    """
    opening = _aside(lambda: _port(path, how))
    try:
        await asyncio.wait({opening}, timeout=CALL_LIMIT_S)
    finally:
        if not opening.done():
            opening.add_done_callback(_close_late)
    if not opening.done():
        raise LinkError(_NO_REASON[0], fix=_NO_REASON[1], code="SER-01")
    try:
        return SerialLine(opening.result())
    except (OSError, termios.error, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        what, fix = _REASONS.get(number or 0, _NO_REASON)
        raise LinkError(what, fix=fix, code="SER-01") from None


def _port(path: Path, how: SerialPort) -> serial.Serial:
    return serial.Serial(
        str(path),
        baudrate=how.baud,
        parity=how.parity,
        xonxoff=how.xonxoff,
        timeout=0,
        write_timeout=0,
        exclusive=True,
    )


def _aside(call: Callable[[], _T]) -> asyncio.Future[_T]:
    return asyncio.ensure_future(asyncio.to_thread(call))


def _close_late(opening: asyncio.Future[serial.Serial]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()

"""Which serial ports exist, and whether the one on this name is still the same plug.

Looking is by name, every few seconds, and not by the kernel's uevents: a netlink socket would need
AF_NETLINK opened for the whole hub, tells of a port before udev has given it its name and group,
and gains no more than those seconds. A look costs some 7 µs for a path and under 1 ms among USB
adapters (`python -m tests.bench.serial`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.driver import Driver

USB = "usb"
"""Says, in place of a path: whichever port has a cable that the driver is known to come with."""

_USB_CLASSES = ("ttyUSB*", "ttyACM*")


@dataclass(frozen=True, slots=True)
class Plug:
    """A port as it is plugged in now. The same cable plugged in again is another plug."""

    path: Path
    node: tuple[int, int]  # inode and when it was made: reading and writing change neither


def find(wanted: str, driver: Driver, root: Path = Path("/")) -> Plug | None:
    """Return the port of that name, or the only one on a cable of this driver.

    Parameters
    ----------
    wanted : str
        A path such as "/dev/serial/by-id/usb-Prolific_…", or `USB`.
    driver : Driver
        Whose `port.usb` names the cables, where `wanted` is `USB`.
    root : Path
        Where `dev` and `sys` are.

    Notes
    -----
    Two cables alike are nobody's: guessing would read one person's meter as another's.
    """
    if wanted != USB:
        return _plug(root / wanted.lstrip("/"))
    known = driver.port.usb if driver.port else frozenset()
    found = [port for port, cable in _cables(root) if cable in known]
    return _plug(found[0]) if len(found) == 1 else None


def address(driver: str, wanted: str, serial: str = "") -> str:
    """Return what a meter on a wire is known by: its own serial number, else its port's name.

    `driver` is the driver's name, because models number their meters each for itself.

    Readings hang on it, so it never depends on where the cable is plugged in; the port's name is
    hashed because it may hold an adapter's serial number.
    """
    if _is_number(serial):
        return f"{driver}:{serial}"
    return f"{driver}:{hashlib.sha256(wanted.encode()).hexdigest()[:16]}"


def _is_number(serial: str) -> bool:
    return serial.isascii() and serial.isalnum() and len(serial) <= 32  # noqa: PLR2004 - far above any meter's


def _plug(path: Path) -> Plug | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return Plug(path, (status.st_ino, status.st_ctime_ns))


def _cables(root: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    for pattern in _USB_CLASSES:
        for tty in sorted((root / "sys/class/tty").glob(pattern)):
            cable = _cable(tty)
            if cable is not None:
                yield root / "dev" / tty.name, cable


def _cable(tty: Path) -> tuple[int, int] | None:
    """Return vendor and product: they stand a few folders above the interface's own."""
    here = Path(os.path.realpath(tty / "device"))
    for folder in (here, *here.parents):
        try:
            vendor, product = (
                int((folder / name).read_text(encoding="ascii"), 16)
                for name in ("idVendor", "idProduct")
            )
        except (OSError, ValueError):
            continue
        return vendor, product
    return None

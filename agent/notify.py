"""Tells systemd how the service is (sd_notify(3)); silent where no systemd listens."""

from __future__ import annotations

import os
import socket


def notify(message: str) -> bool:
    r"""Send one message such as "READY=1" or "WATCHDOG=1"; tell whether somebody listens.

    A name that starts with "@" is an abstract socket: its first octet is NUL on the wire.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.settimeout(1)
        try:
            sock.sendto(message.encode(), address)
        except OSError:
            return False
    return True


def watchdog_interval_s() -> float | None:
    """Return how often to feed the watchdog (half its limit), None when there is none."""
    limit_us = os.environ.get("WATCHDOG_USEC", "")
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(limit_us) / 2e6 if limit_us.isdigit() and int(limit_us) > 0 else None

"""Runs in the guest: tells the time over SNTP on loopback, as the world outside would.

`timeserver.py SECONDS` serves the time that was SECONDS since 1970 when it started, however wrong
the machine's own clock is. RFC 4330, server in unicast mode.
"""

from __future__ import annotations

import socket
import struct
import sys
import time

_NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970
_MODE_SERVER, _VERSION, _STRATUM = 4, 4, 1
_PRECISION = 0xEC  # 2^-20 s


def main() -> None:
    """Answer until stopped."""
    offset_s = float(sys.argv[1]) - time.clock_gettime(time.CLOCK_BOOTTIME)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 123))
        while True:
            asked, who = sock.recvfrom(1024)
            now = _stamp(time.clock_gettime(time.CLOCK_BOOTTIME) + offset_s)
            head = struct.pack(
                "!BBBBII4s", _VERSION << 3 | _MODE_SERVER, _STRATUM, 6, _PRECISION, 0, 0, b"LAB\0"
            )
            # reference, originate (what the client sent), receive, transmit
            sock.sendto(head + now + asked[40:48] + now + now, who)


def _stamp(at_s: float) -> bytes:
    whole = int(at_s)
    return struct.pack("!II", whole + _NTP_EPOCH_S & 0xFFFFFFFF, int((at_s - whole) * 2**32))


if __name__ == "__main__":
    main()

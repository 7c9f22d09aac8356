"""What meters on cables cost: looking for a port, taking noise, a finger for an hour, a visit.

The visits run over a pseudo-terminal, which has no baud rate: this is software time only. A real
line takes longer, 500 records of an UltraEasy some 20 s at 9600 baud.

Run with `python -m tests.bench.serial`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from drivers.codecs import cms50, lifescan, taidoc
from drivers.devices.onetouch_ultraeasy import DRIVER as ULTRA_EASY
from drivers.devices.onetouch_verioiq import DRIVER as VERIO_IQ
from drivers.links import ports
from drivers.sessions.cms50 import old_cms50_session
from drivers.sessions.session import Meeting
from tests.fakes.serial_meters import UltraEasy
from tests.fakes.serial_peer import SerialPeer, linked
from tests.fakes.sink import MemorySink

LOOKS = 2000
ADAPTERS = 4
FLOOD = 256 * 1024
CHUNK = 4096


def seconds_of(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def adapters(root: Path) -> None:
    """Lay out adapters as sysfs does."""
    for number in range(ADAPTERS):
        device = root / "sys/devices/usb1" / f"1-{number}"
        port = device / f"1-{number}:1.0" / f"ttyUSB{number}"
        port.mkdir(parents=True)
        (device / "idVendor").write_text("067b\n")
        (device / "idProduct").write_text("2303\n")
        entry = root / "sys/class/tty" / f"ttyUSB{number}"
        entry.mkdir(parents=True)
        (entry / "device").symlink_to(port)


def look_us(wanted: str, root: Path) -> float:
    def look() -> None:
        for _ in range(LOOKS):
            ports.find(wanted, VERIO_IQ, root)

    return seconds_of(look) / LOOKS * 1e6


def noise_mib_s(feed: Callable[[bytes], object], pattern: bytes) -> float:
    flood = pattern * (CHUNK // len(pattern))

    def take() -> None:
        for _ in range(FLOOD // len(flood)):
            feed(flood)

    return FLOOD / seconds_of(take) / 2**20


def finger_cpu_percent() -> float:
    """Return the share of one core that a finger in an oximeter takes, all the time."""
    session, samples = old_cms50_session(Meeting()), 30_000
    stream = bytes((0x86, 0x40, 0x08, 61, 97)) * samples

    def watch() -> None:
        for at in range(0, len(stream), 64):
            session.frame("serial", stream[at : at + 64])

    return 100 * seconds_of(watch) / (samples / cms50.RATE_HZ)


async def visit_s(records: int, folder: Path) -> float:
    memory = [
        (1349778432 + 60 * at).to_bytes(4, "little") + (100).to_bytes(4, "little")
        for at in range(records)
    ]
    peer, sink = SerialPeer(folder / f"cable-{records}", UltraEasy(*memory)), MemorySink()
    peer.plug()
    began = time.perf_counter()
    async with linked(ULTRA_EASY, peer.name, sink):
        await sink.wait_for_end(60)
        took = time.perf_counter() - began
    peer.pull()
    if len(sink.frames) != records:
        raise SystemExit(f"{len(sink.frames)} of {records} records arrived")
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        adapters(root)
        (root / "dev").mkdir()
        (root / "dev/ttyUSB0").touch()
        report = {
            "look_for_a_path_us": look_us("/dev/ttyUSB0", root),
            f"look_among_{ADAPTERS}_adapters_us": look_us(ports.USB, root),
            "noise_lifescan_mib_s": noise_mib_s(lifescan.Framer().feed, b"\x02\x40"),
            "noise_taidoc_mib_s": noise_mib_s(taidoc.Framer().feed, b"\x51"),
            "finger_in_an_oximeter_cpu_percent": finger_cpu_percent(),
            **{
                f"plugged_to_stored_{records}_records_s": asyncio.run(visit_s(records, root))
                for records in (1, 100, 500)
            },
        }
    json.dump({name: round(value, 3) for name, value in report.items()}, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

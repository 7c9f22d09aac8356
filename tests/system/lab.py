"""A home: a hub in a virtual machine as a user installs it, meters on air, the clinic's server."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.demo.server import DemoServer, every, put
from drivers.virtual import frames
from drivers.virtual.bonding import Bonding
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.peripheral import VirtualMeter
from tests.system.air import NOTIFICATION, Adapter, Air, adapter, off_air, on_air
from tests.system.image import Image
from tests.system.machine import CaseFailedError, Machine, switched_on

PATIENT = "Patient/lab-1"
HUB = "hub-lab"
STORE = "/var/lib/hearth/outbox.db"
_SETTINGS = "/etc/hearth/hearth.toml"
_ADDRESSES = tuple(f"C{number:X}:00:00:00:00:{number:02X}" for number in range(1, 16))
# Meters that only pairing makes the hub's own.
_UNLISTED = tuple(f"D{number:X}:00:00:00:00:{number:02X}" for number in range(1, 16))
_ORIGIN = "urn:hearth:origin:"
_POLL_S = 0.5
_BOOT_LIMIT_S = 300.0
_SENT_LIMIT_S = 120.0
# An adapter of the guest that hears adverts: bluetoothd's own word for it.
SCANNING = (
    "for one in $(ls /sys/class/bluetooth | grep -v :); do "
    "busctl get-property org.bluez /org/bluez/$one org.bluez.Adapter1 Discovering; done"
    " | grep -q true"
)
ACTIVE = "systemctl is-active --quiet hearth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a case has shown, in a sentence, and its figures."""

    what: str
    figures: dict[str, float] = field(default_factory=dict)


Case = Callable[["Lab"], Awaitable[Shown]]


@dataclass(slots=True, kw_only=True)
class Lab:
    """Everything of one home. `machine` and `adapter` are of the present boot."""

    image: Image
    folder: Path
    server: DemoServer
    air: Air
    boots: AsyncExitStack
    machine: Machine = field(init=False)
    adapter: Adapter = field(init=False)
    sent: list[bytes] = field(default_factory=list)
    stays: list[VirtualMeter] = field(default_factory=list)  # on air, whatever case comes next
    bonded: dict[Bonding, VirtualGlucose] = field(default_factory=dict)  # they stay on air
    _addresses: list[str] = field(default_factory=lambda: list(_ADDRESSES))
    _unlisted: list[str] = field(default_factory=lambda: list(_UNLISTED))

    async def boot(self, *, clock: str = "utc") -> None:
        """Switch the machine on, its clock chip saying `clock`, with its adapter plugged in."""
        machine = switched_on(self.image, self.folder / "disk.raw", self.folder, clock=clock)
        self.machine = await self.boots.enter_async_context(machine)
        self.adapter = await self.boots.enter_async_context(adapter(self.air, self.folder))
        self.adapter.plug()

    async def cut_power(self) -> None:
        """Cut the machine's power: what it had in memory is gone, and its radio is silent."""
        self.machine.cut_power()
        await self.machine.ended()
        self.adapter.silence()

    def address(self) -> str:
        """Return the address of a meter that the settings name and no case has used."""
        return self._addresses.pop(0)

    def unlisted_address(self) -> str:
        """Return the address of a meter that the hub knows nothing of."""
        return self._unlisted.pop(0)

    @asynccontextmanager
    async def within_reach(self, meter: VirtualMeter) -> AsyncIterator[None]:
        """Bring a meter into the home, and take it away again."""
        await on_air(self.air, meter)
        try:
            yield
        finally:
            await off_air(self.air, meter)

    def notified(self, meter: VirtualMeter) -> int:
        """Return how many notifications of a meter went over the air since `air.told` was empty."""
        return sum(
            one.opcode == NOTIFICATION and one.meter.startswith(meter.address)
            for one in self.air.told
        )

    async def records_sent(self, meter: VirtualMeter, count: int) -> None:
        """Wait until a meter is in the middle of a transfer."""
        limit = time.monotonic() + _SENT_LIMIT_S
        while self.notified(meter) < count:
            if time.monotonic() > limit:
                raise CaseFailedError(f"the meter sent {self.notified(meter)} records and no more")
            await asyncio.sleep(0.01)

    async def install(self) -> float:
        """Do the rest of systemd/README.md on the machine; return how long the unit took."""
        machine, port = self.machine, urlsplit(self.server.base_url).port
        await machine.sh(_ROAD.format(port=port))
        *before, start, status = self.image.steps.hub
        for line in before:
            await machine.sh(f"cd /root/hearth; {line}")
            if "hearth.toml" in line:
                await machine.sh(f"cat >{_SETTINGS}", stdin=settings(self.server.base_url))
        began_s = await machine.uptime_s()
        await machine.sh(f"cd /root/hearth; {start}", limit_s=180)
        took_s = await machine.uptime_s() - began_s
        await machine.sh(status)
        return took_s

    async def tell_time(self, when: datetime) -> None:
        """Let the machine hear a time server that says `when` it is now."""
        server = "systemd-run --quiet --collect --unit=lab-time python3"
        program = f"/usr/local/lib/lab/timeserver.py {when.timestamp()}"
        await self.machine.sh(f"{server} {program}; systemctl start systemd-timesyncd")
        await self.machine.until("test -e /run/systemd/timesync/synchronized", limit_s=90)

    async def on_server(self, wanted: Sequence[bytes], *, limit_s: float = 90.0) -> None:
        """Wait until the clinic's server has a reading of each frame, and each once.

        The hub writes the SHA-256 of a reading's octets into `Observation.meta.source`.
        """
        names = [hashlib.sha256(frame).hexdigest() for frame in wanted]
        limit = time.monotonic() + limit_s
        while True:
            held = await asyncio.to_thread(self.held)
            missing = [name for name in names if not held[name]]
            if not missing:
                break
            if time.monotonic() > limit:
                raise CaseFailedError(f"{len(missing)} of {len(names)} readings are not there")
            await asyncio.sleep(_POLL_S)
        twice = [name for name in names if held[name] > 1]
        if twice:
            raise CaseFailedError(f"{len(twice)} of {len(names)} readings are on the server twice")

    def held(self) -> Counter[str]:
        """Return how often the server has a reading of which octets, by their SHA-256.

        One reading is several Observations, a blood pressure and a pulse, all of one source: a
        second one of the same code is a copy.
        """
        found: Counter[tuple[str, str]] = Counter()
        for one in every(self.server.base_url, "Observation"):
            source = str(one.get("meta", {}).get("source", ""))
            if source.startswith(_ORIGIN):
                codes = sorted(coding["code"] for coding in one["code"]["coding"])
                found[source.rpartition(":")[2], " ".join(codes)] += 1
        copies: Counter[str] = Counter()
        for (name, _), count in found.items():
            copies[name] = max(copies[name], count)
        return copies

    def observed(self, frame: bytes) -> dict[str, Any]:
        """Return the first resource that the server has of a frame."""
        name = hashlib.sha256(frame).hexdigest()
        for one in every(self.server.base_url, "Observation"):
            if str(one.get("meta", {}).get("source", "")).endswith(name):
                return one
        raise CaseFailedError("a reading is not there")

    async def healthy(self) -> None:
        """Wait until the unit runs and the hub listens for meters."""
        await self.machine.until(ACTIVE, limit_s=_BOOT_LIMIT_S)
        await self.machine.until(SCANNING, limit_s=_BOOT_LIMIT_S)

    async def count(self, unit_property: str) -> int:
        """Return one of systemd's own figures of the unit, such as NRestarts or MainPID."""
        return int(await self.machine.sh(f"systemctl show hearth --value -p {unit_property}"))


# Socket-activated, so that it survives a reboot: the guest's loopback goes to the clinic's server.
_ROAD = """
echo '127.0.0.1 localhost hearth-hub' >/etc/hosts
cat >/etc/systemd/system/lab-clinic.socket <<UNIT
[Socket]
ListenStream=127.0.0.1:{port}
[Install]
WantedBy=sockets.target
UNIT
cat >/etc/systemd/system/lab-clinic.service <<UNIT
[Service]
ExecStart=/usr/lib/systemd/systemd-socket-proxyd 10.0.2.2:{port}
UNIT
systemctl --quiet enable --now lab-clinic.socket
"""


def settings(base_url: str) -> str:
    """Write what a nurse would write into hearth.toml."""
    meters = "".join(f'[[meter]]\naddress = "{address}"\n' for address in _ADDRESSES)
    return (
        f'[hub]\nid = "{HUB}"\n[patient]\nreference = "{PATIENT}"\n'
        f'[fhir]\nbase_url = "{base_url}"\n{meters}'
    )


def cuff_frame(number: int) -> bytes:
    """Return a blood pressure unlike any other of this run, taken just now."""
    at = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=1)
    return frames.blood_pressure(110 + number % 40, 70 + number % 15, 60 + number % 30, at)


def remember(meter: VirtualGlucose, count: int, *, first: int = 1) -> list[bytes]:
    """Put records into a meter's memory, a minute apart, the last a minute ago; return them."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    made = [
        frames.glucose(first + n, 80 + n % 120, now - timedelta(minutes=count - n))
        for n in range(count)
    ]
    meter.records += made[:-1]
    meter.taken += made[:-1]
    return made


@asynccontextmanager
async def home(image: Image, folder: Path) -> AsyncIterator[Lab]:
    """Make a home of its own: a fresh disk, a server, a booted machine with its adapter."""
    disk = folder / "disk.raw"
    copy = ["cp", "--sparse=always", "--reflink=auto", str(image.disk), str(disk)]
    await asyncio.to_thread(subprocess.run, copy, check=True, timeout=600)
    (folder / "server").mkdir()
    server = DemoServer(folder / "server")
    await asyncio.to_thread(server.__enter__)
    try:
        await asyncio.to_thread(
            put, server.base_url, {"resourceType": "Patient", "id": PATIENT.rpartition("/")[2]}
        )
        air = Air()
        async with AsyncExitStack() as boots:
            lab = Lab(image=image, folder=folder, server=server, air=air, boots=boots)
            await lab.boot()
            yield lab
    finally:
        await asyncio.to_thread(server.__exit__)
        disk.unlink()

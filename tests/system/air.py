"""The air around the guest, in this process: its adapter's radio, and virtual meters.

The meters live on whatever happens to the guest, power cuts included, and remember what they had.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink
from bumble.transport.common import PacketParser

from drivers.virtual.peripheral import VirtualMeter

ADAPTER = "00:1A:7D:DA:71:01"
_PLUG, _PULL = b"\xfe", b"\xfd"
NOTIFICATION, INDICATION, CONFIRMATION = 0x1B, 0x1D, 0x1E  # Core 5.4, Vol 3, Part F, 3.4.7
_TOLD = frozenset({NOTIFICATION, INDICATION, CONFIRMATION})
_ATT_CHANNEL = b"\x04\0"  # Core 5.4, Vol 3, Part A, 2.1
_LE_EVENT, _ADVERTISING_REPORT = b"\x04\x3e", 0x02  # Core 5.4, Vol 4, Part E, 7.7.65.2
_RESET = b"\x01\x03\x0c\0"  # 7.3.2
_STRENGTHS = (-58, -61, -57, -63, -59, -60, -57)  # dBm, one meter away; nothing moves
_LOST = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notification, an indication or a confirmation that went over the air."""

    meter: str  # who sent it: an address, in capitals
    opcode: int
    at_s: float  # our monotonic clock


class Air(LocalLink):
    """A link that sends from the address a connection was made with, and notes who told what when.

    Bumble 0.0.236 always takes the sender's random address, so that an adapter with a public one,
    as real adapters have, gets no answer.
    """

    def __init__(self) -> None:
        """Make the air, with nobody in it."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.told: list[Told] = []

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Hand data to whoever is at the other end of the connection."""
        connection = sender_controller.le_connections.get(destination_address)
        if data[2:4] == _ATT_CHANNEL and data[4] in _TOLD:
            sender = str(connection.self_address if connection else "")
            self.told.append(Told(meter=sender, opcode=data[4], at_s=time.monotonic()))
        other = self.find_le_controller(destination_address)
        if connection is not None and other is not None:
            asyncio.get_running_loop().call_soon(
                other.on_link_acl_data, connection.self_address, transport, data
            )

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Hand a control packet to whoever is there; what nobody hears is lost, as on air."""
        if self.find_le_controller(receiver_address) is not None:
            super().send_ll_control_pdu(sender_address, receiver_address, packet)

    def vanish(self, controller: Controller) -> None:
        """Take somebody away: whoever was connected finds out, as by a supervision timeout."""
        for connection in list(controller.le_connections.values()):
            other = self.find_le_controller(connection.peer_address)
            end = other.le_connections.get(connection.self_address) if other is not None else None
            if other is not None and end is not None:
                other.on_le_disconnected(end, _LOST)
        self.remove_controller(controller)


class Adapter:
    """The guest's Bluetooth adapter: what its driver says goes on air, and the other way round."""

    def __init__(self, air: Air, writer: asyncio.StreamWriter) -> None:
        """Take the way to the guest's driver; the adapter is not plugged in yet."""
        self._air, self._writer = air, writer
        self._parser = PacketParser()
        self._controller: Controller | None = None
        self._heard = 0
        self._deaf = False

    def plug(self, address: str = ADAPTER) -> None:
        """Plug it in."""
        self._controller = Controller(
            "adapter", host_sink=self, link=self._air, public_address=address
        )
        # The kernel waits for an event of Link Layer privacy that Bumble does not send (issue 841).
        self._controller.le_features &= ~(
            hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        )
        self._parser.sink = self._controller
        self._writer.write(_PLUG)

    def pull(self) -> None:
        """Pull it out: the guest's adapter is gone, and whoever was connected loses it."""
        self._writer.write(_PULL)
        self.silence()

    def silence(self) -> None:
        """End every connection as a supervision timeout does, and hear and say nothing more."""
        controller, self._controller = self._controller, None
        if controller is None:
            return
        self._parser.sink = None
        controller.host = None
        self._air.vanish(controller)

    def go_deaf(self) -> None:
        """Report no advertisement any more, though it says that it scans, until it is reset.

        Cheap adapters do that; the kernel resets an adapter that is switched on.
        """
        self._deaf = True

    @property
    def is_deaf(self) -> bool:
        """Tell whether it is: only a reset by its driver, or `hear_again`, ends that."""
        return self._deaf

    def hear_again(self) -> None:
        """Report advertisements again, whether it was reset or not."""
        self._deaf = False

    def on_packet(self, packet: bytes) -> None:
        """Take what the controller says to its driver."""
        if packet[:2] == _LE_EVENT and packet[3] == _ADVERTISING_REPORT:
            if self._deaf:
                return
            # No signal is steady, and none that nobody carries about changes by 8 dB.
            self._heard += 1
            packet = packet[:-1] + bytes((_STRENGTHS[self._heard % len(_STRENGTHS)] & 0xFF,))
        self._writer.write(packet)

    async def carry(self, reader: asyncio.StreamReader) -> None:
        """Take what the driver says until the guest is off."""
        while some := await reader.read(65536):
            self._deaf = self._deaf and _RESET not in some
            self._parser.feed_data(some)
        self.silence()


@contextlib.asynccontextmanager
async def adapter(air: Air, folder: Path) -> AsyncIterator[Adapter]:
    """Give the guest whose sockets are in `folder` its adapter."""
    reader, writer = await asyncio.open_unix_connection(str(folder / "hci"))
    one = Adapter(air, writer)
    carrying = asyncio.create_task(one.carry(reader))
    try:
        yield one
    finally:
        carrying.cancel()
        one.silence()
        writer.close()


async def on_air(air: Air, meter: VirtualMeter) -> None:
    """Bring a meter within reach."""
    await meter.switch_on(Controller(meter.name, link=air))


async def off_air(air: Air, meter: VirtualMeter) -> None:
    """Take a meter away: it says nothing more, and what it remembers stays."""
    address = hci.Address(meter.address)
    controller = air.find_le_controller(address)
    await meter.switch_off()
    if controller is not None:
        air.vanish(controller)

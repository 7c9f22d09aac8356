"""Runs in the guest, as root: a Bluetooth adapter of the stock kernel (hci_vhci), its air outside.

HCI packets (H4: a type octet, then the packet) go between /dev/vhci and a virtual serial port. Two
octets of our own on the way in plug the adapter in and pull it out. Standard library only.
"""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

_PORT = Path("/dev/virtio-ports/hearth.hci")
_VHCI = "/dev/vhci"
_PLUG, _PULL = 0xFE, 0xFD
_VENDOR = 0xFF  # what vhci and its user tell each other (Linux, drivers/bluetooth/hci_vhci.c)
_PRIMARY = bytes((_VENDOR, 0))
# Where a packet's length is, and in how many octets (Core 5.4, Vol 4, Part E, 5.4): by H4's type.
_LENGTHS = {1: (3, 1), 2: (3, 2), 3: (3, 1), 4: (2, 1), 5: (3, 2)}
_MOST = 4096


def whole_packets(octets: bytes) -> tuple[list[bytes], bytes]:
    """Cut a stream into whole packets, and what is left of the last one."""
    packets = []
    while octets:
        if octets[0] in (_PLUG, _PULL):
            size = 1
        else:
            at, width = _LENGTHS[octets[0]]
            if len(octets) < at + width:
                break
            size = at + width + int.from_bytes(octets[at : at + width], "little")
        if len(octets) < size:
            break
        packets.append(octets[:size])
        octets = octets[size:]
    return packets, octets


def main() -> None:
    """Carry packets until the machine ends."""
    while not (_PORT.exists() and Path(_VHCI).exists()):
        time.sleep(0.05)
    port, adapter, waiting = os.open(_PORT, os.O_RDWR), -1, b""
    while True:
        ready, _, _ = select.select([one for one in (port, adapter) if one >= 0], [], [], 1.0)
        if adapter in ready:
            packet = os.read(adapter, _MOST)
            if packet[0] != _VENDOR:
                _write(port, packet)
        if port in ready:
            some = os.read(port, 65536)
            if not some:  # nobody is there yet
                time.sleep(0.05)
                continue
            packets, waiting = whole_packets(waiting + some)
            for packet in packets:
                adapter = _carry(packet, adapter)


def _carry(packet: bytes, adapter: int) -> int:
    if packet[0] in (_PLUG, _PULL):
        if adapter >= 0:
            os.close(adapter)
        if packet[0] == _PULL:
            return -1
        adapter = os.open(_VHCI, os.O_RDWR)
        os.write(adapter, _PRIMARY)
    elif adapter >= 0:
        os.write(adapter, packet)
    return adapter


def _write(port: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(port, octets) :]


if __name__ == "__main__":
    main()

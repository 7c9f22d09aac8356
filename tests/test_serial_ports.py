"""Which ports exist. The sysfs tree is laid out as the kernel does for a USB serial adapter.

Documentation/ABI/stable/sysfs-class-tty and testing/sysfs-bus-usb: `class/tty/ttyUSB0/device` leads
to the port's folder, below the interface, below the device with `idVendor` and `idProduct`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from drivers.devices.beurer_bm65 import DRIVER as BM65
from drivers.driver import SerialPort
from drivers.links import ports

VERIO_IQ = (0x10C4, 0x85A7)  # glucometer-protocols, lifescan/onetouch-verio-iq.md
PROLIFIC = (0x067B, 0x2303)
DRIVER = replace(BM65, port=SerialPort(baud=38400, usb=frozenset({VERIO_IQ})))


def plugged(root: Path, tty: str, usb: tuple[int, int], hole: str) -> None:
    """Lay out one adapter plugged into a USB socket."""
    device = root / "sys/devices/usb1" / hole
    port = device / f"{hole}:1.0" / tty
    port.mkdir(parents=True)
    (device / "idVendor").write_text(f"{usb[0]:04x}\n")
    (device / "idProduct").write_text(f"{usb[1]:04x}\n")
    entry = root / "sys/class/tty" / tty
    entry.mkdir(parents=True)
    (entry / "device").symlink_to(port)
    (root / "dev").mkdir(exist_ok=True)
    (root / "dev" / tty).touch()


def test_a_cable_made_for_the_meter_is_found_among_others(tmp_path: Path) -> None:
    plugged(tmp_path, "ttyUSB0", PROLIFIC, "1-1")
    plugged(tmp_path, "ttyUSB1", VERIO_IQ, "1-2")
    plug = ports.find(ports.USB, DRIVER, tmp_path)
    assert plug is not None
    assert plug.path == tmp_path / "dev/ttyUSB1"


def test_of_two_cables_alike_none_is_taken(tmp_path: Path) -> None:
    plugged(tmp_path, "ttyUSB0", VERIO_IQ, "1-1")
    plugged(tmp_path, "ttyACM0", VERIO_IQ, "1-2")
    assert ports.find(ports.USB, DRIVER, tmp_path) is None


def test_a_stranger_s_adapter_is_never_taken(tmp_path: Path) -> None:
    plugged(tmp_path, "ttyUSB0", PROLIFIC, "1-1")
    assert ports.find(ports.USB, DRIVER, tmp_path) is None
    assert ports.find(ports.USB, BM65, tmp_path) is None


def test_a_port_without_usb_below_it_is_no_cable(tmp_path: Path) -> None:
    entry = tmp_path / "sys/class/tty/ttyUSB0"
    entry.mkdir(parents=True)
    assert ports.find(ports.USB, DRIVER, tmp_path) is None


def test_a_port_is_found_by_the_name_the_settings_give(tmp_path: Path) -> None:
    plugged(tmp_path, "ttyUSB3", PROLIFIC, "1-1")
    names = tmp_path / "dev/serial/by-id"
    names.mkdir(parents=True)
    wanted = "/dev/serial/by-id/usb-Prolific_Technology_Inc.-if00-port0"
    assert ports.find(wanted, BM65, tmp_path) is None
    (tmp_path / wanted[1:]).symlink_to("../../ttyUSB3")
    plug = ports.find(wanted, BM65, tmp_path)
    assert plug is not None
    assert plug.path.resolve() == tmp_path / "dev/ttyUSB3"


def test_a_cable_plugged_in_again_is_another_plug(tmp_path: Path) -> None:
    plugged(tmp_path, "ttyUSB0", PROLIFIC, "1-1")
    before = ports.find("/dev/ttyUSB0", BM65, tmp_path)
    (tmp_path / "dev/other").touch()
    os.replace(tmp_path / "dev/other", tmp_path / "dev/ttyUSB0")  # noqa: PTH105 - a new node
    after = ports.find("/dev/ttyUSB0", BM65, tmp_path)
    assert before is not None
    assert after is not None
    assert before != after
    assert after == ports.find("/dev/ttyUSB0", BM65, tmp_path)


def test_a_meter_is_known_by_its_own_number_wherever_it_is_plugged_in() -> None:
    address = ports.address("beurer-bm65", "/dev/ttyUSB0", "GMF600DCY")
    assert address == ports.address("beurer-bm65", "/dev/ttyUSB7", "GMF600DCY")
    assert "GMF600DCY" in address


def test_a_meter_without_a_number_is_known_by_its_port_s_name_and_never_tells_it() -> None:
    wanted = "/dev/serial/by-id/usb-FTDI_A9007UX1-if00-port0"
    address = ports.address("beurer-bm65", wanted)
    assert address == ports.address("beurer-bm65", wanted, "\0\xff")
    assert address != ports.address("beurer-bm65", "/dev/ttyUSB0")
    assert "A9007UX1" not in address

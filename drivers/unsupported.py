"""Meters that people ask for and Hearth cannot read, each with the reason: data, no code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A meter, or a family of them, and why it is not read."""

    name: str
    why: str


UNSUPPORTED: tuple[Unsupported, ...] = (
    Unsupported(
        name="A&D UA-767PC, UA-767PBT",
        why="classic Bluetooth or a serial format that nobody has published",
    ),
    Unsupported(
        name="A&D UB-1100BLE",
        why="reads of a paired cuff hang or crawl on Linux (blessed-bluez issue 26)",
    ),
    Unsupported(name="Accu-Chek Mobile", why="sends only from a menu on the meter; not tried yet"),
    Unsupported(name="Bayer Contour USB", why="speaks USB HID, not a serial port"),
    Unsupported(
        name="Beurer BM55, BM58 by cable", why="speak USB HID; only BM65's serial form is known"
    ),
    Unsupported(name="Contec 08A", why="speaks USB HID, not a serial port"),
    Unsupported(
        name="Dexcom, FreeStyle Libre sensors",
        why="do not speak the standard profile; their makers keep the protocol closed",
    ),
    Unsupported(
        name="GlucoMen Areo", why="reads by cable or NFC only; its Bluetooth is not published"
    ),
    Unsupported(
        name="iHealth BP5, BP7 and others",
        why="closed: their maker's library needs a licence from its cloud",
    ),
    Unsupported(name="Microlife cuffs", why="closed; one model was traced, by one person, once"),
    Unsupported(name="Nonin 9560", why="classic Bluetooth serial port, which Hearth does not use"),
    Unsupported(
        name="Omron HEM-7380T1 and newer",
        why="exchange keys in a session that one program only has worked out",
    ),
    Unsupported(
        name="Omron cuffs not listed, such as HEM-6161T, HEM-7150T, HEM-7361T",
        why="one program only says where they keep their records, and octets read from a wrong "
        "place would pass for somebody's blood pressure",
    ),
    Unsupported(name="Omron cuffs by USB cable", why="speak USB HID, not a serial port"),
    Unsupported(
        name="SilverCrest SBM69",
        why="sends plain integers where the standard has medical floats: 120 would be read as "
        "something else, and nothing in the frame tells the two apart",
    ),
    Unsupported(
        name="TaiDoc and FORA thermometers, oximeters, scales and multi-test meters",
        why="speak the frames that are read here, but what each writes in them is not proved",
    ),
    Unsupported(
        name="Wellue O2Ring S and newer rings",
        why="have another service and other questions; not tried yet",
    ),
    Unsupported(
        name="Xiaomi scales",
        why="use the standard's body composition characteristic with a layout of their own",
    ),
)

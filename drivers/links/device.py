"""What BlueZ knows of a device that bleak hands on."""

from __future__ import annotations

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers.driver import Advertisement
from drivers.frame import short_uuid
from drivers.links.bluez import WEAKEST_DBM, Properties


def as_now(device: BLEDevice, data: AdvertisementData) -> BLEDevice:
    """Return a device with what BlueZ knows of it now.

    bleak (3.1, BaseBleakScanner.create_or_update_device) hands out the BLEDevice of the first
    advertisement for as long as a scan lasts: when bluetoothd has forgotten the device since, that
    one goes on saying that it is paired.
    """
    match data.platform_data:
        case (str(path), dict(properties)):
            return BLEDevice(device.address, device.name, {"path": path, "props": properties})
    return device


def described(properties: Properties) -> Advertisement:
    """Return what BlueZ knows of a device (Device1), in the form of what a meter says on air."""
    return Advertisement(
        address=str(properties.get("Address", "")),
        local_name=str(properties.get("Name", "")),
        services=frozenset(map(short_uuid, properties.get("UUIDs", ()))),
        company_ids=frozenset(properties.get("ManufacturerData", ())),
    )


def device_at(path: str, properties: Properties) -> BLEDevice:
    """Return a device for bleak out of what BlueZ knows of it."""
    details = {"path": path, "props": dict(properties)}
    return BLEDevice(str(properties.get("Address", "")), str(properties.get("Name", "")), details)


def on_air(data: AdvertisementData) -> bool:
    """Tell whether this was heard now, and is not what BlueZ remembers of a bonded device.

    A bluetoothd that starts shows every device that it has a bond with, and bleak hands each on as
    an advertisement. Only one that was heard has a strength (Device1.RSSI); else bleak says -127.
    """
    return data.rssi > WEAKEST_DBM


def bonded(device: BLEDevice) -> bool | None:
    """Tell whether the hub's Bluetooth holds a bond with this meter; None if it does not say.

    bleak hands on BlueZ's own properties of the device (Device1.Paired) as they are now.
    """
    return _says(device, "Paired")


def connected(device: BLEDevice) -> bool:
    """Tell whether it is connected: it does not call then, whatever else BlueZ tells of it."""
    return _says(device, "Connected") is True


def _says(device: BLEDevice, name: str) -> bool | None:
    details = device.details
    properties = details.get("props") if isinstance(details, dict) else None
    said = properties.get(name) if isinstance(properties, dict) else None
    return said if isinstance(said, bool) else None

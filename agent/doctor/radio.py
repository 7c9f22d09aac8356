"""Checks that there is Bluetooth: an adapter, not blocked, and bluetoothd on the bus."""

from __future__ import annotations

from dataclasses import dataclass

from agent.doctor.finding import Finding, broken, good, unknown
from agent.doctor.place import Place

NAME = "radio"
_KEPT = "No meter can be read over Bluetooth; meters that remember keep their readings."


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """What can be seen of the radio; `daemon` None: the bus could not be asked."""

    adapters: tuple[str, ...]
    blocked: bool
    daemon: bool | None


def judge(radio: Radio, *, wanted: str) -> Finding:
    """Judge what is there; `wanted` is radio.adapter, empty for any."""
    if not radio.adapters:
        return broken(
            NAME,
            "There is no Bluetooth adapter.",
            means=_KEPT,
            do="Plug the adapter in again; on a Raspberry Pi see that disable-bt is not set in "
            "/boot/firmware/config.txt.",
        )
    if wanted and wanted not in radio.adapters:
        have = ", ".join(radio.adapters)
        return broken(
            NAME,
            f"There is no adapter {wanted}; there is {have}.",
            means=_KEPT,
            do="Correct radio.adapter, or leave it empty for the first one.",
        )
    if radio.blocked:
        return broken(
            NAME, "Bluetooth is switched off.", means=_KEPT, do="rfkill unblock bluetooth."
        )
    if radio.daemon is None:
        return unknown(
            NAME,
            f"There is an adapter ({radio.adapters[0]}); the system's bus could not be asked.",
            means="Whether bluetoothd runs is not known.",
            do="Run: systemctl status dbus bluetooth.",
        )
    if not radio.daemon:
        return broken(
            NAME,
            "bluetoothd does not run.",
            means=_KEPT,
            do="systemctl enable --now bluetooth.",
        )
    return good(NAME, f"{radio.adapters[0]} is there, and bluetoothd runs.")


def check(place: Place) -> list[Finding]:
    """Look at the kernel's adapters and locks, and ask the bus who is on it."""
    if not place.config.radio.enabled:
        return [good(NAME, "Bluetooth is off in the settings.")]
    blocked = False
    for kind in place.found("sys/class/rfkill/*/type"):
        if place.text(kind) == "bluetooth":
            locks = (place.text(kind.removesuffix("type") + lock) for lock in ("soft", "hard"))
            blocked = blocked or "1" in locks
    names = place.heard(["busctl", "--system", "--no-pager", "--no-legend", "list", "--acquired"])
    daemon = None if names is None else any(n.startswith("org.bluez ") for n in names.splitlines())
    adapters = tuple(one.rpartition("/")[2] for one in place.found("sys/class/bluetooth/hci*"))
    # A connection shows up beside the adapters, as hci0:64.
    adapters = tuple(one for one in adapters if ":" not in one)
    found = Radio(adapters=adapters, blocked=blocked, daemon=daemon)
    return [judge(found, wanted=place.config.radio.adapter)]

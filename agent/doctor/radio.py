"""Checks that there is Bluetooth: an adapter, not blocked, and bluetoothd on the bus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent import desk
from agent.doctor.finding import Finding, broken, good, look, unknown
from agent.doctor.place import Place
from agent.offline import view_of
from agent.radio_health import kept
from sync.outbox import FILE_NAME
from vitals.errors import HubError

NAME = "radio"
OFTEN = 20
"""So many mendings among the last 64 that are kept want a person's look."""
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
    if wanted.startswith("hci") and wanted not in radio.adapters and len(radio.adapters) > 1:
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


def judge_history(told: Mapping[str, Any]) -> list[Finding]:
    """Judge what the radio suffered from lately, as the hub tells it; nothing where it was well."""
    episodes = [one for one in told.get("episodes", ()) if isinstance(one, dict)]
    still = [str(one) for one in told.get("open", ())]
    if still:
        return [
            look(
                NAME,
                f"Bluetooth is being mended at this moment ({', '.join(still)}).",
                means="Meters that remember keep their readings; the hub goes on trying.",
                do="Wait a minute and run this again. Alarms say whether a person is needed.",
            )
        ]
    if len(episodes) >= OFTEN:
        return [
            look(
                NAME,
                f"Bluetooth was mended {len(episodes)} times; last at {episodes[-1].get('at')}.",
                means="It works, because the hub mends it. Something wears it out.",
                do="Try another adapter or USB port, away from USB 3 sticks and metal.",
            )
        ]
    if episodes:
        last = episodes[-1]
        return [
            good(
                NAME,
                f"The hub mended Bluetooth by itself {len(episodes)} times; last at "
                f"{last.get('at')} ({last.get('fault')}).",
            )
        ]
    return []


def _history(place: Place) -> Mapping[str, Any]:
    """Ask the running hub, or read what it kept; nothing where neither can be done."""
    try:
        answer = desk.ask(place.config.hub.state_dir, {"do": "radio"})
        if answer is not None:
            told = answer.get("radio")
            return told if isinstance(told, dict) else {}
        if not (place.config.hub.state_dir / FILE_NAME).exists():
            return {}
        store = view_of(place.config)
    except HubError:
        return {}
    try:
        return {"episodes": kept(store)}
    finally:
        store.close()


def check(place: Place) -> list[Finding]:
    """Look at the kernel's adapters and locks, ask the bus who is on it, and the hub how it was."""
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
    return [judge(found, wanted=place.config.radio.adapter), *judge_history(_history(place))]

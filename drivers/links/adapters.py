"""Which adapter to use. Pure: adapters are looked up every time, their numbers change."""

from __future__ import annotations

from drivers.links.bluez import ADAPTER, Objects, adapters


def choose(objects: Objects, wanted: str = "") -> str | None:
    """Return the path of the adapter to use, None when there is none.

    Parameters
    ----------
    objects : mapping
        Everything that bluetoothd shows.
    wanted : str
        What the settings name: an adapter (hci0) or its own Bluetooth address; empty for any. An
        adapter that was pulled out and put back may come under another number: where there is only
        one, that one is meant.
    """
    there = adapters(objects)
    named = [
        path
        for path in there
        if wanted
        and (
            path.rpartition("/")[2] == wanted
            or str(objects[path][ADAPTER].get("Address", "")).upper() == wanted.upper()
        )
    ]
    if named:
        return named[0]
    if wanted and len(there) != 1:
        return None
    powered = [path for path in there if objects[path][ADAPTER].get("Powered")]
    return next(iter(powered or there), None)

"""A thing that is no meter and is always on air, as a telephone or a television in every home."""

from __future__ import annotations

from drivers.virtual.peripheral import Advertised, VirtualMeter


class Beacon(VirtualMeter):
    """Advertises without end, and has nothing to say."""

    def __init__(self, address: str = "C9:00:00:00:00:01") -> None:
        super().__init__("Television", address, {"180F": []}, advertised=Advertised())

    def has_something(self) -> bool:
        return True

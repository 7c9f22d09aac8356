"""A Frame: octets that arrived, with what the link knew at that instant."""

from __future__ import annotations

from dataclasses import dataclass

from vitals.reading import ClockCheck, HubTime, MeterIdentity, RawFrame

BASE_UUID = "0000{}-0000-1000-8000-00805f9b34fb"  # Core 5.4, Vol 3, Part B, 2.5.1


def short_uuid(uuid: str) -> str:
    """Write a UUID in lower case, and a Bluetooth SIG one as its four digits (`2a35`)."""
    text = uuid.lower()
    head, tail = BASE_UUID.split("{}")
    if text.startswith(head) and text.endswith(tail) and len(text) == len(head) + 4 + len(tail):
        return text[len(head) : len(head) + 4]
    return text


def full_uuid(uuid: str) -> str:
    """Write a UUID in full, in lower case, as bleak wants it."""
    text = uuid.lower()
    return BASE_UUID.format(text) if len(text) == len("2a35") else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Octets that arrived on one characteristic (`uuid` short, lower case: "2a35")."""

    uuid: str
    data: bytes
    received: HubTime
    meter: MeterIdentity
    clock_check: ClockCheck | None = None

    @property
    def raw(self) -> RawFrame:
        """Return what a Reading keeps of this frame."""
        return RawFrame(source=self.uuid, data=self.data)

"""When a reading was measured, worked out from its evidence and never invented (PHD IG 2.0.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from vitals.reading import ClockCheck, HubTime, Timing

_FUTURE_LIMIT = timedelta(hours=24)
_FACTORY_YEARS = 2010  # no meter in use was made before; such a clock was never set right
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The best estimate of when, None when nobody can know; and whether a clock was corrected.

    `vouched` is false where all rests on the hub's clock and nobody had set that yet.
    """

    at: datetime | None
    shifted: bool = False
    vouched: bool = True


def corrected(time: HubTime, boot_offsets: Mapping[str, int]) -> datetime:
    """Return a hub time's wall clock, put right where the boot's true offset became known later.

    Parameters
    ----------
    time : HubTime
        As it was recorded.
    boot_offsets : mapping
        For each boot, wall time minus boot time in nanoseconds, taken once its clock was
        synchronised. A Pi 4 has no clock battery: readings of a boot may come before its time.
    """
    offset_ns = boot_offsets.get(time.boot_id)
    if time.synchronised or offset_ns is None:
        return time.at
    return _EPOCH + timedelta(microseconds=(offset_ns + time.boottime_ns) // 1000)


def effective(timing: Timing, zone: tzinfo, boot_offsets: Mapping[str, int]) -> Effective:
    """Return when a reading was measured.

    No device time: when it was received. A device time and its clock read in the same session:
    the device time shifted by hub minus device. A device time alone: taken as local time in
    `zone`; in the hour that a change of summer time repeats, the first pass is meant. A device
    time that names no moment, comes from a clock never set, or lies a day ahead: unknown.
    """
    received = corrected(timing.received, boot_offsets)
    if timing.device_time is None:
        return Effective(
            at=received.astimezone(zone), vouched=_vouched(timing.received, boot_offsets)
        )
    local = timing.device_time.local
    if local is None or local.year < _FACTORY_YEARS:
        return Effective(at=None)
    check = timing.clock_check
    at: datetime | None
    vouched = True
    if check is None:
        at, shifted = _in_zone(local, zone), False
    else:
        at, shifted = _shifted(local, check, zone, boot_offsets), True
        vouched = _vouched(check.hub, boot_offsets)
    if at is None or at.year < _FACTORY_YEARS or at - received > _FUTURE_LIMIT:
        return Effective(at=None, shifted=shifted)
    return Effective(at=at.astimezone(zone), shifted=shifted, vouched=vouched)


def _vouched(time: HubTime, boot_offsets: Mapping[str, int]) -> bool:
    return time.synchronised or time.boot_id in boot_offsets


def _in_zone(local: datetime, zone: tzinfo) -> datetime | None:
    try:
        # Through UTC and back: a time that a jump forward skipped becomes a real one.
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None


def _shifted(
    local: datetime, check: ClockCheck, zone: tzinfo, boot_offsets: Mapping[str, int]
) -> datetime | None:
    clock = check.device.local
    if clock is None or clock.year < _FACTORY_YEARS:
        return None
    hub = corrected(check.hub, boot_offsets).astimezone(zone)
    try:
        # Local time minus local time: across a change of summer time both are the meter's own.
        return hub - (clock - local)
    except OverflowError:
        return None

"""Current Time and Elapsed Time Services, shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from drivers.codecs import current_time, elapsed_time
from drivers.codecs.elapsed_time import ElapsedTime, Flags, Resolution
from drivers.show.fields import Fields, names
from drivers.show.shown import Shown, clock, listed

_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the flags, not the number, tell the zone

_RESOLUTIONS = {
    Resolution.SECOND: "1s",
    Resolution.TENTH: "100ms",
    Resolution.MILLISECOND: "1ms",
    Resolution.TENTH_OF_A_MILLISECOND: "100us",
}


def current_fields(data: bytes) -> Fields:
    """Name the fields of a Current Time (2A2B)."""
    sent = current_time.decode(data)
    return {
        "time": str(sent.time),
        "day_of_week": sent.day_of_week,
        "fractions256": sent.fractions_256,
        "adjust": names(sent.adjust),
    }


def current_words(data: bytes) -> list[str]:
    """Say a Current Time."""
    sent = current_time.decode(data)
    lines = [clock(sent.time)]
    if sent.adjust:
        lines.append(f"set by: {listed(names(sent.adjust), '')}")
    return lines


def local_fields(data: bytes) -> Fields:
    """Name the fields of a Local Time Information (2A0F)."""
    sent = current_time.decode_local(data)
    return {"tz_quarter_hours": sent.zone_quarters, "dst_quarter_hours": sent.dst_quarters}


def local_words(data: bytes) -> list[str]:
    """Say a Local Time Information."""
    sent = current_time.decode_local(data)
    return [zone_words(sent.zone_quarters, sent.dst_quarters)]


def zone_words(zone_quarters: int, dst_quarters: int) -> str:
    """Say a time zone and daylight saving, each in quarter hours."""
    zone = "time zone unknown"
    if zone_quarters != current_time.UNKNOWN_ZONE:
        zone = f"standard time UTC{_hours(zone_quarters, signed=True)}"
    if dst_quarters == current_time.UNKNOWN_DST:
        return f"{zone}, daylight saving unknown"
    return f"{zone}, {f'{_hours(dst_quarters)} of' if dst_quarters else 'no'} daylight saving"


def reference_fields(data: bytes) -> Fields:
    """Name the fields of a Reference Time Information (2A14)."""
    sent = current_time.decode_reference(data)
    return {
        "source": sent.source,
        "accuracy_eighths_s": sent.accuracy_eighths_s,
        "days_since": sent.days_since,
        "hours_since": sent.hours_since,
    }


def reference_words(data: bytes) -> list[str]:
    """Say a Reference Time Information."""
    sent = current_time.decode_reference(data)
    if sent.days_since == current_time.LONG_AGO:
        return ["set 255 days ago or longer"]
    return [f"set {sent.days_since} days and {sent.hours_since} hours ago"]


def elapsed(time: ElapsedTime) -> Fields:
    """Name the fields of an elapsed time, wherever it stands."""
    return {
        "flags": int(time.flags) | _RESOLUTION_BITS[time.resolution],
        "tick_counter": Flags.TICK_COUNTER in time.flags,
        "utc": Flags.UTC in time.flags,
        "resolution": _RESOLUTIONS[time.resolution],
        "tz_used": Flags.ZONE_USED in time.flags,
        "current_timeline": Flags.CURRENT_TIMELINE in time.flags,
        "value": time.count,
        "sync_source": time.source_code,
        "tz_dst_quarter_hours": time.zone_quarters,
    }


_RESOLUTION_BITS = {resolution: place << 2 for place, resolution in enumerate(Resolution)}


def elapsed_fields(data: bytes) -> Fields:
    """Name the fields of a Current Elapsed Time (2BF2)."""
    sent = elapsed_time.decode(data)
    fields = elapsed(sent.time)
    if sent.clock_status is not None:
        fields["clock_status"] = sent.clock_status
        fields["clock_capabilities"] = sent.clock_capabilities
    return fields


def elapsed_words(data: bytes) -> list[str]:
    """Say a Current Elapsed Time."""
    return [elapsed_text(elapsed_time.decode(data).time)]


def elapsed_text(time: ElapsedTime) -> str:
    """Say an elapsed time: a moment where it names one, else how long the device counted."""
    seconds = time.count * int(time.resolution) // int(Resolution.SECOND)
    if Flags.TICK_COUNTER in time.flags:
        return f"{seconds} s on the device's counter"
    kind = "UTC" if Flags.UTC in time.flags else "device's local time"
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return f"no real moment ({kind})"
    return f"{moment.isoformat(sep=' ')} ({kind})"


def _hours(quarters: int, *, signed: bool = False) -> str:
    hours, rest = divmod(abs(quarters), 4)
    sign = ("-" if quarters < 0 else "+") if signed else ""
    return f"{sign}{hours}:{15 * rest:02d}{'' if signed else ' h'}"


SHOWN: Mapping[str, Shown] = {
    "2a0f": Shown(title="Local Time Information", fields=local_fields, words=local_words),
    "2a14": Shown(
        title="Reference Time Information", fields=reference_fields, words=reference_words
    ),
    "2a2b": Shown(title="Current Time", fields=current_fields, words=current_words),
    "2bf2": Shown(title="Current Elapsed Time", fields=elapsed_fields, words=elapsed_words),
}

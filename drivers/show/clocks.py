"""Current Time and Elapsed Time Services, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import current_time, elapsed_time
from drivers.codecs.elapsed_time import ElapsedTime, Flags, Resolution
from drivers.show.fields import Fields, names
from drivers.show.shown import Shown, clock, in_words, listed

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


def reference_fields(data: bytes) -> Fields:
    """Name the fields of a Reference Time Information (2A14)."""
    sent = current_time.decode_reference(data)
    return {
        "source": sent.source,
        "accuracy_eighths_s": sent.accuracy_eighths_s,
        "days_since": sent.days_since,
        "hours_since": sent.hours_since,
    }


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


SHOWN: Mapping[str, Shown] = {
    "2a0f": Shown(
        title="Local Time Information", fields=local_fields, words=in_words(local_fields)
    ),
    "2a14": Shown(
        title="Reference Time Information",
        fields=reference_fields,
        words=in_words(reference_fields),
    ),
    "2a2b": Shown(title="Current Time", fields=current_fields, words=current_words),
    "2bf2": Shown(
        title="Current Elapsed Time", fields=elapsed_fields, words=in_words(elapsed_fields)
    ),
}

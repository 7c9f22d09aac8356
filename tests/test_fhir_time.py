"""Whatever a meter's clock says, the effective time is a true one or unknown, and never a crash."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.fhir import effective, resources
from sync.fhir.device import HubFacts
from sync.record import measured
from tests.fakes.fhir_cases import BP, RECEIVED, as_sent, mapped, pressure
from vitals.reading import ClockCheck, DeviceTime, HubTime, Timing

# FHIR R4, dateTime: the offset has hours and minutes, the year four digits.
_DATE_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)")
_TIMES = st.builds(
    DeviceTime,
    year=st.sampled_from([0, 1582, 2000, 2010, 2024, 2026, 9999]) | st.integers(0, 65535),
    month=st.integers(0, 255) | st.integers(1, 12),
    day=st.integers(0, 255) | st.integers(1, 28),
    hour=st.integers(0, 255) | st.integers(0, 23),
    minute=st.integers(0, 255) | st.integers(0, 59),
    second=st.integers(0, 255) | st.integers(0, 59),
    offset_min=st.integers(-32768, 32767),
)
_ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]).map(
    ZoneInfo
)


@given(
    said=_TIMES,
    check=st.none() | _TIMES.map(lambda time: ClockCheck(device=time, hub=RECEIVED)),
    zone=_ZONES,
)
def test_no_clock_of_a_meter_leads_to_a_time_that_cannot_be_true(
    said: DeviceTime, check: ClockCheck | None, zone: ZoneInfo
) -> None:
    timing = Timing(received=RECEIVED, device_time=said, clock_check=check)
    at = effective(timing, zone, {}).at
    if at is not None:
        assert _DATE_TIME.fullmatch(at.isoformat(timespec="milliseconds"))
        assert datetime(2010, 1, 1, tzinfo=UTC) <= at <= RECEIVED.at + timedelta(hours=24)


def test_a_clock_that_ran_thousands_of_years_ahead_corrects_nothing() -> None:
    ahead = DeviceTime(year=4000, month=1, day=1, hour=0, minute=0, second=0)
    panel = as_sent(mapped(pressure(BP, ClockCheck(device=ahead, hub=RECEIVED))).observations[0])
    assert "effectiveDateTime" not in panel
    assert panel["_effectiveDateTime"]["extension"][0]["valueCode"] == "unknown"


def test_a_clock_never_set_is_told_as_a_fault_of_the_clock() -> None:
    unset = DeviceTime(year=0, month=0, day=0, hour=0, minute=0, second=0)
    made = mapped(pressure(BP, ClockCheck(device=unset, hub=RECEIVED)))
    stamp = as_sent(made.prerequisites[2])
    # HL7 PHD IG 2.0.0, Coincident Time Stamp: on a time fault no value, and the reason `unknown`.
    assert stamp["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert "valueDateTime" not in stamp
    assert "effectiveDateTime" not in made.observations[0]


@pytest.mark.parametrize(("synchronised", "method"), [(True, "532226"), (False, "532224")])
def test_the_time_stamp_says_whether_the_hubs_own_clock_was_set(
    *, synchronised: bool, method: str
) -> None:
    # MDC_TIME_SYNC_NTPV4 and MDC_TIME_SYNC_NONE, IEEE 11073-10101
    hub = replace(RECEIVED, synchronised=synchronised)
    device = DeviceTime(year=2026, month=11, day=23, hour=8, minute=10, second=2)
    stamp = mapped(pressure(BP, ClockCheck(device=device, hub=hub))).prerequisites[2]
    [component] = stamp["component"]
    assert component["valueCodeableConcept"]["coding"][0]["code"] == method


@pytest.mark.parametrize("text", ["Acme\x00\x00", " Acme ", "Ac\x07me", "\x00"])
def test_what_a_meter_says_of_itself_is_always_a_valid_string(text: str) -> None:
    record = pressure(BP)
    meter = replace(record.reading.meter, maker=text, model=text, serial=text, firmware=text)
    record = replace(record, reading=replace(record.reading, meter=meter))
    device = mapped(record).prerequisites[1]
    told = [device.get(name) for name in ("manufacturer", "modelNumber", "serialNumber")]
    # FHIR R4, string: at least one character that is no white space, and no control characters.
    assert set(told) <= {None, "unknown", "Acme", "Ac me"}
    assert device["version"][0]["value"] in {"Acme", "Ac me", "unknown"}


def test_when_the_hub_heard_of_it_is_by_a_clock_put_right_since() -> None:
    """A Pi has no clock battery: it heard this five minutes after it started, in 1970."""
    began = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    early = HubTime(
        at=datetime(1970, 1, 1, 0, 5, tzinfo=UTC),
        boot_id="boot",
        boottime_ns=300_000_000_000,
        synchronised=False,
    )
    never_set = DeviceTime(year=0, month=0, day=0, hour=0, minute=0, second=0)
    timing = Timing(received=early, device_time=never_set)
    reading = replace(pressure(BP).reading, timing=timing)
    offsets = {"boot": int(began.timestamp()) * 1_000_000_000}
    facts = HubFacts(id="hub-1", software="1")
    made = resources(measured(reading, "Patient/p"), hub=facts, zone=UTC, boot_offsets=offsets)
    assert made.observations[0]["issued"] == "2026-11-23T08:05:00.000+00:00"

"""What a hub says of itself: mapped, sent when nothing else waits, by its own hub alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.bridge.gate import ANY, refusal
from sync.envelope import Address
from sync.exchange import Answer, Purpose, Request
from sync.fhir import encode
from sync.fhir.device import HubFacts, hub_device, meter_device
from sync.fhir.report import HubReport, MeterReport, report_id, report_of, resource_of
from sync.report import CHANGED_S, EVERY_S, REFUSED_S, RETRY_S, Reporter
from vitals.reading import Kind, MeterIdentity

REPORT = HubReport(
    hub="hub-1",
    software="0.1.0",
    at="2026-11-28T10:00:00+00:00",
    started="2026-11-28T09:00:00+00:00",
    synchronised=True,
    waiting=3,
    parked=1,
    oldest="2026-11-28T08:00:00+00:00",
    rung="tpm",
    ends="2026-12-20T00:00:00+00:00",
    radio="scanning",
    days=14,
    newest="2026-11-28",
    alarms=("SYNC-05",),
    faults=(("adapter", 2), ("bond", 1)),
    meters=(
        MeterReport(driver="nonin-3230", device="h1", heard="2026-11-28T08:00:00+00:00", low=True),
        MeterReport(driver="standard-glucose", device="h2", percent=80),
    ),
)
HUB = Address(tenant="t", hub="hub-1")
ANYBODY = frozenset({ANY})


def test_a_report_that_was_written_is_read_back_as_it_was() -> None:
    assert report_of(json.loads(encode(resource_of(REPORT)))) == REPORT


def test_a_report_names_nobody_and_nothing_that_was_measured() -> None:
    made = resource_of(REPORT)
    assert "patient" not in made
    assert made["parent"] == {
        "reference": f"Device/{hub_device(HubFacts(id='hub-1', software='x'))['id']}"
    }


def test_a_report_under_another_hubs_id_is_none() -> None:
    assert report_of(resource_of(REPORT) | {"id": report_id("hub-2")}) is None


_SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
_TEXTS = st.sampled_from(
    ["waiting", "alarm", "meter", "days", "synchronised", "software", "radio fault"]
)
_VALUE = st.fixed_dictionaries({"value": _SCALAR}) | _SCALAR
_PROPERTY = st.fixed_dictionaries(
    {
        "type": st.fixed_dictionaries({"text": _TEXTS | _SCALAR}) | _SCALAR,
        "valueCode": st.lists(_VALUE | st.fixed_dictionaries({"text": _SCALAR}), max_size=2),
        "valueQuantity": st.lists(_VALUE, max_size=2) | _SCALAR,
    }
)


@given(st.lists(_PROPERTY | _SCALAR, max_size=4))
def test_whatever_stands_in_a_report_is_read_or_passed_over(found: list[Any]) -> None:
    report = report_of({"id": report_id("hub-1"), "serialNumber": "hub-1", "property": found})
    assert report is not None
    assert 0 <= report.waiting < 10**9


class Reporting:
    """A reporter and what it looks at."""

    def __init__(self) -> None:
        self.report = REPORT
        self.reporter = Reporter(hub_id="hub-1", look=lambda: self.report)

    def told(self, now_s: float, status: int | None = 200) -> bool:
        request = self.reporter.next(now_s)
        if request is None:
            return False
        self.reporter.answer(request, Answer(status=status), now_s)
        return True


def test_a_hub_reports_regularly_though_nothing_changes() -> None:
    one = Reporting()
    assert one.told(0)
    assert not one.told(EVERY_S - 1)
    assert one.told(EVERY_S + CHANGED_S)


def test_a_change_that_a_person_should_know_is_told_soon_and_numbers_are_not() -> None:
    one = Reporting()
    assert one.told(0)
    one.report = replace(REPORT, waiting=9, at="2026-11-28T10:05:00+00:00")
    assert not one.told(CHANGED_S)
    one.report = replace(REPORT, alarms=())
    assert not one.told(CHANGED_S + 1)
    assert one.told(2 * CHANGED_S)


@pytest.mark.parametrize(("status", "pause_s"), [(None, RETRY_S), (503, RETRY_S), (403, REFUSED_S)])
def test_a_report_that_did_not_arrive_is_made_anew(status: int | None, pause_s: float) -> None:
    one = Reporting()
    assert one.told(0, status)
    assert not one.told(pause_s - 1)
    assert one.told(pause_s)


def _asked(resource: dict[str, Any], hub: Address = HUB) -> str | None:
    request = Request(
        purpose=Purpose.REPORT,
        method="PUT",
        path=f"Device/{resource['id']}",
        body=encode(resource),
    )
    return refusal(request, hub, ANYBODY)


CUFF = MeterIdentity(address="C1:00:00:00:00:01", driver="standard-blood-pressure")


def test_the_bridge_passes_a_hubs_own_devices() -> None:
    assert _asked(resource_of(REPORT)) is None
    assert _asked(hub_device(HubFacts(id="hub-1", software="x"))) is None
    assert _asked(meter_device(CUFF, Kind.BLOOD_PRESSURE, "")) is None
    wire = MeterIdentity(address="usb:ultra2", driver="onetouch-ultra2")
    assert _asked(meter_device(wire, Kind.GLUCOSE, "")) is None


def test_the_bridge_lets_no_hub_write_as_another() -> None:
    other = Address(tenant="t", hub="hub-2")
    assert _asked(resource_of(REPORT), other) == "a device of another hub"
    assert _asked(hub_device(HubFacts(id="hub-1", software="x")), other) is not None
    meter = meter_device(CUFF, Kind.BLOOD_PRESSURE, "")
    assert _asked(meter | {"id": report_id("hub-1")}, other) is not None
    assert _asked(resource_of(REPORT) | {"type": {"text": "x"}}) is not None

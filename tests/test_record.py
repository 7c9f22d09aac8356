"""One reading, one identity: whatever is read twice, sent twice or corrected later stays one.

Form of the identifier: HL7 PHD IG 2.0.0, "Conditional create": device-patient-type-timestamp, the
timestamp in seconds since 2000-01-01 as the device reported it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.record import (
    MAX_PHD_IDENTIFIER,
    device_seconds,
    logical_id,
    mdc_type,
    phd_identifier,
    reading_id,
)
from tests.fakes import records
from tests.fakes.records import NOON, PATIENT, hub_time
from vitals.quantity import Quantity, Unit
from vitals.reading import Context, DeviceTime, Flag, Kind, Meal, RawFrame, Reading, Timing, Value

CUFF = records.blood_pressure().reading
# The PHD IG's worked example: a device that reports 2021-11-22 11:56:30. (The IG prints a count
# that is 30 s short; this one is `date -u +%s` of that moment less that of 2000-01-01.)
IG_MOMENT = DeviceTime(year=2021, month=11, day=22, hour=11, minute=56, second=30)
IG_SECONDS = 1_637_582_190 - 946_684_800

METER = Reading(
    kind=Kind.GLUCOSE,
    values={
        Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD: Value(number=Decimal("5.4"), unit=Unit.MMOL_PER_L)
    },
    timing=Timing(received=hub_time(), device_time=IG_MOMENT),
    meter=replace(CUFF.meter, address="00:60:19:0e:92:34", driver="roche"),
    frames=(RawFrame(source="2a18", data=b"\x00"),),
    sequence=7,
)
NO_CLOCK = replace(CUFF, timing=Timing(received=hub_time()))


def with_received(reading: Reading, seconds: int) -> Reading:
    return replace(reading, timing=replace(reading.timing, received=hub_time(seconds)))


def with_sent(reading: Reading, **changes: int) -> Reading:
    sent = reading.timing.device_time
    assert sent is not None
    return replace(reading, timing=replace(reading.timing, device_time=replace(sent, **changes)))


def with_number(reading: Reading, quantity: Quantity, number: str) -> Reading:
    old = reading.values[quantity]
    return replace(
        reading, values={**reading.values, quantity: replace(old, number=Decimal(number))}
    )


def test_a_devices_time_is_counted_from_2000_as_it_reported_it() -> None:
    assert device_seconds(IG_MOMENT) == IG_SECONDS == 690_897_390


def test_a_device_without_a_real_moment_has_no_count() -> None:
    assert device_seconds(None) is None
    assert device_seconds(replace(IG_MOMENT, month=0)) is None


def test_the_identifier_has_the_form_of_the_standard() -> None:
    # 160184 is MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD, 150020 MDC_PRESS_BLD_NONINV.
    assert phd_identifier(METER, "Patient/pat-1") == "0060190E9234-pat-1-160184-690897390"
    cuff = replace(CUFF, timing=Timing(received=hub_time(), device_time=IG_MOMENT))
    assert phd_identifier(cuff, "Patient/pat-1") == "C026DA112233-pat-1-150020-690897390"


def test_there_is_no_identifier_without_a_device_time_or_past_what_servers_compare() -> None:
    assert phd_identifier(NO_CLOCK, PATIENT) is None
    longest = "p" * (MAX_PHD_IDENTIFIER - len("0060190E9234--160184-690897390"))
    assert phd_identifier(METER, f"Patient/{longest}") is not None
    assert phd_identifier(METER, f"Patient/{longest}p") is None


def test_a_glucose_is_coded_by_its_specimen_even_when_no_number_came() -> None:
    assert mdc_type(METER) == 160184
    failed = replace(METER, values={}, flags=frozenset({Flag.WRONG_STRIP}))
    assert mdc_type(failed) == 160020  # MDC_CONC_GLU_GEN


def test_a_logical_id_is_a_hash_anyone_can_work_out() -> None:
    # printf 'urn:hearth:reading|abc' | sha256sum
    digest = "3234c0cf35c7f00c61825289b1a9d01db1faf113c68562199d4d7b612a1179c5"
    assert logical_id("urn:hearth:reading", "abc") == "h" + digest[:63]


@pytest.mark.parametrize(
    "again",
    [
        lambda one: with_received(one, 3600),
        lambda one: with_sent(one, offset_min=60),
        lambda one: replace(one, context=Context(meal=Meal.FASTING)),
        lambda one: replace(one, context_follows=True),
        lambda one: replace(one, flags=frozenset({Flag.BATTERY_LOW})),
        lambda one: replace(one, frames=(*one.frames, RawFrame(source="2a34", data=b"\x01"))),
        lambda one: replace(one, meter=replace(one.meter, firmware="2", system_id=b"12345678")),
        lambda one: replace(one, meter=replace(one.meter, address=one.meter.address.lower())),
        lambda one: replace(one, values=dict(reversed(one.values.items()))),
    ],
    ids=[
        "heard later",
        "after the user set the clock",
        "with a meal that came later",
        "announcing a meal",
        "with another status",
        "with one more frame",
        "after more was learned of the meter",
        "with the address in small letters",
        "with its values in another order",
    ],
)
@pytest.mark.parametrize("one", [CUFF, METER], ids=["cuff", "meter"])
def test_the_same_reading_again_is_the_same_record(
    one: Reading, again: Callable[[Reading], Reading]
) -> None:
    assert reading_id(again(one), PATIENT) == reading_id(one, PATIENT)


def test_two_readings_are_two_records() -> None:
    different = [
        reading_id(METER, PATIENT),
        reading_id(METER, "Patient/2"),
        reading_id(with_sent(METER, second=31), PATIENT),
        reading_id(replace(METER, sequence=8), PATIENT),
        reading_id(replace(METER, sequence=None), PATIENT),
        reading_id(replace(METER, user_slot=1), PATIENT),
        reading_id(with_number(METER, Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD, "5.5"), PATIENT),
        reading_id(
            replace(METER, meter=replace(METER.meter, address="00:60:19:0E:92:35")), PATIENT
        ),
        reading_id(CUFF, PATIENT),
    ]
    assert len(set(different)) == len(different)


def test_a_cuff_without_a_clock_is_told_apart_by_when_it_was_heard() -> None:
    assert reading_id(NO_CLOCK, PATIENT) == reading_id(NO_CLOCK, PATIENT)
    assert reading_id(with_received(NO_CLOCK, 60), PATIENT) != reading_id(NO_CLOCK, PATIENT)


def test_setting_the_hubs_clock_does_not_make_a_second_reading() -> None:
    received = replace(NO_CLOCK.timing.received, at=NOON + timedelta(days=365), synchronised=False)
    corrected = replace(NO_CLOCK, timing=replace(NO_CLOCK.timing, received=received))
    assert reading_id(corrected, PATIENT) == reading_id(NO_CLOCK, PATIENT)


@given(records.readings(), st.text())
def test_every_identity_is_a_legal_fhir_id(reading: Reading, patient: str) -> None:
    # FHIR R4, 2.24.0.1: [A-Za-z0-9\-\.]{1,64}; a first letter because some servers refuse digits.
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9\-.]{0,63}", reading_id(reading, patient))

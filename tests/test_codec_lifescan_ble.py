"""OneTouch answers over Bluetooth, worked by hand from xDrip, xavaro and otble.c."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import lifescan_ble
from drivers.codecs.lifescan_ble import Answer, Status
from drivers.devices.onetouch_flex import reading
from drivers.frame import Frame
from tests.fakes.serial_meters import packed
from vitals.errors import DecodeError
from vitals.reading import DeviceTime, HubTime, MeterIdentity

RECORD = bytes.fromhex("97e1bd236800")  # 2019-01-01T08:30:15, 104 mg/dL
NOON = HubTime(
    at=datetime(2026, 11, 23, 12, tzinfo=UTC), boot_id="boot", boottime_ns=1, synchronised=True
)


def frame(marks: str, value: str = "6800") -> Frame:
    """Return the notification of a record with these five marks."""
    record = RECORD[:4] + bytes.fromhex(value + marks)
    return Frame(
        uuid="onetouch-ble-record",
        data=b"\x01" + packed(b"\x0c\x06" + record),
        received=NOON,
        meter=MeterIdentity(address="C1:00:00:00:00:01", driver="onetouch-flex"),
    )


def test_a_question_is_a_packet_behind_one_octet() -> None:
    # xDrip VerioHelper.transmissionTemplate, with the prefix of the maker's own app (otble.c).
    assert lifescan_ble.ask(lifescan_ble.ASK_CLOCK).hex() == "0102090004200203f9c3"
    assert lifescan_ble.ask_record(76).hex() == "01020a0004b34c000372f6"


def test_the_clock_is_set_in_seconds_of_2000() -> None:
    time = DeviceTime(year=2019, month=1, day=5, hour=10, minute=40, second=0)
    assert lifescan_ble.set_clock(time)[5:11] == b"\x20\x01" + (600_000_000).to_bytes(4, "little")


def test_an_event_that_is_no_glucose_result_is_nobody_s_reading() -> None:
    for marks in ("0000010000", "0000000100", "0000000001"):
        assert reading(frame(marks, value="0000")) is None


def test_a_result_with_marks_that_nobody_explains_is_refused() -> None:
    for marks in ("0000010000", "0000000100", "0000000001"):
        with pytest.raises(DecodeError):
            reading(frame(marks))


def test_an_answer_that_is_not_done_holds_nothing() -> None:
    for status in (Status.NOT_ALLOWED, Status.NOT_SUPPORTED, Status.NO_SUCH_RECORD):
        answer = Answer(status_code=status, data=RECORD + bytes(5))
        for decode in (
            lifescan_ble.decode_clock,
            lifescan_ble.decode_count,
            lifescan_ble.decode_newest,
            lifescan_ble.decode_record,
        ):
            with pytest.raises(DecodeError):
                decode(answer)


@pytest.mark.parametrize("octets", ["", "81", "c1", "02", "01", "4102060803c262", "0102060803c262"])
def test_what_is_no_whole_answer_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError):
        lifescan_ble.decode(bytes.fromhex(octets))


@given(data=st.binary(max_size=24))
def test_noise_is_refused(data: bytes) -> None:
    for octets in (data, b"\x01" + packed(data)):
        with suppress(DecodeError):
            lifescan_ble.decode_record(lifescan_ble.decode(octets))

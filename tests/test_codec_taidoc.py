"""TaiDoc frames: values from glucometers-tech/glucometerutils and glucometer-protocols."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import taidoc
from vitals.errors import DecodeError
from vitals.reading import DeviceTime, Meal

MODEL_ANSWER = bytes.fromhex("512477420000a5d3")  # by hand: TD-4277 in BCD, low octet first


@pytest.mark.parametrize(
    ("command", "number", "octets"),
    [
        (taidoc.CONNECT, 0, "512200000000a316"),  # glucometerutils, test_td42xx.py
        # built from glucometer-protocols, taidoc/td42xx.md
        (taidoc.MODEL, 0, "512400000000a318"),
        (taidoc.COUNT, 0, "512b00000000a31f"),
        (taidoc.RECORD_TIME, 0, "512500000000a319"),
        (taidoc.RECORD_VALUE, 0, "512600000000a31a"),
        (taidoc.RECORD_TIME, 0x0102, "512502010000a31c"),
    ],
)
def test_a_request_is_written_as_published(command: int, number: int, octets: str) -> None:
    assert taidoc.ask(command, number).hex() == octets


@pytest.mark.parametrize(
    ("octets", "time"),
    [  # glucometerutils, drivers/tests/test_td42xx.py
        ("21240e15", "2018-01-01T21:14:00"),
        ("21260e15", "2019-01-01T21:14:00"),
        ("0427250d", "2019-08-04T13:37:00"),
    ],
)
def test_a_time_is_read_as_published(octets: str, time: str) -> None:
    answer = taidoc.Answer(command=taidoc.CLOCK, data=bytes.fromhex(octets))
    assert str(taidoc.decode_time(answer)) == time


def test_a_clock_is_set_with_the_published_octets_of_a_time() -> None:
    time = DeviceTime(year=2019, month=8, day=4, hour=13, minute=37, second=0)
    assert taidoc.set_clock(time).hex() == "51330427250da384"


def test_a_clock_is_never_set_beyond_the_meter_s_calendar() -> None:
    for year in (1999, 2128):
        time = DeviceTime(year=year, month=8, day=4, hour=13, minute=37, second=0)
        with pytest.raises(ValueError, match="calendar"):
            taidoc.set_clock(time)


def test_the_model_is_told_in_digits() -> None:
    assert taidoc.decode_model(taidoc.decode(MODEL_ANSWER)) == "TD-4277"


def test_the_hub_s_own_frame_is_no_answer() -> None:
    with pytest.raises(DecodeError, match="no meter's"):
        taidoc.decode(bytes.fromhex("512200000000a316"))


def test_a_mark_that_is_no_meal_s_is_not_taken_for_one() -> None:
    time, value = bytes.fromhex("51250427250da578"), bytes.fromhex("512668000000a584")
    assert taidoc.decode_glucose(time + value).meal is None
    pressure = bytes.fromhex("512668000048a5cc")
    with pytest.raises(DecodeError, match="no meal"):
        taidoc.decode_glucose(time + pressure)


def test_control_solution_is_told_and_the_strips_code_is_no_mark() -> None:
    # Fora.m: bits 7 and 6 are the type (3: quality control), bits 1 and 0 of the strips' code.
    time = bytes.fromhex("51250427250da578")
    assert taidoc.decode_glucose(time + bytes.fromhex("51266e0006c0a550")).control_solution
    coded = taidoc.decode_glucose(time + bytes.fromhex("51261f012c82a5ea"))
    assert coded.meal is Meal.POSTPRANDIAL
    assert not coded.control_solution


def test_a_blood_pressure_is_never_taken_for_a_glucose() -> None:
    # 128/82, pulse 64: its pulse would be the mark "before a meal".
    record = bytes.fromhex("51250427a50da5f8" + "512680005240a52e")
    assert taidoc.is_pressure(record)
    with pytest.raises(DecodeError, match="blood pressure"):
        taidoc.decode_glucose(record)


def test_the_marks_in_a_cuff_s_time_are_not_of_the_time() -> None:
    record = bytes.fromhex("512504276d8da540" + "512680005240a52e")  # minute 45, bit 6; hour bit 7
    sent = taidoc.decode_pressure(record, wide=True)
    assert (sent.time.hour, sent.time.minute, sent.irregular) == (13, 45, True)


@pytest.mark.parametrize("value", ["512600000047a563", "512600000002a51e", "512680005203a5f1"])
def test_a_failed_measurement_is_no_blood_pressure(value: str) -> None:
    # advmeds-bluetooth-lib: systolic 0, or a pulse of 3 or less, is no result.
    record = bytes.fromhex("51250427250da578" + value)
    assert taidoc.decode_pressure(record, wide=False).failed


def test_a_request_says_whose_record_is_meant() -> None:
    # ForaD40.m: the person in octet 5 of a request for a record, in octet 2 of one for the count.
    assert taidoc.ask(taidoc.RECORD_TIME, 0x0102, 3).hex() == "512502010003a31f"
    assert taidoc.ask(taidoc.COUNT, user=3).hex() == "512b03000000a322"


@given(at=st.integers(0, 7), octet=st.integers(0, 255))
def test_one_wrong_octet_is_noticed(at: int, octet: int) -> None:
    data = bytes((*MODEL_ANSWER[:at], octet, *MODEL_ANSWER[at + 1 :]))
    if data != MODEL_ANSWER:
        with pytest.raises(DecodeError):
            taidoc.decode(data)


@given(size=st.integers(1, 40), skip=st.integers(0, 7))
def test_frames_are_found_in_any_pieces_from_any_octet_on(size: int, skip: int) -> None:
    stream, framer = (MODEL_ANSWER * 4)[skip:], taidoc.Framer()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    found = [frame for piece in pieces for frame in framer.feed(piece)]
    assert found == [MODEL_ANSWER] * (4 if skip == 0 else 3)


@given(data=st.binary(max_size=20))
def test_noise_is_refused(data: bytes) -> None:
    for decode in (taidoc.decode, taidoc.decode_glucose):
        with suppress(DecodeError):
            decode(data)

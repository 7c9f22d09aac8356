"""LifeScan packets: recorded octets of others, each with its source."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import lifescan
from drivers.codecs.lifescan import ULTRA_EASY, VERIO_IQ, Link
from vitals.errors import DecodeError
from vitals.reading import DeviceTime

# Daniel Thompson's driver for the UltraEasy (2011), facade.c: answers of a real meter.
RESET_ANSWER = bytes.fromhex("02060c0306ae")
VERSION_ANSWER = bytes.fromhex("021a020506115030322e30302e303032352f30352f303703ab25")
SERIAL_ANSWER = bytes.fromhex("0211020506433137365341304f30034943")


@pytest.mark.parametrize(
    ("message", "link", "octets"),
    [
        # glucometerutils, drivers/tests/test_otultraeasy.py
        ("", Link.DISCONNECT, "02060803c262"),
        ("050d02", Link.SENT | Link.EXPECTED, "020903050d0203089f"),
        # glucometerutils, support/tests/test_lifescan.py: CRC of 02060603 is 41CD
        ("", Link.ACKNOWLEDGE | Link.EXPECTED, "02060603cd41"),
        # Daniel Thompson's driver, facade.c
        ("050b0200000000846ae87300", Link(0), "021200050b0200000000846ae87300039bea"),
        # William Cheung's driver for the Ultra family (2013), ot_ultra_get_nrecords, _get_date
        ("051ff501", Link(0), "020a00051ff5010338aa"),
        ("05200200000000", Link(0), "020d0005200200000000" + "03ec61"),
    ],
)
def test_a_packet_is_written_as_published(message: str, link: Link, octets: str) -> None:
    assert lifescan.encode(bytes.fromhex(message), link).hex() == octets


def test_a_recorded_reset_answer_acknowledges_and_disconnects() -> None:
    packet = lifescan.decode(RESET_ANSWER)
    assert packet == lifescan.Packet(link=Link.ACKNOWLEDGE | Link.DISCONNECT, message=b"")


def test_recorded_answers_tell_version_and_serial_number() -> None:
    version = lifescan.decode(VERSION_ANSWER).message
    assert lifescan.decode_version(ULTRA_EASY, version) == "P02.00.0025/05/07"
    serial = lifescan.decode(SERIAL_ANSWER).message
    assert lifescan.decode_serial(ULTRA_EASY, serial) == "C176SA0O0"


def test_each_model_counts_seconds_from_its_own_year() -> None:
    # 1349778432 is 2012-10-09 10:27:12 UTC as a Unix time; 2000 began at 946684800.
    time = DeviceTime(year=2012, month=10, day=9, hour=10, minute=27, second=12)
    unix = (1349778432).to_bytes(4, "little")
    since_2000 = (1349778432 - 946684800).to_bytes(4, "little")
    assert lifescan.decode_clock(ULTRA_EASY, b"\x05\x06" + unix) == time
    assert lifescan.decode_clock(VERIO_IQ, b"\x03\x06" + since_2000) == time


def test_a_clock_is_set_as_published() -> None:
    # William Cheung's driver, ot_ultra_set_date: what it computes the CRC over, all seconds 0
    start = DeviceTime(year=1970, month=1, day=1, hour=0, minute=0, second=0)
    packet = lifescan.encode(ULTRA_EASY.set(start), Link.SENT | Link.EXPECTED)
    assert packet[:-2].hex() == "020d030520010000000003"
    # glucometer-protocols, onetouch-verio-iq: WRITE RTC, seconds since 2000
    later = DeviceTime(year=2000, month=1, day=1, hour=0, minute=1, second=0)
    assert VERIO_IQ.set(later).hex() == "0320013c000000"


def test_a_clock_is_never_set_to_a_time_that_is_none() -> None:
    with pytest.raises(ValueError, match="a time that is"):
        VERIO_IQ.set(DeviceTime(year=0, month=0, day=0, hour=0, minute=0, second=0))


def test_another_model_s_answer_is_refused() -> None:
    with pytest.raises(DecodeError, match="another model"):
        lifescan.decode_count(VERIO_IQ, bytes.fromhex("050f0300"))


def test_a_refusal_is_no_answer() -> None:
    # glucometer-protocols, shared-binary-protocol: a status other than 06 carries no valid data
    with pytest.raises(DecodeError, match="did not do it"):
        lifescan.decode_record(VERIO_IQ, bytes.fromhex("0309"))


@given(at=st.integers(0, len(VERSION_ANSWER) - 1), octet=st.integers(0, 255))
def test_one_wrong_octet_is_noticed(at: int, octet: int) -> None:
    data = bytes((*VERSION_ANSWER[:at], octet, *VERSION_ANSWER[at + 1 :]))
    if data != VERSION_ANSWER:
        with pytest.raises(DecodeError):
            lifescan.decode(data)


@given(size=st.integers(1, 60), noise=st.lists(st.binary(max_size=80), min_size=2, max_size=2))
def test_packets_are_found_in_any_pieces_and_behind_any_noise(
    size: int, noise: list[bytes]
) -> None:
    stream = noise[0] + VERSION_ANSWER + noise[1] + SERIAL_ANSWER
    framer = lifescan.Framer()
    found = [
        packet
        for at in range(0, len(stream), size)
        for packet in framer.feed(stream[at : at + size])
    ]
    found += framer.silent()
    assert found == [VERSION_ANSWER, SERIAL_ANSWER]
    assert framer.silent() == []


@given(data=st.binary(max_size=64))
def test_noise_is_refused(data: bytes) -> None:
    with suppress(DecodeError):
        lifescan.decode(data)
    for dialect in (ULTRA_EASY, VERIO_IQ):
        for decode in (
            lifescan.decode_serial,
            lifescan.decode_version,
            lifescan.decode_clock,
            lifescan.decode_count,
            lifescan.decode_record,
        ):
            with suppress(DecodeError):
                decode(dialect, data)

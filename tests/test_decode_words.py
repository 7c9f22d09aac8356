"""Every characteristic in words: what a person would read on the device or in its manual.

The frames are published ones (tests/vectors) or laid out by hand from the GATT Specification
Supplement; the words are written here by a person who read the frame with the layout beside it.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from drivers.decode import CHARACTERISTICS, describe

SAID = {
    ("2aa7", "060078001e00"): ["120 mg/dL, 30 minutes into the session"],
    ("2aa7", "060078001e00" + "0600ff071f00"): [
        "120 mg/dL, 30 minutes into the session",
        "no number (NaN), 31 minutes into the session",
    ],
    ("2aa7", "08000c100600586f"): [
        "120 mg/dL, 6 minutes into the session, checksum wrong: not a reading"
    ],
    ("2aa8", "000000" + "59" + "ffff"): [
        "can report: nothing extra",
        "interstitial fluid, subcutaneous",
    ],
    ("2aa8", "00100059" + "ffff"): [
        "can report: e2e crc",
        "interstitial fluid, subcutaneous",
        "checksum wrong",
    ],
    ("2aa9", "0500000000"): ["5 minutes into the session, nothing noticed"],
    ("2aa9", "0600010101"): [
        "6 minutes into the session, session stopped, time sync required, below patient low"
    ],
    ("2aaa", "e20704180d08180804e0c2"): [
        "the sensor's session began at 2018-04-24 13:08:24 (device's clock)",
        "standard time UTC+2:00, 1:00 h of daylight saving",
    ],
    ("2aaa", "0000000000000080ff"): [
        ("the sensor's session began at 0000-00-00 00:00:00 (device's clock, not a real moment)"),
        "time zone unknown, daylight saving unknown",
    ],
    ("2aab", "4001"): ["the sensor lasts 320 hours"],
    ("2aac", "1c0201"): ["answer to get interval: success"],
    ("2aac", "1c02013c3b"): ["answer to get interval: success"],  # Nordic, as on the wire
    ("2aac", "1c02013c3c"): ["answer to get interval: success", "checksum wrong"],
    ("2aac", "1a"): ["request: start session"],
    ("2b34", "7e" + "7d0057006400" + "80d4b531" + "4300" + "02" + "0400" + "90e2b531"): [
        (
            "125/87 mmHg, pulse 67, irregular pulse, 2026-06-05 18:40:00 (device's clock), "
            "2026-06-05 19:40:00 (device's clock)"
        ),
        "mean 100 mmHg",
        "user 2 of the cuff",
    ],
    ("2b34", "10ff07ff07ff070200"): ["no blood pressure (the cuff sent NaN), cuff loose"],
    ("2b34", "107d005700ff070800"): ["125/87 mmHg, pulse above the cuff's range"],
    ("2b35", "45f0f04600"): ["cuff pressure 24.0 kPa while measuring, pulse 70", "not a result"],
    ("2b36", "030500342b007d0057006400"): ["record 5 of 2B34, whole (segment 0)"],
    ("2b36", "0e0500342b00"): ["record 5 of 2B34, last piece (segment 3)"],
    ("2b36", "040500342b00"): ["record 5 of 2B34, a piece (segment 1)"],
    ("2a5e", "0facf3bef5e8070b1d170839204022000066e3"): [
        "oxygen 94.0 %, pulse 147.0 a minute, 2024-11-29 23:08:57 (device's clock)",
        "measurement: ongoing, questionable",
        "sensor: equipment malfunction, low perfusion",
        "pulse amplitude index 8.70 %",
    ],
    ("2a5e", "1161004400d0070101000314"): [
        "oxygen 97 %, pulse 68 a minute, 2000-01-01 00:03:20 (device's clock), clock not set"
    ],
    ("2a5f", "08ff07ff07000800"): [
        "oxygen no number (NaN), pulse no number (NaN), one of many a minute",
        "sensor: sensor unconnected to user",
    ],
    ("2a60", "a3004010800100"): [
        "can report: measurement status, sensor status, slow, multiple bonds"
    ],
    ("2a1c", "06710e00fee90705150a1e2d01"): [
        "36.97 °C, armpit, 2025-05-21 10:30:45 (device's clock)"
    ],
    ("2a1c", "01da0300ff"): ["98.6 °F"],
    ("2a1e", "006d0100ff"): ["36.5 °C while measuring", "not a result"],
    ("2a1d", "06"): ["site: mouth"],
    ("2a21", "3c00"): ["seconds: 60"],
    ("2a9d", "0e983aea0709040f350001f500d606"): [
        "75.000 kg, BMI 24.5, height 1.750 m, 2026-09-04 15:53:00 (device's clock)",
        "user 1 of the scale",
    ],
    ("2a9d", "04ffffff"): ["weighing failed", "an unknown user"],
    ("2a9e", "00000000"): ["can report: nothing extra"],
    ("2a9c", "3e10c800ea0709040f350001401f9001581b"): [
        "20.0 % fat, 2026-09-04 15:53:00 (device's clock)",
        "basal metabolism 8000 kJ",
        "muscle 40.0 %",
        "muscle mass 35.000 kg",
        "one packet of two",
        "user 1 of the scale",
    ],
    ("2a9c", "010c2c019c40be02"): ["30.0 % fat, 165.40 lb", "height 70.2 in"],
    ("2a9c", "0400ffffff"): ["analysis failed", "an unknown user"],
    ("2a9c", "00000000"): ["nothing measured (an empty packet)"],
    ("2a9b", "03000000"): ["can report: timestamp, multiple users"],
    ("2a37", "194b00380404043804"): [
        "heart rate 75 a minute, skin contact not supported",
        "between beats: 1004, 1055 ms",
    ],
    ("2a38", "02"): ["location: wrist"],
    ("2a2b", "ea070a19013b3b070002"): [
        "2026-10-25 01:59:59 (device's clock)",
        "set by: external reference",
    ],
    ("2a0f", "ea00"): ["standard time UTC-5:30, no daylight saving"],
    ("2a0f", "80ff"): ["time zone unknown, daylight saving unknown"],
    ("2a0f", "2602"): ["standard time UTC+9:30, 0:30 h of daylight saving"],
    ("2a14", "01080203"): ["set 2 days and 3 hours ago"],
    ("2a14", "0108ffff"): ["set 255 days ago or longer"],
    ("2bf2", "3280d4b53100000108"): ["2026-06-05 18:40:00 (UTC)"],
    ("2bf2", "1080d4b53100000100"): ["2026-06-05 18:40:00 (device's local time)"],
    ("2bf2", "21100e000000000000"): ["3600 s on the device's counter"],
    ("2bf2", "02ffffffffffff0000"): ["no real moment (UTC)"],
    ("2a23", "34920e0100196000"): ["eui64: 00-60-19-00-01-0E-92-34"],
    ("2a24", "55412d3635310000"): ["UA-651"],
    ("2a25", "00"): ["(empty)"],
    ("2a2a", "00020012"): ["4 octets, kept as they are"],
    ("2a50", "01770102000301"): [
        "vendor source: 1",
        "vendor id: 375",
        "product id: 2",
        "product version: 259",
    ],
    ("2bff", "03414200303100"): ["flags: 3", "label: AB", "device identifier: 01"],
    ("2a19", "64"): ["battery 100 %"],
    ("2bed", "0623030f01"): ["battery 15 %, low, charging", "service required"],
    ("2bed", "041130" + "04"): [
        "battery",
        "charging fails: battery",
        "charging fails: external power",
        "the battery is faulty",
    ],
    ("2bed", "000000"): ["no battery"],
    ("2a99", "05000000"): ["increment: 5"],
    ("2a9a", "02"): ["user: 2"],
    ("2a9f", "0201a80d"): ["request: consent, user 1"],
    ("2a9f", "200205"): ["answer to consent: not authorised"],
    ("2aa4", "0631323334"): ["request: delete all le, with a code"],
    ("2aa5", "00"): ["can do: nothing"],
    ("2b8b", "030119002300b84b02003a0014462ec200060801200262000000"): [
        "98 in unit 544, of type 150456 (MDC codes)",
        "patient 1 of the sensor",
    ],
    ("2b8b", "0500"): ["segment 1 of a health observation"],
    ("2bdd", "0300000000" + "01" + "0b00" + "0000" + "2002" + "62000000"): [
        "98 in unit 544, of type unknown (MDC codes)"
    ],
    ("2bf4", "02"): ["request: stop live"],
    ("2bf4", "80"): ["answer: ok"],
}
# Blood pressure, glucose, their features and record access: tests/test_decode_command.py.
ELSEWHERE = {"2a08", "2a18", "2a34", "2a35", "2a36", "2a49", "2a51", "2a52"}
SAME_AS_2A24 = {"2a25", "2a26", "2a27", "2a28", "2a29"}


@pytest.mark.parametrize(("uuid", "octets"), SAID)
def test_a_frame_is_said_as_people_read_it(uuid: str, octets: str) -> None:
    assert describe(uuid, bytes.fromhex(octets)) == SAID[uuid, octets]


def test_no_characteristic_is_without_words() -> None:
    assert {uuid for uuid, _ in SAID} | ELSEWHERE | SAME_AS_2A24 == set(CHARACTERISTICS)


@given(code=integers(0, 9999))
def test_a_consent_code_is_never_repeated(code: int) -> None:
    [line] = describe("2a9f", b"\x02\x01" + code.to_bytes(2, "little"))
    assert line == "request: consent, user 1"

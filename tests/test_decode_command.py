"""`hearth decode`, through the command line."""

from __future__ import annotations

import json

import pytest
import typer
from hypothesis import given
from hypothesis.strategies import binary, text
from typer.testing import CliRunner

from agent.cli.decode import decode

app = typer.Typer()
app.command()(decode)
runner = CliRunner()

# A UA-651BLE class frame laid out by hand: 128/80 mmHg, no mean, 19 May 2026, pulse 72, irregular.
CUFF = "16 80 00 50 00 ff 07 ea 07 05 13 13 30 16 48 00 04 00"
SAID = "128/80 mmHg, pulse 72, irregular pulse, 2026-05-19 19:48:22 (meter's clock)\n"


def test_a_frame_is_said_as_people_read_it() -> None:
    result = runner.invoke(app, ["2a35", CUFF])
    assert (result.exit_code, result.stdout, result.stderr) == (0, SAID, "")


@pytest.mark.parametrize(
    ("uuid", "octets", "lines"),
    [
        # Nordic's BloodPressureMeasurementDataCallbackTest
        (
            "2a35",
            "15bdf00b009ff03c001200",
            [
                "18.9/11 kPa, pulse 60, cuff loose, pulse below the cuff's range",
                "mean 15.9 kPa",
            ],
        ),
        # boso medicus, a capture (blood-pressure-monitor-fl issue 80)
        (
            "2a35",
            "16ff07ff07ff07e80706170e230aff070000",
            [
                (
                    "no blood pressure (the cuff sent NaN), pulse NaN, "
                    "2024-06-23 14:35:10 (meter's clock)"
                )
            ],
        ),
        # Nordic's IntermediateCuffPressureDataCallbackTest
        (
            "2a36",
            "1e0400000000000000041114293b3c00012700",
            [
                (
                    "cuff pressure 4 mmHg while measuring, pulse 60, body movement, cuff loose, "
                    "irregular pulse, improper position, "
                    "0000-04-17 20:41:59 (meter's clock, not a real moment)"
                ),
                "not a result",
                "user 1 of the cuff",
            ],
        ),
        # The rest is laid out by hand from the GATT Specification Supplement.
        (
            "2a35",
            "188000500064 00ff1800",
            ["128/80 mmHg", "mean 100 mmHg"],
        ),
        (
            "2a18",
            "1b2000e9070a1a021e00c4fffe07f12000",
            [
                (
                    "no number (+INF), capillary whole blood, result too high, "
                    "2025-10-26 01:30:00 (meter's clock)"
                ),
                "record 32, context follows",
            ],
        ),
        (
            "2a18",
            "022200e9070a1a021f005ab04a",
            ["90 mg/dL, control solution, 2025-10-26 02:31:00 (meter's clock)", "record 34"],
        ),
        (
            "2a18",
            "061200e9070601070f0037c01b",
            ["5.5 mmol/L, reserved 11, finger, 2025-06-01 07:15:00 (meter's clock)", "record 18"],
        ),
        (
            "2a34",
            "5f0600023cd00651ff7f5001ff0759f1",
            [
                "context of record 6",
                "meal: reserved 6",
                "carbohydrate: 60 g, lunch",
                "medication: NaN g, rapid",
                "exercise: 32767 s at 80 %",
                "tested by: self",
                "health: none",
                "HbA1c 34.5 %",
            ],
        ),
        ("2a34", "080600ffff50", ["context of record 6", "exercise: longer than 18 hours at 80 %"]),
        ("2a49", "2500", ["can report: body movement, irregular pulse, multiple bonds"]),
        ("2a51", "0000", ["can report: nothing extra"]),
        ("2a52", "01040105001400", ["request: report records, from 5 to 20"]),
        ("2a52", "0300", ["request: abort"]),
        ("2a52", "050001", ["answer: 1 record"]),
        ("2a52", "06000106", ["answer to report: no records"]),
        ("2a52", "06000c02", ["answer to reserved 12: opcode unsupported"]),
    ],
)
def test_every_kind_of_frame_has_its_words(uuid: str, octets: str, lines: list[str]) -> None:
    result = runner.invoke(app, [uuid, octets])
    assert (result.exit_code, result.stdout.splitlines()) == (0, lines)


@pytest.mark.parametrize(
    "uuid",
    [
        "2A35",
        "0x2A35",
        " 2a35 ",
        "00002A35-0000-1000-8000-00805F9B34FB",
        "00002a3500001000800000805f9b34fb",
    ],
)
def test_a_uuid_may_be_written_short_or_in_full_in_any_case(uuid: str) -> None:
    assert runner.invoke(app, [uuid, CUFF]).stdout == SAID


@pytest.mark.parametrize(
    "octets",
    [
        CUFF.replace(" ", ""),
        CUFF.upper(),
        CUFF.replace(" ", ":"),
        CUFF.replace(" ", "-"),
        CUFF.replace(" ", ", "),
        "0x" + CUFF.replace(" ", ""),
        " ".join(f"0x{octet}" for octet in CUFF.split()),
        f"\n {CUFF} \n",
    ],
)
def test_octets_may_be_written_as_any_tool_prints_them(octets: str) -> None:
    assert runner.invoke(app, ["2a35", octets]).stdout == SAID


def test_all_fields_come_as_one_json_object() -> None:
    # Capture: react-native-ble-plx issue 652; the meter showed 120.
    result = runner.invoke(app, ["2A18", "030600e407040d10260a000078b0f1", "--fields"])
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    assert json.loads(result.stdout) == {
        "flags": 3,
        "sequence": 6,
        "base_time": "2020-04-13T16:38:10",
        "time_offset_min": 0,
        "raw_concentration": "0.00120",
        "raw_unit": "kg/L",
        "mg_per_dL": "120.00000",
        "type": "capillary_whole_blood",
        "sample_location": "not_available",
        "context_follows": False,
    }


@pytest.mark.parametrize(
    ("uuid", "octets", "sentence"),
    [
        (
            "2a35",
            "16 80 00",
            (
                "The blood pressure measurement is cut inside diastolic: octets needed 2, left 0 "
                "(at octet 3) (DEC-01)"
            ),
        ),
        (
            "2a08",
            "dd07081a090a14 00",
            "The date time is longer than its fields explain, by 1 (at octet 7) (DEC-01)",
        ),
        (
            "2a6e",
            "00 48",
            "Hearth does not decode this characteristic; it knows 54 others. (DEC-02)",
        ),
        (
            "2a3",
            "00",
            "This is no UUID; write four hex digits, such as 2A35, or all 36 characters (DEC-03)",
        ),
        ("2a35", "16 8g 00", "Character 5 of the hex is no hex digit (DEC-04)"),
        (
            "2a35",
            "16 0x800",
            "Character 6 of the hex begins an odd number of digits; an octet has two (DEC-04)",
        ),
    ],
)
def test_what_is_wrong_is_one_line_on_stderr(uuid: str, octets: str, sentence: str) -> None:
    result = runner.invoke(app, [uuid, octets])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{sentence}\n")


def test_an_empty_frame_is_refused_at_its_first_field() -> None:
    result = runner.invoke(app, ["2a35", ""])
    assert result.exit_code == 1
    assert "cut inside flags" in result.stderr


@given(uuid=text(max_size=40), octets=text(max_size=60))
def test_any_text_ends_in_an_answer_or_in_one_line(uuid: str, octets: str) -> None:
    _ends_well([uuid, octets])


@given(data=binary(max_size=32))
def test_any_octets_end_in_an_answer_or_in_one_line(data: bytes) -> None:
    _ends_well(["2a35", data.hex(" ")])


def _ends_well(arguments: list[str]) -> None:
    result = runner.invoke(app, ["--", *arguments])
    assert result.exit_code in {0, 1}
    if result.exit_code:
        assert result.stdout == ""
        assert result.stderr.endswith(")\n")
        assert len(result.stderr.splitlines()) == 1
    else:
        assert result.stderr == ""


def test_the_help_says_what_to_type() -> None:
    result = runner.invoke(app, ["--help"], terminal_width=100)
    for word in ("UUID", "HEX", "--fields", "as it was on air"):
        assert word in result.stdout

"""Settings: what is taken as written, and what a person is told when something is wrong."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import ConfigError, load, parse
from config.schema import Config, Meter

EXAMPLE = Path(__file__).parents[1] / "config" / "example.toml"
LEAST = """
[hub]
id = "hub-1"
[patient]
reference = "Patient/123"
[fhir]
base_url = "https://fhir.clinic.example/r4"
"""


def _refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(text, source="hearth.toml")
    return caught.value


def test_three_settings_are_enough() -> None:
    config = parse(LEAST, source="hearth.toml")

    assert (config.hub.id, config.patient.reference) == ("hub-1", "Patient/123")
    assert config.fhir.base_url == "https://fhir.clinic.example/r4"
    assert config.radio.accept == "listed"
    assert config.meter == ()


def test_every_kind_of_setting_is_read() -> None:
    text = """
    [hub]
    id = "hub-7"
    timezone = "America/New_York"
    state_dir = "/srv/hearth"
    [patient]
    reference = "Patient/a.b-1"
    [fhir]
    base_url = "http://127.0.0.1:8080/fhir"
    timeout_s = 5
    token_file = "/etc/hearth/token"
    [radio]
    enabled = false
    [[meter]]
    address = "00:22:09:4b:1a:7c"
    [[meter]]
    address = "FF:00:00:00:00:01"
    slots = { "1" = "Patient/123", "2" = "Patient/124" }
    """
    config = parse(text, source="hearth.toml")

    assert config.hub.state_dir == Path("/srv/hearth")
    assert config.fhir.timeout_s == 5.0
    assert config.fhir.token_file == Path("/etc/hearth/token")
    assert config.radio.enabled is False
    assert config.meter == (
        Meter(address="00:22:09:4b:1a:7c"),
        Meter(address="FF:00:00:00:00:01", slots={"1": "Patient/123", "2": "Patient/124"}),
    )


def test_a_meter_on_a_cable_is_named_by_its_port() -> None:
    text = (
        f'{LEAST}[[meter]]\nport = "/dev/serial/by-id/usb-Prolific-if00-port0"\n'
        'driver = "onetouch-ultra2"\n[[meter]]\nport = "usb"\ndriver = "onetouch-verioiq"'
    )
    meters = parse(text, source="hearth.toml").meter
    assert [meter.port for meter in meters] == ["/dev/serial/by-id/usb-Prolific-if00-port0", "usb"]


def test_the_example_is_a_working_file() -> None:
    config = load(EXAMPLE)

    assert config.hub.id == "hub-1"
    assert [meter.address for meter in config.meter] == ["00:22:09:4B:1A:7C"]


def test_the_example_shows_every_setting_with_its_default() -> None:
    shown = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)
    shown = re.sub(r"^#.*$", "", shown, flags=re.MULTILINE)
    tables = tomllib.loads(shown)

    blank = parse(LEAST, source="least")
    for part in fields(Config):
        table = tables[part.name][0] if part.name == "meter" else tables[part.name]
        kind = Meter if part.name == "meter" else type(getattr(blank, part.name))
        assert set(table) == {field.name for field in fields(kind)}, part.name
        if part.name in {"radio", "camera", "store"}:
            expected = getattr(blank, part.name)
            assert all(getattr(expected, name) == value for name, value in table.items())
    assert tables["fhir"]["timeout_s"] == blank.fhir.timeout_s
    assert tables["fhir"]["batch_readings"] == blank.fhir.batch_readings
    assert tables["hub"]["timezone"] == blank.hub.timezone
    assert tables["hub"]["tenant"] == blank.hub.tenant
    assert Path(tables["hub"]["state_dir"]) == blank.hub.state_dir


@pytest.mark.parametrize(
    ("change", "key", "advice", "code"),
    [
        (('id = "hub-1"', 'di = "hub-1"'), "hub.di", "Did you mean id?", "CFG-04"),
        (("[fhir]", "[fihr]"), "fihr", "Did you mean fhir?", "CFG-04"),
        (('id = "hub-1"', ""), "hub.id", 'id = "hub-1" under [hub]', "CFG-05"),
        (('id = "hub-1"', "id = 1"), "hub.id", "text in quotes", "CFG-03"),
        (('"hub-1"', '"hub 1"'), "hub.id", "letters, digits, dots and dashes", "CFG-03"),
        (("[hub]", '[hub]\ntimezone = "Europe/Berln"'), "hub.timezone", "Europe/Berlin", "CFG-03"),
        (("Patient/123", "123"), "patient.reference", '"Patient/123"', "CFG-03"),
        (("Patient/123", "Practitioner/1"), "patient.reference", '"Patient/123"', "CFG-03"),
        (("https://", "ftp://"), "fhir.base_url", '"https://fhir.clinic.example/r4"', "CFG-03"),
        (("https://", "https:///"), "fhir.base_url", "https://", "CFG-03"),
        (("https://", "https://me:pw@"), "fhir.base_url", "fhir.token_file", "CFG-03"),
        (("https://", "http://"), "fhir.base_url", "https://", "CFG-03"),
        (("[fhir]", "[fhir]\ntimeout_s = 0.5"), "fhir.timeout_s", "from 1 to 300", "CFG-03"),
        (("[fhir]", "[fhir]\ntimeout_s = nan"), "fhir.timeout_s", "from 1 to 300", "CFG-03"),
        (("[fhir]", '[fhir]\ntimeout_s = "5"'), "fhir.timeout_s", "without quotes", "CFG-03"),
        (("[fhir]", "[fhir]\ntimeout_s = true"), "fhir.timeout_s", "a number", "CFG-03"),
        (("[fhir]", "[fhir]\nbatch_readings = 51"), "fhir.batch_readings", "1 to 50", "CFG-03"),
        (("[fhir]", "[fhir]\nbatch_readings = 1.5"), "fhir.batch_readings", "whole", "CFG-03"),
        (("[fhir]", '[ledger]\nstart = "1.11.26"\n[fhir]'), "ledger.start", "2026-11-01", "CFG-03"),
        (("[fhir]", '[fhir]\ntoken_file = ""'), "fhir.token_file", "/etc/hearth", "CFG-03"),
        (
            ("[fhir]", '[fhir]\nclient_cert_file = "/c.pem"'),
            "fhir.client_key_file",
            "remove the other",
            "CFG-05",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_write_instead(
    change: tuple[str, str], key: str, advice: str, code: str
) -> None:
    error = _refusal(LEAST.replace(*change))

    assert error.message.startswith(f"hearth.toml: {key} ")
    assert advice in error.fix
    assert error.code == code


@pytest.mark.parametrize(
    ("extra", "key", "advice"),
    [
        ('[radio]\naccept = "all"', "radio.accept", '"listed"'),
        ("[radio]\nenabled = 1", "radio.enabled", "true or false"),
        ("[store]\nmax_bytes = 1000", "store.max_bytes", "1048576"),
        ("[store]\nmax_evidence = 0", "store.max_evidence", "1 to 1000000"),
        ('[[meter]]\nname = "Cuff"', "meter[1].address", "00:22:09:4B:1A:7C"),
        ('[[meter]]\naddress = "0022094B1A7C"', "meter[1].address", "as on the label"),
        ('[meter]\naddress = "00:22:09:4B:1A:7C"', "meter", "[[meter]]"),
        (
            '[[meter]]\naddress = "00:22:09:4B:1A:7C"\nslots = { "1" = "Patient" }',
            "meter[1].slots.1",
            '"Patient/123"',
        ),
        (
            '[[meter]]\naddress = "00:22:09:4B:1A:7C"\nslots = { left = "Patient/1" }',
            "meter[1].slots",
            "number on the meter",
        ),
        (
            '[[meter]]\naddress = "00:22:09:4B:1A:7C"\n[[meter]]\naddress = "00:22:09:4b:1a:7c"',
            "meter[2].address",
            "Keep one [[meter]]",
        ),
        (
            '[[meter]]\naddress = "00:22:09:4B:1A:7C"\nport = "usb"',
            "meter[1].port",
            "one of the two",
        ),
        ('[[meter]]\nport = "ttyUSB0"\ndriver = "x"', "meter[1].port", "/dev/serial/by-id/"),
        ('[[meter]]\nport = "/dev/../etc"\ndriver = "x"', "meter[1].port", "/dev/serial/by-id/"),
        ('[[meter]]\nport = "/dev/ttyUSB0"', "meter[1].driver", "onetouch-ultra2"),
        (
            2 * '[[meter]]\nport = "/dev/ttyUSB0"\ndriver = "x"\n',
            "meter[2].port",
            "Keep one [[meter]]",
        ),
        ("[camera]\nnumber = -1", "camera.number", "0 to 255"),
        ('"odd key" = 1', '"odd key"', "Known here: hub, patient, fhir"),
    ],
)
def test_a_wrong_setting_in_any_table_is_named_by_its_dotted_key(
    extra: str, key: str, advice: str
) -> None:
    # Top-level keys must come before the first table in TOML.
    error = _refusal(extra + LEAST if extra.startswith('"') else LEAST + extra)

    assert error.message.startswith(f"hearth.toml: {key} ")
    assert advice in error.fix


def test_the_camera_is_off_until_the_care_team_enables_it() -> None:
    camera = parse(LEAST, source="least").camera

    assert (camera.enabled, camera.send_refusals) == (False, False)


def test_a_slip_of_the_pen_is_named_by_its_line() -> None:
    error = _refusal('[hub]\nid = "hub-1\n')

    assert error.code == "CFG-02"
    assert "at line 2" in error.message


def test_a_missing_file_is_named_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml cannot be read: No such file") as caught:
        load(tmp_path / "absent.toml")

    assert caught.value.code == "CFG-01"
    assert "example.toml" in caught.value.fix


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.toml"
    path.write_bytes(b"\xff\xd8\xff\xe0")

    with pytest.raises(ConfigError, match="not UTF-8"):
        load(path)


def test_a_refusal_never_repeats_a_patient_reference() -> None:
    error = _refusal(LEAST.replace("Patient/123", "Jane Q. Public"))

    assert "Jane" not in f"{error.message} {error.fix}"


SCALARS = st.sampled_from(
    [
        "true",
        "1",
        "-1",
        "nan",
        "inf",
        "1" + "0" * 400,
        "1" + "0" * 5000,
        '""',
        '"any"',
        '"a\\u0000b"',
        '"https://["',
        '"https://h:99999/"',
        '"Patient/1"',
        '"00:22:09:4B:1A:7C"',
        "1979-05-27",
        "[]",
        "[1]",
        "[[1]]",
        '{ "1" = "Patient/1" }',
        '{ "x" = 1 }',
    ]
) | st.text(max_size=12)
KEYS = st.sampled_from([field.name for field in fields(Config)]) | st.sampled_from(
    ["id", "timezone", "state_dir", "reference", "base_url", "timeout_s", "address", "slots", "x"]
)
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, SCALARS),
    st.builds("[{}]".format, KEYS),
    st.builds("[[{}]]".format, KEYS),
    st.text(max_size=20),
)


@given(lines=st.lists(LINES, max_size=12), start=st.sampled_from(["", LEAST]))
def test_no_text_does_anything_but_load_or_be_refused(lines: list[str], start: str) -> None:
    with suppress(ConfigError):
        config = parse(start + "\n".join(lines), source="hearth.toml")
        assert config.patient.reference.startswith("Patient/")

"""What the doctor says of a machine: each finding with what it means and what to do.

The files are laid out as Linux has them: /sys/class (Documentation/ABI/testing/sysfs-class-*),
/proc/asound/cards (sound/proc), `get_throttled` (Raspberry Pi documentation, vcgencmd).
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.doctor import camera, certificates, clock, disk, power, radio, software, temperature
from agent.doctor.disk import Room
from agent.doctor.examine import examine
from agent.doctor.finding import Finding, Grade, good, worst
from agent.doctor.place import Place
from agent.doctor.radio import Radio
from config.schema import Camera, Config, Fhir, Hub, Patient, Screen
from tests.fakes import records
from tests.fakes.certificates import Authority
from vitals.errors import HubError

GIB = 1024**3


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a machine with nothing on it."""
    config = Config(
        hub=Hub(id="hub-1", state_dir=tmp_path / "state"),
        patient=Patient(reference="Patient/canary-7f3a"),
        fhir=Fhir(base_url="http://127.0.0.1:1/fhir"),
    )
    nothing: dict[str, str] = {}
    (tmp_path / "state").mkdir()
    return Place(
        config=config,
        now=records.hub_time,
        root=tmp_path / "root",
        path=str(tmp_path / "bin"),
        environment=nothing,
    )


def put(place: Place, name: str, text: str) -> None:
    path = place.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def command(place: Place, name: str, text: str) -> None:
    path = Path(place.path) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' '{text}'\n")
    path.chmod(0o755)


def grades(findings: list[Finding]) -> list[Grade]:
    return [finding.grade for finding in findings]


def test_what_is_not_good_must_say_what_to_do() -> None:
    with pytest.raises(ValueError, match="neither"):
        Finding(check="disk", grade=Grade.BROKEN, what="It is full.")


def test_the_worst_counts_and_unknown_is_less_than_a_look() -> None:
    def graded(grade: Grade) -> Finding:
        return Finding(check="x", grade=grade, what="x", means="y", do="z")

    assert worst([]) is Grade.GOOD
    assert worst([graded(Grade.UNKNOWN), graded(Grade.GOOD)]) is Grade.UNKNOWN
    assert worst([graded(Grade.UNKNOWN), graded(Grade.LOOK)]) is Grade.LOOK
    assert worst([graded(Grade.LOOK), graded(Grade.BROKEN)]) is Grade.BROKEN


def test_a_clock_in_the_past_is_broken_and_one_nobody_set_wants_a_look(place: Place) -> None:
    noon = records.hub_time()
    past = replace(noon, at=datetime(1970, 1, 1, tzinfo=UTC))

    assert clock.judge(past, battery=True).grade is Grade.BROKEN
    assert clock.judge(replace(noon, synchronised=False), battery=False).grade is Grade.LOOK
    assert grades(clock.check(place)) == [Grade.GOOD]


@pytest.mark.parametrize(
    ("free", "files", "read_only", "grade"),
    [
        (2 * GIB, 10, False, Grade.GOOD),
        (GIB // 8, 10, False, Grade.LOOK),
        (1000, 10, False, Grade.BROKEN),
        (2 * GIB, 0, False, Grade.BROKEN),
        (2 * GIB, 10, True, Grade.BROKEN),
    ],
)
def test_the_room_on_a_disk_is_judged(
    free: int, files: int, grade: Grade, *, read_only: bool
) -> None:
    room = Room(
        free_bytes=free,
        total_bytes=8 * GIB,
        free_files=files,
        total_files=100,
        read_only=read_only,
    )
    assert disk.judge(room, wanted_bytes=GIB // 4).grade is grade


def test_a_disk_without_a_store_yet_is_looked_at_all_the_same(place: Place) -> None:
    config = replace(place.config, hub=Hub(id="x", state_dir=place.root / "not" / "there"))
    assert disk.check(replace(place, config=config))[0].grade is not Grade.UNKNOWN


@pytest.mark.parametrize(
    ("flags", "grade"),
    [
        ("throttled=0x0", Grade.GOOD),
        ("throttled=0x50005", Grade.BROKEN),
        ("throttled=0x50000", Grade.LOOK),
        ("throttled=0x4", Grade.LOOK),
        ("no such thing", Grade.UNKNOWN),
        ("", Grade.UNKNOWN),
    ],
)
def test_a_weak_power_supply_is_told(place: Place, flags: str, grade: Grade) -> None:
    command(place, "vcgencmd", flags)
    assert grades(power.check(place)) == [grade]


def test_power_flags_are_read_from_the_kernels_file_first(place: Place) -> None:
    put(place, "sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n")
    assert grades(power.check(place)) == [Grade.BROKEN]


@pytest.mark.parametrize(
    ("said", "grade"),
    [
        ("48312\n", Grade.GOOD),
        ("81000\n", Grade.LOOK),
        ("85500\n", Grade.BROKEN),
        ("", Grade.UNKNOWN),
    ],
)
def test_heat_is_judged_in_thousandths_of_a_degree(place: Place, said: str, grade: Grade) -> None:
    put(place, "sys/class/thermal/thermal_zone0/temp", said)
    assert grades(temperature.check(place)) == [grade]


def test_a_machine_without_bluetooth_is_told_so(place: Place) -> None:
    found = radio.check(place)[0]
    assert found.grade is Grade.BROKEN
    assert "no Bluetooth adapter" in found.what


def test_without_a_bus_the_radio_is_unknown_not_well(place: Place) -> None:
    put(place, "sys/class/bluetooth/hci0/uevent", "")
    assert grades(radio.check(place)) == [Grade.UNKNOWN]


def test_an_adapter_with_bluetoothd_is_well_and_a_blocked_one_is_not(place: Place) -> None:
    put(place, "sys/class/bluetooth/hci0/uevent", "")
    put(place, "sys/class/bluetooth/hci0:64/uevent", "")
    command(place, "busctl", "org.bluez                 711 bluetoothd root :1.9 bluetooth.service")
    assert grades(radio.check(place)) == [Grade.GOOD]
    put(place, "sys/class/rfkill/rfkill0/type", "bluetooth\n")
    put(place, "sys/class/rfkill/rfkill0/soft", "1\n")
    put(place, "sys/class/rfkill/rfkill0/hard", "0\n")
    assert "switched off" in radio.check(place)[0].what


def test_a_bus_without_bluetoothd_and_a_wrong_adapter_are_told_apart() -> None:
    there = Radio(adapters=("hci1",), blocked=False, daemon=False)
    assert "bluetoothd does not run" in radio.judge(there, wanted="").what
    assert radio.judge(there, wanted="hci0") == radio.judge(
        there, wanted=""
    )  # the only one is meant
    two = Radio(adapters=("hci1", "hci2"), blocked=False, daemon=True)
    assert "There is no adapter hci0; there is hci1, hci2." in radio.judge(two, wanted="hci0").what


def episode(at: str) -> dict[str, object]:
    return {"fault": "daemon", "at": at, "noticed_after_s": 0.0, "healed_after_s": 1.0, "how": ""}


def test_what_the_radio_was_mended_of_is_told_and_often_is_worth_a_look() -> None:
    last = "2026-11-23T12:00:00+00:00"
    assert radio.judge_history({}) == []
    few = radio.judge_history({"episodes": [episode(last)], "open": []})
    assert grades(few) == [Grade.GOOD]
    assert last in few[0].what
    assert grades(radio.judge_history({"episodes": [episode(last)] * 20})) == [Grade.LOOK]
    assert grades(radio.judge_history({"episodes": [], "open": ["adapter"]})) == [Grade.LOOK]


def test_a_camera_and_a_sound_card_are_wanted_only_where_the_settings_ask(place: Place) -> None:
    assert grades(camera.check(place)) == [Grade.GOOD, Grade.GOOD]
    wanting = replace(place.config, camera=Camera(enabled=True), screen=Screen(enabled=True))
    asked = replace(place, config=wanting)
    put(place, "proc/asound/cards", "--- no soundcards ---\n")
    assert grades(camera.check(asked)) == [Grade.BROKEN, Grade.BROKEN]
    put(place, "sys/class/video4linux/video0/name", "HD Pro Webcam C920\n")
    put(place, "proc/asound/cards", " 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n")
    assert grades(camera.check(asked)) == [Grade.GOOD, Grade.GOOD]


@pytest.mark.parametrize(
    ("days", "grade"),
    [(40, Grade.GOOD), (9, Grade.LOOK), (-1, Grade.BROKEN)],
)
def test_the_end_of_a_certificate_is_told_in_time(days: int, grade: Grade) -> None:
    begins = records.NOON - timedelta(days=60)
    ends = records.NOON + timedelta(days=days)
    assert certificates.judge("fhir.ca_file", begins, ends, records.NOON).grade is grade


def test_real_certificate_files_are_read_and_broken_ones_named(tmp_path: Path) -> None:
    cert, key = Authority(tmp_path).sign("hub-1", days=20)
    made = datetime.now(UTC)  # the authority dates by the machine's own clock
    read = certificates.read
    assert "not valid before" in read("fhir.client_cert_file", cert, made).what
    in_time = made + timedelta(days=20)
    assert "ends in 0 days" in read("fhir.client_cert_file", cert, in_time).what
    assert "ended on" in read("x", cert, made + timedelta(days=21)).what
    assert "holds no certificate" in read("x", key, made).what
    assert "No such file" in read("x", tmp_path / "gone.pem", made).what


def test_a_system_we_know_is_well_and_another_wants_a_look(place: Place) -> None:
    put(place, "etc/os-release", 'PRETTY_NAME="Debian 13"\nID=debian\nVERSION_ID="13"\n')
    system, service = software.check(place)
    assert (system.grade, service.grade) == (Grade.GOOD, Grade.BROKEN)
    put(place, "etc/os-release", 'PRETTY_NAME="Slackware"\nID=slackware\nVERSION_ID="15"\n')
    assert software.check(place)[0].grade is Grade.LOOK


def test_a_hub_that_keeps_restarting_wants_a_look() -> None:
    judged = software.judge_service(answers=True, state="active", restarts=12)
    assert (judged.grade, "12 times" in judged.what) == (Grade.LOOK, True)


def test_a_check_that_hangs_or_breaks_spoils_no_other(place: Place) -> None:
    never = threading.Event()

    def hangs(_: Place) -> list[Finding]:
        never.wait(60)
        return []

    def breaks(_: Place) -> list[Finding]:
        raise HubError("a value is in here", fix="x", code="STORE-03")

    found = examine(
        place,
        {"a": hangs, "b": breaks, "c": lambda _: [good("c", "Well.")]},
        limit_s=0.3,
    )
    never.set()
    assert [(one.check, one.grade) for one in found] == [
        ("a", Grade.UNKNOWN),
        ("b", Grade.UNKNOWN),
        ("c", Grade.GOOD),
    ]
    assert "value" not in found[1].what


@given(st.integers(0, 2**20 - 1))
def test_every_flag_there_can_be_is_judged(flags: int) -> None:
    assert (power.judge(flags).grade is Grade.BROKEN) is bool(flags & 1)

"""What a care team sees when it asks which meters it may hand out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from drivers import registry
from drivers.unsupported import UNSUPPORTED

runner = CliRunner()
# The reference list of meters: each is read, or its reason is told.
ASKED_FOR = [
    *("A&D UA-651BLE", "A&D UC-352BLE", "A&D UT-201BLE", "A&D UB-1100BLE", "A&D UA-767PC"),
    *("Omron HEM-9200T", "Omron HEM-7380T1", "boso medicus", "SilverCrest SBM69", "Medisana BU"),
    *("Beurer BM cuffs", "BF720", "BF105", "BF500", "BF788", "BF915", "Beurer BM65", "BM55"),
    *("Accu-Chek Guide", "Instant", "Aviva Connect", "Accu-Chek Mobile", "Contour Next One"),
    *("CareSens", "DM30b", "OneTouch Verio Flex", "Select Plus Flex", "Verio IQ", "UltraEasy"),
    *("OneTouch Ultra2", "BerryMed", "Jumper", "Yonker", "O2Ring", "Checkme O2", "CMS50D-BT"),
    *("CMS50D+", "TD-42xx", "TD-3128", "FORA D40", "iHealth", "Microlife", "GlucoMen Areo"),
    *("Contour USB", "Contec 08A", "Omron cuffs by USB", "Nonin 9560", "Dexcom", "Libre"),
]


@pytest.mark.parametrize("name", ASKED_FOR)
def test_every_meter_people_ask_for_is_read_or_its_reason_is_told(name: str) -> None:
    titles = [driver.title for driver in registry.drivers()]
    reasons = [one.name for one in UNSUPPORTED if one.why]
    assert any(name in text for text in [*titles, *reasons])


def test_the_list_says_how_each_driver_was_proved() -> None:
    shown = runner.invoke(app, ["device", "list", "--supported", "--json"])
    assert shown.exit_code == 0
    found = json.loads(shown.stdout)
    assert {row["proof"] for row in found["supported"]} <= {"spec", "captured", "bench"}
    assert len(found["supported"]) == len(registry.drivers())
    assert found["not_supported"]
    lines = runner.invoke(app, ["device", "list", "--supported"]).stdout.splitlines()
    assert lines[0].split() == ["Title", "Driver", "Way", "Proof", "Pairing"]
    assert "Not supported:" in lines


def test_the_meters_of_a_home_are_listed_without_addresses_or_patients(tmp_path: Path) -> None:
    config = tmp_path / "hearth.toml"
    config.write_text(
        '[hub]\nid = "hub-1"\n[patient]\nreference = "Patient/canary"\n'
        '[fhir]\nbase_url = "https://fhir.clinic.example/r4"\n'
        '[[meter]]\naddress = "00:22:09:4B:1A:7C"\nname = "Kitchen cuff"\n'
        'slots = { "1" = "Patient/canary" }\n'
        '[[meter]]\nport = "usb"\ndriver = "onetouch-ultra2"\n'
    )
    shown = runner.invoke(app, ["device", "list", "--config", str(config)])
    assert shown.exit_code == 0
    assert "Kitchen cuff" in shown.stdout
    assert "cable" in shown.stdout
    assert "canary" not in shown.stdout
    assert "4B" not in shown.stdout

"""A bridge's settings: what is taken as written, and what a person is told when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.bridge import load_bridge
from config.load import ConfigError

EXAMPLE = Path(__file__).parents[1] / "config" / "bridge-example.toml"


def test_the_example_is_a_working_file() -> None:
    config = load_bridge(EXAMPLE)
    assert config.mqtt.host == "mqtt.clinic.example"
    assert [(hub.id, hub.patients) for hub in config.hub] == [("hub-1", ("Patient/123",))]
    assert config.bridge.accept == "listed"


@pytest.mark.parametrize(
    ("change", "key", "advice"),
    [
        (('host = "mqtt.clinic.example"', ""), "mqtt.host", "mqtt.clinic.example"),
        (("timeout_s = 10.0", "timeout_s = 30.0"), "fhir.timeout_s", "from 1 to 12"),
        (('["Patient/123"]', '"Patient/123"'), "hub[1].patients", "a list in [ ]"),
        (('["Patient/123"]', '["123"]'), "hub[1].patients", '"Patient/123"'),
        (("[bridge]", '[bridge]\naccept = "all"'), "bridge.accept", '"any"'),
        (("[bridge]", "[bridge]\nworkers = 0"), "bridge.workers", "from 1 to 64"),
        (("https://", "http://"), "fhir.base_url", "https://"),
        (("[[hub]]", "[[hubs]]"), "hubs", "Did you mean hub?"),
    ],
)
def test_a_wrong_setting_is_told_with_its_key_and_what_to_write(
    tmp_path: Path, change: tuple[str, str], key: str, advice: str
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert change[0] in text
    file = tmp_path / "bridge.toml"
    file.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError) as wrong:
        load_bridge(file)
    assert key in wrong.value.message
    assert advice in wrong.value.fix


def test_a_missing_file_is_told_with_its_example(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read") as wrong:
        load_bridge(tmp_path / "none.toml")
    assert "bridge-example.toml" in wrong.value.fix

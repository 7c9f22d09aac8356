"""The sweep runs from people to figures, drawn and told, and over films on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import vitals_sweep
from tests.simulator.bad import MAKERS, base
from tests.simulator.case import Subject


def test_a_sweep_of_colours_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    vitals_sweep.main(["--count", "12", "--fast", "--json"])
    figures = json.loads(capsys.readouterr().out)
    # 42 in 100 are negatives: 5 of the first 12.
    assert (figures["clips"], figures["negatives"]["clips"]) == (12, 5)
    assert figures["negatives"]["without_a_pulse_answered"] == 0


def test_a_drawn_person_is_measured_against_the_truth() -> None:
    found = vitals_sweep.drawn(base())
    # The pulse that this person was given, and the drift that the case allows.
    assert found.true_bpm == pytest.approx(72.0, abs=5.0)
    assert found.bpm is not None
    assert found.error_bpm < 5.0
    assert found.first is not None
    assert found.first.after_s < base().seconds


def test_a_drawn_doll_gets_no_answer() -> None:
    found = vitals_sweep.drawn(replace(base(), subject=Subject.DOLL))
    assert found.true_bpm is None
    assert not found.wrong


def test_films_of_a_manifest_are_counted(tmp_path: Path) -> None:
    names = ["grey.mkv", "three_seconds.mkv", "noise.mkv", "wall.mkv"]
    clips = [{"file": name, "pulse_rate_bpm": MAKERS[name](tmp_path / name)} for name in names]
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": clips}))
    found = vitals_sweep.given(tmp_path)
    assert found["clips"] == 4
    assert found["wrong"] == 0
    assert {answer["file"] for answer in found["answers"]} <= {"grey.mkv"}

"""`hearth vitals` as a person uses it: an answer or a reason, and never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from agent.bench import vitals as bench_vitals
from agent.cli.main import app
from tests.fakes.films import plain, track_clock_hz, turned, unevenly_timed, written
from tests.fakes.heads import lamp, sitter, webcam
from tests.house import ROOT
from tests.simulator.case import Case, Subject
from tests.simulator.picture import Clip

GIVEN, FAILED, WRONG, REFUSED = 0, 1, 2, 3
# A clear pulse, so that these tests are about files and words and not about the estimator's limits.
CLEAR = sitter(seconds=20.0, amplitude=0.01, camera=webcam(width=640, height=480, face_share=0.27))


def film(case: Case, path: Path, *, fps: float = 30.0) -> Path:
    return written(path, (frame.bgr for frame in Clip(case)), fps=fps)


@pytest.fixture(scope="module")
def clear(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(CLEAR, tmp_path_factory.mktemp("films") / "clear.avi")


def hearth(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "agent.cli.main", "vitals", *words],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )


def answer(path: Path, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["vitals", str(path), "--json", *words])
    assert done.exit_code in (GIVEN, REFUSED), done.output
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["pulse_rate_bpm"] is None) == (done.exit_code == REFUSED)
    return found


def test_a_clear_film_is_answered_with_one_json_object(clear: Path, tmp_path: Path) -> None:
    drawing = tmp_path / "seen.png"
    done = hearth(str(clear), "--json", "--explain", "--plot", str(drawing))

    assert (done.returncode, done.stderr) == (GIVEN, "")
    found = json.loads(done.stdout)
    true_bpm = Clip(CLEAR).truth.pulse_rate_bpm(0.0, 20.0)
    assert found["pulse_rate_bpm"] == pytest.approx(true_bpm, abs=2)
    assert found["respiratory_rate_bpm"] is None  # 20 s are too short for it
    assert found["hrv"] is None
    assert found["reasons"] == []
    assert found["frames"] == 600
    assert found["peak_rss_mb"] > 0 < found["ms_per_frame"]
    assert found["quality"]["seconds"] == pytest.approx(20, abs=0.5)
    assert found["held"] == {"exposure": None, "white_balance": None, "gain": None}
    assert cv2.imread(str(drawing)) is not None


def test_a_person_is_told_in_words(clear: Path) -> None:
    done = CliRunner().invoke(app, ["vitals", str(clear), "--quick"])

    assert done.exit_code == GIVEN
    assert done.stdout.splitlines()[0].startswith("pulse 7")
    assert "not a cleared medical measurement" in done.stdout


def test_the_drawing_shows_the_face_in_its_place(clear: Path, tmp_path: Path) -> None:
    drawing = tmp_path / "seen.png"
    answer(clear, "--quick", "--plot", str(drawing))
    sheet = cv2.imread(str(drawing))

    assert sheet is not None
    assert sheet.shape == (960, 1280, 3)
    face = sheet[200:300, 180:240].reshape(-1, 3)
    assert face[:, 2].mean() > face[:, 0].mean() + 20  # skin is redder than paper and ink


def test_a_refusal_says_why_and_ends_with_3(tmp_path: Path) -> None:
    path = film(sitter(seconds=9.0, subject=Subject.WALL), tmp_path / "wall.avi")
    done = hearth(str(path))

    assert done.returncode == REFUSED
    assert "no pulse rate\n  Please sit so that the camera sees your whole face. (no-face)" in (
        done.stdout
    )


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([], WRONG, "Name either"),
        (["a.avi", "--camera", "0"], WRONG, "Name either"),
        (["no-such-film.avi"], FAILED, "(VIT-01)"),
        (["/"], FAILED, "(VIT-01)"),
        (["README.md"], FAILED, "(VIT-02)"),
        (["--camera", "9999"], FAILED, "(VIT-04)"),
    ],
)
def test_what_cannot_be_used_is_told_with_a_code(words: list[str], status: int, said: str) -> None:
    done = hearth(*words)

    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_drawing_that_cannot_be_written_is_told(clear: Path, tmp_path: Path) -> None:
    done = hearth(str(clear), "--quick", "--plot", str(tmp_path / "no" / "folder.png"))

    assert done.returncode == FAILED
    assert "(VIT-05)" in done.stderr


def test_three_seconds_are_too_short(tmp_path: Path) -> None:
    found = answer(film(sitter(seconds=3.0), tmp_path / "short.avi"))

    assert [one["code"] for one in found["reasons"]] == ["too-short"]


def test_five_pictures_a_second_are_refused(tmp_path: Path) -> None:
    slow = film(sitter(seconds=12.0, camera=webcam(fps=5.0)), tmp_path / "slow.avi", fps=5.0)

    assert answer(slow)["pulse_rate_bpm"] is None


def test_a_black_film_is_refused(tmp_path: Path) -> None:
    black = [np.zeros((240, 320, 3), np.uint8)] * 300
    found = answer(written(tmp_path / "black.avi", black))

    assert "too-dark" in {one["code"] for one in found["reasons"]}


def test_a_film_cut_off_is_read_as_far_as_it_goes(clear: Path, tmp_path: Path) -> None:
    whole = clear.read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: len(whole) * 3 // 4])
    found = answer(cut)

    assert 0 < found["frames"] < 600


def test_a_grey_film_gives_no_number(tmp_path: Path) -> None:
    case = sitter(seconds=10.0, amplitude=0.01)
    grey = (np.repeat(one.bgr[..., 1:2], 3, axis=2) for one in Clip(case))

    assert answer(written(tmp_path / "grey.avi", grey))["pulse_rate_bpm"] is None


def test_a_film_of_a_telephone_held_upright_is_looked_at_upright(tmp_path: Path) -> None:
    case = sitter(seconds=2.0, camera=webcam(width=320, height=320, face_share=0.35))
    lying = (cv2.rotate(one.bgr, cv2.ROTATE_90_COUNTERCLOCKWISE) for one in Clip(case))
    path = tmp_path / "upright.mp4"
    turned(written(path, (np.asarray(one, np.uint8) for one in lying)))

    assert answer(path)["valid_share"] > 0.8


def test_uneven_times_do_not_shift_the_rate(tmp_path: Path) -> None:
    case = sitter(
        seconds=20.0, amplitude=0.01, camera=webcam(fps=25.0, jitter_ms=8.0, face_share=0.4)
    )
    clip = Clip(case)
    path = film(case, tmp_path / "uneven.mp4", fps=25.0)
    clock = track_clock_hz(path)
    ticks = np.diff((clip.scene.at_s * clock).round()).astype(int)
    unevenly_timed(path, [*ticks.tolist(), clock // 25])
    found = answer(path)

    assert found["frames"] > 490
    true_bpm = clip.truth.pulse_rate_bpm(0.0, 20.0)
    assert found["pulse_rate_bpm"] in (None, pytest.approx(true_bpm, abs=3))


def test_a_4k_film_is_looked_at_in_bounded_memory(tmp_path: Path) -> None:
    small = next(iter(Clip(sitter(seconds=0.1)))).bgr
    large = np.asarray(cv2.resize(small, (3840, 2880)), np.uint8)
    done = hearth(str(written(tmp_path / "large.avi", [large] * 40)), "--json")

    assert done.returncode == REFUSED
    # Forty such pictures alone are 1,300 MB; a decoder keeps a few for each of its threads.
    assert json.loads(done.stdout)["peak_rss_mb"] < 900


def test_a_flickering_lamp_is_not_taken_for_a_pulse(tmp_path: Path) -> None:
    light = lamp(flicker=0.02, flicker_hz=1.3, flicker_behind=1.0)
    path = film(sitter(seconds=10.0, amplitude=0.0, light=light), tmp_path / "lamp.avi")

    assert answer(path)["pulse_rate_bpm"] is None


def test_help_does_not_load_what_is_heavy() -> None:
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom agent.cli.main import app\n"
        "assert CliRunner().invoke(app, ['vitals', '--help']).exit_code == 0\n"
        "print(sorted({'cv2', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{script}"],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    assert done.stdout == "[]\n"


def test_a_film_of_plain_pictures_is_refused(tmp_path: Path) -> None:
    assert answer(written(tmp_path / "plain.mp4", plain(40)))["pulse_rate_bpm"] is None


def test_the_bench_measures_in_a_process_of_its_own() -> None:
    done = CliRunner().invoke(app, ["bench", "vitals", "--seconds", "14", "--json"])
    found = json.loads(done.stdout)

    assert done.exit_code == 0
    assert found["frames"] == 420
    assert found["valid_share"] > 0.95
    assert found["ms_per_frame"] > 0
    assert f"{found['peak_rss_mb']:g} MB" in bench_vitals.in_words(found)[0]

"""A new meter is two files: what drivers/README.md shows is done here, in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SHOWN = re.compile(r"```(?:python|toml)\n# (?P<path>[\w./]+)\n(?P<text>.*?)```", re.DOTALL)
_NEEDED = ("drivers", "vitals", "tests", "pyproject.toml")


def test_the_two_files_that_the_readme_shows_make_a_meter_that_keeps_every_rule(
    tmp_path: Path,
) -> None:
    for name in _NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    readme = (ROOT / "drivers" / "README.md").read_text(encoding="utf-8")
    files = {found["path"]: found["text"] for found in _SHOWN.finditer(readme)}
    assert set(files) == {
        "drivers/devices/example_t1.py",
        "tests/vectors/devices/example_t1.toml",
    }
    for path, text in files.items():
        assert not (tmp_path / path).exists()
        (tmp_path / path).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/test_devices.py", "tests/test_registry.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    listed = subprocess.run(
        [
            sys.executable,
            "-c",
            "from drivers import registry; print([d.name for d in registry.drivers()])",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "'example-t1'" in listed.stdout

"""The simulated home that sends through a real broker and bridge keeps the same books."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_over_mqtt_every_reading_is_on_the_server_once_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent.cli.main", "demo", "--for", "6", "--json", "--link", "mqtt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    books = json.loads(done.stdout.splitlines()[-1])
    assert (books["lost"], books["duplicates"]) == (0, 0)
    assert books["on_server"] == books["stored"] > 20
    # The hub could also have gone by HTTPS: it did not.
    assert books["answered_over_mqtt"] >= 3

"""What `hearth bench radio` prints: every fault noticed and healed, and no reading missed."""

from __future__ import annotations

import json
import os
import subprocess
import sys


def test_every_fault_is_healed_and_no_reading_is_missed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent.cli.main", "bench", "radio", "--sessions", "8", "--json"],
        capture_output=True,
        check=True,
        env=dict(os.environ),
        timeout=300,
    )
    found = json.loads(done.stdout)
    assert len(found["faults"]) == 8
    assert all(one["recover_s"] >= 0 for one in found["faults"].values())
    assert sum(found["storm"]["faults"].values()) == 6
    assert (found["storm"]["missed"], found["storm"]["doubled"]) == (0, 0)

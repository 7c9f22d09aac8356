"""`hearth screen` with the proof's film for a camera; its one argument is the hub's socket."""

from __future__ import annotations

import sys
from pathlib import Path

from agent.screen.qt import program
from tests.proofs.visit_film import Film, warm

if __name__ == "__main__":
    warm()
    sys.exit(
        program.run(
            Path(sys.argv[1]),
            size=(800, 480),
            silent=True,
            language="en",
            camera=0,
            open_camera=lambda _: Film(),
        )
    )

"""`hearth screen` with the proof's film for a camera.

Its first argument is the hub's socket; a second one names a file that is open while the camera is,
as /dev/video0 would be.
"""

from __future__ import annotations

import sys
from pathlib import Path

from agent.screen.qt import program
from tests.proofs.visit_film import Film, warm


class Device(Film):
    """The film, as long as a file is open."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("rb")

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


if __name__ == "__main__":
    warm()
    sys.exit(
        program.run(
            Path(sys.argv[1]),
            size=(800, 480),
            silent=True,
            language="en",
            camera=0,
            open_camera=lambda _: Device(Path(sys.argv[2])) if sys.argv[2:] else Film(),
        )
    )

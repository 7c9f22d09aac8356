"""Where `faults` plays: a hub on a small disk of its own, its server, and the relay between."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.demo.server import DemoServer, free_port, put
from tests.proofs.badnet import HttpRelay, Weather
from tests.proofs.kill9 import audit
from tests.proofs.kill9_hub import PATIENT
from tests.proofs.kill9_parts import Home

_START_LIMIT_S = 60.0
_DRAIN_LIMIT_S = 120.0
_SAID_LIMIT_S = 60.0
_DISK_OCTETS = 16 * 1024 * 1024


class Scene:
    """A hub that measures, its server, and the relay between them."""

    def __init__(self, here: Home, folder: Path, stay_s: float, relay: HttpRelay | None) -> None:
        self.here, self.folder, self.stay_s, self.relay = here, folder, stay_s, relay
        self.state = folder / "state"
        self.expected = ""  # a code that the hub must have said
        self.may_lack = 0  # readings that a damaged page may cost, named by the hub

    def start(self) -> None:
        """Start the hub, and wait until it confirms readings: under a tracer that takes seconds."""
        before = len(self.here.confirmed())
        self.here.start("agent")
        self.here.wait_for_readings(_START_LIMIT_S, before)

    def stay(self) -> None:
        """Let the fault last, while the hub measures on."""
        time.sleep(self.stay_s)

    def stay_until_said(self) -> None:
        """Let the fault last, and on a slow machine longer, until the hub says what is wrong."""
        until_s = time.monotonic() + _SAID_LIMIT_S
        self.stay()
        while self.is_unsaid() and time.monotonic() < until_s:
            time.sleep(0.1)

    def is_unsaid(self) -> bool:
        """Tell whether there is a code that the hub must say, and has not said."""
        return bool(self.expected) and self.expected not in self.here.said()

    def manner(self, manner: str) -> None:
        """Change how the relay behaves."""
        if self.relay is None:
            raise AssertionError("there is no relay here")
        self.relay.manner = manner


@contextlib.contextmanager
def scene_of(folder: Path, stay_s: float, *, timeout_s: float) -> Iterator[Scene]:
    """Run a server, a relay and a hub by HTTPS alone, its state on a small disk of its own."""
    state, image = folder / "state", folder / "disk"
    state.mkdir()
    with image.open("wb") as file:
        file.truncate(_DISK_OCTETS)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    options = "loop,errors=remount-ro"
    subprocess.run(["mount", "-o", options, str(image), str(state)], check=True)
    port, weather = free_port(), Weather(1, calm=True)
    try:
        with DemoServer(folder, port=port) as server, HttpRelay("hub", port, weather) as relay:
            put(server.base_url, {"resourceType": "Patient", "id": PATIENT.rpartition("/")[2]})
            settings(folder, f"http://127.0.0.1:{relay.port}/fhir", timeout_s=timeout_s)
            here = Home(folder, server)
            here.start("agent")
            try:
                yield Scene(here, folder, stay_s, relay)
            finally:
                here.close()
    finally:
        subprocess.run(["umount", "-l", str(state)], check=True)


def settings(folder: Path, base_url: str, extra: str = "", timeout_s: float = 10.0) -> None:
    """Write the hub's settings, with a time limit that a busy machine keeps."""
    (folder / "hearth.toml").write_text(
        f'[hub]\nid = "hub-1"\ntenant = "t"\nstate_dir = "{folder / "state"}"\n'
        f'[patient]\nreference = "{PATIENT}"\n[fhir]\nbase_url = "{base_url}"\n{extra}'
        f"timeout_s = {timeout_s}\n[radio]\nenabled = false\n",
        encoding="ascii",
    )


def judged(scene: Scene) -> dict[str, Any]:
    """Let the hub send what it has, ask the server, and say whether all held."""
    here = scene.here
    here.kill("agent")
    here.measuring = False
    here.env = {}
    here.start("agent")
    limit_s = time.monotonic() + _DRAIN_LIMIT_S
    while here.waiting() != 0 and time.monotonic() < limit_s:
        time.sleep(0.5)
    found = audit(here.base_url, here.confirmed())
    said = not scene.is_unsaid()
    right = found["duplicates"] == found["inversions"] == 0
    held = right and found["lost"] <= scene.may_lack and here.waiting() == 0 and said
    return {
        "held": held and found["confirmed"] > 0,
        **found,
        "waiting": here.waiting(),
        "said": said,
    }

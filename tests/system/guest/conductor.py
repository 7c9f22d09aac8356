"""Runs in the guest, as root: does what the tests ask over a virtual serial port. Standard library.

One JSON object a line each way: `{"id": 1, "run": ["systemctl", "…"], "limit_s": 30, "input": ""}`
is answered by `{"id": 1, "status": 0, "out": "…", "err": "…", "began_s": 1.5, "ended_s": 1.6}`, the
times from the machine's monotonic clock. Requests run at the same time. One without `run` only asks
what time it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

_PORT = Path("/dev/virtio-ports/hearth.conductor")
_TIMED_OUT = 124  # as timeout(1) says it
_NOT_STARTED = 127


def main() -> None:
    """Answer until the machine ends."""
    while not _PORT.exists():
        time.sleep(0.05)
    port = os.open(_PORT, os.O_RDWR)
    lock = threading.Lock()

    def say(answer: dict[str, Any]) -> None:
        octets = json.dumps(answer).encode() + b"\n"
        with lock:
            while octets:
                octets = octets[os.write(port, octets) :]

    say({"id": 0, "began_s": time.monotonic()})
    waiting = b""
    while True:
        some = os.read(port, 65536)
        if not some:  # nobody listens yet
            time.sleep(0.05)
            continue
        *lines, waiting = (waiting + some).split(b"\n")
        for line in lines:
            threading.Thread(target=_do, args=(json.loads(line), say), daemon=True).start()


def _do(asked: dict[str, Any], say: Any) -> None:  # noqa: ANN401 - a local function
    began_s = time.monotonic()
    if "run" not in asked:
        say({"id": asked["id"], "began_s": began_s})
        return
    try:
        done = subprocess.run(
            asked["run"],
            input=asked.get("input", ""),
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=asked["limit_s"],
        )
        status, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        status, out, err = _TIMED_OUT, "", f"not done after {asked['limit_s']} s"
    except OSError as error:
        status, out, err = _NOT_STARTED, "", str(error)
    answer = {"id": asked["id"], "status": status, "out": out, "err": err}
    say(answer | {"began_s": began_s, "ended_s": time.monotonic()})


if __name__ == "__main__":
    main()

"""Proof: what breaks around a hub costs no confirmed reading, and doubles none.

One entry a fault, each with a real hub (its parts as `hearth run` has them), a real FHIR server
and, where it is about them, a real broker and bridge. The hub measures on; the fault comes, stays
until the hub has said what is wrong, or a while longer, and goes; then the server is asked. `held`
is true when every confirmed reading is there once and in order, and the hub said what was wrong; a
damaged page may cost what was on it alone.

    python -m tests.proofs.faults [--short] [--json] [--only NAME]

Needs root (mounts in a namespace of its own), e2fsprogs, strace, mosquitto and faketime.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.demo.server import DemoServer, free_port, put
from tests.fakes.certificates import Authority
from tests.proofs.badnet import HttpRelay, Weather
from tests.proofs.faults_scene import Scene, judged, scene_of, settings
from tests.proofs.kill9_hub import PATIENT
from tests.proofs.kill9_parts import Home, home

_ROOT = Path(__file__).parents[2]
_STAY_S, _SHORT_STAY_S = 8.0, 3.0
_WARM_UP_S = 30.0
_CHECKPOINT = (
    "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')"
)
_NAMESPACE = "HEARTH_PROOF_NAMESPACE"
_FAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"


Fault = Callable[[Scene], None]


def disk_full(scene: Scene) -> None:
    """Somebody else fills the disk, and whatever becomes free of it; later it is given back."""
    filler = scene.state / "filler"
    words = ["dd", "if=/dev/zero", f"of={filler}", "bs=4096", "conv=notrunc", "oflag=append"]
    scene.expected = "STORE-02"
    staying = threading.Thread(target=scene.stay_until_said)
    staying.start()
    while staying.is_alive():
        subprocess.run(words, stderr=subprocess.DEVNULL, check=False)  # ends with "no space left"
        staying.join(0.05)
    filler.unlink()


def eio_on_fsync(scene: Scene) -> None:
    """The disk fails to sync, six times; the hub was started under strace to make it so."""
    scene.here.kill("agent")
    inject = "inject=fdatasync,fsync:error=EIO:when=12..17"
    scene.here.wrap = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync,fsync",
        "-e",
        inject,
    ]
    scene.start()
    scene.expected = "STORE-05"
    scene.stay_until_said()
    scene.here.kill("agent")
    scene.here.wrap = []
    scene.start()


def read_only_remount(scene: Scene) -> None:
    """The file system finds an error and goes read-only, as ext4 does; later it is checked."""
    device = subprocess.check_output(["findmnt", "-no", "SOURCE", str(scene.state)], text=True)
    error = Path("/sys/fs/ext4") / Path(device.strip()).name / "trigger_fs_error"
    error.write_text("1", encoding="ascii")
    scene.expected = "STORE-05"
    scene.stay_until_said()
    scene.here.kill("agent")
    subprocess.run(["umount", str(scene.state)], check=True)
    image = str(scene.folder / "disk")
    subprocess.run(["e2fsck", "-fy", image], stdout=subprocess.DEVNULL, check=False)  # 1: mended
    subprocess.run(["mount", "-o", "loop", image, str(scene.state)], check=True)
    scene.start()


def corrupt_page(scene: Scene) -> None:
    """A page of the store is overwritten while the hub is off and its server away."""
    scene.manner("html")
    time.sleep(2.0)
    scene.here.kill("agent")
    # Everything into the file itself, so that the page that is hit is the one that is read.
    subprocess.run([sys.executable, "-c", _CHECKPOINT, str(scene.state / "outbox.db")], check=True)
    with (scene.state / "outbox.db").open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size // 8192 * 4096)
        file.write(os.urandom(4096))
    scene.manner("pass on")
    scene.start()
    scene.stay()
    scene.may_lack = 40  # what one page of 4,096 octets can hold, and what hung on it


def clock_jumps(scene: Scene) -> None:
    """The wall clock jumps a day ahead, a day back, and right again, while the hub runs."""
    scene.here.kill("agent")
    libraries = sorted(Path("/").glob(_FAKETIME.lstrip("/")))
    if not libraries:
        raise AssertionError("libfaketime is missing: apt-get install faketime")
    told = scene.folder / "faketime"
    told.write_text("+0", encoding="ascii")
    scene.here.env = {
        "LD_PRELOAD": str(libraries[0]),
        "FAKETIME_TIMESTAMP_FILE": str(told),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    scene.start()
    for offset in ("+0", "+1d", "-1d", "+0"):
        told.write_text(offset, encoding="ascii")
        scene.expected = scene.expected if offset == "+0" else "SYNC-08"
        scene.stay_until_said()


def server_answers_html(scene: Scene) -> None:
    """A captive portal, or a proxy's error page, stands where the server was."""
    scene.manner("html")
    scene.expected = "SYNC-04"
    scene.stay_until_said()
    scene.manner("pass on")


def server_never_answers(scene: Scene) -> None:
    """The server stores every request, and no answer ever comes back."""
    scene.manner("silent")
    scene.stay()
    scene.manner("pass on")


FAULTS: dict[str, Fault] = {
    "disk_full": disk_full,
    "eio_on_fsync": eio_on_fsync,
    "read_only_remount": read_only_remount,
    "corrupt_page": corrupt_page,
    "clock_jumps": clock_jumps,
    "server_answers_html": server_answers_html,
    "server_never_answers": server_never_answers,
}
OTHERS = ("certificate_expired", "broker_wiped")


def proved(name: str, stay_s: float) -> dict[str, Any]:
    """Run one fault in a folder of its own."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if name == "broker_wiped":
            return _broker_wiped(folder, stay_s)
        if name == "certificate_expired":
            return _certificate_expired(folder, stay_s)
        # One that never answers is given up soon; any other may take its time on a busy machine.
        timeout_s = 3.0 if name == "server_never_answers" else 10.0
        with scene_of(folder, stay_s, timeout_s=timeout_s) as scene:
            scene.here.wait_for_readings(_WARM_UP_S)
            time.sleep(2.0)
            FAULTS[name](scene)
            time.sleep(2.0)
            return judged(scene)


def _broker_wiped(folder: Path, stay_s: float) -> dict[str, Any]:
    """Kill the broker, which keeps nothing, again and again; there is no way but the broker's."""
    with home(folder, Weather(1, calm=True), direct=False) as here:
        here.wait_for_readings(_WARM_UP_S)
        for _ in range(3):
            time.sleep(stay_s / 3)
            here.kill("broker")
            here.start("broker")
        time.sleep(2.0)
        return judged(Scene(here, folder, stay_s, None))


def _certificate_expired(folder: Path, stay_s: float) -> dict[str, Any]:
    """The server's certificate ends in the middle of an upload; later it has a new one."""
    (folder / "state").mkdir()
    authority = Authority(folder)
    good, ended = authority.sign("good"), authority.sign("ended", days=-30)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*good)
    port = free_port()
    with (
        DemoServer(folder, port=port) as server,
        HttpRelay("hub", port, Weather(1, calm=True), tls) as relay,
    ):
        put(server.base_url, {"resourceType": "Patient", "id": PATIENT.rpartition("/")[2]})
        ca = f'ca_file = "{authority.file}"\n'
        settings(folder, f"https://127.0.0.1:{relay.port}/fhir", ca)
        here = Home(folder, server)
        scene = Scene(here, folder, stay_s, relay)
        here.start("agent")
        try:
            here.wait_for_readings(_WARM_UP_S)
            time.sleep(2.0)
            tls.load_cert_chain(*ended)
            scene.expected = "SYNC-10"
            scene.stay_until_said()
            tls.load_cert_chain(*good)
            return judged(scene)
        finally:
            here.close()


def main(arguments: list[str]) -> int:
    """Run all faults; return 0 when every one held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="each fault stays for 3 s, not 8")
    parser.add_argument("--only", choices=[*FAULTS, *OTHERS], help="one fault alone")
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    options = parser.parse_args(arguments)
    if _NAMESPACE not in os.environ:  # mounts of our own: nothing outside sees them
        words = [
            "unshare",
            "--mount",
            "--propagation=unchanged",
            sys.executable,
            "-m",
            "tests.proofs.faults",
            *arguments,
        ]
        inside = {**os.environ, _NAMESPACE: "1"}
        return subprocess.run(words, env=inside, cwd=_ROOT, check=False).returncode
    names = [options.only] if options.only else [*FAULTS, *OTHERS]
    stay_s = _SHORT_STAY_S if options.short else _STAY_S
    found = {}
    for name in names:
        found[name] = proved(name, stay_s)
        sys.stderr.write(f"{name}: {json.dumps(found[name])}\n")
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if all(one["held"] for one in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

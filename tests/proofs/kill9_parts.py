"""What `kill9` kills: hub, bridge, broker and FHIR server, each a program on loopback."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent import bridge as bridge_program
from agent.demo.server import DemoServer, free_port, put
from tests.fakes.broker import Broker
from tests.proofs.badnet import HttpRelay, TcpRelay, Weather
from tests.proofs.kill9_hub import PATIENT

METERS = 3
RATE = 10.0
HUB = "hub-1"
_ROOT = Path(__file__).parents[2]
_CONFIRMED = re.compile(r"C (\d+) (\d+) (h[0-9a-f]{63})")
_WAITING = re.compile(r"P (\d+)")
_END_LIMIT_S = 90.0


class Home:
    """The four programs, and what the hub has said so far."""

    def __init__(self, folder: Path, server: DemoServer, broker: Broker | None = None) -> None:
        self._folder, self._server, self._broker = folder, server, broker
        self.base_url = server.base_url
        self.wrap: list[str] = []  # what the agent runs under, such as strace
        self.env: dict[str, str] = {}
        self.measuring = True
        self._began_s = time.time()
        self._programs: dict[str, subprocess.Popen[str]] = {}
        self._confirmed: dict[str, tuple[int, int]] = {}
        self._waiting = -1
        self._lock = threading.Lock()
        self._listeners: list[threading.Thread] = []

    def confirmed(self) -> dict[str, tuple[int, int]]:
        """Return the meter and number of each reading that was confirmed, by its id."""
        with self._lock:
            return dict(self._confirmed)

    def waiting(self) -> int:
        """Return how many readings the hub said that still wait; -1 when it said nothing yet."""
        with self._lock:
            return self._waiting

    def wait_for_readings(self, limit_s: float, since: int = 0) -> None:
        """Wait until the hub has confirmed more readings than `since`."""
        until_s = time.monotonic() + limit_s
        while len(self.confirmed()) <= since:
            if time.monotonic() > until_s:
                raise AssertionError("the hub confirms nothing")
            time.sleep(0.1)

    def start(self, name: str) -> None:
        """Start one of the four."""
        if name == "server":
            self._server.__enter__()
        elif name == "broker" and self._broker is not None:
            self._broker.start()
        elif name == "bridge":
            words = [
                "-m",
                "agent.cli.main",
                "bridge",
                "--config",
                str(self._folder / "bridge.toml"),
            ]
            self._programs[name] = self._run(name, words, subprocess.DEVNULL)
        else:
            self._start_agent()

    def kill(self, name: str) -> None:
        """End one of the four with signal 9."""
        if name == "server":
            self._server.kill()
        elif name == "broker" and self._broker is not None:
            self._broker.kill()
        else:
            program = self._programs.pop(name)
            os.killpg(program.pid, signal.SIGKILL)  # with what it runs under
            program.wait(_END_LIMIT_S)
        if name == "agent":
            for listener in self._listeners:
                listener.join(_END_LIMIT_S)  # what it said before its end counts
            self._listeners.clear()

    def _start_agent(self) -> None:
        with self._lock:
            self._waiting = -1
            # A meter sends again what was never confirmed to it, and then goes on.
            last = dict.fromkeys(range(METERS), -1)
            for meter, number in self._confirmed.values():
                last[meter] = max(last[meter], number)
        words = ["-m", "tests.proofs.kill9_hub", str(self._folder / "hearth.toml")]
        words += [f"{self._began_s:.0f}", str(RATE if self.measuring else 0)]
        words += [str(last[meter] + 1) for meter in range(METERS)]
        program = self._run("agent", words, subprocess.PIPE)
        self._programs["agent"] = program
        listener = threading.Thread(target=self._listen, args=(program,), daemon=True)
        listener.start()
        self._listeners.append(listener)

    def _run(self, name: str, words: list[str], stdout: int) -> subprocess.Popen[str]:
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [*(self.wrap if name == "agent" else []), sys.executable, *words],
                cwd=_ROOT,
                stdout=stdout,
                stderr=log,
                text=True,
                env={**os.environ, **(self.env if name == "agent" else {})},
                start_new_session=True,
            )

    def _listen(self, program: subprocess.Popen[str]) -> None:
        if program.stdout is None:
            raise AssertionError("the agent says nothing")
        for line in program.stdout:
            with self._lock:
                if found := _CONFIRMED.fullmatch(line.rstrip("\n")):
                    self._confirmed[found[3]] = (int(found[1]), int(found[2]))
                elif found := _WAITING.fullmatch(line.rstrip("\n")):
                    self._waiting = int(found[1])

    def said(self, name: str = "agent") -> str:
        """Return what one of them wrote to its log."""
        return (self._folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """End all four."""
        for name in ("agent", "bridge"):
            if name in self._programs:
                self.kill(name)
        if self._broker is not None:
            self._broker.kill()
        self._server.kill()


@contextlib.contextmanager
def home(folder: Path, weather: Weather, *, direct: bool = True) -> Iterator[Home]:
    """Run the four programs with bad weather between them.

    Without `direct` the hub has no way but the broker's.
    """
    with contextlib.ExitStack() as stack:
        port = free_port()
        server = stack.enter_context(DemoServer(folder, port=port))
        put(server.base_url, {"resourceType": "Patient", "id": PATIENT.rpartition("/")[2]})
        broker = stack.enter_context(Broker(folder, hubs=(HUB,)))
        straight = stack.enter_context(HttpRelay("hub to server", port, weather))
        bridged = stack.enter_context(HttpRelay("bridge to server", port, weather))
        to_broker = stack.enter_context(TcpRelay(broker.port, weather))
        key = bridge_program.make_key(folder / "seal.key")
        ports = {
            "broker": to_broker.port,
            "hub": straight.port if direct else free_port(),
            "bridge": bridged.port,
        }
        _write_settings(folder, broker, ports, key)
        here = Home(folder, server, broker)
        stack.callback(here.close)
        here.start("bridge")
        here.start("agent")
        yield here


def _write_settings(folder: Path, broker: Broker, ports: Mapping[str, int], key: str) -> None:
    def mqtt(name: str) -> str:
        certificate, secret = broker.files[name]
        return (
            f'[mqtt]\nhost = "127.0.0.1"\nport = {ports["broker"]}\nca_file = "{broker.ca}"\n'
            f'cert_file = "{certificate}"\nkey_file = "{secret}"\n'
        )

    (folder / "hearth.toml").write_text(
        f'[hub]\nid = "{HUB}"\ntenant = "t"\nstate_dir = "{folder / "state"}"\n'
        f'[patient]\nreference = "{PATIENT}"\n'
        f'[fhir]\nbase_url = "http://127.0.0.1:{ports["hub"]}/fhir"\ntimeout_s = 5.0\n'
        f'{mqtt(HUB)}bridge_key = "{key}"\ntimeout_s = 5.0\n[radio]\nenabled = false\n',
        encoding="ascii",
    )
    (folder / "bridge.toml").write_text(
        f'[bridge]\ntenant = "t"\nkey_file = "{folder / "seal.key"}"\nstatus_port = 0\n'
        f"workers = 2\n{mqtt('bridge')}"
        f'[fhir]\nbase_url = "http://127.0.0.1:{ports["bridge"]}/fhir"\ntimeout_s = 4.0\n'
        f'[[hub]]\nid = "{HUB}"\npatients = ["{PATIENT}"]\n',
        encoding="ascii",
    )

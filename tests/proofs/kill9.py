"""Proof: kill anything at any time, and every confirmed reading is on the server, once, in order.

Agent, bridge, broker (mosquitto) and FHIR server (sekmet) are real programs on loopback; one after
another is killed with signal 9, in random order, and started again, while three meters measure ten
times a second. The hub sends by MQTT first and by HTTPS when nobody answers there. Between them a
network delays, cuts, loses answers and makes requests twice. At the end the server is asked.

confirmed   readings of which the hub had said that they are on its disk
lost        confirmed readings that the server does not have
duplicates  copies of a reading beyond the first
inversions  readings that reached the server before an earlier one of the same meter
rewritten   readings that a repeated request wrote again, in the same words

    python -m tests.proofs.kill9 [--short] [--json] [--kills 500] [--seed 1]

Needs mosquitto.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from agent.demo.server import ask, every
from sync.record import READING_IDENTIFIER
from tests.proofs.badnet import Weather
from tests.proofs.kill9_parts import Home, home

_KILLS, _SHORT_KILLS = 500, 24
_WEIGHTS = {"agent": 40, "bridge": 25, "broker": 25, "server": 10}
_GAP_S = (0.2, 2.0)
_DOWN_S = (0.0, 0.4)
_DRAIN_LIMIT_S = 300.0
_PANEL = "150020"  # MDC_PRESS_BLD_NONINV
_WARM_UP_S = 30.0
_MEASURED_LIMIT_S = 120.0
PER_KILL = 10  # readings that are confirmed at least


def main(arguments: list[str]) -> int:
    """Run the proof; return 0 when nothing was lost, doubled or turned around."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help=f"{_SHORT_KILLS} kills")
    parser.add_argument("--kills", type=int, default=_KILLS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    options = parser.parse_args(arguments)
    kills = _SHORT_KILLS if options.short else options.kills
    with tempfile.TemporaryDirectory() as folder:
        found = prove(Path(folder), kills, options.seed)
    sys.stdout.write(json.dumps(found) + "\n")
    bad = found["lost"] + found["duplicates"] + found["inversions"] + found["waiting"]
    return 1 if bad or not found["confirmed"] else 0


def prove(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill so many times, let everything settle, and ask the server."""
    chance = random.Random(seed)  # noqa: S311 - whom to kill, no secret
    weather = Weather(seed)
    began_s = time.monotonic()
    with home(folder, weather) as here:
        killed = _rampage(here, kills, chance)
        weather.calm = True
        waiting = _settle(here)
        found = audit(here.base_url, here.confirmed())
    return {
        "kills": kills,
        **found,
        "waiting": waiting,
        "killed": dict(sorted(killed.items())),
        "weather": dict(sorted(weather.counts.items())),
        "seconds": round(time.monotonic() - began_s),
    }


def _rampage(here: Home, kills: int, chance: random.Random) -> Counter[str]:
    here.wait_for_readings(_WARM_UP_S)
    killed: Counter[str] = Counter()
    names, weights = list(_WEIGHTS), list(_WEIGHTS.values())
    for number in range(1, kills + 1):
        time.sleep(chance.uniform(*_GAP_S))
        name = chance.choices(names, weights)[0]
        here.kill(name)
        killed[name] += 1
        time.sleep(chance.uniform(*_DOWN_S))
        here.start(name)
        if number % 50 == 0:
            sys.stderr.write(f"{number} of {kills} kills, {len(here.confirmed())} confirmed\n")
    # Kills that interrupt nothing would prove nothing: a slow machine measures less between them.
    here.wait_for_readings(_MEASURED_LIMIT_S, PER_KILL * kills)
    return killed


def _settle(here: Home) -> int:
    """Stop measuring and let the hub send what it has; return what still waits after the limit."""
    here.kill("agent")
    here.measuring = False
    here.start("agent")
    limit_s = time.monotonic() + _DRAIN_LIMIT_S
    while time.monotonic() < limit_s:
        time.sleep(1.0)
        if here.waiting() == 0:
            return 0
    return here.waiting()


def audit(base_url: str, confirmed: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Compare what the hub had confirmed (id: meter and number) with what the server holds."""
    copies: Counter[str] = Counter()
    arrived: dict[int, list[tuple[int, str]]] = {}
    rewritten = 0
    for found in list(every(base_url, "Observation")):
        if _PANEL not in {coding.get("code") for coding in found["code"].get("coding", [])}:
            continue  # the pulse beside a blood pressure, or a clock beside another
        own = [one["value"] for one in found["identifier"] if one["system"] == READING_IDENTIFIER]
        copies[own[0]] += 1
        rewritten += found["meta"]["versionId"] != "1"
        if own[0] in confirmed:
            meter, number = confirmed[own[0]]
            arrived.setdefault(meter, []).append((number, _first_stored(base_url, found)))
    return {
        "confirmed": len(confirmed),
        "on_server": len(copies),
        "lost": len(confirmed.keys() - copies.keys()),
        "duplicates": sum(copies.values()) - len(copies),
        "inversions": sum(inversions(one) for one in arrived.values()),
        "rewritten": rewritten,
    }


def _first_stored(base_url: str, found: dict[str, Any]) -> str:
    """Return when the server stored the first version, as it says (milliseconds, UTC)."""
    if found["meta"]["versionId"] == "1":
        return str(found["meta"]["lastUpdated"])
    history = ask(f"{base_url}/Observation/{found['id']}/_history")
    return min(str(entry["resource"]["meta"]["lastUpdated"]) for entry in history["entry"])


def inversions(arrived: Iterable[tuple[int, str]]) -> int:
    """Count readings that were stored strictly before one with a lower number."""
    latest, count = "", 0
    for _, at in sorted(arrived):
        count += at < latest
        latest = max(latest, at)
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

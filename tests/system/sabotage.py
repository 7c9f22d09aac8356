"""Shows that the cases can fail: takes one thing out of a copy of our source and runs its cases.

`python -m tests.system.sabotage [NAME...] [--json]`: for each, a wheel is built without it, put
on the machine's disk, and the cases that stand for it are run. Every one of them has to fail.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.house import ROOT
from tests.system.image import copied

_LIMIT_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sabotage:
    """What is taken out, by its words in the source, and which cases cannot hold without it."""

    file: str
    old: str
    new: str
    cases: tuple[str, ...]


_HEALER = "drivers/links/healer.py"
SABOTAGES = {
    "a user that the bus knows": Sabotage(
        file="systemd/hearth.service", old="User=hearth", new="DynamicUser=yes", cases=("start",)
    ),
    "the pairing agent": Sabotage(
        file="drivers/links/warden.py",
        old="await register(self.bluez)",
        new="",
        cases=("just works", "passkey"),
    ),
    "healing of bluetoothd": Sabotage(
        file=_HEALER,
        old="daemon: bool = True",
        new="daemon: bool = False",
        cases=("bluetoothd killed",),
    ),
    "healing of adapters": Sabotage(
        file=_HEALER,
        old="adapter: bool = True",
        new="adapter: bool = False",
        cases=("adapter replaced", "adapter switched off"),
    ),
    "listening for silence": Sabotage(
        file=_HEALER,
        old="silence: bool = True",
        new="silence: bool = False",
        cases=("bonded reconnect", "radio deaf"),
    ),
    "healing of bonds": Sabotage(
        file=_HEALER,
        old="bonds: bool = True",
        new="bonds: bool = False",
        cases=("bond lost by meter", "bond lost by hub"),
    ),
    "starting again": Sabotage(
        file="systemd/hearth.service",
        old="Restart=always",
        new="Restart=no",
        cases=("agent killed", "watchdog"),
    ),
}


def main() -> int:
    """Run what is asked for; 0 if every sabotage was found out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help=f"of: {', '.join(SABOTAGES)}; all if left out")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    asked = parser.parse_args()
    unknown = [name for name in asked.name if name not in SABOTAGES]
    if unknown:
        parser.error(f"no such thing: {', '.join(unknown)}")
    found = {name: _without(SABOTAGES[name]) for name in asked.name or SABOTAGES}
    kept_quiet = [name for name, cases in found.items() if any(one["ok"] for one in cases)]
    if asked.json:
        print(json.dumps({"ok": not kept_quiet, "without": found}, indent=1))  # noqa: T201 - a result
    else:
        for name, cases in found.items():
            for one in cases:
                word = "HELD ALL THE SAME" if one["ok"] else "fails, as it should"
                print(f"without {name}: {one['name']} {word}: {one['what']}")  # noqa: T201 - a result
    return 1 if kept_quiet else 0


def _without(sabotage: Sabotage) -> list[dict[str, object]]:
    """Return what came of the cases; one that did not even start has failed too."""
    with tempfile.TemporaryDirectory(prefix="hearth-sabotage-") as name:
        source = Path(name)
        copied(ROOT, source)
        path = source / sabotage.file
        text = path.read_text(encoding="utf-8")
        if text.count(sabotage.old) != 1:
            sys.exit(f"{sabotage.file} does not have {sabotage.old!r} once; mend this table")
        path.write_text(text.replace(sabotage.old, sabotage.new), encoding="utf-8")
        command = [sys.executable, "-m", "tests.system", "--json", "--source", name]
        done = subprocess.run(
            [*command, *sabotage.cases],
            check=False,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=_LIMIT_S,
        )
    cases = {one["name"]: one for one in json.loads(done.stdout)["cases"]}
    missing = [one for one in sabotage.cases if one not in cases]
    if missing:
        sys.exit(f"the machine did not come as far as {', '.join(missing)}")
    return [cases[one] for one in sabotage.cases]


if __name__ == "__main__":
    sys.exit(main())

"""Shows that the cases can fail: takes one thing out of the installed hub and runs its cases.

`python -m tests.system.sabotage [NAME...] [--json]`: in one machine, for each, what the hub heals
by is taken out of what is installed there, the hub is started anew, and the cases that stand for it
are run. Every one of them has to fail. Then it is put back.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.house import ROOT
from tests.system import cases_daily
from tests.system.air import off_air
from tests.system.cases import DAY
from tests.system.image import built, cache_folder
from tests.system.lab import ACTIVE, SCANNING, Case, Lab, Shown, home
from tests.system.machine import CaseFailedError

_CASE_LIMIT_S = 400.0
_LISTEN_LIMIT_S = 60.0
_PACKAGES = "/opt/hearth/lib/python3*/site-packages"
_UNIT = "/etc/systemd/system/hearth.service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sabotage:
    """What is taken out, by its words in the installed file, and which cases cannot hold then.

    `before` and `after` are lines of shell for what belongs to it and is in no file of ours.
    """

    file: str
    old: str
    new: str
    cases: tuple[str, ...]
    before: str = ":"
    after: str = ":"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of one case; `ok` is that it held, which it must not."""

    name: str
    ok: bool
    what: str


async def _listens(lab: Lab) -> Shown:
    """Show that the started hub listens for meters."""
    await lab.machine.until(SCANNING, limit_s=_LISTEN_LIMIT_S)
    return Shown(what="the adapter scans")


_CASES: dict[str, Case] = {**DAY, "listening": _listens}
_HEALER = f"{_PACKAGES}/drivers/links/healer.py"
SABOTAGES = {
    "healing of bonds": Sabotage(
        file=_HEALER,
        old="bonds: bool = True",
        new="bonds: bool = False",
        cases=("bond lost by meter", "bond lost by hub"),
    ),
    "removing what somebody was connected to": Sabotage(
        file=f"{_PACKAGES}/drivers/pairing.py",
        old="if meter.paired or await self._was_visited(meter):",
        new="if meter.paired:",
        cases=("bond lost by hub",),
    ),
    "the pairing agent": Sabotage(
        file=f"{_PACKAGES}/drivers/links/warden.py",
        old="await register(self.bluez)",
        new="",
        cases=("just works", "passkey"),
    ),
    # Any one of the three begins a new scan in the end, silence after a minute.
    "healing of bluetoothd and adapters, and listening for silence": Sabotage(
        file=_HEALER,
        old="daemon: bool = True\n    adapter: bool = True\n    silence: bool = True",
        new="daemon: bool = False\n    adapter: bool = False\n    silence: bool = False",
        cases=("bluetoothd killed", "bluetoothd stopped"),
    ),
    # Without the second, an adapter that came back is used once it was silent for long enough.
    "healing of adapters, and listening for silence": Sabotage(
        file=_HEALER,
        old="adapter: bool = True\n    silence: bool = True",
        new="adapter: bool = False\n    silence: bool = False",
        cases=("adapter replaced", "adapter switched off"),
    ),
    "listening for silence": Sabotage(
        file=_HEALER,
        old="silence: bool = True",
        new="silence: bool = False",
        cases=("radio deaf",),
    ),
    "switching the adapter off and on": Sabotage(
        file=_HEALER,
        old="Cure.POWER_CYCLE:\n            await self.warden.power_cycle()",
        new="Cure.POWER_CYCLE:\n            pass  # taken out",
        cases=("radio deaf",),
    ),
    "asking for every call": Sabotage(
        file=f"{_PACKAGES}/drivers/links/scan.py",
        old='= {"RSSI": WEAKEST_DBM}',
        new="= {}",
        cases=("radio deaf",),
    ),
    "reading over a connection that is there": Sabotage(
        file=_HEALER,
        old="connections: bool = True",
        new="connections: bool = False",
        cases=("agent killed",),
    ),
    "starting again": Sabotage(
        file=_UNIT,
        old="Restart=always",
        new="Restart=no",
        cases=("agent killed", "watchdog"),
    ),
    # The last: systemd moves the store of such a user elsewhere. It takes a user that is there.
    "a user that the bus knows": Sabotage(
        file=_UNIT,
        old="User=hearth",
        new="DynamicUser=yes",
        cases=("listening",),
        before="systemctl stop hearth; userdel hearth",
        after="systemctl stop hearth; systemd-sysusers",
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
    found = asyncio.run(_all(asked.name or list(SABOTAGES)))
    kept_quiet = [name for name, cases in found.items() if any(one.ok for one in cases)]
    if asked.json:
        told = {name: [asdict(one) for one in cases] for name, cases in found.items()}
        print(json.dumps({"ok": not kept_quiet, "without": told}, indent=1))  # noqa: T201 - a result
    return 1 if kept_quiet else 0


async def _all(names: Sequence[str]) -> dict[str, list[Found]]:
    image = built(cache_folder(), ROOT, _say)
    found: dict[str, list[Found]] = {}
    with tempfile.TemporaryDirectory(prefix="hearth-vm-") as folder:
        async with home(image, Path(folder)) as lab:
            await cases_daily.started(lab)
            for name in names:
                found[name] = await _without(lab, name)
    return found


async def _without(lab: Lab, name: str) -> list[Found]:
    """Return what came of the cases; each has its meters to itself."""
    sabotage = SABOTAGES[name]
    await lab.machine.sh(sabotage.before)
    await _change(lab, sabotage, sabotage.old, sabotage.new)
    try:
        found = []
        for case in sabotage.cases:
            one = await _held(lab, case)
            word = "HELD ALL THE SAME" if one.ok else "fails, as it should"
            _say(f"without {name}: {case} {word}: {one.what}")
            found.append(one)
            await _cleared(lab)
        return found
    finally:
        await lab.machine.sh(sabotage.after)
        await _change(lab, sabotage, sabotage.new, sabotage.old)


async def _held(lab: Lab, name: str) -> Found:
    try:
        async with asyncio.timeout(_CASE_LIMIT_S):
            shown = await _CASES[name](lab)
    except (CaseFailedError, TimeoutError) as error:
        return Found(name=name, ok=False, what=f"{error}" or type(error).__name__)
    return Found(name=name, ok=True, what=shown.what)


async def _cleared(lab: Lab) -> None:
    """Take the case's meters off the air, and leave machine and hub as they were before it."""
    for meter in lab.stays:
        await off_air(lab.air, meter)
    lab.stays.clear()
    lab.bonded.clear()
    lab.adapter.pull()
    await lab.machine.sh(
        "systemctl stop lab-hold 2>/dev/null || true; rm -rf /run/systemd/system/hearth.service.d"
    )
    lab.adapter.plug()
    await _started_anew(lab)


async def _change(lab: Lab, sabotage: Sabotage, old: str, new: str) -> None:
    """Put words in the place of others in what is installed, and start the hub with that."""
    old, new = old or _NOTHING, new or _NOTHING
    program = _CHANGE.format(file=sabotage.file, old=old, new=new)
    if (await lab.machine.run("python3", "-c", program, limit_s=60)).status != 0:
        sys.exit(f"{sabotage.file} does not have {old!r} once; mend this table")
    await _started_anew(lab)


async def _started_anew(lab: Lab) -> None:
    await lab.machine.sh(
        "systemctl daemon-reload; systemctl kill -s CONT hearth || true; "
        "systemctl restart bluetooth; systemctl restart hearth",
        limit_s=200,
    )
    await lab.machine.until(ACTIVE, limit_s=200)
    with contextlib.suppress(CaseFailedError):  # some never scan: that is for their case to find
        await lab.machine.until(SCANNING, limit_s=_LISTEN_LIMIT_S)


_NOTHING = "pass  # taken out"
_CHANGE = """
import glob
(path,) = glob.glob({file!r})
text = open(path, encoding="utf-8").read()
assert text.count({old!r}) == 1
open(path, "w", encoding="utf-8").write(text.replace({old!r}, {new!r}))
"""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress, beside the result


if __name__ == "__main__":
    sys.exit(main())

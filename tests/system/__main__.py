"""Runs the cases in virtual machines: see README.md. Start it as `tests/system/run`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.house import ROOT
from tests.system.cases import DAY, NIGHT, SHORT
from tests.system.image import Image, built, cache_folder
from tests.system.lab import Case, Lab, home
from tests.system.machine import CaseFailedError
from tests.system.report import Result, as_json, line

_CASE_LIMIT_S = 600.0
_JOURNAL = (
    "for of in '-u hearth -u bluetooth' -k; do journalctl -b -o short-monotonic -n 400 $of; done"
)


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of the command: what is wanted, and what came of it so far."""

    image: Image
    folder: Path
    wanted: Sequence[str]
    keep: bool = False
    results: list[Result] = field(default_factory=list)

    async def home(self, name: str, cases: dict[str, Case]) -> None:
        """Run those cases of one home that are wanted, one after the other."""
        chosen = {word: case for word, case in cases.items() if word in self.wanted}
        if not chosen:
            return
        folder = self.folder / name
        folder.mkdir()
        began = time.monotonic()
        try:
            async with home(self.image, folder) as lab:
                self._note("boot", began, "the machine is up, with an adapter of the stock kernel")
                await self._case(lab, "start", cases["start"])
                for word, case in chosen.items():
                    if word != "start":
                        await self._case(lab, word, case)
        except CaseFailedError as error:
            self._note("boot", began, str(error), ok=False)

    async def _case(self, lab: Lab, name: str, case: Case) -> None:
        began = time.monotonic()
        figures: dict[str, float] = {}
        try:
            async with asyncio.timeout(_CASE_LIMIT_S):
                shown = await case(lab)
            ok, what, figures = True, shown.what, shown.figures
        except (CaseFailedError, TimeoutError, OSError) as error:
            ok, what = False, f"{error}" or type(error).__name__
        if not ok or self.keep:
            said = await self._evidence(lab, name)
            _say("" if ok else "\n".join(said.splitlines()[-25:]))
        if name in self.wanted or not ok:
            self._note(name, began, what, ok=ok, figures=figures)

    async def _evidence(self, lab: Lab, name: str) -> str:
        said = ""
        with contextlib.suppress(CaseFailedError):
            said = (await lab.machine.run("bash", "-c", _JOURNAL)).out
            (self.folder / f"{name.replace(' ', '-')}.journal").write_text(said, encoding="utf-8")
        return said

    def _note(
        self,
        name: str,
        began: float,
        what: str,
        *,
        ok: bool = True,
        figures: dict[str, float] | None = None,
    ) -> None:
        seconds = time.monotonic() - began
        result = Result(name=name, ok=ok, what=what, seconds=seconds, figures=figures or {})
        self.results.append(result)
        _say(line(result))


def main() -> int:
    """Build what is stale, run what is wanted, print the report; 0 if all held."""
    asked = _arguments()
    known = {**DAY, **NIGHT}
    if asked.list:
        print("\n".join(known))  # noqa: T201 - a command's result
        return 0
    wanted = asked.case or (list(SHORT) if asked.short else list(known))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        _say(f"no such case: {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    began = time.monotonic()
    image = built(asked.cache, asked.source, _say)
    # Sockets have short names: not in a folder of the checkout.
    folder = Path(tempfile.mkdtemp(prefix="hearth-vm-"))
    run = Run(image=image, folder=folder, wanted=wanted, keep=asked.keep)
    try:
        asyncio.run(_both(run.home("day", DAY), run.home("night", NIGHT)))
    finally:
        if asked.keep:
            _say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    report = as_json(run.results, seconds=time.monotonic() - began, built_s=image.built_s)
    if asked.json:
        print(json.dumps(report, indent=1))  # noqa: T201 - a command's result
    else:
        for result in run.results:
            print(line(result))  # noqa: T201 - the same
    held = sum(result.ok for result in run.results)
    _say(f"{held} of {len(run.results)} held, in {report['seconds']:.0f} s")
    return 0 if report["ok"] else 1


async def _both(day: Awaitable[None], night: Awaitable[None]) -> None:
    # Two machines: emulation uses one core each most of the time.
    await asyncio.gather(day, night)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/system/run", description=__doc__)
    parser.add_argument("case", nargs="*", help="names of cases; all if left out")
    parser.add_argument("--short", action="store_true", help="a few cases that stand for all")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument("--keep", action="store_true", help="keep journals and consoles")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="where the disk is kept")
    parser.add_argument("--source", type=Path, default=ROOT, help="the checkout that is installed")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress, beside the result


if __name__ == "__main__":
    sys.exit(main())

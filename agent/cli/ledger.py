"""`hearth ledger`: on which days there are readings by a device, with the evidence for each."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.readings import ConfigOption, JsonOption, open_store
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.care.ledger import Day, Line, Window

_HEAD = ("date", "counts", "why_not", "kind", "measured", "heard", "sent", "reading")
_NO_BILL = (
    "Evidence of readings by devices, as counts. It is no bill and no statement of a rule met."
)


def ledger(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    start: Annotated[
        str,
        typer.Option(help="First day of a window, such as 2026-11-01; else that of the settings."),
    ] = "",
    lines: Annotated[
        bool, typer.Option("--lines", help="Show the evidence: every reading.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the evidence as CSV.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Count the days with readings by a device, in windows of 30 days. Evidence, not a bill.

    A day is a date in the patient's zone. It counts once a device's reading of it is on the care
    team's server. Camera estimates, tests, typed numbers and readings that nobody can date are
    counted apart. No value is shown.

    For example: hearth ledger --start 2026-11-01 --csv > evidence.csv
    """
    from agent.care.ledger import lines_of, windows  # noqa: PLC0415 - others must not pay for it
    from agent.guard.daybook import days  # noqa: PLC0415 - as above
    from agent.guard.own import Own  # noqa: PLC0415 - as above

    patient, today, chosen = _whose(config)
    first = _date(start or chosen)
    with open_store(config) as store:
        known = list(days(Own(store, patient)))
    found = windows(known, start=first, today=today)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_HEAD)
        for window in found:
            writer.writerows(_row(line) for line in lines_of(window.days))
    elif as_json:
        typer.echo(json.dumps([_json(window) for window in found], indent=1))
    else:
        typer.echo("\n".join(_table(found, with_lines=lines)))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise HubError(
            "The first day of the window is no date.",
            fix="Write it as year, month and day: --start 2026-11-01.",
            code="LEDGER-01",
        ) from None


def _whose(config_path: Path) -> tuple[str, date, str]:
    """Return whose ledger it is, which day it is there, and the first day that was chosen."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - others must not pay for it

    from agent.clock import HubClock  # noqa: PLC0415 - as above
    from config import load  # noqa: PLC0415 - as above

    settings = load.load(config_path)
    zone = ZoneInfo(settings.hub.timezone)
    today = HubClock()().at.astimezone(zone).date()
    return settings.patient.reference, today, settings.ledger.start


def _table(found: Sequence[Window], *, with_lines: bool) -> Iterator[str]:
    yield f"{'window':<24}  {'days':>4}  {'on the server':>13}  {'counts as':>9}  counted apart"
    for window in found:
        apart = ", ".join(f"{count} {name}" for name, count in sorted(window.apart.items()))
        dates = f"{window.first} to {window.last}"
        yield (
            f"{dates:<24}  {window.measured:>4}  {window.sent:>13}  {window.bucket:>9}  "
            f"{apart or 'nothing'}"
        )
        for day in window.days if with_lines else ():
            yield from _shown(day)
    yield _NO_BILL


def _shown(day: Day) -> Iterator[str]:
    for line in day.lines:
        sent = "waits" if line.sent is None else f"sent {_minute(line.sent)}"
        why = "" if line.counts else f"  apart: {_why(line)}"
        yield f"  {day.date}  {line.kind:<18}  measured {_minute(line.measured)}  {sent}{why}"
    if day.more:
        yield f"  {day.date}  and {day.more} more"


def _json(window: Window) -> dict[str, Any]:
    return {
        "first": window.first.isoformat(),
        "last": window.last.isoformat(),
        "days": window.measured,
        "days_on_server": window.sent,
        "bucket": window.bucket,
        "apart": dict(window.apart),
        "evidence": [
            {
                "date": day.date.isoformat(),
                "more": day.more,
                "lines": [dict(zip(_HEAD[1:], _row(line)[1:], strict=True)) for line in day.lines],
            }
            for day in window.days
        ],
    }


def _row(line: Line) -> tuple[str, ...]:
    return (
        line.measured.date().isoformat(),
        "yes" if line.counts else "no",
        "" if line.counts else _why(line),
        line.kind,
        line.measured.isoformat(timespec="seconds"),
        line.heard.isoformat(timespec="seconds"),
        "" if line.sent is None else line.sent.isoformat(timespec="seconds"),
        line.reading,
    )


def _why(line: Line) -> str:
    return line.apart.value if line.apart else "undated"


def _minute(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="minutes")

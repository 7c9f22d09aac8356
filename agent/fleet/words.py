"""The fleet for a person: what needs somebody first, in lines of at most 80 columns. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from agent.fleet.look import Row
from agent.fleet.needs import Need, Urgency, count, moment, plain, span
from sync.bridge.register import FRESH_S
from sync.fhir.register import Registered

WIDTH = 80
MOST_NEEDS = 2
"""So many of one hub in the list; `hearth fleet show` tells them all."""

_WHEN = {Urgency.NOW: "NOW", Urgency.TODAY: "TODAY", Urgency.SOON: "SOON", Urgency.NONE: "well"}
_INDENT = " " * 8


def listed(rows: Sequence[Row], now: datetime, *, everything: bool, most: int) -> Iterator[str]:
    """Yield the list: what needs a person, and how many are well."""
    needy = [row for row in rows if row.urgency is not Urgency.NONE]
    well = len(rows) - len(needy)
    if not rows:
        yield "No hub. Invite the first: hearth fleet invite --patient Patient/…"
        return
    if needy:
        verb = "needs" if len(needy) == 1 else "need"
        yield f"{len(needy)} of {count(len(rows), 'hub')} {verb} a person."
    else:
        yield f"{'The' if well == 1 else 'All'} {count(well, 'hub')} {_is(well)} well."
    for row in needy[:most]:
        yield ""
        yield from _needing(row)
    if len(needy) > most:
        yield ""
        yield f"And {len(needy) - most} more: hearth fleet list --most {len(needy)}"
    if everything:
        yield ""
        yield from (_well(row, now) for row in rows if row.urgency is Urgency.NONE)
    elif needy and well:
        yield ""
        yield f"{count(well, 'hub')} {_is(well)} well: hearth fleet list --all shows them."


def own(needs: Sequence[Need]) -> Iterator[str]:
    """Yield what the clinic itself needs: its own certificates; nothing while all is well."""
    for need in needs:
        yield f"{_WHEN[need.urgency]:<8}the clinic itself"
        yield from _said(need, _INDENT)
        yield ""


def shown(row: Row, now: datetime) -> Iterator[str]:
    """Yield all that is known of one hub."""
    yield _name(row)
    for need in row.needs:
        yield from _said(need, "! ")
    facts = [("Register", row.state), ("Patients", ", ".join(row.patients))]
    if row.report is None:
        facts.append(("Last contact", "never"))
    else:
        facts += _facts(row, now)
    facts.append(("Last note", row.note))
    for name, text in facts:
        if text:
            yield from _wrapped(text, f"{name + ':':<15}")


def lost(row: Row, now: datetime) -> Iterator[str]:
    """Yield what taking a hub back costs, for whoever is asked whether to do it."""
    whose = f" from {', '.join(row.patients)}" if row.patients else ""
    yield from _wrapped(f"This takes hub {_name(row)} back{whose}.", "")
    contact = moment(row.contact)
    if row.report is None or contact is None:
        yield from _wrapped("It has never reported: nobody knows what it holds.", "")
    else:
        unsent = row.report.waiting + row.report.parked
        heard = f"When it was last heard, {_ago(now - contact)}, it held "
        yield from _wrapped(f"{heard}{count(unsent, 'reading')} that you do not have.", "")
    yield from _wrapped(
        "What it holds, and whatever it measures from now on, will not reach you.", ""
    )


def revoked(entry: Registered) -> Iterator[str]:
    """Yield what became of a hub that was taken back, and what is left to do."""
    yield f"Hub {plain(entry.hub)} is taken back, by {plain(entry.by)}."
    yield from _wrapped(
        f"Every bridge turns it away within {FRESH_S:.0f} seconds, and it gets no new certificate.",
        "",
    )
    yield from _wrapped("At the hub: sudo hearth hub reset leaves nothing on it.", "")
    yield from _wrapped("To have the broker refuse it too: hearth fleet denylist.", "")
    yield from _wrapped(
        "If it logs in at the FHIR server by itself, take that login away there, too.", ""
    )


def _facts(row: Row, now: datetime) -> Iterator[tuple[str, str]]:
    report, contact = row.report, moment(row.contact)
    if report is None:
        return
    yield "Last contact", "unknown" if contact is None else _ago(now - contact)
    oldest = moment(report.oldest)
    since = f", the oldest for {span(contact - oldest)}" if oldest and contact else ""
    yield "Waiting", f"{count(report.waiting, 'reading')}{since}"
    yield "Set aside", count(report.parked, "reading")
    newest = f", last on {report.newest}" if report.newest else ""
    yield "Data", f"on {report.days} of the last 30 days{newest}"
    for meter in report.meters:
        battery = {True: "battery low", False: "battery good", None: "battery unknown"}[meter.low]
        percent = "" if meter.percent is None else f" ({meter.percent} %)"
        yield "Meter", f"{plain(meter.driver)}: {battery}{percent}"
    faults = ", ".join(f"{often} {name}" for name, often in report.faults)
    yield "Radio", f"{report.radio}; faults since its start: {faults or 'none'}"
    yield "Clock", "set by a time service" if report.synchronised else "not set since its start"
    yield "Software", report.software
    ends = moment(report.ends)
    yield "Certificate", f"ends {ends:%Y-%m-%d}" if ends else ""
    yield "Key", report.rung
    yield "Alarms", ", ".join(report.alarms)


def _needing(row: Row) -> Iterator[str]:
    yield f"{_WHEN[row.urgency]:<8}{_name(row)}"
    for need in row.needs[:MOST_NEEDS]:
        yield from _said(need, _INDENT)
    if len(row.needs) > MOST_NEEDS:
        more = count(len(row.needs) - MOST_NEEDS, "more thing")
        yield from _wrapped(f"And {more}: hearth fleet show {row.hub}", _INDENT)


def _said(need: Need, head: str) -> Iterator[str]:
    yield from _wrapped(need.what, head)
    yield from _wrapped(f"Do this: {need.do}", " " * (len(head) + 2))


def _well(row: Row, now: datetime) -> str:
    contact, report = moment(row.contact), row.report
    if row.state == "revoked":
        said = "taken back"
    elif contact is None or report is None:
        said = "set up just now"
    else:
        said = f"seen {_ago(now - contact)}, data on {report.days} of 30 days"
    return f"{'well':<8}{_name(row, 30):<32}{said}"


def _name(row: Row, most: int = 70) -> str:
    return plain(f"{row.hub} ({row.label})" if row.label else row.hub, most)


def _ago(length: timedelta) -> str:
    return "just now" if length < timedelta(minutes=1) else f"{span(length)} ago"


def _wrapped(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=True
    )


def _is(number: int) -> str:
    return "is" if number == 1 else "are"

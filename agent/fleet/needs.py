"""What about a hub needs a person, in plain words, the most urgent first. Pure.

Each need says what is so and what to do next; a cause is named only where it is known. A hub that
nobody heard of for days is told apart from one whose patient measured nothing: the first is asked
about the plug, the second about the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from agent.codes.book import BOOK
from sync.fhir.register import Registered, Standing
from sync.fhir.report import HubReport
from sync.report import EVERY_S

QUIET = timedelta(seconds=3 * EVERY_S)
"""A hub reports every quarter of an hour; two lost reports are no news."""
_AWAY = timedelta(days=1)
_WAITS = timedelta(hours=1)
_ENDS = timedelta(days=10)  # of 30: by then a renewal should long have happened
_NO_DATA = timedelta(days=3)
_BELIEVED = timedelta(minutes=5)
# What keeps readings from going up, or may cost some, comes before what only wants tidying.
_URGENT = ("SYNC-", "STORE-", "KEY-", "CAP-", "RADIO-", "BLE-")


class Urgency(IntEnum):
    """How soon somebody should act."""

    NOW = 1
    TODAY = 2
    SOON = 3
    NONE = 4


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Need:
    """One thing that needs a person."""

    urgency: Urgency
    what: str
    do: str


def needs(
    entry: Registered | None,
    report: HubReport | None,
    contact: datetime | None,
    now: datetime,
) -> list[Need]:
    """Return what needs a person, the most urgent first; nothing for a hub that is well.

    Parameters
    ----------
    entry : Registered or None
        What the clinic's register says; None for a hub that is not in it.
    report : HubReport or None
        What the hub said of itself last.
    contact : datetime or None
        When the server got that, by the server's clock; `now` is by the same.
    """
    if entry is not None and entry.state is Standing.REVOKED:
        return sorted(_of_revoked(entry, contact))
    found = list(_of_contact(entry, contact, now))
    if report is not None and contact is not None:
        silent = now - contact > _AWAY
        found += _of_readings(report, contact, now, silent=silent)
        found += [] if silent else _of_parts(report)
        found += _of_certificate(report, now)
    if entry is None:
        what = "It reports, and is not in the clinic's register."
        do = "Invite it (hearth fleet invite), or find out whose it is."
        found.append(Need(urgency=Urgency.SOON, what=what, do=do))
    return sorted(found)


def _of_revoked(entry: Registered, contact: datetime | None) -> Iterator[Need]:
    since = moment(entry.since)
    if since is not None and contact is not None and contact > since + _BELIEVED:
        yield Need(
            urgency=Urgency.NOW,
            what="It was taken back, and still reports: it reaches the server without a bridge.",
            do="Take its login away at the FHIR server, too.",
        )


def _of_contact(
    entry: Registered | None, contact: datetime | None, now: datetime
) -> Iterator[Need]:
    if contact is None:
        since = moment(entry.since) if entry is not None else None
        if since is None or now - since > QUIET:
            yield Need(
                urgency=Urgency.TODAY,
                what="It has never reported.",
                do="Ask whether it was set up: at the hub, hearth enroll, then hearth doctor.",
            )
        return
    if now - contact <= QUIET:
        return
    away = now - contact > _AWAY
    yield Need(
        urgency=Urgency.NOW if away else Urgency.TODAY,
        what=f"No contact for {span(now - contact)}.",
        do="Ask whether it is plugged in, and whether the internet works there.",
    )


def _of_readings(
    report: HubReport, contact: datetime, now: datetime, *, silent: bool
) -> Iterator[Need]:
    oldest = moment(report.oldest)
    if oldest is not None and contact - oldest > _WAITS and not silent:
        yield Need(
            urgency=Urgency.NOW,
            what=f"{count(report.waiting, 'reading')} could not be sent, the oldest for "
            f"{span(contact - oldest)}.",
            do="At the hub, run: hearth doctor. Nothing is lost meanwhile.",
        )
    elif silent and report.waiting:
        yield Need(
            urgency=Urgency.NOW,
            what=f"It had {count(report.waiting, 'reading')} to send when it was last heard.",
            do="They are safe on the hub; do not replace or reset it before it was back.",
        )
    if report.parked:
        yield Need(
            urgency=Urgency.TODAY,
            what=f"{count(report.parked, 'reading')} set aside: refused by the server, or nobody's "
            "yet.",
            do="At the hub, run: hearth readings held, and: hearth readings parked.",
        )
    newest = _day(report.newest)
    if newest is not None and now.date() - newest >= _NO_DATA and not silent:
        yield Need(
            urgency=Urgency.TODAY,
            what=f"Nothing was measured for {span(now.date() - newest)}.",
            do="Ask how the patient is, and whether the meters work.",
        )


def _of_parts(report: HubReport) -> Iterator[Need]:
    for code in report.alarms:
        meaning = BOOK.get(code)
        urgent = code.startswith(_URGENT)
        yield Need(
            urgency=Urgency.NOW if urgent else Urgency.TODAY,
            what=f"{_first(meaning.means)} ({code})" if meaning else f"It reports {plain(code)}.",
            do=_first(meaning.do) if meaning else f"Run: hearth explain {plain(code)}.",
        )
    if report.radio == "silent":
        yield Need(
            urgency=Urgency.NOW,
            what="Its Bluetooth radio does not listen: no meter is read.",
            do="Ask to unplug the hub for ten seconds; if that does not help, hearth doctor there.",
        )
    for meter in report.meters:
        if meter.low or (meter.percent is not None and meter.percent <= 10):  # noqa: PLR2004 - %
            rest = "" if meter.percent is None else f" ({meter.percent} %)"
            yield Need(
                urgency=Urgency.TODAY,
                what=f"The battery of the meter {plain(meter.driver)} is low{rest}.",
                do="Ask the patient to change it.",
            )
    if not report.synchronised:
        yield Need(
            urgency=Urgency.SOON,
            what="Nothing has set its clock since it started.",
            do="Times are put right later. If it stays so, let it reach a time server (NTP).",
        )
    if report.rung in {"null", "none"}:
        yield Need(
            urgency=Urgency.SOON,
            what="Its key is not sealed by anything.",
            do="At the hub, run: hearth doctor. It says what that is worth.",
        )


def _of_certificate(report: HubReport, now: datetime) -> Iterator[Need]:
    ends = moment(report.ends)
    if ends is None or ends - now > _ENDS:
        return
    over = ends <= now
    yield Need(
        urgency=Urgency.NOW if over else Urgency.TODAY,
        what="Its certificate has ended."
        if over
        else f"Its certificate ends in {span(ends - now)}, and was not renewed.",
        do="It renews it by itself once it reaches the bridge. If it is on and does not: hearth "
        "doctor there."
        if over
        else "At the hub, run: hearth doctor.",
    )


def moment(text: str) -> datetime | None:
    """Read an ISO 8601 moment with a zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def span(length: timedelta) -> str:
    """Say how long, in the largest whole unit, rounded down: "3 days", "1 hour"."""
    minutes = max(0, int(length.total_seconds() // 60))
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if minutes >= size:
            return count(minutes // size, unit)
    return count(minutes, "minute")


def count(number: int, what: str) -> str:
    """Say how many: "1 day", "3 days"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def plain(text: str, most: int = 60) -> str:
    """Return one line that can do nothing to a terminal, whoever wrote it."""
    if len(text) <= most and text.isprintable() and "  " not in text and text == text.strip():
        return text
    shown = "".join(one if one.isprintable() else " " for one in text[: 4 * most])
    kept = " ".join(shown.split())
    return kept if len(kept) <= most else kept[: most - 1] + "…"


def _first(sentences: str) -> str:
    head, dot, _ = sentences.partition(". ")
    return head + "." if dot else sentences


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

"""Looks at all hubs of a clinic: its register and what they said of themselves, put together.

Both are read page by page. What is kept of each hub is one row of a few kilobytes at most, whatever
somebody wrote into the server; a clinic of 10,000 hubs fits into some tens of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from agent.fleet.needs import Need, Urgency, moment, needs, plain
from sync.fhir.register import HUB_CODE, REGISTER, Registered, entry_of, register_id
from sync.fhir.report import REPORT, REPORT_CODE, HubReport, report_id, report_of
from sync.search import Search

MOST_METERS, MOST_ALARMS, MOST_TEXT = 32, 32, 120

_MOST_LATE, _LATE_AT_ONCE = 500, 25
_HUBS = f"Basic?code={REGISTER}%7C{HUB_CODE}"
_REPORTS = f"Device?type={REPORT}%7C{REPORT_CODE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hub as the care team sees it; every text is safe to print."""

    hub: str
    label: str
    state: str
    patients: tuple[str, ...]
    contact: str
    report: HubReport | None
    needs: tuple[Need, ...]
    note: str

    @property
    def urgency(self) -> Urgency:
        """Return how soon somebody should act."""
        return self.needs[0].urgency if self.needs else Urgency.NONE

    def as_json(self) -> dict[str, Any]:
        """Return the row for a program."""
        found = asdict(self)
        found["needs"] = [
            {"urgency": one.urgency.name.lower(), "what": one.what, "do": one.do}
            for one in self.needs
        ]
        if self.report is not None:
            del found["report"]["hub"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All hubs, what needs a person first; `unread` entries of the register are none."""

    rows: list[Row]
    unread: int


def fleet(search: Search, *, tenant: str, now: datetime, beside: Search | None = None) -> Fleet:
    """Read the whole fleet; raises as `Search.found` does.

    Parameters
    ----------
    now : datetime
        This machine's time, used only where the server does not tell its own.
    beside : Search, optional
        A second line to the same server: what hubs said is read on it while the register is read.
    """
    if beside is None:
        return _together(search, _register(search, tenant), _reports(search), now)
    with ThreadPoolExecutor(1, thread_name_prefix="reports") as other:
        said = other.submit(lambda: list(_reports(beside)))
        known = _register(search, tenant)
        return _together(search, known, said.result(), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Register:
    """The clinic's hubs by the id of their report, those of other clinics, and garbage."""

    known: dict[str, Registered]
    elsewhere: set[str]
    unread: int


def _register(search: Search, tenant: str) -> _Register:
    known: dict[str, Registered] = {}
    elsewhere: set[str] = set()  # hubs of another clinic on the same server are not ours to show
    unread = 0
    for resource in search.found(_HUBS):
        entry = entry_of(resource)
        if entry is None:
            unread += 1
        elif entry.tenant == tenant:
            known[report_id(entry.hub)] = entry
        else:
            elsewhere.add(report_id(entry.hub))
    return _Register(known=known, elsewhere=elsewhere - known.keys(), unread=unread)


def _together(
    search: Search,
    register: _Register,
    reports: Iterable[tuple[HubReport, datetime | None]],
    now: datetime,
) -> Fleet:
    known, seen, rows = register.known, register.elsewhere, []
    for report, contact in chain(reports, _late(search, known)):
        own = report_id(report.hub)
        if own not in seen:
            seen.add(own)
            rows.append(row_of(known.pop(own, None), report, contact, search.now or now))
    rows += [row_of(entry, None, None, search.now or now) for entry in known.values()]
    rows.sort(key=_order)
    return Fleet(rows=rows, unread=register.unread)


def one(search: Search, *, tenant: str, hub: str, now: datetime) -> Row | None:
    """Read one hub; None for one that is neither in the register nor ever reported."""
    entries = [
        entry
        for resource in search.found(f"Basic?_id={register_id(tenant, hub)}")
        if (entry := entry_of(resource)) is not None
    ]
    reports = list(_reports(search, f"Device?_id={report_id(hub)}"))
    if not entries and not reports:
        return None
    report, contact = reports[0] if reports else (None, None)
    return row_of(entries[0] if entries else None, report, contact, search.now or now)


def row_of(
    entry: Registered | None,
    report: HubReport | None,
    contact: datetime | None,
    now: datetime,
) -> Row:
    """Put together what is known of one hub."""
    hub = entry.hub if entry is not None else report.hub if report is not None else ""
    notes = entry.notes if entry is not None else ()
    last = notes[-1] if notes else None
    return Row(
        hub=plain(hub),
        label=plain(entry.label) if entry is not None else "",
        state=entry.state.value if entry is not None else "not in the register",
        patients=tuple(plain(name, 80) for name in entry.patients[:8]) if entry is not None else (),
        contact="" if contact is None else contact.isoformat(timespec="seconds"),
        report=report,
        needs=tuple(needs(entry, report, contact, now)),
        note="" if last is None else f"{plain(last.text, MOST_TEXT)} ({plain(last.by)})",
    )


def _late(
    search: Search, missing: Mapping[str, Registered]
) -> Iterator[tuple[HubReport, datetime | None]]:
    """Ask once more for the reports of registered hubs that were not seen.

    Hubs report while the pages are turned: on some servers that moves one from a page that is still
    to come to one that was read. Some come twice for the same reason.
    """
    late = list(missing)[:_MOST_LATE]
    for at in range(0, len(late), _LATE_AT_ONCE):
        yield from _reports(search, f"Device?_id={','.join(late[at : at + _LATE_AT_ONCE])}")


def _reports(search: Search, path: str = _REPORTS) -> Iterator[tuple[HubReport, datetime | None]]:
    for resource in search.found(path):
        report = report_of(resource)
        if report is not None:
            meta = resource.get("meta")
            told = meta.get("lastUpdated") if isinstance(meta, dict) else None
            yield bounded(report), moment(told) if isinstance(told, str) else None


def bounded(report: HubReport) -> HubReport:
    """Return a report of at most so much, with nothing in it that a terminal would obey."""
    said = {name: plain(value) for name, value in _texts(report).items()}
    return HubReport(
        **{
            **{name: getattr(report, name) for name in _NUMBERS},
            **said,
            "hub": report.hub,
            "alarms": tuple(plain(code) for code in report.alarms[:MOST_ALARMS]),
            "meters": tuple(report.meters[:MOST_METERS]),
            "faults": tuple((plain(name), often) for name, often in report.faults[:MOST_ALARMS]),
        }
    )


_NUMBERS = ("synchronised", "waiting", "parked", "days")


def _texts(report: HubReport) -> dict[str, str]:
    names = ("software", "at", "started", "oldest", "rung", "ends", "radio", "newest")
    return {name: getattr(report, name) for name in names}


def _order(row: Row) -> tuple[int, str, str]:
    return row.urgency, row.contact, row.hub

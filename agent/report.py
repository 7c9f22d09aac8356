"""How this hub is: what its parts know of themselves, put together for the care team's fleet list.

Nothing of what was measured: on how many days something was, which meters were met and what they
said of their batteries, what waits, how clock, radio, key and certificates are.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.clock import HubClock
from agent.keys import Rung, present_rung
from agent.status import Status
from config.schema import Config
from sync.fhir.codes import device_id
from sync.fhir.report import HubReport, MeterReport
from sync.fhir.timing import corrected, effective
from sync.outbox import Outbox
from sync.record import Measured
from vitals.reading import Flag, Kind, MeterIdentity

DAYS = 30
MOST_METERS = 32
_NAME = "report/noticed"
_SILENT_S = 90.0


class Radio(Protocol):
    """What the radio link tells of itself."""

    heartbeat: float
    scanning: asyncio.Event


class Noticed:
    """On which days something was measured, and how each meter was met last; sealed in the store.

    Any thread may tell it.
    """

    def __init__(self, outbox: Outbox, zone: ZoneInfo, clock: HubClock) -> None:
        """Take over what earlier runs noticed."""
        self._outbox, self._zone, self._clock = outbox, zone, clock
        self._lock = threading.Lock()
        self._days, self._meters = _kept(outbox.recall(_NAME))

    def saw(self, record: Measured, *, held: bool) -> None:
        """Note a reading that is on disk; one that is nobody's yet makes no day.

        What the camera estimates is no meter's, and makes no day either.
        """
        reading, meter = record.reading, record.reading.meter
        if reading.kind is Kind.CAMERA:
            return
        offsets = self._clock.boot_offsets
        received = corrected(reading.timing.received, offsets)
        at = effective(reading.timing, self._zone, offsets).at
        with self._lock:
            before = (set(self._days), dict(self._meters))
            if not held and at is not None:
                self._days.add(at.astimezone(self._zone).date())
                self._days = set(sorted(self._days)[-2 * DAYS :])
            known = self._meters.pop(device_id(meter.address), None)
            low = True if Flag.BATTERY_LOW in reading.flags else None
            self._meters[device_id(meter.address)] = MeterReport(
                driver=meter.driver,
                device=device_id(meter.address),
                heard=received.isoformat(timespec="seconds"),
                low=low,
                percent=None if known is None else known.percent,
            )
            while len(self._meters) > MOST_METERS:
                del self._meters[next(iter(self._meters))]
            kept = _octets(self._days, self._meters)
        if before[0] != self._days or _batteries(before[1]) != _batteries(self._meters):
            self._outbox.remember(_NAME, kept)  # not for each reading: that would wear the card

    def powered(self, meter: MeterIdentity, percent: int) -> None:
        """Note how full a meter's battery is; kept with the next that changes anything."""
        name = device_id(meter.address)
        with self._lock:
            known = self._meters.get(name) or MeterReport(driver=meter.driver, device=name)
            self._meters[name] = replace(known, percent=percent)

    def days(self, today: date) -> tuple[int, str]:
        """Return on how many of the last 30 days there was something, and the last such day."""
        with self._lock:
            recent = [day for day in self._days if today - timedelta(days=DAYS) < day <= today]
            return len(recent), max(recent).isoformat() if recent else ""

    def meters(self) -> tuple[MeterReport, ...]:
        """Return the meters, the one met last at the end."""
        with self._lock:
            return tuple(self._meters.values())


class Look:
    """Puts a report together. Called in the upload's thread."""

    def __init__(  # noqa: PLR0913 - each is a part of the hub
        self,
        config: Config,
        *,
        outbox: Outbox,
        status: Status,
        clock: HubClock,
        noticed: Noticed,
        software: str,
        rung: Rung,
    ) -> None:
        """Keep the parts; `radio` and `faults` are set once there is a radio."""
        self._config, self._outbox, self._status = config, outbox, status
        self._clock, self._noticed = clock, noticed
        self._software, self._rung = software, rung
        self._started = clock()
        self.radio: Radio | None = None
        self.faults: Callable[[], Mapping[str, int]] = dict

    def __call__(self) -> HubReport:
        """Return how the hub is now."""
        now = self._clock()
        today = now.at.astimezone(ZoneInfo(self._config.hub.timezone)).date()
        days, newest = self._noticed.days(today)
        counts = self._outbox.counts()
        return HubReport(
            hub=self._config.hub.id,
            software=self._software,
            at=_instant(now.at),
            started=_instant(corrected(self._started, self._clock.boot_offsets)),
            synchronised=now.synchronised,
            waiting=counts.pending + counts.held,
            parked=counts.parked,
            oldest=self._oldest(),
            rung=self._rung.value,
            ends=self._ends(),
            radio=self._heard(),
            days=days,
            newest=newest,
            alarms=tuple(sorted(self._status.snapshot().alarms)),
            meters=self._noticed.meters(),
            faults=tuple((name, often) for name, often in self.faults().items() if often),
        )

    def watched(
        self, shown: Callable[[Measured, int, bool], None]
    ) -> Callable[[Measured, int, bool], None]:
        """Return what is called for each stored reading: it is noticed, then shown as before."""

        def both(record: Measured, seq: int, held: bool) -> None:  # noqa: FBT001 - a callback
            self._noticed.saw(record, held=held)
            shown(record, seq, held)

        return both

    def powered(self, meter: MeterIdentity, percent: int) -> None:
        """Note how full a meter's battery is; any thread may call it."""
        self._noticed.powered(meter, percent)

    def _oldest(self) -> str:
        for entry in self._outbox.pending(1):
            if isinstance(entry.record, Measured):
                received = entry.record.reading.timing.received
                return _instant(corrected(received, self._clock.boot_offsets))
        return ""

    def _ends(self) -> str:
        named = [self._config.fhir.client_cert_file]
        named += [self._config.mqtt.cert_file] if self._config.mqtt.host else []
        paths: list[Path] = [path for path in named if path is not None]
        if not paths:
            return ""
        # Here, because a hub without certificates must not pay for it.
        from agent.doctor.certificates import ends  # noqa: PLC0415

        found = [moment for path in paths if (moment := ends(path)) is not None]
        return _instant(min(found)) if found else ""

    def _heard(self) -> str:
        if self.radio is None:
            return "off"
        fresh = time.monotonic() - self.radio.heartbeat < _SILENT_S
        return "scanning" if fresh and self.radio.scanning.is_set() else "silent"


def look_of(config: Config, outbox: Outbox, status: Status, clock: HubClock) -> Look:
    """Return what looks at the parts of this hub."""
    return Look(
        config,
        outbox=outbox,
        status=status,
        clock=clock,
        noticed=Noticed(outbox, ZoneInfo(config.hub.timezone), clock),
        software=version("hearth-hub"),
        rung=present_rung(config.hub.state_dir),
    )


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _batteries(meters: dict[str, MeterReport]) -> set[MeterReport]:
    return {replace(one, heard="") for one in meters.values()}


def _octets(days: set[date], meters: dict[str, MeterReport]) -> bytes:
    kept = {
        "days": sorted(day.isoformat() for day in days),
        "meters": [asdict(one) for one in meters.values()],
    }
    return json.dumps(kept).encode()


def _kept(octets: bytes | None) -> tuple[set[date], dict[str, MeterReport]]:
    try:
        found = json.loads(octets or b"{}")
        days = {date.fromisoformat(one) for one in found.get("days", [])}
        meters = [MeterReport(**one) for one in found.get("meters", [])]
    except (ValueError, TypeError, AttributeError):
        return set(), {}  # of another version: it is noticed anew
    return days, {one.device: one for one in meters}

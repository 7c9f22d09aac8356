"""What the hub tells its screen: the last readings, what became of them, and what the home set.

It lives in the store, sealed, so that a restart shows what was there before. All methods may be
called from any thread; `home` reads the store and may block.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

import msgspec
from msgspec.structs import replace

from agent.display.care import Care
from agent.display.shown import shown, trend_point
from agent.persons import QUESTIONS
from agent.screen.messages import MAX_LINE_OCTETS, Home, encoded
from agent.screen.values import Doing, MeterSeen, Shown, Topic, Volume, Way
from agent.screen.words import LANGUAGES
from agent.status import Status
from config.schema import Screen
from sync.fhir.timing import corrected
from sync.outbox import Outbox, State
from sync.policy import CERTIFICATE, CLOCK, EXPIRED, FORBIDDEN, LOGIN, NOT_FHIR, OFFLINE
from vitals.errors import HubError
from vitals.reading import HubTime, Reading

log = logging.getLogger(__name__)

_NAME = "screen"
_MOST_POINTS = 30
_MOST_HELD = 10
_CUT_OFF = (OFFLINE, LOGIN, FORBIDDEN, NOT_FHIR, CLOCK, CERTIFICATE, EXPIRED)
_LIMIT_S = 20.0
_AHEAD = timedelta(days=1)  # as far as `sync.fhir.timing` believes a meter's clock
_MOST_METERS = 64
_HOUR = "2[0-3]|1?[0-9]"
_NIGHT = re.compile(f"(?P<start>{_HOUR})-(?P<end>{_HOUR})")


class Kept(msgspec.Struct):
    """What is remembered beyond a restart."""

    readings: dict[str, Shown] = msgspec.field(default_factory=dict)
    consents: list[Topic] = msgspec.field(default_factory=list)
    language: str = ""
    night: tuple[int, int] = (21, 7)
    volume: Volume = Volume.MEDIUM
    speaks: bool = True


@dataclass(slots=True, kw_only=True)
class Book:
    """Collects what the screen shows."""

    outbox: Outbox
    status: Status
    care: Care
    settings: Screen
    zone: tzinfo
    now: Callable[[], HubTime]
    boot_offsets: Mapping[str, int]
    hub: str = ""
    meters: Callable[[], list[MeterSeen]] = list
    _kept: Kept = field(default_factory=Kept)
    _dirty: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def resume(self) -> None:
        """Take over what was remembered; begin anew where there is nothing sensible."""
        octets = self.outbox.recall(_NAME)
        try:
            self._kept = msgspec.json.decode(octets or b"{}", type=Kept)
        except msgspec.DecodeError:
            self._kept = Kept()

    def stored(self, reading: Reading, seq: int) -> Shown | None:
        """Note a reading that is on disk; return how it is shown, None if it is not."""
        one = shown(reading, seq, self.zone, self.boot_offsets)
        if one is None:
            return None
        with self._lock:
            before = self._kept.readings.get(one.doing.value)
            trend = [*(before.trend if before else ()), trend_point(one)][-_MOST_POINTS:]
            # One that a wrong clock dated far ahead must not hide all that come after it.
            latest = corrected(self.now(), self.boot_offsets) + _AHEAD
            if before is None or one.at >= before.at or before.at > latest:
                self._kept.readings[one.doing.value] = replace(one, trend=trend)
                self._dirty = True
        return replace(one, trend=trend)

    def moved(self, numbers: Mapping[int, int]) -> None:
        """Note that readings were stored again, with how they were taken, under new numbers."""
        with self._lock:
            for doing, one in self._kept.readings.items():
                if one.seq in numbers:
                    self._kept.readings[doing] = replace(one, seq=numbers[one.seq])
                    self._dirty = True

    def taken(self) -> dict[Doing, datetime]:
        """Return when the last reading of each kind was taken."""
        with self._lock:
            return {one.doing: one.at for one in self._kept.readings.values()}

    @property
    def consents(self) -> frozenset[Topic]:
        """Return what the patient allows at this moment."""
        with self._lock:
            return frozenset(self._kept.consents)

    @property
    def language(self) -> str:
        """Return the screen's language."""
        return self._kept.language or self.settings.language

    @property
    def night(self) -> tuple[int, int]:
        """Return the full hours at which the home's night begins and ends."""
        return self._kept.night

    def consent(self, topic: Topic, *, given: bool) -> None:
        """Note a permission given or taken back."""
        with self._lock:
            others = [one for one in self._kept.consents if one is not topic]
            self._kept.consents = [*others, topic] if given else others
        self.save()

    def set(self, name: str, value: str) -> None:
        """Note what was set on the screen; a value that is none changes nothing."""
        with self._lock:
            match name:
                case "language" if value in LANGUAGES:
                    self._kept.language = value
                case "volume" if value in set(Volume):
                    self._kept.volume = Volume(value)
                case "speech" if value in {"on", "off"}:
                    self._kept.speaks = value == "on"
                case "night" if (hours := _NIGHT.fullmatch(value)) is not None:
                    self._kept.night = (int(hours["start"]), int(hours["end"]))
                case _:
                    return
        self.save()

    def save(self) -> None:
        """Put everything on disk; returns when it is there."""
        with self._lock:
            octets = msgspec.json.encode(self._kept)
            self._dirty = False
        try:
            self.outbox.remember(_NAME, octets).result(_LIMIT_S)
        except HubError:
            self._dirty = True  # `home` tries again: a permission taken back stays taken back
            raise

    def home(self) -> Home:
        """Return everything the screen shows, as it is now, also while nothing can be kept."""
        plan, moment = self.care.plan(), self.now()
        readings = self._readings()
        self._settle()
        way, waiting, code = self._way()
        kept = self._kept
        told = Home(
            now=corrected(moment, self.boot_offsets).astimezone(self.zone),
            language=self.language,
            night_from=kept.night[0],
            night_until=kept.night[1],
            consents=list(kept.consents),
            clock_set=moment.synchronised or moment.boot_id in self.boot_offsets,
            phone=self.settings.phone,
            tasks=plan.tasks,
            more_tasks=plan.more_tasks,
            readings=readings,
            held=self._held(),
            way=way,
            waiting=waiting,
            code=code,
            writes=self.care.takes_letters,
            notes=plan.notes,
            letters=plan.letters,
            appointments=plan.appointments,
            forms=plan.forms,
            volume=kept.volume,
            speaks=kept.speaks,
            hub=self.hub[:64],
            meters=self.meters()[:_MOST_METERS],
        )
        return bounded(told)

    def _settle(self) -> None:
        """Put on disk what is not there yet; a full disk is no reason to show nothing."""
        if self._dirty:
            try:
                self.save()
            except HubError as error:
                log.warning("what the screen shows is not kept yet code=%s", error.code)

    def _readings(self) -> list[Shown]:
        """Return the last of each kind, the newest first, with what became of it."""
        with self._lock:
            latest = sorted(self._kept.readings.values(), key=lambda one: one.at, reverse=True)
            for one in latest:
                # A row that is gone was acknowledged: nothing else removes one.
                if not one.sent and self.outbox.entry(one.seq) is None:
                    self._kept.readings[one.doing.value] = replace(one, sent=True)
                    self._dirty = True
            return [self._kept.readings[one.doing.value] for one in latest]

    def _held(self) -> list[Shown]:
        found: list[Shown] = []
        for row in self.outbox.entries([State.PARKED]):
            asked = row.refusal is not None and row.refusal.code in QUESTIONS
            reading = getattr(row.record, "reading", None)
            if asked and isinstance(reading, Reading):
                one = shown(reading, row.seq, self.zone, self.boot_offsets)
                found += [one] if one is not None else []
            if len(found) == _MOST_HELD:
                break
        return found

    def _way(self) -> tuple[Way, int, str]:
        counts, alarms = self.outbox.counts(), self.status.snapshot().alarms
        refused = counts.parked - len(self._held())
        cut_off = [code for code in _CUT_OFF if code in alarms]
        if cut_off and counts.pending:
            return Way.NO_NETWORK, counts.pending, cut_off[0]
        if refused > 0:
            return Way.REFUSED, refused, next(iter(alarms), "")
        if counts.pending:
            return Way.ON_THE_WAY, counts.pending, ""
        return Way.ALL_THERE, 0, next(iter(alarms), "")


def bounded(told: Home) -> Home:
    """Keep a home to what fits on one line: long questionnaires go first, then old messages."""
    shorter = told
    for forms, letters in ((10, 50), (1, 50), (0, 50), (0, 5), (0, 0)):
        shorter = replace(told, forms=told.forms[:forms], letters=told.letters[:letters])
        if len(encoded(shorter)) <= MAX_LINE_OCTETS:
            break
    return shorter


def is_new(one: Shown, now: HubTime, *, within_s: float = 600.0) -> bool:
    """Tell whether a reading was taken just now, and is not a meter's memory of last week."""
    return abs((now.at - one.at).total_seconds()) <= within_s

"""Which meters the hub reads: those in its settings, and those that were paired with it.

A meter that is paired with `hearth device pair` is adopted: noted in the store, sealed, so that
nobody has to write it into the settings. A block in the settings says more and comes first.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Container, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Protocol

from agent.radio import chosen, secrets
from agent.serials import NAME as SERIALS
from agent.serials import Serials
from config.schema import Config
from drivers import registry
from drivers.driver import Advertisement, Driver
from drivers.links.ble import Told
from sync.fhir.audit import HUB
from sync.outbox import Outbox
from vitals.reading import MeterIdentity

_NAME, _BEGUN = "meters/adopted", "meters/begun"
_LIMIT_S = 20.0
MOST = 64


class Memory(Protocol):
    """Whatever recalls what the store remembers: the outbox, or a view of it."""

    def recall(self, name: str) -> bytes | None:
        """Return what was remembered under this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedMeter:
    """One meter that was paired here. `at` is ISO 8601, `by` the operator's login."""

    address: str
    name: str
    driver: str
    bonded: bool
    at: str
    by: str


def adopted_in(memory: Memory) -> tuple[AdoptedMeter, ...]:
    """Return the meters that were paired with this hub; nothing where nothing sensible is kept."""
    try:
        found = json.loads(memory.recall(_NAME) or b"[]")
        return tuple(AdoptedMeter(**one) for one in found)
    except (ValueError, TypeError):
        return ()


@dataclass(slots=True)
class Meters:
    """The meters of this home. `told` is what a link is to know of each, by address in capitals.

    Raises HubError RADIO-01 when the settings name a driver that does not exist.
    """

    config: Config
    outbox: Outbox
    told: dict[str, Told] = field(init=False)
    serials: Serials = field(init=False)
    _adopted: tuple[AdoptedMeter, ...] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Take over what was adopted before."""
        self._adopted = adopted_in(self.outbox)
        keep = partial(self.outbox.remember, SERIALS)
        self.serials = Serials(self.outbox.recall(SERIALS), keep)
        self.told = {}
        self._tell()

    @property
    def adopted(self) -> tuple[AdoptedMeter, ...]:
        """Return the meters that were paired here."""
        with self._lock:
            return self._adopted

    def adopt(self, meter: AdoptedMeter) -> None:
        """Keep a meter; returns when it is on disk. At 64 the oldest goes.

        One that the hub paired anew by itself has to say its serial number again.
        """
        with self._lock:
            if meter.by == HUB:
                self.serials.renewed(meter.address)
            else:
                self.serials.forget(meter.address)
            others = [one for one in self._adopted if one.address != meter.address]
            self._adopted = (*others, meter)[-MOST:]
            self._save()
        self.begun("")

    def forget(self, address: str) -> AdoptedMeter | None:
        """Forget a meter; returns it once that is on disk, None when it is none of ours."""
        with self._lock:
            gone = [one for one in self._adopted if one.address.upper() == address.upper()]
            self._adopted = tuple(one for one in self._adopted if one not in gone)
            self.serials.forget(address)
            self._save()
        return gone[0] if gone else None

    def proved(self, meter: MeterIdentity) -> None:
        """Note which serial number a meter of this home said in a visit that went well."""
        with self._lock:
            ours = meter.address.upper() in self.told
            if ours and self.serials.said(meter.address, meter.serial):
                self._tell()

    def begun(self, address: str) -> None:
        """Note on disk whose pairing begins; empty: it ended."""
        self.outbox.remember(_BEGUN, address.encode()).result(_LIMIT_S)

    def half_paired(self) -> str:
        """Return whose pairing a power cut or a kill broke off, empty when nobody's."""
        return (self.outbox.recall(_BEGUN) or b"").decode("ascii", "replace")

    def _save(self) -> None:
        octets = json.dumps([asdict(one) for one in self._adopted]).encode()
        self.outbox.remember(_NAME, octets).result(_LIMIT_S)
        self._tell()

    def _tell(self) -> None:
        known = told(self.config, registry.drivers(), self._adopted)
        fresh = {
            address: replace(one, serial=self.serials.wanted(address))
            for address, one in known.items()
        }
        for address in self.told.keys() - fresh.keys():
            del self.told[address]
        self.told.update(fresh)


def accepts(config: Config, known: Container[str]) -> Callable[[Advertisement], bool]:
    """Return the rule by which an advertising meter may be read; `known` holds addresses.

    In a block of flats the neighbour's cuff advertises too: only the home's own meters are read,
    unless the care team said `accept = "any"`.
    """
    if config.radio.accept == "any":
        return lambda _: True
    return lambda seen: seen.address.upper() in known


def told(
    config: Config, drivers: Sequence[Driver], adopted: Sequence[AdoptedMeter] = ()
) -> dict[str, Told]:
    """Return what is known of each meter before it is met, by address in capitals.

    Raises
    ------
    HubError
        RADIO-01 for a driver in the settings that does not exist.
    """
    paired = {
        one.address.upper(): Told(driver=registry.named(one.driver, drivers), name=one.name)
        for one in adopted
    }
    listed = {
        meter.address.upper(): Told(
            driver=chosen(meter.driver, drivers), name=meter.name, secrets=secrets(meter)
        )
        for meter in config.meter
        if meter.address
    }
    return paired | listed

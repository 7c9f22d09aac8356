"""What the radio link tells the hub, and which meters it may read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future

from agent.ingest import Ingest, meter_key
from agent.status import Status
from config.schema import Config
from drivers.driver import Advertisement, Driver
from drivers.frame import Frame
from sync.outbox import Outbox, Stored
from vitals.reading import MeterIdentity, Reading

log = logging.getLogger(__name__)

_SEQUENCE_OCTETS = 2  # RACP sequence numbers are 16 bit (Glucose Service, Sequence Number)


def accepts(config: Config) -> Callable[[Advertisement], bool]:
    """Return the rule by which an advertising meter may be read.

    In a block of flats the neighbour's cuff advertises too: only the meters named in the
    settings are read, unless the care team said `accept = "any"`.
    """
    if config.radio.accept == "any":
        return lambda _: True
    listed = {meter.address.upper() for meter in config.meter}
    return lambda seen: seen.address.upper() in listed

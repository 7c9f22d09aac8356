"""Where an Observation comes from, in one address: `Observation.meta.source` (FHIR R4, Meta).

A Provenance resource for each reading would double what goes over the line. R4 has an element for
just this, "a minimal amount of Provenance information", and a search parameter for it (`_source`).
"""

from __future__ import annotations

import hashlib

from sync.fhir.device import HubFacts
from vitals.reading import Reading

SCHEME = "urn:hearth:origin"


def origin(reading: Reading, hub: HubFacts) -> str:
    """Return the driver and its version, the hub's software, and the hash of the raw octets.

    `urn:hearth:origin:DRIVER:VERSION:SOFTWARE:sha256:HEX`. The hash is SHA-256 over the octets of
    every frame that the reading was made of, one after the other as they came.
    """
    digest = hashlib.sha256(b"".join(frame.data for frame in reading.frames)).hexdigest()
    meter = reading.meter
    return f"{SCHEME}:{meter.driver}:{meter.driver_version}:{hub.software}:sha256:{digest}"

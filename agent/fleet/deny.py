"""The broker's deny list: certificates that were taken back (RFC 5280, section 5).

A bridge turns such a hub away by the register, within seconds. The broker knows none: without
a list it lets the hub connect, to topics that nobody answers, until its certificate ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from agent.fleet import clinic as at
from sync import certificates, denied
from sync.certificates import Signer
from sync.fhir.register import HUB_CODE, REGISTER, Registered, Standing, entry_of
from sync.search import Search

FILE = "revoked.pem"


def serials(entries: Iterable[Registered], now: datetime) -> set[int]:
    """Return the serial numbers of certificates that were taken back and have not ended yet."""
    found: set[int] = set()
    for entry in entries:
        gone = entry.revoked
        if entry.state is Standing.REVOKED:
            gone += entry.certificates
        found |= {number for number, ends in map(denied.marked, gone) if ends is None or ends > now}
    return found - {0}


def written(folder: Path, secret: bytes, gone: Iterable[int], now: datetime) -> bytes:
    """Write the list: one of the hubs' authority, and an empty one of the root, as PEM.

    Broker and bridge show certificates of the root; without a list of its own OpenSSL refuses them.
    """
    issuing = certificates.read_all(at.octets_of(folder / at.ISSUING))[0]
    root = certificates.read_all(at.octets_of(folder / at.ROOT))[0]
    above = Signer(certificate=issuing, key=at.issuing_key(secret))
    top = Signer(certificate=root, key=at.root_key(secret))
    return denied.revoked(above, gone, now=now) + denied.revoked(top, (), now=now)


def known(search: Search, tenant: str) -> list[Registered]:
    """Read every hub of a clinic; raises as `Search.found` does."""
    entries = map(entry_of, search.found(f"Basic?code={REGISTER}%7C{HUB_CODE}"))
    return [one for one in entries if one is not None and one.tenant == tenant]

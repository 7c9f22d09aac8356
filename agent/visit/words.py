"""Four easy words that both sides of a call show: the same only when nobody sits in the middle.

Pure. The page works them out by itself (`agent/web/page`); both are held to
`tests/vectors/visit_words.json`. The words catch a mistake and a careless attacker; 32 bits are no
proof against one who can try keys for an hour. What keeps others out is that both sides sign.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files

COUNT = 4
_PURPOSE = "hearth/visit/words/1"


def four(*, visit: str, hub: str, page: str, language: str = "en") -> tuple[str, ...]:
    """Return the words of a call.

    SHA-256 over purpose, visit, the hub's and the page's fingerprint, each ended by a line feed;
    its first four octets each name one of 256 words.

    Parameters
    ----------
    hub, page : str
        Fingerprints as `sdp.fingerprint` writes them.
    language : str
        In which the words are; English where there is no list for it.
    """
    octets = "".join(f"{part}\n" for part in (_PURPOSE, visit, hub, page)).encode()
    known = book()
    words = known.get(language, known["en"])
    return tuple(words[octet] for octet in hashlib.sha256(octets).digest()[:COUNT])


@cache
def book() -> dict[str, list[str]]:
    """Return the 256 words of each language."""
    found: dict[str, list[str]] = json.loads(
        files("agent.visit").joinpath("words.json").read_text(encoding="utf-8")
    )
    return found

"""Looks a code up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from agent.codes import care, clinic, meters, store, tools, visit, way
from agent.codes.meaning import Meaning
from vitals.errors import HubError

BOOK: Mapping[str, Meaning] = {
    **meters.CODES,
    **store.CODES,
    **way.CODES,
    **care.CODES,
    **clinic.CODES,
    **tools.CODES,
    **visit.CODES,
}
# A reading is parked under the status that its server gave it: one page for all of them.
_FHIR = re.compile(r"FHIR-(\d{3}|unclear)", re.IGNORECASE)
_REFUSED = Meaning(
    "The care team's server refused a reading with this HTTP status (or without a clear one). The "
    "reading is set aside with the server's own words, and holds up no other.",
    "`hearth readings parked` shows the words; when that is mended, `hearth readings retry`.",
)


def explain(code: str) -> Meaning:
    """Return what a code means.

    Parameters
    ----------
    code : str
        As printed beside a problem; small letters and a missing hyphen are forgiven.

    Raises
    ------
    HubError
        CODE-01 for one that this version does not have, with the nearest there are.
    """
    wanted = re.sub(r"^([A-Z]+)-?(\d+)$", r"\1-\2", code.strip().strip("()").upper())
    if _FHIR.fullmatch(wanted):
        return _REFUSED
    if wanted in BOOK:
        return BOOK[wanted]
    family = wanted.partition("-")[0]
    near = [one for one in BOOK if one.partition("-")[0] == family]
    near = near or get_close_matches(wanted, BOOK, n=5)
    known = ", ".join(near) if near else ", ".join(sorted({one.split("-")[0] for one in BOOK}))
    raise HubError(
        "This version of Hearth has no such code.",
        fix=f"Copy it from the brackets below the problem. There are: {known}.",
        code="CODE-01",
    )

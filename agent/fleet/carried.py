"""An invitation in a file: all that a hub without a network needs to begin its work.

A JSON object: `v` 1, `invitation` (its text), `root` (PEM), `roster` and `settings` (as signed).
The hub checks all of it by the pin in the invitation, reads meters at once, and gets its
certificate when it has a network. The file is worth what the invitation is: hand it over likewise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sync.invitation import Invitation
from sync.invitation import read as read_invitation
from vitals.errors import HubError

MAX_OCTETS = 256 * 1024
_FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What the file holds; nothing of it is checked yet but its form and the invitation's CRC."""

    invitation: Invitation
    root: str
    roster: str
    settings: str


def written(carried: Carried) -> str:
    """Write the file's text."""
    return json.dumps(
        {
            "v": _FORM,
            "invitation": carried.invitation.text(),
            "root": carried.root,
            "roster": carried.roster,
            "settings": carried.settings,
        },
        indent=1,
    )


def read(text: str) -> Carried:
    """Read the file's text; raises HubError ENR-03 for one that is none."""
    try:
        found: Any = json.loads(text) if len(text) <= MAX_OCTETS else None
    except (ValueError, RecursionError):
        found = None
    names = ("invitation", "root", "roster", "settings")
    if (
        not isinstance(found, dict)
        or found.get("v") != _FORM
        or not all(isinstance(found.get(name), str) for name in names)
    ):
        raise HubError(
            "This file is no invitation.",
            fix="Take the file that `hearth fleet invite --file` wrote, whole.",
            code="ENR-03",
        )
    return Carried(
        invitation=read_invitation(found["invitation"]),
        root=found["root"],
        roster=found["roster"],
        settings=found["settings"],
    )

"""Codes of the care team's own commands: codes, doctor, audit, keys, reset, support bundle."""

from __future__ import annotations

from collections.abc import Mapping

from agent.codes.meaning import Meaning

CODES: Mapping[str, Meaning] = {
    "AUDIT-01": Meaning(
        "The file to be checked cannot be read.",
        "Name a copy that `hearth audit show --json` printed.",
    ),
    "CODE-01": Meaning(
        "This version of Hearth has no such code.",
        "Copy it from the brackets below the problem; a later version may know it.",
    ),
}

"""Codes of the care team's own commands: codes, doctor, audit, keys, reset, support bundle."""

from __future__ import annotations

from collections.abc import Mapping

from agent.codes.meaning import Meaning

CODES: Mapping[str, Meaning] = {
    "AUDIT-01": Meaning(
        "The file to be checked cannot be read.",
        "Name a copy that `hearth audit show --json` printed.",
    ),
    "RESET-01": Meaning(
        "A hub was to be taken back that holds readings the care team does not have. Nothing was "
        "removed.",
        "Let it send them, decide about those set aside, or give them up by their very number.",
    ),
    "RESET-02": Meaning(
        "A hub that runs cannot be taken back, and it did not stop. Nothing was removed.",
        "Stop it: systemctl stop hearth.",
    ),
    "RESET-03": Meaning(
        "The key was destroyed and the store opened all the same: another key is on this machine. "
        "The store was not deleted.",
        "Find where that key comes from (CREDENTIALS_DIRECTORY), remove it, reset again.",
    ),
    "RESET-04": Meaning(
        "What was typed to confirm is not this hub's id. Nothing was removed.",
        "See whether you are on the right machine; then type the id as the settings have it.",
    ),
    "RESET-05": Meaning(
        "The hub was taken back; only the copy of its record could not be written where it should.",
        "Keep what the command printed: that is the record.",
    ),
    "CODE-01": Meaning(
        "This version of Hearth has no such code.",
        "Copy it from the brackets below the problem; a later version may know it.",
    ),
    "SUPPORT-01": Meaning(
        "It is not known for whom the support bundle shall be sealed, so none was written.",
        "Ask the clinic for its public key and give it as --to, or set mqtt.bridge_key.",
    ),
    "SUPPORT-02": Meaning(
        "The file is no support bundle, or was damaged on its way.",
        "Have it sent once more, as an attachment and not as text.",
    ),
    "SUPPORT-03": Meaning("A file cannot be read or written.", "Check its path and its owner."),
}

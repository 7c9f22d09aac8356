"""Checks where the hub key is kept, and says what that place is worth."""

from __future__ import annotations

from agent.doctor.finding import Finding, broken, good, look, unknown
from agent.doctor.place import Place
from agent.keys import CREDENTIAL_FILE, KEY_FILE, Rung, rung_of

NAME = "key"
_WORTH = {
    Rung.TPM: "A card or a whole copy of the disk is worth nothing without this very machine's "
    "TPM. Whoever takes the whole machine and can become root on it can read what waits.",
    Rung.HOST: "The secret that opens it lies on the same disk (/var/lib/systemd). Whoever takes "
    "the card can open what waits, unless the disk itself is encrypted.",
    Rung.FILE: "It lies in the open beside the store. It keeps other users of this machine out, "
    "and nobody who holds the card.",
    Rung.NULL: "It is sealed with nothing at all: systemd found neither TPM nor host secret.",
}
_WHERE = {
    Rung.TPM: "The hub key is sealed to this machine's TPM.",
    Rung.HOST: "The hub key is sealed to this machine's own secret.",
    Rung.FILE: "The hub key is a file beside the store.",
    Rung.NULL: "The hub key's credential is not sealed.",
}


def judge(rung: Rung) -> Finding:
    """Judge the place, best first: TPM, host credential, file."""
    if rung is Rung.TPM:
        return good(NAME, f"{_WHERE[rung]} {_WORTH[rung]}")
    if rung is Rung.UNKNOWN:
        return unknown(
            NAME,
            "The hub key is a credential; by what it is sealed cannot be seen from here.",
            means="It may be the TPM, or only this machine's own secret.",
            do="Run the doctor as root: it reads how the credential begins.",
        )
    if rung is Rung.NONE:
        return broken(
            NAME,
            "There is no hub key.",
            means="Nothing can be sealed, and nothing that was sealed opens.",
            do="Follow systemd/README.md, or start the hub once: it makes a key file.",
        )
    judged = broken if rung is Rung.NULL else look
    do = (
        "Encrypt the disk (LUKS), or use a board with a TPM and make the credential anew."
        if rung is Rung.HOST
        else "Make a credential of it: systemd/README.md, hub-key.cred."
    )
    return judged(NAME, _WHERE[rung], means=_WORTH[rung], do=do)


def check(place: Place) -> list[Finding]:
    """Look where the key is, never at the key."""
    directory = place.environment.get("CREDENTIALS_DIRECTORY")
    return [
        judge(
            rung_of(
                key_file=place.config.hub.state_dir / KEY_FILE,
                credential_file=place.root / CREDENTIAL_FILE.relative_to("/"),
                handed_over=directory is not None,
            )
        )
    ]

"""Takes a hub back: sends or gives up what it holds, then leaves nothing on it that opens.

What is deleted on a card may survive in its worn-out cells, so the store's safety rests on the key:
it goes first, and what that is worth depends on the rung it stood on (`agent.keys`). The record
says which, and that the store was tried with every key that was left.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from agent.applied import FILE_NAME as APPLIED_FILE
from agent.bonds import forget_all
from agent.clock import HubClock
from agent.desk import SOCKET
from agent.enrol.place import CLINIC, PENDING
from agent.holding import Held, counted
from agent.identity import KEY_FILE
from agent.keepers import Keeper, deleted
from agent.keys import Rung
from agent.offline import view_of
from config.schema import Config
from sync.outbox import FILE_NAME
from sync.outbox_file import lock
from vitals.errors import HubError

WORTH = {
    Rung.TPM: "The key was sealed to this machine's TPM and its sealed form is deleted. Only who "
    "has a copy of that file and this very machine could open an old copy of the store; clearing "
    "the TPM ends that too.",
    Rung.HOST: "The key was sealed by a secret on the same disk. Its sealed form is overwritten "
    "and deleted; a forensic laboratory may still find both in the card's worn-out cells. Destroy "
    "the card if that matters.",
    Rung.FILE: "The key was a file. It is overwritten and deleted; a forensic laboratory may still "
    "find it in the card's worn-out cells. Destroy the card if that matters.",
}
_OURS = (f"{Path(FILE_NAME).stem}.*", f"{KEY_FILE}*", f"{APPLIED_FILE}*", SOCKET, "screen.sock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was done, for the file. It names no patient and no value."""

    hub: str
    at: str
    by: str
    abandoned: int | None
    answers_abandoned: dict[str, int] | None
    evidence_dropped: int | None
    sent_in_all: int | None
    store_generation: str
    rung: str
    worth: str
    tried: str
    deleted: list[str]
    left: list[str]
    bonds_removed: int
    bonds_left: int | None
    new_key: bool
    seconds: float  # from the command to the last file that went, with the wait for the server


def check_abandoned(held: Held, abandon: int | None) -> None:
    """Let readings and answers be lost only by their very number.

    Raises
    ------
    HubError
        RESET-01 when something would be lost that nobody gave up by its number.
    """
    if held.unsent == (abandon or 0):
        return
    raise HubError(
        f"The care team does not have {unsent(held)} of this hub: {held.waiting} readings wait, "
        f"{held.aside} were set aside for a person.",
        fix="Let the hub send them (hearth doctor says what holds it up; hearth readings held and "
        "parked show the rest), or give them up for good: "
        f"hearth hub reset --abandon {held.unsent}.",
        code="RESET-01",
    )


def unsent(held: Held) -> str:
    """Say what the care team does not have: "2 readings", "2 readings and 1 message"."""
    words = counted(held.readings, "reading")
    return f"{words} and {held.answers_in_words()}" if held.answers else words


def destroyed(config: Config, keeper: Keeper) -> tuple[list[str], str]:
    """Destroy the key, try the store with whatever is left, then delete the store.

    Returns
    -------
    (list of str, str)
        The files that are gone, and how the trial ended.

    Raises
    ------
    HubError
        STORE-06 while a hub writes to the store, RESET-03 when the store still opens.
    """
    state = config.hub.state_dir
    handle = lock(state / FILE_NAME)
    try:
        gone = [*keeper.destroy(), *deleted(sorted(state.glob(f"{KEY_FILE}*")))]
        tried = _tried(config)
        for pattern in _OURS:
            gone += deleted(sorted(state.glob(pattern)))
        for folder in (CLINIC, PENDING):
            gone += deleted(sorted((state / folder).glob("*")))
            with contextlib.suppress(OSError):  # it is not there; or what is left is told below
                (state / folder).rmdir()
    finally:
        os.close(handle)
    return gone, tried


def _tried(config: Config) -> str:
    if not (config.hub.state_dir / FILE_NAME).exists():
        return "there was no store"
    try:
        view_of(config).close()
    except HubError as error:
        return f"before it was deleted the store was tried, and did not open ({error.code})"
    raise HubError(
        "The store still opens: another key to it is on this hub. It was not deleted.",
        fix="Look for where the key comes from (CREDENTIALS_DIRECTORY); then reset again.",
        code="RESET-03",
    )


def private_files(config: Config, settings: Path) -> list[Path]:
    """Return the files by which this hub proved who it is, and the settings themselves."""
    named = [
        config.fhir.client_cert_file,
        config.fhir.client_key_file,
        config.fhir.token_file,
        config.fhir.login_key_file,
        config.mqtt.cert_file,
        config.mqtt.key_file,
        config.visit.turn_password_file,
        settings,
    ]
    found = [path for path in named if path is not None and path.exists()]
    found += [path for folder in _folders(config) for path in sorted(folder.glob("*"))]
    return list(dict.fromkeys(found))


def _folders(config: Config) -> list[Path]:
    """Return the folders of what the clinic gave this hub, and of an enrolment under way."""
    return [config.hub.state_dir / name for name in (CLINIC, PENDING)]


def carry_out(  # noqa: PLR0913 - what the record needs
    config: Config,
    settings: Path,
    keeper: Keeper,
    held: Held | None,
    *,
    who: str,
    generation: str,
    keep_settings: bool,
    began_s: float,
) -> Record:
    """Destroy everything; the hub must be stopped, and what is lost must have been agreed to."""
    rung = keeper.rung()
    gone, tried = destroyed(config, keeper)
    if not keep_settings:
        gone += deleted(private_files(config, settings))
        for folder in _folders(config):
            with contextlib.suppress(OSError):  # as in `destroyed`
                folder.rmdir()
    bonds = forget_all()
    state = config.hub.state_dir
    return Record(
        hub=config.hub.id,
        at=HubClock()().at.isoformat(timespec="seconds"),
        by=who,
        abandoned=None if held is None else held.readings,
        answers_abandoned=None if held is None else dict(held.answers),
        evidence_dropped=None if held is None else held.evidence,
        sent_in_all=None if held is None else held.sent,
        store_generation=generation,
        rung=rung,
        worth=WORTH.get(rung, "There was no key: nobody could open the store before, either."),
        tried=tried,
        deleted=gone,
        left=sorted(str(path) for path in state.iterdir()) if state.exists() else [],
        bonds_removed=bonds.removed,
        bonds_left=bonds.left,
        new_key=_renewed(keeper, rung),
        seconds=round(time.monotonic() - began_s, 1),
    )


def _renewed(keeper: Keeper, rung: Rung) -> bool:
    """Make a new credential where the service asks for one; a key file is made at its start."""
    try:
        return keeper.renew(rung)
    except HubError:
        return False  # the record says so; the old key is gone all the same


def in_words(record: Record) -> list[str]:
    """Return the record for a person."""
    lines = [
        f"Record of reset: hub {record.hub}, {record.at}, by {record.by}",
        f"Time: {record.seconds} s, with what was sent before.",
        f"Key: destroyed ({record.rung}). {record.worth}",
        f"Proof: {record.tried}.",
        f"Store: generation {record.store_generation or 'unknown'}, deleted.",
    ]
    if record.abandoned is None:
        lines.append("Readings: there was no store, or no key to it.")
    else:
        lines.append(
            f"Readings: {record.sent_in_all} sent in all, {record.abandoned} given up, "
            f"{counted(record.evidence_dropped or 0, 'frame')} of evidence deleted."
        )
        given_up = sorted((record.answers_abandoned or {}).items())
        said = ", ".join(counted(number, name) for name, number in given_up)
        lines.append(f"Answers: {said + ' given up' if said else 'none was left to send'}.")
    lines.append(f"Bonds: {record.bonds_removed} removed, {_left(record.bonds_left)}.")
    lines += [f"Deleted: {name}" for name in record.deleted]
    lines += [f"Still there: {name}" for name in record.left]
    if not record.new_key:
        lines.append("Before it is used again, make a hub key: see systemd/README.md.")
    return lines


def _left(bonds: int | None) -> str:
    if bonds is None:
        return "BlueZ could not be asked: remove them by hand (bluetoothctl devices Paired)"
    return f"{bonds} left" if bonds else "none left"

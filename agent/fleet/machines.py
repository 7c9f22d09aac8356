"""The care team's machines: one is added or taken off by the root's key, and hubs are told.

A second machine makes a signing key of its own and asks, with a small file, to be put on the
clinic's list of signers. The first machine, which holds the clinic's secret, answers with what that
machine needs. No private key leaves the machine that it was made on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.fleet import clinic as at
from agent.fleet.act import Desk, signers
from agent.fleet.clinic import Clinic
from config.clinic import ClinicConfig, check
from config.load import parsed
from sync import certificates, locked, roster, signing
from sync.fhir.register import HUB_CODE, REGISTER, Standing, entry_of
from sync.roster import Roster
from sync.search import Search
from vitals.errors import HubError

MAX_OCTETS = 256 * 1024
_FORM = 1
_REQUEST, _WELCOME = "hearth-machine-request", "hearth-machine-welcome"


def ask(folder: Path, *, name: str, passphrase: str) -> str:
    """Make a signing key in a new folder; return what the first machine is to be given.

    Raises
    ------
    HubError
        FLEET-01 when there is a key already.
    """
    if (folder / at.SIGNING).exists():
        raise HubError(
            f"There is a signing key in {folder} already.",
            fix="Go on with it: hearth fleet machine join, or name another folder.",
            code="FLEET-01",
        )
    key = signing.Key()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    at.keep(folder / at.SIGNING, locked.lock(key.private(), passphrase))
    return json.dumps({"v": _FORM, "kind": _REQUEST, "name": name, "public": key.public.hex()})


def add(clinic: Clinic, request: str, *, secret: bytes) -> tuple[str, str]:
    """Put a machine on the list; return its name, and what it is to be given back.

    Raises
    ------
    HubError
        FLEET-21 for a file that is no request, FLEET-22 for a name that is on the list.
    """
    found = _read(request, _REQUEST, ("name", "public"))
    list_ = clinic.roster()
    if found["name"] in dict(list_.signers):
        raise HubError(
            f"There is a machine {found['name']} already.",
            fix="Give the new one another --name, or remove the old one first.",
            code="FLEET-22",
        )
    changed = replace(
        list_,
        version=list_.version + 1,
        signers=(*list_.signers, (found["name"], found["public"])),
    )
    keep(clinic, changed, secret)
    config = replace(clinic.config, clinic=replace(clinic.config.clinic, machine=found["name"]))
    return found["name"], json.dumps(
        {
            "v": _FORM,
            "kind": _WELCOME,
            "settings": at.text_of(config),
            "root": certificates.pem_of([clinic.root()]).decode("ascii"),
            "issuing": certificates.pem_of([clinic.issuing()]).decode("ascii"),
            "roster": clinic.roster_text(),
        }
    )


def tell(desk: Desk, said: Callable[[int], object] = lambda _: None) -> int:
    """Put the list on the server for every hub that is not revoked; return how many there are.

    `said` is told after each hub how many were told.

    Raises
    ------
    LinkError, HubError
        As `sync.search` does; those told so far are told.
    """
    search = Search(desk.line.link, base_url=desk.clinic.config.fhir.base_url)
    found = map(entry_of, search.found(f"Basic?code={REGISTER}%7C{HUB_CODE}"))
    ours = [  # all of them first: a search goes on beside, and the line takes one request at a time
        entry
        for entry in found
        if entry is not None
        and entry.tenant == desk.clinic.tenant
        and entry.state is not Standing.REVOKED
    ]
    for count, entry in enumerate(ours, 1):
        signers(desk, entry)
        said(count)
    return len(ours)


def text_of(file: Path) -> str:
    """Read a file that was carried over; raises HubError FLEET-21 when it cannot be."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise _no_file() from None


def pin_of(clinic: Clinic) -> str:
    """Return what people compare when a file was carried from one machine to another."""
    text = certificates.pin(clinic.root()).hex()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def join(folder: Path, welcome: str) -> Roster:
    """Take in what the first machine gave back; from then on this machine invites and signs.

    Raises
    ------
    HubError
        FLEET-21 for a file that is none, SET-06 for one that is not signed by its root.
    """
    names = ("settings", "root", "issuing", "roster")
    found = _read(welcome, _WELCOME, names)
    config = parsed(ClinicConfig, found["settings"], source="the clinic's settings", check=check)
    try:
        root = certificates.read_all(found["root"].encode())[0]
    except ValueError:
        raise _no_file() from None
    list_ = roster.opened(found["roster"], tenant=config.clinic.tenant, root=root)
    for name, text in {
        at.ROOT: found["root"],
        at.ISSUING: found["issuing"],
        at.ROSTER: found["roster"],
        at.SETTINGS: found["settings"],
    }.items():
        at.keep(folder / name, text.encode())
    return list_


def remove(clinic: Clinic, name: str, *, secret: bytes) -> Roster:
    """Take a machine off the list.

    Raises
    ------
    HubError
        FLEET-22 for a name that is not on it, or the last one.
    """
    list_ = clinic.roster()
    left = tuple(one for one in list_.signers if one[0] != name)
    if len(left) == len(list_.signers) or not left:
        known = ", ".join(sorted(dict(list_.signers)))
        raise HubError(
            f"{name} cannot be taken off the list of machines: there are {known}.",
            fix="Name one of them; the last one stays.",
            code="FLEET-22",
        )
    changed = replace(list_, version=list_.version + 1, signers=left)
    keep(clinic, changed, secret)
    return changed


def keep(clinic: Clinic, list_: Roster, secret: bytes) -> None:
    """Sign a list with the root's key, and keep it as the clinic's own."""
    key = at.root_key(secret)
    at.keep(clinic.folder / at.ROSTER, list_.written(key).encode())


def _read(text: str, kind: str, names: tuple[str, ...]) -> dict[str, str]:
    try:
        found: Any = json.loads(text) if len(text) <= MAX_OCTETS else None
    except (ValueError, RecursionError):
        found = None
    if (
        not isinstance(found, dict)
        or (found.get("v"), found.get("kind")) != (_FORM, kind)
        or not all(isinstance(found.get(name), str) for name in names)
    ):
        raise _no_file()
    return {name: str(found[name]) for name in names}


def _no_file() -> HubError:
    return HubError(
        "This file is not what the other machine wrote.",
        fix="Carry the file over again, whole.",
        code="FLEET-21",
    )

"""Checks room and rights on the disk: a full or dying card is the most common end of a hub."""

from __future__ import annotations

import os
from dataclasses import dataclass

from agent.doctor.finding import Finding, broken, good, look, unknown
from agent.doctor.place import Place

NAME = "disk"
_MEBIBYTE = 1024 * 1024
_LITTLE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What statvfs(3) says of the store's file system."""

    free_bytes: int
    total_bytes: int
    free_files: int
    total_files: int
    read_only: bool


def judge(room: Room, *, wanted_bytes: int) -> Finding:
    """Judge the room there is against what the store may still grow by."""
    free_mib = room.free_bytes // _MEBIBYTE
    if room.read_only:
        return broken(
            NAME,
            "The disk may only be read.",
            means="New readings cannot be kept. Linux does this to a card that fails.",
            do="Look at dmesg for I/O errors; replace the card. The store on it can be copied.",
        )
    if room.free_bytes < _MEBIBYTE or (room.total_files and room.free_files == 0):
        return broken(
            NAME,
            f"The disk is full: {free_mib} MiB free.",
            means="New readings cannot be kept; meters that remember keep theirs.",
            do="Free some room: journalctl --vacuum-size=50M; apt-get clean.",
        )
    if room.free_bytes < wanted_bytes or room.free_bytes < _LITTLE * room.total_bytes:
        return look(
            NAME,
            f"{free_mib} MiB are free.",
            means="In a long outage the store could not grow to its full size (store.max_bytes).",
            do="Free some room, or lower store.max_bytes.",
        )
    return good(NAME, f"{free_mib} MiB are free.")


def check(place: Place) -> list[Finding]:
    """Ask the file system that the store lives on."""
    folder = place.config.hub.state_dir.absolute()
    while not os.path.lexists(folder):  # before the first start there is only what it will be in
        folder = folder.parent
    try:
        said = os.statvfs(folder)
    except OSError as error:
        return [
            unknown(
                NAME,
                f"The store's folder cannot be looked at: {error.strerror}.",
                means="Either the hub never ran here, or this user may not see its folder.",
                do="Run the doctor as root.",
            )
        ]
    room = Room(
        free_bytes=said.f_bavail * said.f_frsize,
        total_bytes=said.f_blocks * said.f_frsize,
        free_files=said.f_favail,
        total_files=said.f_files,
        read_only=bool(said.f_flag & os.ST_RDONLY),
    )
    return [judge(room, wanted_bytes=min(place.config.store.max_bytes, room.total_bytes // 2))]

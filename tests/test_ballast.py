"""A reserve on the disk: there while there is room, let go when everything else is full."""

from __future__ import annotations

from pathlib import Path

from sync.ballast import OCTETS, Ballast

MEBIBYTE = 1024 * 1024


class Disk:
    def __init__(self, folder: Path, free: int) -> None:
        self.free = free
        self.path = folder / "outbox.db.ballast"

    def ballast(self) -> Ballast:
        return Ballast(self.path, free=lambda _: self.free)


def test_it_is_made_where_there_is_plenty_of_room(tmp_path: Path) -> None:
    disk = Disk(tmp_path, free=100 * MEBIBYTE)
    disk.ballast().keep()
    assert disk.path.stat().st_blocks * 512 >= OCTETS


def test_it_takes_no_room_that_others_need(tmp_path: Path) -> None:
    disk = Disk(tmp_path, free=2 * MEBIBYTE)
    disk.ballast().keep()
    assert not disk.path.exists()


def test_it_goes_once_when_the_disk_is_full(tmp_path: Path) -> None:
    disk = Disk(tmp_path, free=100 * MEBIBYTE)
    disk.ballast().keep()
    ballast = disk.ballast()
    disk.free = 0
    assert (ballast.let_go(), ballast.is_used) == (True, True)
    assert not disk.path.exists()
    assert not ballast.let_go()


def test_it_stays_when_only_the_stores_own_cap_is_reached(tmp_path: Path) -> None:
    disk = Disk(tmp_path, free=100 * MEBIBYTE)
    ballast = disk.ballast()
    ballast.keep()
    assert not ballast.let_go()
    assert disk.path.exists()


def test_it_comes_back_when_the_disk_is_free_again(tmp_path: Path) -> None:
    disk = Disk(tmp_path, free=100 * MEBIBYTE)
    ballast = disk.ballast()
    ballast.keep()
    disk.free = 0
    ballast.let_go()
    disk.free = 100 * MEBIBYTE
    ballast.keep()
    assert disk.path.exists()
    assert not ballast.is_used

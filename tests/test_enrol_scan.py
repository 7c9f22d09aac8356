"""The hub's own camera reads an invitation: a real clip, through the reader of real clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from agent.enrol import scan
from agent.fleet.paper import draw
from sync.invitation import Invitation
from vitals.errors import HubError
from vitals.rppg.camera import VideoFile

ONE = Invitation(
    host="bridge.clinic.example:8443", pin=bytes(range(16)), secret=bytes(range(100, 116))
)


def clip(path: Path, picture: Path | None, *, degrees: float = 0.0, size: int = 300) -> VideoFile:
    """Film a sheet of paper on a grey table, turned by so many degrees, a little out of focus."""
    table: Any = np.full((480, 640, 3), 120, np.uint8)
    if picture is not None:
        drawn = cv2.imread(str(picture))
        assert drawn is not None
        paper = cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)
        table[90 : 90 + size, 170 : 170 + size] = paper
        turn = cv2.getRotationMatrix2D((320.0, 240.0), degrees, 1.0)
        table = cv2.warpAffine(table, turn, (640, 480), borderValue=(120, 120, 120))
        table = cv2.GaussianBlur(table, (3, 3), 0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for _ in range(5):
        writer.write(table)
    writer.release()
    return VideoFile(path)


@pytest.mark.parametrize(("degrees", "size"), [(0, 300), (90, 300), (12, 300), (-7, 260)])
def test_the_camera_reads_what_the_clinic_printed(
    tmp_path: Path, degrees: float, size: int
) -> None:
    draw(ONE.code(), tmp_path / "code.png")
    film = clip(tmp_path / "film.avi", tmp_path / "code.png", degrees=degrees, size=size)
    assert scan.invitation(film) == ONE


def test_nothing_to_see_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HubError) as told:
        scan.invitation(clip(tmp_path / "film.avi", None))
    assert told.value.code == "ENR-26"


def test_another_code_is_called_no_invitation(tmp_path: Path) -> None:
    draw("HTTPS://CLINIC.EXAMPLE", tmp_path / "code.png")
    with pytest.raises(HubError) as told:
        scan.invitation(clip(tmp_path / "film.avi", tmp_path / "code.png"))
    assert told.value.code == "ENR-01"


def test_a_minute_is_all_that_is_waited(tmp_path: Path) -> None:
    film = clip(tmp_path / "film.avi", None)
    times = iter([0.0, 1.0, 61.0])
    with pytest.raises(HubError) as told:
        scan.invitation(film, clock=lambda: next(times))
    assert told.value.code == "ENR-26"

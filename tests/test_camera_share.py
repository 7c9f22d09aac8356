"""One camera for several: the newest picture wins, and a camera that comes back is used again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.fakes.uvc import Uvc
from vitals.errors import HubError, LinkError
from vitals.rppg.camera import UsbCamera
from vitals.rppg.frame import Camera, Locks, TimedFrame
from vitals.rppg.share import SharedCamera, Slot

WAIT_S = 20.0
SOON = (0.01,)


def _frame(at_s: float) -> TimedFrame:
    return TimedFrame(at_s=at_s, bgr=np.zeros((2, 2, 3), np.uint8))


class Told:
    """A camera that gives a picture each time the test lets it, and ends when it is told to."""

    name = "told"
    locks = Locks(exposure=True)

    def __init__(self) -> None:
        self._may = threading.Semaphore(0)
        self._pulled = False
        self._count = 0
        self.closed = threading.Event()

    def give(self) -> None:
        self._may.release()

    def pull_out(self) -> None:
        self._pulled = True
        self._may.release()

    def read(self) -> TimedFrame | None:
        if not self._may.acquire(timeout=WAIT_S) or self._pulled:
            return None
        self._count += 1
        return _frame(float(self._count))

    def close(self) -> None:
        self.closed.set()
        self._may.release()


MISSING = HubError("There is no camera.", fix="Plug it in.", code="VIT-04")


def _opening(cameras: Iterator[Camera | Exception]) -> Callable[[], Camera]:
    def opened() -> Camera:
        one = next(cameras, MISSING)
        if isinstance(one, Exception):
            raise one
        return one

    return opened


def test_all_who_look_get_every_picture_that_they_are_quick_enough_for() -> None:
    told = Told()
    with SharedCamera(lambda: told) as camera:
        slots = [camera.slot(), camera.slot()]
        for number in (1.0, 2.0, 3.0):
            told.give()
            assert [slot.take(WAIT_S).at_s for slot in slots] == [number, number]
        told.pull_out()


def test_one_who_is_slow_gets_the_newest_and_holds_nobody_up() -> None:
    slot = Slot()
    for number in range(5):
        slot.put(_frame(float(number)))

    assert slot.take(0.0).at_s == 4.0
    assert slot.missed == 4


def test_a_picture_is_given_once_and_then_waited_for_no_longer_than_asked() -> None:
    slot = Slot()
    slot.put(_frame(1.0))
    slot.take(0.0)

    with pytest.raises(LinkError) as told:
        slot.take(0.01)
    assert told.value.code == "VIT-06"


def test_a_camera_that_is_pulled_out_and_put_in_again_goes_on() -> None:
    first, second = Told(), Told()
    with SharedCamera(_opening(iter([first, second])), SOON) as camera:
        slot = camera.slot()
        first.give()
        slot.take(WAIT_S)
        first.pull_out()
        second.give()
        slot.take(WAIT_S)

        assert first.closed.wait(WAIT_S)
        assert (camera.opened, camera.fault) == (2, None)
        second.pull_out()


def test_a_camera_that_is_not_there_yet_is_waited_for() -> None:
    silent = LinkError("The camera sends no pictures.", code="VIT-03")
    told = Told()
    with SharedCamera(_opening(iter([MISSING, silent, MISSING, told])), SOON) as camera:
        slot = camera.slot()
        told.give()

        assert slot.take(WAIT_S).at_s == 1.0
        assert camera.locks == Locks(exposure=True)
        told.pull_out()


def test_the_screen_can_tell_why_there_is_no_picture() -> None:
    asked = threading.Event()

    def opened() -> Camera:
        asked.set()
        raise MISSING

    with SharedCamera(opened, (60.0,)) as camera:
        assert asked.wait(WAIT_S)
    # The thread has ended here, long before its pause is over.
    assert camera.fault is MISSING


def test_the_camera_is_given_back_in_the_end() -> None:
    device = Uvc()
    with SharedCamera(lambda: UsbCamera(device, "video0")) as camera:
        camera.slot().take(WAIT_S)

    assert device.released == 1


def test_who_has_left_gets_no_more() -> None:
    told = Told()
    with SharedCamera(lambda: told) as camera:
        gone, stays = camera.slot(), camera.slot()
        camera.leave(gone)
        told.give()
        stays.take(WAIT_S)

        assert gone.missed == 0
        with pytest.raises(LinkError):
            gone.take(0.0)
        told.pull_out()

"""Calls between our end and a plain aiortc one, over real UDP on this machine."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from av import VideoFrame

from agent.visit.media.call import Call, Means
from agent.visit.media.news import Measured, News, Offer, Standing, State
from agent.visit.media.offer import tuned
from tests.fakes.called import MISSING, Called
from tests.fakes.clinician import Clinician
from tests.fakes.uvc import Uvc
from vitals.rppg.camera import UsbCamera
from vitals.rppg.frame import Camera, TimedFrame

PULLED = "VIT-06"
LIMIT_S = 120.0


@pytest.fixture
async def them() -> AsyncIterator[Clinician]:
    one = Clinician()
    yield one
    await one.close()


@pytest.fixture
async def us() -> AsyncIterator[Called]:
    one = Called()
    yield one
    await asyncio.to_thread(one.call.hang_up)


async def notes(us: Called, them: Clinician, kind: str) -> list[dict[str, object]]:
    def found() -> list[dict[str, object]]:
        return [one for one in map(json.loads, them.notes) if one["type"] == kind]

    await us.until(found)
    return found()


async def test_both_see_each_other_and_the_picture_is_the_cameras(
    us: Called, them: Clinician
) -> None:
    await us.with_(them)
    await us.until(lambda: len(them.seen) > 10 and us.theirs and us.mine)
    await us.until(lambda: them.seen[-1].width == 640)  # smaller where a machine is busy

    assert (them.seen[-1].width, them.seen[-1].height) == (640, 480)
    assert us.state.theirs
    assert len(us.cameras) == 1


async def test_before_it_is_dialled_no_camera_is_opened_and_after_it_none_is_open(
    us: Called, them: Clinician
) -> None:
    assert us.cameras == []
    await us.with_(them)
    await us.until(lambda: them.seen)
    await asyncio.to_thread(us.call.hang_up)

    assert [one.closed for one in us.cameras] == [True]
    assert not us.call.is_on
    assert "visit" not in {thread.name for thread in threading.enumerate()}
    await us.until(lambda: them.pc.connectionState == "closed")


def is_plain(frame: VideoFrame) -> bool:
    return float(frame.to_ndarray(format="gray").std()) < 1


async def test_a_camera_that_is_switched_off_is_closed_and_others_see_grey(
    us: Called, them: Clinician
) -> None:
    await us.with_(them)
    await us.until(lambda: them.seen)
    us.call.show(shown=False)
    await us.until(lambda: us.cameras[0].closed)
    await us.until(lambda: them.seen[-1].width == 320 and is_plain(them.seen[-1]))  # the grey one's
    us.call.show(shown=True)
    await us.until(lambda: them.seen[-1].width == 640)

    assert len(us.cameras) == 2


async def test_without_a_camera_the_call_goes_on_and_both_sides_are_told(them: Clinician) -> None:
    def missing(early: Callable[[TimedFrame], None]) -> Camera:
        del early
        raise MISSING

    us = Called(open_camera=missing)
    await us.with_(them)
    await us.until(lambda: us.state.camera_fault == "VIT-04" and them.seen and them.heard)
    assert us.state.sound_fault == "VISIT-32"
    await us.until(lambda: "VIT-04" in them.notes[-1])
    assert '"microphone":false' in them.notes[-1]
    await asyncio.to_thread(us.call.hang_up)


async def test_a_camera_that_takes_a_moment_to_be_steady_is_seen_meanwhile(
    them: Clinician,
) -> None:
    steady = threading.Event()
    device = Uvc(stamps=lambda count: 1000 + count * 100 / 3)

    def opened(early: Callable[[TimedFrame], None]) -> Camera:
        made = UsbCamera(device, "video0", early=early)
        steady.wait(LIMIT_S)
        return made

    us = Called(open_camera=opened)
    await us.with_(them)
    await us.until(lambda: us.mine)
    assert not steady.is_set()
    steady.set()
    await asyncio.to_thread(us.call.hang_up)


async def test_a_camera_pulled_out_in_the_call_comes_back(us: Called, them: Clinician) -> None:
    await us.with_(them)
    await us.until(lambda: them.seen)
    us.cameras[0].pulled = True
    await us.until(
        lambda: PULLED in {one.camera_fault for one in us.news if isinstance(one, State)}
    )
    await us.until(lambda: us.state.camera_fault == "")

    assert us.state.standing is Standing.LIVE
    assert len(us.cameras) == 2


async def test_estimates_are_told_only_where_they_are_allowed(them: Clinician) -> None:
    us = Called()
    await us.with_(them, vitals=True)
    (first, *_) = await notes(us, them, "vitals")
    await asyncio.to_thread(us.call.hang_up)
    assert first["estimate"] == "uncleared"
    assert first["pulse_bpm"] is None
    assert first["refusal"]

    quiet, other = Called(), Clinician()
    await quiet.with_(other)
    await quiet.until(lambda: len(other.notes) >= 3)
    await asyncio.to_thread(quiet.call.hang_up)
    await other.close()
    assert {json.loads(one)["type"] for one in other.notes} == {"here"}


async def test_a_reading_asked_for_is_told_as_it_was_measured(us: Called, them: Clinician) -> None:
    await us.with_(them)
    await notes(us, them, "here")
    at = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    us.call.mention(Measured(number=7, what="weight", value="78.40", unit="kg", at=at))

    (told,) = await notes(us, them, "reading")
    assert (told["value"], told["unit"], told["what"]) == ("78.40", "kg", "weight")


async def test_garbage_on_the_data_channel_changes_nothing(us: Called, them: Clinician) -> None:
    await us.with_(them)
    await notes(us, them, "here")
    assert them.channel is not None
    for garbage in ("", "{", "[" * 5000, '{"type":"there","muted":1}', b"\xff\x00", "x" * 60_000):
        them.channel.send(garbage)
    them.channel.send('{"type":"there","muted":true}')
    await us.until(lambda: us.state.they_mute)
    assert us.state.standing is Standing.LIVE


async def test_an_answer_that_is_none_is_waited_past(us: Called, them: Clinician) -> None:
    sdp = await us.offer("c1")
    for wrong in ("", "v=0", "m=video", sdp, "\r\n".join(sdp.splitlines()[:9])):
        us.call.answer("c1", wrong)
    us.call.answer("another call", "v=0")
    await us.with_(them, "c2")


async def test_a_second_dial_takes_the_place_of_the_first(us: Called, them: Clinician) -> None:
    await us.with_(them)
    other = Clinician()
    await us.with_(other, "c2")
    await us.until(lambda: them.pc.connectionState == "closed" and other.seen)

    assert len(us.cameras) == 1  # the camera was never closed for it
    await other.close()


async def test_an_end_that_vanishes_is_dialled_again(us: Called, them: Clinician) -> None:
    await us.with_(them)
    await us.until(lambda: them.seen)
    await them.close()  # as a browser's tab is closed
    await us.until(us.redials)
    other = Clinician()
    await us.with_(other, "c2")
    await us.until(lambda: other.seen)
    await other.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_call_that_ended_by_itself_is_muted_hung_up_and_dialled_as_any_other() -> None:
    ended = threading.Event()

    def told(news: News) -> None:
        if isinstance(news, State):
            ended.set()
            raise SystemExit  # the call's thread ends, as it does when a call is given up

    def missing(_take: object) -> Camera:
        raise MISSING

    call = Call(
        Means(
            open_camera=missing,
            sound=lambda: None,
            told=told,
            theirs=lambda _: None,
            mine=lambda *_: None,
        )
    )
    for _ in range(2):  # the second time beside what is left of the first
        ended.clear()
        await asyncio.to_thread(call.dial, "one", [], vitals=False)
        assert await asyncio.to_thread(ended.wait, LIMIT_S)
        await asyncio.to_thread(_gone, "visit")
        call.mute(muted=True)
    call.hang_up()
    assert not call.is_on


def _gone(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(LIMIT_S)


async def test_the_offer_names_no_address_of_anybody_else(us: Called) -> None:
    """Without servers aiortc would ask Google's for ours: RTCIceGatherer.getDefaultIceServers."""
    sdp = await us.offer("c1")
    kinds = {line.split(" typ ")[1].split()[0] for line in sdp.splitlines() if " typ " in line}
    assert kinds == {"host"}


async def test_no_way_out_is_told_as_an_empty_offer() -> None:
    us = Called(relay=True)  # and no server to relay: nothing can be offered
    sdp = await us.offer("c1")
    await asyncio.to_thread(us.call.hang_up)
    assert sdp == ""
    assert [one.call for one in us.news if isinstance(one, Offer)] == ["c1"]


async def test_sound_is_asked_for_as_rfc_7587_has_it(us: Called) -> None:
    sdp = await us.offer("c1")
    (line,) = [one for one in sdp.splitlines() if one.startswith("a=fmtp:96 ")]
    asked = dict(one.split("=") for one in line.partition(" ")[2].split(";"))
    assert asked["maxaveragebitrate"] == "24000"
    assert (asked["useinbandfec"], asked["stereo"], asked["usedtx"]) == ("1", "0", "0")
    assert "a=rtpmap:97 VP8/90000" in sdp
    assert "H264" not in sdp
    assert tuned("v=0\r\n") == "v=0\r\n"

"""What was lost is sent again as far as a line can bear it, whatever is asked for."""

from __future__ import annotations

import asyncio
import time

from aiortc import RTCPeerConnection, RTCRtpSender
from aiortc.rtp import RtcpRrPacket
from hypothesis import given
from hypothesis import strategies as st

from agent.visit.media.feedback import Feedback
from agent.visit.media.resend import Resend

HEARD = RtcpRrPacket(ssrc=1, reports=[])
ASKED = st.lists(st.tuples(st.floats(0, 2), st.lists(st.integers(0, 65_535), max_size=40)))


@given(ASKED, st.sampled_from([80_000, 260_000, 900_000]))
def test_it_is_never_more_than_a_fifth_of_what_is_sent(
    past: list[tuple[float, list[int]]], bitrate: int
) -> None:
    """But for the twelve packets that a single burst may cost."""
    resend, at_s, count = Resend(), 0.0, 0
    for passed_s, wanted in past:
        at_s += passed_s
        found = resend.allowed(wanted, at_s, bitrate)
        assert set(found) <= set(wanted)
        count += len(found)
    assert count <= 12 + 0.2 * bitrate / 9600 * at_s + 1e-6


def test_single_packets_lost_by_chance_are_all_sent_again() -> None:
    resend = Resend()
    assert all(resend.allowed([at], at * 0.2, 900_000) == [at] for at in range(100))


def test_a_packet_on_its_way_is_not_sent_a_third_time() -> None:
    resend = Resend()
    assert resend.allowed([7], 1.0, 900_000) == [7]
    assert resend.allowed([7], 1.04, 900_000) == []
    assert resend.allowed([7], 1.06, 900_000) == [7]
    assert resend.allowed([7], 1.56, 900_000, rtt_s=0.5) == []
    assert resend.allowed([7], 1.67, 900_000, rtt_s=0.5) == [7]


@given(st.lists(st.lists(st.integers(0, 65_535), max_size=40), max_size=20))
def test_a_packet_asked_for_again_and_again_is_lost_once(past: list[list[int]]) -> None:
    resend, asked = Resend(), set[int]()
    for wanted in past[:6]:
        assert resend.fresh(wanted) >= len(set(wanted) - asked)
        asked |= set(wanted)
        assert resend.fresh(wanted) == 0


def test_after_a_step_down_nothing_of_the_old_picture_is_sent_again_but_all_of_the_new() -> None:
    resend = Resend()
    assert resend.fresh([1]) == 1
    resend.pause(2.0)
    assert resend.allowed([1, 2], 1.9, 900_000) == []
    assert resend.allowed([1, 2, 3], 2.1, 900_000) == [3]
    assert resend.allowed([1], 7.2, 900_000) == [1]  # by then it is another packet's number


async def test_a_line_that_is_back_gets_a_picture_that_stands_alone_without_being_asked() -> None:
    """The receiver would ask for what it lost first, and for a new picture seconds later."""
    end = RTCPeerConnection()
    feedback = await heard_without_a_gap(end.addTransceiver("video").sender)
    assert not feedback.key_wanted
    await asyncio.sleep(1.6)
    await feedback._handle_rtcp_packet(HEARD)  # noqa: SLF001 - as aiortc calls it
    assert feedback.key_wanted
    await end.close()


async def heard_without_a_gap(sender: RTCRtpSender) -> Feedback:
    """Have three reports come within a second; begin anew where this machine was busy longer."""
    for _ in range(20):
        feedback, began_s = Feedback(sender), time.monotonic()
        for _ in range(3):
            await feedback._handle_rtcp_packet(HEARD)  # noqa: SLF001 - as above
            await asyncio.sleep(0.1)
        if time.monotonic() - began_s < 1:
            return feedback
    raise AssertionError("this machine sleeps a second for every tenth")

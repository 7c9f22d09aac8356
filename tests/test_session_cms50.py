"""The CMS50D+'s procedure, by hand: sixty samples a second, a reading when they stand still."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.devices.contec_cms50dplus import DRIVER
from drivers.devices.contec_cms50dplus_v6 import DRIVER as OLD_DRIVER
from drivers.sessions.cms50 import STAY_AFTER, cms50_session, old_cms50_session
from drivers.sessions.session import Command, Finish, Meeting, Outcome, Session, Write
from tests.fakes.serial_meters import outcome, records
from tests.fakes.serial_peer import SerialPeer, linked, pieces
from tests.fakes.sink import MemorySink

WINDOW = 600  # ten seconds
COMPLETE = Finish(outcome=Outcome.COMPLETE)


def old(percent: int, bpm: int, state: int = 0x86) -> bytes:
    """Lay out a sample as atbrask/CMS50Dplus, LiveDataPoint.getBytes does."""
    return bytes((state, 0x40, 0x08 | (bpm & 0x80) >> 1, bpm & 0x7F, percent))


def new(percent: int, bpm: int, state: int = 0x06) -> bytes:
    """Lay out a sample as timegrid/CMS50Dplus7, encode_package does."""
    top = 0x80 | (state >> 7) | (bpm >> 7) << 3
    return bytes((1, top, *(octet | 0x80 for octet in (state, 0x40, 0x08, bpm, percent, 44, 1))))


OUT, NEW_OUT = old(127, 255, state=0x90), new(127, 255, state=0x10)


def heard(session: Session, stream: bytes, size: int = 64) -> list[Command]:
    said = session.begin()
    for at in range(0, len(stream), size):
        said += session.frame("serial", stream[at : at + size])
        if said and isinstance(said[-1], Finish):
            break
    return said


def watched(stream: bytes, size: int = 64) -> list[Command]:
    return heard(old_cms50_session(Meeting()), stream, size)


@given(size=st.integers(1, 700))
@settings(max_examples=20)
def test_a_finger_gives_one_reading_and_taking_it_out_ends_the_visit(size: int) -> None:
    said = watched(OUT * 5 + old(97, 61) * (WINDOW + 300) + OUT * 5, size)
    assert records(said) == [old(97, 61)]
    assert outcome(said) == "complete"


def test_nothing_is_read_before_ten_seconds_agree() -> None:
    assert records(watched(old(97, 61) * (WINDOW - 1))) == []


def test_a_finger_that_slips_out_starts_the_ten_seconds_anew() -> None:
    assert records(watched((old(97, 61) * (WINDOW - 1) + OUT) * 3)) == []


def test_numbers_that_wander_are_not_a_reading() -> None:
    wander = b"".join(old(90 + at % 11, 60) for at in range(WINDOW * 3))
    assert records(watched(wander)) == []


def test_the_reading_is_a_sample_the_oximeter_sent_at_the_median() -> None:
    stream = (old(96, 60) + old(97, 62) + old(97, 61) + old(98, 61)) * WINDOW
    assert records(watched(stream))[0] == old(97, 61)


def test_a_few_wrong_samples_do_not_change_the_reading() -> None:
    wrong = old(40, 200)
    stream = b"".join(wrong if at % 50 == 0 else old(97, 61) for at in range(WINDOW * 2))
    assert records(watched(stream)) == [old(97, 61)]


def test_a_finger_left_in_gives_a_reading_every_five_minutes() -> None:
    minutes = 6
    assert len(records(watched(old(97, 61) * (60 * 60 * minutes)))) == 2


def test_firmware_7_is_started_kept_awake_and_stopped() -> None:
    said = heard(cms50_session(Meeting()), new(97, 161) * (STAY_AFTER * 3) + NEW_OUT)
    wrote = [command.data[2] for command in said if isinstance(command, Write)]
    assert wrote == [0xA1, 0xAF, 0xAF, 0xAF, 0xA2]
    assert records(said) == [new(97, 161)]
    assert said[-1] == COMPLETE


def test_an_old_firmware_is_told_nothing() -> None:
    assert not any(isinstance(one, Write) for one in watched(old(97, 61) * WINDOW + OUT))


def test_silence_after_a_reading_is_a_good_end_and_before_it_is_not() -> None:
    for stream, ending in ((old(97, 61) * WINDOW, "complete"), (OUT * 9, "partial")):
        session = old_cms50_session(Meeting())
        heard(session, stream)
        assert outcome(session.silent()) == ending


def test_a_session_without_a_finger_ends_by_itself() -> None:
    assert outcome(watched(OUT * 36_000)) == "complete"


@given(noise=st.lists(st.binary(max_size=20), min_size=1, max_size=20))
@settings(max_examples=25)
def test_noise_between_samples_never_makes_another_reading(noise: list[bytes]) -> None:
    for session, sample in (
        (cms50_session(Meeting()), new(97, 161)),
        (old_cms50_session(Meeting()), old(97, 61)),
    ):
        stream = b"".join(sample * 80 + noise[at % len(noise)] for at in range(20))
        assert set(records(heard(session, stream))) <= {sample}


async def test_over_a_pseudo_terminal_firmware_7_is_asked_and_gives_a_frame(tmp_path: Path) -> None:
    class Oximeter:
        def hear(self, octets: bytes) -> bytes:
            started = octets == bytes.fromhex("7d81a1808080808080")
            return new(97, 61) * WINDOW + NEW_OUT if started else b""

    peer = SerialPeer(tmp_path / "cable", Oximeter(), cut=pieces(600), delay_s=0.005)
    sink = MemorySink()
    peer.plug()
    async with linked(DRIVER, peer.name, sink):
        assert await sink.wait_for_end() == COMPLETE
    peer.pull()
    assert [frame.data for frame in sink.frames] == [new(97, 61)]


async def test_over_a_pseudo_terminal_an_old_firmware_gives_a_frame_unasked(tmp_path: Path) -> None:
    class Mute:
        def hear(self, octets: bytes) -> bytes:
            return octets[:0]

    peer, sink = SerialPeer(tmp_path / "cable", Mute()), MemorySink()
    peer.plug()
    async with linked(OLD_DRIVER, peer.name, sink):
        while not sink.finishes:
            peer.say(old(97, 61) * 60 if not sink.frames else OUT)
            await asyncio.sleep(0.005)
    peer.pull()
    assert sink.finishes == [COMPLETE]
    assert {frame.data for frame in sink.frames} == {old(97, 61)}
    assert peer.asked == []

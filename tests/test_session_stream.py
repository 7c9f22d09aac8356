"""Oximeters that stream over Bluetooth, driven by hand: a reading when the numbers stand still."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.devices import berrymed_bm1000, contec_cms50dbt, jumper_jpd500f
from drivers.devices.berrymed_bm1000 import STREAM
from drivers.sessions.session import (
    Command,
    Finish,
    Meeting,
    Outcome,
    Session,
    Subscribe,
    Write,
)
from drivers.sessions.stream import NO_FINGER_S, STAY_S
from tests.fakes.serial_meters import outcome, records

WINDOW = 1000  # ten seconds
COMPLETE = Finish(outcome=Outcome.COMPLETE)


def sample(percent: int, bpm: int, *, no_finger: bool = False, searching: bool = False) -> bytes:
    """Lay out a sample as adafruit_ble_berrymed_pulse_oximeter reads it."""
    more = 0x10 * no_finger | 0x20 * searching | (bpm & 0x80) >> 1
    return bytes((0x86, 0x40, more, bpm & 0x7F, percent))


OUT = sample(127, 255, no_finger=True)
SEARCHING = sample(127, 255, searching=True)


def heard(session: Session, stream: bytes, size: int = 20) -> list[Command]:
    said = session.begin()
    for at in range(0, len(stream), size):
        said += session.frame(STREAM.uuid, stream[at : at + size])
        if said and isinstance(said[-1], Finish):
            break
    return said


def watched(stream: bytes, size: int = 20) -> list[Command]:
    return heard(STREAM.session(Meeting()), stream, size)


def test_it_listens_and_writes_nothing() -> None:
    assert STREAM.session(Meeting()).begin() == [Subscribe(uuid=berrymed_bm1000.UART)]


@given(size=st.integers(1, 244))
@settings(max_examples=10, deadline=None)
def test_a_finger_gives_one_reading_and_taking_it_out_ends_the_visit(size: int) -> None:
    said = watched(OUT * 9 + SEARCHING * 50 + sample(97, 61) * (WINDOW + 300) + OUT * 5, size)
    assert records(said) == [sample(97, 61)]
    assert said[-1] == COMPLETE


def test_losing_the_pulse_for_a_moment_starts_the_window_anew_but_ends_nothing() -> None:
    once = sample(97, 61) * (WINDOW - 1) + SEARCHING
    assert records(watched(once * 3)) == []
    said = watched(sample(97, 61) * WINDOW + SEARCHING * 500 + sample(97, 61) * WINDOW)
    assert records(said) == [sample(97, 61)]
    assert not isinstance(said[-1], Finish)


def test_an_oximeter_nobody_wears_is_let_go_after_a_minute() -> None:
    packets = round(NO_FINGER_S * berrymed_bm1000.RATE_HZ)
    assert watched(OUT * (packets - 1)) == STREAM.session(Meeting()).begin()
    assert outcome(watched(OUT * packets)) == "partial"


def test_numbers_that_never_stand_still_end_the_visit_in_time() -> None:
    packets = round(STAY_S * berrymed_bm1000.RATE_HZ)
    wander = b"".join(sample(85 + at % 13, 60) for at in range(packets))
    said = watched(wander, 500)
    assert records(said) == []
    assert outcome(said) == "partial"


def test_leaving_and_silence_are_good_ends_after_a_reading_only() -> None:
    for stream, ending in ((sample(97, 61) * WINDOW, "complete"), (OUT * 9, "partial")):
        for end in ("gone", "silent"):
            session = STREAM.session(Meeting())
            heard(session, stream)
            assert outcome(getattr(session, end)()) == ending


def test_an_oximeter_that_wants_pairing_says_so() -> None:
    session = STREAM.session(Meeting())
    session.begin()
    assert outcome(session.failed(0x05)) == "needs-pairing"


@given(noise=st.lists(st.binary(max_size=30), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_noise_between_samples_never_makes_another_reading(noise: list[bytes]) -> None:
    stream = b"".join(sample(97, 61) * 100 + noise[at % len(noise)] for at in range(20))
    assert set(records(watched(stream))) <= {sample(97, 61)}


def test_a_contec_is_started_kept_awake_and_stopped() -> None:
    waves = bytes.fromhex("eb000348093f" * 3)
    seen = bytes.fromhex("eb010453637f0025")  # 83 a minute, 99 % (OxiVis issue 2)
    out = bytes.fromhex("eb01067f7f7f006f")
    stream = (waves + seen) * 12 + out
    said = heard(contec_cms50dbt.STREAM.session(Meeting()), stream)
    wrote = [one.data.hex() for one in said if isinstance(one, Write)]
    assert wrote == ["9b011c", "9a1a", "9a1a", "9b7f1a"]
    assert records(said) == [seen]
    assert said[-1] == COMPLETE


def test_a_jumper_s_wave_is_no_sample() -> None:
    session = jumper_jpd500f.STREAM.session(Meeting())
    wave, seen = bytes.fromhex("8001020304050607080910"), bytes.fromhex("81386344")
    said = session.begin()
    for one in [wave, seen, wave, wave] * 40:
        said += session.frame(jumper_jpd500f.NOTIFIES, one)
    assert records(said) == [seen]
    said += session.frame(jumper_jpd500f.NOTIFIES, bytes.fromhex("81ff7f00"))
    assert said[-1] == COMPLETE

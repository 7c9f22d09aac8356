"""Makers' own protocols through the whole BLE link: bleak, Bumble, the session and the store."""

from __future__ import annotations

from drivers.sessions import nonin, omron, onetouch_ble, viatom
from drivers.sessions.session import Outcome
from drivers.taidoc import CHARACTERISTIC, SERVICE
from drivers.virtual.peripheral import Advertised
from drivers.virtual.radio import VirtualRadio
from tests.fakes.listening import listening
from tests.fakes.radio_meters import OneTouchFlex
from tests.fakes.sink import MemorySink
from tests.fakes.spoken import Notices, SpokenMeter
from tests.test_session_omron import BOTH, KEY, Cuff
from tests.test_session_onetouch_ble import memory
from tests.test_session_taidoc_radio import FOUR, RadioTaiDoc

ONETOUCH = "af9df7a1-e595-11e3-96b4-0002a5d5c51b"


async def heard(
    meter: SpokenMeter, secrets: dict[str, str] | None = None
) -> tuple[MemorySink, Outcome]:
    """Let a hub visit a meter once; return what it stored and how the visit ended."""
    sink = MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink, secrets=secrets):
        await radio.add(meter)
        finish = await sink.wait_for_end()
        meter.calling = False
    return sink, finish.outcome


async def test_a_onetouch_is_read_and_its_clock_set() -> None:
    spoken = OneTouchFlex(memory(70, 76))

    def hear(uuid: str, octets: bytes) -> Notices:
        return [(onetouch_ble.FROM_METER, one) for one in spoken.hear(uuid, octets)]

    meter = SpokenMeter(
        "OneTouch J7RG",
        "C5:00:00:00:00:01",
        service=ONETOUCH,
        writes=[onetouch_ble.TO_METER],
        notifies=[onetouch_ble.FROM_METER],
        hear=hear,
        advertised=Advertised(services=(ONETOUCH,)),
    )
    sink, outcome = await heard(meter)
    assert outcome is Outcome.COMPLETE
    assert len(sink.hexes("onetouch-ble-record")) == 7
    assert sink.marks[meter.address] == bytes.fromhex("4c000000")
    # The hub's noon of 2026-11-23, in seconds of 2000 (GNU date).
    assert int.from_bytes(spoken.clock, "little") == 848_750_400


async def test_a_fora_cuff_is_read_person_by_person_and_turned_off() -> None:
    spoken = RadioTaiDoc(*FOUR)

    def hear(uuid: str, octets: bytes) -> Notices:
        return [(CHARACTERISTIC, one) for one in spoken.hear(uuid, octets)]

    meter = SpokenMeter(
        "FORA D40",
        "C5:00:00:00:00:02",
        service=SERVICE,
        writes=[CHARACTERISTIC],
        notifies=[CHARACTERISTIC],
        hear=hear,
    )
    sink, outcome = await heard(meter)
    assert outcome is Outcome.COMPLETE
    assert [len(sink.hexes(f"taidoc-user{user}-record")) for user in (1, 2, 3, 4)] == [2, 1, 0, 3]
    assert spoken.off


async def test_an_omron_is_read_over_its_four_channels_and_not_written() -> None:
    cuff = Cuff(*BOTH)
    meter = SpokenMeter(
        "HEM-7322T-D",
        "C5:00:00:00:00:03",
        service="ecbe3980-c9a2-11e1-b1bd-0002a5d5c51b",
        writes=[omron.UNLOCK, omron.TO_CUFF],
        notifies=[omron.UNLOCK, *omron.FROM_CUFF],
        hear=cuff.hear,
    )
    sink, outcome = await heard(meter, {"key": KEY})
    assert outcome is Outcome.COMPLETE
    assert [len(sink.hexes(f"omron-user{user}-record")) for user in (1, 2)] == [3, 1]
    assert cuff.memory == cuff.before


async def test_a_nonin_gives_one_measurement_and_is_told_so() -> None:
    good = bytes.fromhex("0a151c00c8000f610048")
    told: list[bytes] = []

    def hear(uuid: str, octets: bytes) -> Notices:
        assert uuid == nonin.CONTROL_POINT
        told.append(octets)
        return []

    meter = SpokenMeter(
        "Nonin3230_502591753",
        "C5:00:00:00:00:04",
        service="46a970e0-0d5f-11e2-8b5e-0002a5d5c51b",
        writes=[nonin.CONTROL_POINT],
        notifies=[nonin.MEASUREMENT],
        hear=hear,
        stream=[(nonin.MEASUREMENT, good)],
    )
    sink, outcome = await heard(meter)
    assert outcome is Outcome.COMPLETE
    assert sink.hexes("nonin-sample") == [good.hex()]
    assert told == [bytes.fromhex("624e4d49")]


async def test_a_berrymed_gives_one_reading_of_a_thousand_samples() -> None:
    uart = "49535343-1e4d-4bd9-ba61-23c647249616"
    seen, out = bytes.fromhex("8640083d61"), bytes.fromhex("860058 7f7f")
    stream = [(uart, seen * 4)] * 260 + [(uart, out * 4)]
    meter = SpokenMeter(
        "BerryMed",
        "C5:00:00:00:00:05",
        service="49535343-fe7d-4ae5-8fa9-9fafd205e455",
        writes=[],
        notifies=[uart],
        stream=stream,
    )
    sink, outcome = await heard(meter)
    assert outcome is Outcome.COMPLETE
    assert sink.hexes("bci-sample") == [seen.hex()]


async def test_a_ring_that_is_not_worn_is_asked_and_gives_nothing() -> None:
    off = bytes.fromhex("5500ff00000d00ffffff0000000060000500000043")

    def hear(uuid: str, octets: bytes) -> Notices:
        assert (uuid, octets.hex()) == (viatom.TO_RING, "aa17e8000000001b")
        return [(viatom.FROM_RING, piece) for piece in (off[:20], off[20:]) * viatom.NOT_WORN]

    meter = SpokenMeter(
        "O2Ring 1234",
        "C5:00:00:00:00:06",
        service="14839ac4-7d7e-415c-9a42-167340cf2339",
        writes=[viatom.TO_RING],
        notifies=[viatom.FROM_RING],
        hear=hear,
    )
    sink, outcome = await heard(meter)
    assert outcome is Outcome.PARTIAL
    assert sink.frames == []

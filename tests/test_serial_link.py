"""The serial link over real pseudo-terminals: split, slow, loud, pulled and plugged in again.

The records are those of tests/vectors/devices/beurer_bm65.toml.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path

import pytest

from drivers.devices.beurer_bm65 import DRIVER as BM65
from drivers.devices.contec_cms50dplus import DRIVER as CMS50
from drivers.devices.contec_cms50dplus_v6 import DRIVER as OLD_CMS50
from drivers.devices.onetouch_ultra2 import DRIVER as ULTRA2
from drivers.devices.onetouch_ultraeasy import DRIVER as ULTRA_EASY
from drivers.devices.taidoc_td42xx import DRIVER as TAIDOC
from drivers.driver import Driver
from drivers.links.cable import ABSENT_S
from drivers.links.serial import MAX_UNHEARD, opened
from drivers.sessions.bm65 import TRIES
from drivers.sessions.session import Finish, Outcome
from tests.fakes.serial_meters import Bm65
from tests.fakes.serial_peer import SerialPeer, linked, pieces, until
from tests.fakes.sink import MemorySink
from vitals.errors import LinkError

FIRST = "ac5f3c48051309301a"
SECOND = "ac7f46508c1f173b98"
COMPLETE = Finish(outcome=Outcome.COMPLETE)


class Deaf:
    """Hears everything and answers nothing."""

    def hear(self, octets: bytes) -> bytes:
        return octets[:0]


def cuff() -> Bm65:
    return Bm65(bytes.fromhex(FIRST), bytes.fromhex(SECOND))


@pytest.mark.parametrize("size", [1, 2, 5, 64])
async def test_every_record_arrives_however_the_adapter_cuts_it(tmp_path: Path, size: int) -> None:
    peer, sink = SerialPeer(tmp_path / "cable", cuff(), cut=pieces(size)), MemorySink()
    peer.plug()
    async with linked(BM65, peer.name, sink):
        assert await sink.wait_for_end() == COMPLETE
    peer.pull()
    assert sink.hexes("bm65-record") == [FIRST, SECOND]


async def test_a_slow_meter_is_waited_for(tmp_path: Path) -> None:
    peer = SerialPeer(tmp_path / "cable", cuff(), cut=pieces(3), delay_s=0.03)
    sink = MemorySink()
    peer.plug()
    async with linked(BM65, peer.name, sink):
        assert await sink.wait_for_end() == COMPLETE
    peer.pull()
    assert sink.hexes("bm65-record") == [FIRST, SECOND]


async def test_a_cable_pulled_in_the_middle_is_read_when_it_is_plugged_in_again(
    tmp_path: Path,
) -> None:
    peer, sink = SerialPeer(tmp_path / "cable", cuff(), pull_after=6), MemorySink()
    peer.plug()
    async with linked(BM65, peer.name, sink):
        assert (await sink.wait_for_end()).outcome is Outcome.PARTIAL
        assert sink.hexes("bm65-record") == [FIRST]
        peer.plug()
        assert await sink.wait_for_end() == COMPLETE
    peer.pull()
    assert sink.hexes("bm65-record") == [FIRST, FIRST, SECOND]
    assert len({frame.meter.address for frame in sink.frames}) == 1


async def test_noise_nobody_asked_for_makes_no_record(tmp_path: Path) -> None:
    class Loud(Bm65):
        def hear(self, octets: bytes) -> bytes:
            return b"\xff\x00" + super().hear(octets)

    peer, sink = SerialPeer(tmp_path / "cable", Loud(bytes.fromhex(FIRST))), MemorySink()
    peer.plug()
    async with linked(BM65, peer.name, sink):
        assert (await sink.wait_for_end()).outcome is Outcome.PARTIAL
    peer.pull()
    assert sink.frames == []


async def test_a_cable_without_its_meter_is_no_session(tmp_path: Path) -> None:
    peer, sink, times = SerialPeer(tmp_path / "cable", Deaf()), MemorySink(), [0.0]
    peer.plug()
    async with linked(BM65, peer.name, sink) as link:
        link.clock = lambda: times[0]
        await until(lambda: len(peer.asked) == TRIES)
        peer.meter = cuff()
        async with asyncio.timeout(60):
            while not sink.finishes:
                times[0] += ABSENT_S
                await asyncio.sleep(0.01)
    peer.pull()
    assert sink.sessions == 1
    assert sink.finishes == [COMPLETE]


@pytest.mark.parametrize("driver", [BM65, ULTRA2, ULTRA_EASY, TAIDOC, CMS50, OLD_CMS50])
async def test_a_flood_ends_the_visit_and_the_rest_of_the_hub_goes_on(
    tmp_path: Path, driver: Driver
) -> None:
    peer, sink = SerialPeer(tmp_path / "cable", cuff()), MemorySink()
    peer.meter = Deaf()
    peer.plug()
    beats = 0
    async with linked(driver, peer.name, sink):
        while not sink.finishes:
            peer.say(b"\xa5" * 4096)
            beats += 1
            await asyncio.sleep(0.001)
        assert sink.finishes[0].outcome is Outcome.REFUSED
    peer.pull()
    assert beats
    assert sink.frames == []


async def test_octets_beyond_the_bound_are_dropped_and_counted(tmp_path: Path) -> None:
    peer, heard = SerialPeer(tmp_path / "cable", cuff()), bytearray()
    peer.plug()
    assert BM65.port is not None
    line = await opened(peer.name, BM65.port)
    line.listen(heard.extend, lambda: None)
    async with asyncio.timeout(60):
        while line.lost == 0:
            peer.say(b"\xa5" * 1024)
            await asyncio.sleep(0)
        assert len(heard) <= MAX_UNHEARD
        line.taken(len(heard))
        before = len(heard)
        while len(heard) == before:
            peer.say(b"\xa5")
            await asyncio.sleep(0)
    await line.close()
    peer.pull()


async def test_a_meter_that_takes_nothing_is_not_waited_for_without_end(tmp_path: Path) -> None:
    master, slave = os.openpty()
    name = tmp_path / "cable"
    name.symlink_to(os.ttyname(slave))
    assert BM65.port is not None
    line = await opened(name, BM65.port)
    with pytest.raises(LinkError) as refused:
        await line.write("serial", b"\xaa" * 1_000_000, response=True)
    assert refused.value.code == "SER-02"
    await line.close()
    os.close(master)
    os.close(slave)


async def test_a_port_that_another_program_holds_is_said(tmp_path: Path) -> None:
    peer, sink = SerialPeer(tmp_path / "cable", cuff()), MemorySink()
    peer.plug()
    other = os.open(peer.name, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX)
    async with linked(BM65, peer.name, sink) as link:
        await until(lambda: link.fault is not None)
        assert link.fault is not None
        assert (link.fault.code, link.fault.message) == ("SER-01", "Another program uses the port.")
        peer.pull()
        await until(lambda: link.fault is None)
    os.close(other)
    assert sink.sessions == 0


async def test_what_is_no_port_is_not_read(tmp_path: Path) -> None:
    name, sink = tmp_path / "cable", MemorySink()
    name.write_bytes(b"not a port")
    async with linked(BM65, name, sink) as link:
        await until(lambda: link.fault is not None)
    assert name.read_bytes() == b"not a port"
    assert sink.sessions == 0


async def test_a_meter_that_was_read_is_left_alone_while_its_cable_stays(tmp_path: Path) -> None:
    peer, sink = SerialPeer(tmp_path / "cable", cuff()), MemorySink()
    peer.plug()
    async with linked(BM65, peer.name, sink):
        await sink.wait_for_end()
        asked = len(peer.asked)
        await asyncio.sleep(0.3)
        assert len(peer.asked) == asked
    peer.pull()
    assert sink.sessions == 1

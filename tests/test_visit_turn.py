"""Calls by way of a real TURN server (coturn) and no other: over UDP, over TCP, and refused."""

from __future__ import annotations

import asyncio

import pytest
from aiortc import RTCIceServer

from agent.visit.media.news import IceServer, Standing
from tests.fakes.called import Called
from tests.fakes.clinician import Clinician
from tests.fakes.turn import PASSWORD, USER, Turn, turn


def ours(port: int, transport: str) -> list[IceServer]:
    url = f"turn:127.0.0.1:{port}?transport={transport}"
    return [IceServer(urls=(url,), username=USER, credential=PASSWORD)]


def theirs(port: int) -> list[RTCIceServer]:
    return [RTCIceServer(urls=f"turn:127.0.0.1:{port}", username=USER, credential=PASSWORD)]


def kinds(sdp: str) -> set[str]:
    return {line.split(" typ ")[1].split()[0] for line in sdp.splitlines() if " typ " in line}


async def offered(us: Called, server: Turn, transport: str = "udp") -> str:
    return await us.offer("c1", servers=ours(server.port, transport))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_is_held_through_the_relay_alone(transport: str) -> None:
    us = Called(relay=True)
    with turn() as server:
        them = Clinician(servers=theirs(server.port), relay=True)
        sdp = await offered(us, server, transport)
        assert kinds(sdp) == {"relay"}
        answer = await them.answer(sdp)
        assert kinds(answer) == {"relay"}
        us.call.answer("c1", answer)
        await us.until(lambda: len(them.seen) > 10 and us.theirs and them.heard > 10)
        await asyncio.to_thread(us.call.hang_up)
        await them.close()


async def test_a_server_that_may_not_relay_to_the_peer_is_why_no_call_comes_about() -> None:
    """RFC 8656, 9.2: 403 (Forbidden); coturn says "Forbidden IP" of loopback unless it is allowed.

    An allocation is given all the same, and that is all that an offer shows.
    """
    us = Called(relay=True)
    with turn(loopback_peers=False) as server:
        them = Clinician(servers=theirs(server.port), relay=True)
        us.call.answer("c1", await them.answer(await offered(us, server)))
        await us.until(lambda: "Forbidden IP" in server.said)
        await asyncio.to_thread(us.call.hang_up)
        await them.close()
    assert us.state.standing is not Standing.LIVE
    assert them.seen == []

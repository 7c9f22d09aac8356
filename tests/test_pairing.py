"""Pairing over a real D-Bus: our agent, bluetoothd's questions, and meters that answer them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drivers import registry
from drivers.driver import Driver, Pairing
from drivers.pairing import Paired, Stage
from drivers.pairing_search import Order
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ
from drivers.virtual.bluez.pairing import ask_agent
from drivers.virtual.bonding import Bonding, Means
from drivers.virtual.glucose import VirtualGlucose
from tests.fakes.air import Desk, Home, at_desk, running
from vitals.errors import HubError

MORNING = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)
ADDRESS = "C1:00:00:00:00:02"


def drivers(pairing: Pairing) -> tuple[Driver, ...]:
    return tuple(replace(one, pairing=pairing) for one in registry.drivers())


def order(pairing: Pairing = Pairing.NONE, address: str = "") -> Order:
    return Order(drivers=drivers(pairing), address=address, search_s=20.0, settle_s=0.3)


async def meter_with(home: Home, bonding: Bonding, address: str = ADDRESS) -> VirtualGlucose:
    meter = VirtualGlucose(f"Meter {address[-1]}", address, bonding=bonding)
    await home.add(meter)
    await meter.measure(frames.glucose(1, 100, MORNING))
    return meter


async def paired(desk: Desk, wanted: Order) -> Paired:
    async with asyncio.timeout(40):
        await desk.warden.ready.wait()
        return await desk.pairer.run(wanted)


def stages(desk: Desk) -> list[Stage]:
    return [one.stage for one in desk.said]


async def test_a_meter_without_display_pairs_by_itself(home: Home) -> None:
    await meter_with(home, Bonding())
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        made = await paired(desk, order(Pairing.JUST_WORKS))
        assert made.bonded
        assert bluez.bonds == [ADDRESS]
        assert not bluez.pairable
    assert stages(desk) == [Stage.SEARCHING, Stage.PAIRING]
    assert desk.begun == [ADDRESS]
    assert desk.refused == []


async def test_the_number_a_meter_shows_is_typed_here(home: Home) -> None:
    meter = await meter_with(home, Bonding(passkey=271828))
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        pairing = asyncio.create_task(paired(desk, order(Pairing.PASSKEY_DISPLAY)))
        await desk.until(lambda: Stage.TYPE_HERE in stages(desk))
        assert meter.person.digits == 271828
        desk.door.say(271828, right=True)
        assert (await pairing).bonded
        assert bluez.bonds == [ADDRESS]


async def test_the_number_on_a_label_is_asked_for_as_such(home: Home) -> None:
    await meter_with(home, Bonding(passkey=987123))
    async with running(home.bluetoothd()), at_desk() as desk:
        pairing = asyncio.create_task(paired(desk, order(Pairing.PASSKEY_LABEL)))
        await desk.until(lambda: Stage.TYPE_HERE in stages(desk))
        assert desk.said[-1].label
        desk.door.say(987123, right=True)
        assert (await pairing).bonded


async def test_a_number_shown_here_is_typed_on_the_meter(home: Home) -> None:
    meter = await meter_with(home, Bonding(by=Means.KEYBOARD))
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        pairing = asyncio.create_task(paired(desk, order()))
        await desk.until(lambda: Stage.TYPE_THERE in stages(desk))
        shown = desk.said[-1].digits
        assert len(shown) == 6
        meter.person.types.put_nowait(int(shown))
        assert (await pairing).bonded
        assert bluez.bonds == [ADDRESS]


@pytest.mark.parametrize("same", [True, False])
async def test_two_numbers_are_compared_by_a_person(home: Home, *, same: bool) -> None:
    meter = await meter_with(home, Bonding(by=Means.COMPARE))
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        pairing = asyncio.create_task(paired(desk, order()))
        await desk.until(lambda: Stage.COMPARE in stages(desk))
        assert desk.said[-1].digits == f"{meter.person.digits:06d}"
        desk.door.say(None, right=same)
        if same:
            assert (await pairing).bonded
        else:
            with pytest.raises(HubError) as caught:
                await pairing
            assert caught.value.code == "PAIR-03"
        assert bluez.bonds == ([ADDRESS] if same else [])


async def test_a_wrong_number_leaves_no_half_pairing_and_the_right_one_still_works(
    home: Home,
) -> None:
    await meter_with(home, Bonding(passkey=271828))
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        first = asyncio.create_task(paired(desk, order(Pairing.PASSKEY_DISPLAY)))
        await desk.until(lambda: Stage.TYPE_HERE in stages(desk))
        desk.door.say(111111, right=True)
        with pytest.raises(HubError) as caught:
            await first
        assert (caught.value.code, bluez.bonds, bluez.pairable) == ("PAIR-03", [], False)
        desk.said.clear()
        second = asyncio.create_task(paired(desk, order(Pairing.PASSKEY_DISPLAY)))
        await desk.until(lambda: Stage.TYPE_HERE in stages(desk))
        desk.door.say(271828, right=True)
        assert (await second).bonded


async def test_a_meter_that_should_show_a_number_is_not_paired_without_one(home: Home) -> None:
    # Whoever answers in its place has no display: believing him would be believing a stranger.
    await meter_with(home, Bonding())
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        with pytest.raises(HubError) as caught:
            await paired(desk, order(Pairing.PASSKEY_DISPLAY))
        assert caught.value.code == "PAIR-03"
        assert bluez.bonds == []
    assert desk.refused == ["this meter pairs with a passkey, and none was asked for"]


async def asked(bluez: FakeBlueZ, device: str) -> bool:
    answers = [
        await ask_agent(bluez.daemon, device, member, signature, *body)
        for member, signature, body in (
            ("RequestAuthorization", "", ()),
            ("RequestPasskey", "", ()),
            ("RequestConfirmation", "u", (1,)),
            ("DisplayPasskey", "uq", (1, 0)),
            ("RequestPinCode", "", ()),
            ("DisplayPinCode", "s", ("0000",)),
            ("AuthorizeService", "s", ("1124",)),
        )
    ]
    return any(answer is not None for answer in answers)


async def test_outside_pairing_everything_is_refused_and_told(home: Home) -> None:
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        await desk.until(lambda: bluez.agent is not None and not bluez.pairable)
        assert not await asked(bluez, bluez.path(ADDRESS))
    assert desk.refused == ["nobody is pairing a meter"] * 7


async def test_a_stranger_who_asks_while_another_meter_is_paired_is_refused(home: Home) -> None:
    await meter_with(home, Bonding(passkey=271828))
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        pairing = asyncio.create_task(paired(desk, order(Pairing.PASSKEY_DISPLAY)))
        await desk.until(lambda: Stage.TYPE_HERE in stages(desk))
        assert not await asked(bluez, bluez.path("C1:00:00:00:00:66"))
        assert not await asked(bluez, "/")
        desk.door.say(271828, right=True)
        assert (await pairing).bonded
    assert set(desk.refused) == {"another device than the one being paired"}


async def test_two_meters_calling_are_named_and_neither_is_paired(home: Home) -> None:
    await meter_with(home, Bonding())
    await meter_with(home, Bonding(), "C1:00:00:00:00:03")
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        with pytest.raises(HubError) as caught:
            await paired(desk, order())
        assert caught.value.code == "PAIR-02"
        assert ADDRESS in caught.value.message
        assert "C1:00:00:00:00:03" in caught.value.message
        assert bluez.bonds == []
        assert (await paired(desk, order(address=ADDRESS))).bonded
        assert bluez.bonds == [ADDRESS]


async def test_nothing_on_air_is_said_so(home: Home) -> None:
    async with running(home.bluetoothd()), at_desk() as desk:
        with pytest.raises(HubError) as caught:
            await paired(desk, replace(order(), search_s=0.2))
    assert caught.value.code == "PAIR-01"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("AuthenticationCanceled", "PAIR-06"),
        ("AuthenticationFailed", "PAIR-03"),
        ("AuthenticationRejected", "PAIR-03"),
        ("AuthenticationTimeout", "PAIR-03"),
        ("Failed", "PAIR-03"),
        ("InvalidArguments", "PAIR-03"),
        ("NotReady", "PAIR-04"),
        ("DoesNotExist", "PAIR-04"),
    ],
)
async def test_each_error_of_bluetoothd_becomes_a_sentence(
    home: Home, error: str, code: str
) -> None:
    await meter_with(home, Bonding())
    bluez = home.bluetoothd()
    bluez.faults.errors["Pair"] = [error]
    async with running(bluez), at_desk() as desk:
        with pytest.raises(HubError) as caught:
            await paired(desk, order(Pairing.JUST_WORKS))
        assert (caught.value.code, bluez.bonds, bluez.pairable) == (code, [], False)


@pytest.mark.parametrize("error", ["InProgress", "ConnectionAttemptFailed"])
async def test_what_will_pass_is_tried_again(home: Home, error: str) -> None:
    await meter_with(home, Bonding())
    bluez = home.bluetoothd()
    bluez.faults.errors["Pair"] = [error, error]
    async with running(bluez), at_desk() as desk:
        assert (await paired(desk, order(Pairing.JUST_WORKS))).bonded


async def test_a_pulled_adapter_ends_a_pairing_at_once(home: Home) -> None:
    await meter_with(home, Bonding(passkey=271828))
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        pairing = asyncio.create_task(paired(desk, order(Pairing.PASSKEY_DISPLAY)))
        await desk.until(lambda: Stage.TYPE_HERE in stages(desk))
        await bluez.unplug()
        with pytest.raises(HubError) as caught:
            await pairing
        assert caught.value.code == "PAIR-04"
        assert desk.door.expected is None
        assert bluez.bonds == []


async def test_a_bluetoothd_killed_while_pairing_ends_it_and_the_next_one_works(
    home: Home,
) -> None:
    await meter_with(home, Bonding(passkey=271828))
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        pairing = asyncio.create_task(paired(desk, order(Pairing.PASSKEY_DISPLAY)))
        await desk.until(lambda: Stage.TYPE_HERE in stages(desk))
        bluez.die()
        with pytest.raises(HubError) as caught:
            await pairing
        assert caught.value.code == "PAIR-04"
        desk.said.clear()
        await bluez.start()
        again = asyncio.create_task(paired(desk, order(Pairing.PASSKEY_DISPLAY)))
        await desk.until(lambda: Stage.TYPE_HERE in stages(desk))
        desk.door.say(271828, right=True)
        assert (await again).bonded


async def test_a_meter_that_lost_its_bond_is_paired_anew(home: Home) -> None:
    meter = await meter_with(home, Bonding())
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        assert (await paired(desk, order())).bonded
        await meter.lose_bonds()
        await meter.leave()
        assert (await paired(desk, order(address=ADDRESS))).bonded
        assert bluez.bonds == [ADDRESS]


async def test_without_an_agent_bluetoothd_pairs_nothing(home: Home) -> None:
    # The control: what the agent is for. Seen with bluetoothd 5.82.
    await meter_with(home, Bonding())
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        await desk.until(lambda: bluez.agent is not None)
        bluez.daemon.agent = None
        with pytest.raises(HubError) as caught:
            await paired(desk, order(Pairing.JUST_WORKS))
        assert (caught.value.code, bluez.bonds) == ("PAIR-03", [])

"""Servers shared by all tests of one run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from agent.demo.server import DemoServer
from drivers.virtual.bluez.daemon import private_bus
from tests.browser import drive
from tests.fakes.air import Home
from tests.fakes.clinics import Desk, clinic, desk
from tests.servers import medplum
from tests.servers.either import Server

# A busy machine is no fault: no test of ours asserts how long something took.
settings.register_profile("hearth", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hearth")


@pytest.fixture(scope="session")
def sekmet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """Run sekmet-fhir; its resources stay from test to test, so each uses its own patient."""
    with DemoServer(tmp_path_factory.mktemp("sekmet")) as server:
        yield server


@pytest.fixture(scope="session")
def _router() -> Iterator[medplum.Medplum]:
    with medplum.running() as server:
        yield server


@pytest.fixture
def router(_router: medplum.Medplum) -> medplum.Medplum:
    """Give an empty Medplum router without faults."""
    _router.reset()
    return _router


@pytest.fixture(scope="session", params=drive.NAMES)
def browser(request: pytest.FixtureRequest) -> Iterator[drive.Browser]:
    """Run Chromium, then Firefox, with a made-up camera and microphone that are allowed."""
    with drive.browser(request.param) as running:
        yield running


@pytest.fixture(params=["sekmet", "medplum", "medplum without client ids"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "sekmet":
        yield Server(request.getfixturevalue("sekmet").base_url)
        return
    router: medplum.Medplum = request.getfixturevalue("router")
    takes_our_ids = "without" not in request.param
    made = Server(router.base_url, takes_our_ids=takes_our_ids)
    router.reset(updateCreate=takes_our_ids)
    yield made


@pytest.fixture(scope="session")
def anne(tmp_path_factory: pytest.TempPathFactory, sekmet: DemoServer) -> Iterator[Desk]:
    """Run the clinic St Anne; each test invites a hub of its own into it."""
    made = clinic(tmp_path_factory.mktemp("anne") / "clinic", sekmet.base_url)
    with desk(made) as opened:
        yield opened


@pytest.fixture
async def home(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    """Give a home without meters, whose system bus is a real one of its own."""
    async with private_bus() as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        home = Home(address)
        yield home
        for meter in home.meters:
            await meter.switch_off()

"""The hub key is changed while the hub runs: nothing is lost at any power cut, the old is dead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent import rekey
from agent.audit import Audit
from agent.cli.main import app
from agent.desk import SOCKET, Desk
from agent.identity import KEY_FILE, hub_key
from agent.keepers import FileKeeper
from agent.offline import store_of, view_of
from agent.rekey import HANDOVER_FILE, HubKeys
from config.schema import Config, Fhir, Hub, Patient
from sync.outbox import FILE_NAME, Outbox, open_view
from sync.outbox_file import open_reader
from tests.fakes import records
from vitals.errors import HubError

NEW, NEWER = bytes([7]) * 32, bytes([8]) * 32
LIMIT_S = 90


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return the settings of a hub that holds one reading, under a key file."""
    made = Config(
        hub=Hub(id="hub-1", state_dir=tmp_path / "state"),
        patient=Patient(reference="Patient/1"),
        fhir=Fhir(base_url="https://fhir.example/r4"),
    )
    keys = HubKeys(made.hub.state_dir, create=True)
    with store_of(made, keys, records.hub_time) as outbox:
        outbox.put(records.blood_pressure(1)).result(LIMIT_S)
    return made


def waiting(config: Config) -> int:
    with view_of(config) as view:
        assert view.verify() == []
        return view.counts().pending


def opens(config: Config, key: bytes) -> bool:
    try:
        open_view(
            config.hub.state_dir / FILE_NAME, key=key, tenant="default", hub_id="hub-1"
        ).close()
    except HubError as error:
        if error.code != "SEAL-01":
            raise
        return False
    return True


class StartedHub:
    """A hub that was started: its keys as it found them, its store open."""

    def __init__(self, config: Config) -> None:
        self.keys = HubKeys(config.hub.state_dir)
        self.outbox = store_of(config, self.keys, records.hub_time)
        self.keys.settle()
        self.audit = Audit(self.outbox, records.hub_time)

    def stop(self) -> None:
        self.outbox.close()


def _steps(config: Config, hub: StartedHub, new: bytes) -> Iterator[Callable[[], object]]:
    kept = FileKeeper(config.hub.state_dir)
    asked = {"do": "rekey", "key": new.hex(), "by": "nurse-1"}
    yield lambda: kept.stage(new)
    yield lambda: rekey.answer(hub.keys, hub.outbox, hub.audit, asked)
    yield kept.promote
    yield lambda: rekey.answer(hub.keys, hub.outbox, hub.audit, {"do": "rekeyed", "by": "n"})


@pytest.mark.parametrize("done", range(5))
def test_after_a_power_cut_at_any_step_the_hub_starts_and_may_be_rekeyed_again(
    config: Config, done: int
) -> None:
    old = hub_key(config.hub.state_dir)
    hub = StartedHub(config)
    for step in list(_steps(config, hub, NEW))[:done]:
        step()
    hub.stop()
    assert waiting(config) == 1

    again = StartedHub(config)
    again.outbox.put(records.blood_pressure(2)).result(LIMIT_S)
    for step in _steps(config, again, NEWER):
        step()
    again.stop()

    assert waiting(config) == 2
    assert hub_key(config.hub.state_dir) == NEWER
    assert [opens(config, key) for key in (old, NEW, NEWER)] == [False, False, True]
    assert not (config.hub.state_dir / HANDOVER_FILE).exists()


def test_a_command_that_died_before_its_last_word_costs_no_reading(config: Config) -> None:
    hub = StartedHub(config)
    for step in list(_steps(config, hub, NEW))[:3]:
        step()
    for step in list(_steps(config, hub, NEWER))[:2]:
        step()  # and the power goes before the newer one is in its place
    hub.stop()

    assert waiting(config) == 1


def test_a_hand_over_under_another_key_or_cut_short_opens_nothing(config: Config) -> None:
    handover = config.hub.state_dir / HANDOVER_FILE
    for octets in (b"", b"\0" * 40, b"\0" * 41, b"x"):
        handover.write_bytes(octets)
        assert waiting(config) == 1


def test_new_readings_are_sealed_under_new_data_keys(config: Config) -> None:
    hub = StartedHub(config)
    hub.outbox.put(records.blood_pressure(2)).result(LIMIT_S)
    before = _epochs(config)
    hub.keys.rekey(hub.outbox, NEW)
    hub.outbox.put(records.blood_pressure(3)).result(LIMIT_S)
    hub.stop()
    assert len(_epochs(config) - before) == 1


def _epochs(config: Config) -> set[int]:
    connection = open_reader(config.hub.state_dir / FILE_NAME)
    try:
        return {epoch for (epoch,) in connection.execute("SELECT epoch FROM row")}
    finally:
        connection.close()


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "rekey", "key": "", "by": "n"},
        {"do": "rekey", "key": "zz" * 32, "by": "n"},
        {"do": "rekey", "key": "00" * 31, "by": "n"},
        {"do": "rekey", "key": "00" * 32, "by": ""},
        {"do": "rekey", "by": "n"},
    ],
)
def test_what_is_no_key_changes_nothing(config: Config, asked: dict[str, str]) -> None:
    hub = StartedHub(config)
    with pytest.raises(HubError) as refused:
        rekey.answer(hub.keys, hub.outbox, hub.audit, asked)
    assert refused.value.code == "KEY-05"
    assert rekey.answer(hub.keys, hub.outbox, hub.audit, {"do": "assign"}) is None
    hub.stop()
    assert waiting(config) == 1


def settings_file(config: Config, folder: Path) -> str:
    file = folder / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "hub-1"\nstate_dir = "{config.hub.state_dir}"\n'
        '[patient]\nreference = "Patient/1"\n[fhir]\nbase_url = "https://fhir.example/r4"\n'
    )
    return str(file)


async def test_a_running_hub_gets_a_new_key_and_goes_on_storing(
    config: Config, tmp_path: Path
) -> None:
    hub = StartedHub(config)
    desk = Desk(
        config.hub.state_dir,
        lambda asked: rekey.answer(hub.keys, hub.outbox, hub.audit, asked) or {},
    )
    serving = asyncio.create_task(desk.run())
    async with asyncio.timeout(LIMIT_S):
        while not (config.hub.state_dir / SOCKET).exists():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)
    old = hub_key(config.hub.state_dir)
    words = ["hub", "rekey", "--config", settings_file(config, tmp_path), "--operator", "nurse-1"]
    words += ["--credential", str(tmp_path / "none.cred")]
    result = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert result.exit_code == 0, result.output
    hub.outbox.put(records.blood_pressure(2)).result(LIMIT_S)
    assert [(e.by, e.what) for e in hub.audit.events() if e] == [("nurse-1", "rekey")]
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    hub.stop()

    assert waiting(config) == 2
    assert (opens(config, old), opens(config, hub_key(config.hub.state_dir))) == (False, True)
    assert hub_key(config.hub.state_dir).hex() not in result.output


def test_a_hub_that_does_not_run_is_rekeyed_by_the_command_itself(
    config: Config, tmp_path: Path
) -> None:
    old = (config.hub.state_dir / KEY_FILE).read_bytes()
    words = ["hub", "rekey", "--config", settings_file(config, tmp_path)]
    words += ["--credential", str(tmp_path / "none.cred"), "--json"]
    assert CliRunner().invoke(app, words).stdout == '{"rekeyed": true}\n'
    assert waiting(config) == 1
    assert not opens(config, old)


def test_a_store_that_is_already_open_is_left_to_its_hub(config: Config) -> None:
    hub = StartedHub(config)
    with pytest.raises(HubError) as refused:
        HubKeys(config.hub.state_dir).opened(
            lambda key: Outbox.open(
                config.hub.state_dir / FILE_NAME,
                key=key,
                tenant="default",
                hub_id="hub-1",
                max_bytes=2**24,
                max_evidence=10,
                now=records.hub_time,
            )
        )
    assert refused.value.code == "STORE-06"
    hub.stop()

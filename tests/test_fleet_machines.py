"""The care team's machines, and a clinic that was lost: what hubs believe before and after."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from agent.applied import Applied
from agent.cli.main import app
from agent.demo.server import DemoServer, every
from agent.fleet import clinic as at
from agent.fleet import sheets
from agent.fleet.clinic import opened
from config.load import load
from sync import certificates, locked
from sync.settings import sign
from tests.fakes.clinics import PASSPHRASE, Desk, clinic, desk, joined
from vitals.errors import HubError


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["fleet", *words])
    if isinstance(done.exception, HubError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path


class Memory:
    """What a hub's store remembers."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def recall(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def remember(self, name: str, value: bytes) -> Future[None]:
        self.kept[name] = value
        done: Future[None] = Future()
        done.set_result(None)
        return done


def hub(anne: Desk, folder: Path) -> tuple[Applied, Callable[[int, str], str]]:
    """Enrol a hub; return what takes its settings, and a way to write new ones."""
    with anne.open() as where:
        joined(anne.invite(where.host)[0], folder)
    config = load(folder / "hearth.toml")
    text = (folder / "hearth.toml").read_text()

    def changed(version: int, why: str) -> str:
        return f"# {version} {why}\n{text}"

    return Applied(config, Memory(), lambda: None), changed


def settings(applied: Applied, text: str, version: int, clinic_: at.Clinic) -> str:
    config = applied._config.hub  # noqa: SLF001 - the hub's own name
    key = clinic_.signing_key(PASSPHRASE)
    return sign(tenant=config.tenant, hub=config.id, version=version, text=text, key=key)


def test_a_second_machine_signs_until_it_is_taken_off(
    tmp_path: Path, words: Path, sekmet: DemoServer
) -> None:
    first = clinic(tmp_path / "first", sekmet.base_url, tenant="st-cat")
    with desk(first) as cat:
        applied, changed = hub(cat, tmp_path / "hub")
    one, two = str(first.folder), str(tmp_path / "second")
    asks, back = tmp_path / "asks.json", tmp_path / "back.json"
    secret = ["--passphrase-file", str(words)]
    run("machine", "ask", two, "--name", "second", "--out", str(asks), *secret)
    told = run(
        *("machine", "add", str(asks), "--out", str(back), "--clinic", one, "--operator", "ann"),
        *secret,
    )
    assert "1 hubs are told." in told
    run("machine", "join", str(back), "--clinic", two, "--operator", "ann")
    second = opened(tmp_path / "second", "ann")
    assert second.config.clinic.machine == "second"
    assert not (second.folder / at.SECRET).exists()
    with pytest.raises(HubError) as refused:
        second.secret(PASSPHRASE)
    assert refused.value.code == "FLEET-13"

    by_second = settings(applied, changed(2, "by second"), 2, second)
    assert "(SET-03)" in applied.take(by_second)
    # The Task on the server has the list; the hub takes it before the settings beside it.
    lists = [
        one["valueString"]
        for task in every(sekmet.base_url, "Task")
        for one in task.get("input", [])
        if one["type"].get("text") == "signers" and "st-cat" in one["valueString"]
    ]
    assert lists == [first.roster_text()]
    assert applied.take_list(lists[0]) == "The list of signers 2 is on the hub."
    assert applied.take(by_second) == "Settings 2 are on the hub and take effect as it restarts."

    old_list = first.roster_text()
    run("machine", "remove", "second", "--clinic", one, "--operator", "ann", *secret)
    assert applied.take_list(first.roster_text()).endswith("3 is on the hub.")
    assert "(SET-03)" in applied.take(settings(applied, changed(3, "stolen"), 3, second))
    assert "(SET-07)" in applied.take_list(old_list)
    assert "Settings 3" in applied.take(settings(applied, changed(3, "first"), 3, first))
    assert json.loads(run("machine", "list", "--clinic", one, "--operator", "ann", "--json"))[
        "machines"
    ] == [{"name": "first", "public": first.signing_key(PASSPHRASE).public.hex()}]


def test_a_stolen_machine_cannot_put_itself_back(anne: Desk, tmp_path: Path) -> None:
    applied, _ = hub(anne, tmp_path)
    forged = anne.clinic.roster()
    mine = certificates.new_key()
    text = replace(forged, version=9, signers=(("thief", "ab" * 32),)).written(mine)
    assert "(SET-06)" in applied.take_list(text)
    assert set(applied.signers()) == set(anne.clinic.roster().keys())


def test_settings_never_go_back_behind_those_that_a_hub_was_enrolled_with(
    anne: Desk, tmp_path: Path
) -> None:
    with anne.open() as where:
        joined(anne.invite(where.host, hub="hub-rolled")[0], tmp_path / "one")
        joined(anne.invite(where.host, hub="hub-rolled")[0], tmp_path / "two")
    config = load(tmp_path / "two" / "hearth.toml")
    applied = Applied(config, Memory(), lambda: None)
    assert applied.version == 2
    text = (tmp_path / "two" / "hearth.toml").read_text()
    assert "(SET-04)" in applied.take(settings(applied, text, 1, anne.clinic))
    large = text + "# " + "x" * 70_000
    assert "(SET-01)" in applied.take(settings(applied, large, 3, anne.clinic))


@pytest.mark.parametrize("name", ["first", "nobody"])
def test_the_last_machine_and_an_unknown_one_are_not_taken_off(
    anne: Desk, words: Path, name: str
) -> None:
    with pytest.raises(HubError) as refused:
        run(
            *("machine", "remove", name, "--clinic", str(anne.clinic.folder)),
            *("--operator", "ann", "--passphrase-file", str(words)),
        )
    assert refused.value.code == "FLEET-22"


def test_a_file_that_was_carried_wrongly_is_refused(
    anne: Desk, tmp_path: Path, words: Path
) -> None:
    path = tmp_path / "file.json"
    for text in ("", "{}", '{"v": 1, "kind": "hearth-machine-welcome"}', "x" * 300_000):
        path.write_text(text)
        for command in (["machine", "add", str(path)], ["machine", "join", str(path)]):
            more = ["--clinic", str(anne.clinic.folder), "--operator", "ann"]
            more += ["--passphrase-file", str(words)] if command[1] == "add" else []
            with pytest.raises(HubError) as refused:
                run(*command, *more)
            assert refused.value.code == "FLEET-21"


def test_a_lost_clinic_is_made_again_from_its_sheet_and_its_hubs_go_on(
    anne: Desk, tmp_path: Path, words: Path
) -> None:
    printed = run("sheet", "--clinic", str(anne.clinic.folder), "--operator", "ann")
    lines = [line for line in printed.splitlines() if line[:3].strip() in set("12345678")]
    assert len(lines) == 8
    (tmp_path / "lines").write_text("\n".join(lines))
    run(
        *("restore", str(tmp_path / "again"), "--lines-file", str(tmp_path / "lines")),
        *("--settings", str(anne.clinic.folder / "clinic.toml")),
        *("--passphrase-file", str(words), "--operator", "ann"),
    )
    again = opened(tmp_path / "again", "ann")
    assert certificates.pin(again.root()) == certificates.pin(anne.clinic.root())
    assert again.config.bridge.key == anne.clinic.config.bridge.key
    applied, changed = hub(anne, tmp_path / "hub")
    assert "is on the hub" in applied.take_list(again.roster_text())
    assert "Settings 2" in applied.take(settings(applied, changed(2, "again"), 2, again))
    # A hub that knows the old root believes the new bridge's certificate, and openssl says so too.
    words_ = ["openssl", "verify", "-CAfile", str(anne.clinic.folder / "root.pem")]
    subprocess.run(
        [*words_, str(again.folder / "bridge" / "bridge.pem")], check=True, capture_output=True
    )


def test_the_sheet_opens_nothing_by_itself(anne: Desk, tmp_path: Path, words: Path) -> None:
    octets = (anne.clinic.folder / at.SECRET).read_bytes()
    (tmp_path / "lines").write_text("\n".join(sheets.lines(octets)))
    words.write_text("another passphrase altogether\n")
    with pytest.raises(HubError) as refused:
        run(
            *("restore", str(tmp_path / "again"), "--lines-file", str(tmp_path / "lines")),
            *("--settings", str(anne.clinic.folder / "clinic.toml")),
            *("--passphrase-file", str(words)),
        )
    assert refused.value.code == "FLEET-10"
    assert not (tmp_path / "again").exists()


@given(st.binary(min_size=64, max_size=64))
def test_a_sheet_is_read_as_it_was_printed(octets: bytes) -> None:
    lines = sheets.lines(octets)
    assert sheets.read(lines) == octets
    assert sheets.read([line.lower().replace("0", "o") for line in lines]) == octets


@given(st.integers(0, 7), st.integers(3, 21), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_mistyped_line_is_told_by_its_number(line: int, at_: int, letter: str) -> None:
    lines = sheets.lines(bytes(range(64)))
    if lines[line][at_] in {" ", letter}:
        return
    wrong = [*lines]
    wrong[line] = lines[line][:at_] + letter + lines[line][at_ + 1 :]
    with pytest.raises(HubError) as told:
        sheets.read(wrong)
    assert told.value.message == f"Line {line + 1} is mistyped."


@given(st.text(max_size=30), st.integers(1, 8))
def test_whatever_is_typed_as_a_line_is_read_or_refused(typed: str, number: int) -> None:
    with pytest.raises(HubError) as told:
        sheets.read_line(number, typed)
    assert told.value.code == "FLEET-20"


def test_a_passphrase_is_asked_for_twice_and_never_shown(tmp_path: Path) -> None:
    """At a terminal of its own, as a person would sit at one."""
    command = [str(Path(sys.executable).parent / "hearth"), "fleet", "machine", "ask"]
    command += [str(tmp_path / "second"), "--name", "second", "--out", str(tmp_path / "asks")]
    pid, line = pty.fork()
    if pid == 0:
        os.execv(command[0], command)  # noqa: S606 - our own command
    shown = b""
    for question in (b"New passphrase of the clinic: ", b"Repeat for confirmation: "):
        while question not in shown:
            shown += os.read(line, 1024)
        os.write(line, PASSPHRASE.encode() + b"\n")
    while b"machine add" not in shown:
        shown += os.read(line, 1024)
    _, status = os.waitpid(pid, 0)
    os.close(line)
    assert status == 0
    assert PASSPHRASE.encode() not in shown


def test_what_was_locked_opens_with_its_passphrase_alone() -> None:
    box = locked.lock(b"secret", "twelve letters")
    assert locked.unlock(box, "twelve letters") == b"secret"
    for wrong, words in ((box, "twelve Letters"), (box[:-1], "twelve letters"), (b"", "x")):
        with pytest.raises(HubError):
            locked.unlock(wrong, words)

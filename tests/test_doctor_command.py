"""`hearth doctor` on a whole hub: beside a running one, half-broken, and to scripts."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.desk import SOCKET, Desk
from agent.doctor import alarms, key, network, store
from agent.doctor.finding import Grade
from agent.holding import Held
from agent.keys import Rung, rung_of, sealed_by
from sync.exchange import Answer, Fault
from sync.outbox import FILE_NAME, Outbox
from tests.fakes import records
from tests.fakes.web import reply, serving

CAPABLE = json.dumps(
    {
        "resourceType": "CapabilityStatement",
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {"type": "Observation", "updateCreate": True},
                    {"type": "Device", "updateCreate": True},
                ],
            }
        ],
    }
).encode()
NOW = datetime(2026, 5, 19, 12, 0, tzinfo=UTC)
CANARY = "Patient/canary-7f3a"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Run a server; return a settings file of a hub that never ran."""
    with serving(reply(200, CAPABLE)) as web:
        file = tmp_path / "hearth.toml"
        file.write_text(
            f'[hub]\nid = "hub-1"\nstate_dir = "{tmp_path / "state"}"\n'
            f'[patient]\nreference = "{CANARY}"\n'
            f'[fhir]\nbase_url = "http://127.0.0.1:{web.port}/fhir"\n'
        )
        yield file


def examined(file: Path) -> tuple[int, dict[str, list[dict[str, str]]], str]:
    result = CliRunner().invoke(app, ["doctor", "--config", str(file), "--json"])
    found: dict[str, list[dict[str, str]]] = {}
    for one in json.loads(result.stdout)["findings"]:
        found.setdefault(one["check"], []).append(one)
    return result.exit_code, found, result.stdout


def test_the_doctor_finds_a_server_well_and_a_hub_that_does_not_run(home: Path) -> None:
    status, found, said = examined(home)

    assert status == 1
    assert found["server"][0]["grade"] == "good"
    assert found["service"][0]["grade"] == "broken"
    assert found["store"][0]["what"] == "There is no store yet."
    assert CANARY not in said


def test_the_store_is_looked_at_beside_the_hub_that_has_it(home: Path) -> None:
    state = home.parent / "state"
    state.mkdir(mode=0o700)
    (state / "hub.key").write_bytes(bytes(range(32)))
    (state / "hub.key").chmod(0o600)
    with Outbox.open(
        state / FILE_NAME,
        key=bytes(range(32)),
        tenant="default",
        hub_id="hub-1",
        max_bytes=2**24,
        max_evidence=10,
        now=records.hub_time,
    ) as running:
        running.put(records.blood_pressure(1)).result(60)
        _, found, said = examined(home)
        assert found["store"][0]["what"] == "1 readings wait, 0 were sent."
        assert "128" not in said
        running.park(1, reason="x", code="FHIR-422").result(60)
        assert examined(home)[1]["store"][0]["grade"] == "look"
    (state / "hub.key").write_bytes(bytes(32))
    assert examined(home)[1]["store"][0]["grade"] == "broken"


def test_with_wrong_settings_the_machine_is_looked_at_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "hearth.toml"
    file.write_text("[hub]\nid = 1\n")
    status, found, _ = examined(file)

    assert status == 1
    assert found["settings"][0]["grade"] == "broken"
    assert {"clock", "disk", "radio", "power"} <= set(found)
    assert "server" not in found


def test_a_person_reads_the_worst_first_with_what_to_do(home: Path) -> None:
    lines = CliRunner().invoke(app, ["doctor", "--config", str(home)]).stdout.splitlines()
    grades = [line.split()[0] for line in lines if not line.startswith(" ")]
    order = ["broken", "look", "unknown", "good"]

    assert grades == sorted(grades, key=order.index)
    assert lines[2].strip().startswith("Do this: ")


def test_a_name_that_does_not_exist_is_told_from_a_port_that_is_shut() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers
        shut = network.reach("server", "127.0.0.1", taken.getsockname()[1])
    unnamed = network.reach("server", "no-such-host.invalid", 443)

    assert shut is not None
    assert "nobody answers on port" in shut.what
    assert unnamed is not None
    assert "cannot be looked up" in unnamed.what


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=None, fault=Fault.CERTIFICATE), "not one that this hub trusts"),
        (Answer(status=None, fault=Fault.CERTIFICATE_TIME), "By this hub's date"),
        (Answer(status=None), "no answer comes"),
        (Answer(status=401), "refuses this hub's login (401)"),
        (Answer(status=403), "right to ask (403)"),
        (Answer(status=200, body=b"<html>Sign in</html>"), "not as a FHIR server"),
        (Answer(status=200, body=CAPABLE.replace(b"true", b"false")), "exactly once"),
    ],
)
def test_what_is_wrong_with_a_server_is_called_by_its_name(answer: Answer, words: str) -> None:
    judged = network.judge(answer, NOW)
    assert (judged.grade, words in judged.what) == (Grade.BROKEN, True)


def test_a_servers_clock_that_differs_is_told() -> None:
    late = {"date": format_datetime(NOW.replace(hour=13), usegmt=True)}
    right = {"date": format_datetime(NOW, usegmt=True)}
    odd = {"date": "yesterday"}

    assert "60 minutes apart" in network.judge(_able(late), NOW).what
    assert network.judge(_able(right), NOW).grade is Grade.GOOD
    assert network.judge(_able(odd), NOW).grade is Grade.GOOD


def _able(headers: dict[str, str]) -> Answer:
    return Answer(status=200, body=CAPABLE, headers=headers)


def test_a_store_that_fills_up_is_told_before_it_is_full() -> None:
    held = Held(waiting=600, aside=0, evidence=0, sent=9)
    grades = [one.grade for one in store.judge(held, used=0.9)]
    assert grades == [Grade.BROKEN, Grade.LOOK]


def test_a_hub_that_complains_is_heard_and_explained() -> None:
    (offline,) = alarms.judge({"SYNC-01": "The care team's server cannot be reached."})
    assert offline.grade is Grade.LOOK
    assert "router" in offline.do
    assert alarms.judge({"NEW-99": "Something later versions say."})[0].grade is Grade.LOOK
    assert alarms.judge({})[0].grade is Grade.GOOD


async def test_a_shell_without_the_key_asks_the_running_hub(home: Path) -> None:
    state = home.parent / "state"
    state.mkdir(mode=0o700)
    (state / FILE_NAME).write_bytes(b"sealed, and the key is elsewhere")
    answers: dict[str, dict[str, Any]] = {
        "held": {"waiting": 7, "aside": 1, "evidence": 0, "sent": 3, "answers": {"photo": 2}},
        "radio": {"radio": {"episodes": []}},
        "alarms": {"alarms": {"SYNC-01": "The server cannot be reached."}},
    }
    serving = asyncio.create_task(Desk(state, lambda asked: answers[asked["do"]]).run())
    async with asyncio.timeout(60):
        while not (state / SOCKET).exists():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)
    _, found, _ = await asyncio.to_thread(examined, home)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)

    assert found["store"][0]["what"] == "1 readings wait for a person."
    assert found["alarms"][0]["what"] == "The server cannot be reached. (SYNC-01)"
    assert found["service"][0]["grade"] == "good"


# The first 16 octets of a credential: systemd 252, src/shared/creds-util.h.
@pytest.mark.parametrize(
    ("begins", "rung"),
    [
        (b"Whxqht+dQJax1aZeCGLxmgAAAAAA", Rung.HOST),
        (b"DHzAexF2RZGcSwvqCLwg/gAAAAAA", Rung.TPM),
        (b"k6iUCUh0RJCQyvL8k8q1UwAAAAAA", Rung.TPM),
        (b"not base64!", Rung.UNKNOWN),
        (b"", Rung.UNKNOWN),
    ],
)
def test_a_credential_says_by_what_it_is_sealed(begins: bytes, rung: Rung) -> None:
    assert sealed_by(begins) is rung


def test_the_ladder_is_climbed_from_the_top(tmp_path: Path) -> None:
    file, credential = tmp_path / "hub.key", tmp_path / "hub-key.cred"

    def rung(*, handed_over: bool = False) -> Rung:
        return rung_of(key_file=file, credential_file=credential, handed_over=handed_over)

    assert rung() is Rung.NONE
    file.write_bytes(bytes(32))
    assert rung() is Rung.FILE
    assert rung(handed_over=True) is Rung.UNKNOWN
    credential.write_bytes(b"Whxqht+dQJax1aZeCGLxmgAAAAAA")
    assert rung() is Rung.HOST


def test_every_rung_is_named_with_its_honest_worth() -> None:
    judged = {rung: key.judge(rung) for rung in Rung}
    assert judged[Rung.TPM].grade is Grade.GOOD
    assert "same disk" in judged[Rung.HOST].means
    assert "nobody who holds the card" in judged[Rung.FILE].means
    assert [r for r, one in judged.items() if one.grade is Grade.BROKEN] == [Rung.NULL, Rung.NONE]

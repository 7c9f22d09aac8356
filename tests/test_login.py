"""A hub logs in by itself (SMART Backend Services), also with a clock that is wrong."""

from __future__ import annotations

import json
import logging
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from joserfc.jwk import JWKRegistry

from agent import logins
from config.load import ConfigError, parse
from config.schema import Fhir
from sync import scopes, smart
from sync.bridge.said import PERSON
from sync.exchange import Answer, Purpose, Request
from sync.links.https import HttpsLink
from sync.poll import SEARCHES
from sync.smart_key import Algorithm, LoginKey
from tests.fakes.tokens import Tokens
from tests.fakes.web import Web, reply, serving
from vitals.errors import HubError

ASK = Request(purpose=Purpose.CAPABILITY, method="GET", path="metadata")
AGAIN = Request(purpose=Purpose.CAPABILITY, method="GET", path="metadata", fresh_token=True)


@contextmanager
def server(tokens: Tokens) -> Iterator[Web]:
    with serving(lambda handler: tokens.answer(handler, web.bodies[-1])) as web:
        yield web


@pytest.fixture(params=["ES384", "RS384"])
def key(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, LoginKey]:
    algorithm: Algorithm = request.param
    return tmp_path / "login.pem", logins.make(tmp_path / "login.pem", algorithm)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    logins.make(tmp_path / "login.pem", "ES384")
    return tmp_path / "login.pem"


def public(path: Path) -> dict[str, object]:
    return {"keys": [logins.read(path).public()]}


def link(port: int, path: Path, clock: Callable[[], float] = time.monotonic) -> HttpsLink:
    settings = Fhir(
        base_url=f"http://127.0.0.1:{port}/fhir", login_client_id="hub-1", login_key_file=path
    )
    return HttpsLink(settings, clock=clock)


def test_both_algorithms_get_a_token_that_is_used_for_the_reading(
    key: tuple[Path, LoginKey],
) -> None:
    path, made = key
    tokens = Tokens(keys={"keys": [made.public()]}, now=time.time)
    with server(tokens) as web:
        https = link(web.port, path)
        assert https.exchange(ASK).status == 200
        assert https.exchange(ASK).status == 200
        https.close()
    assert tokens.given == ["token-1"]
    assert web.heard[-1][2]["authorization"] == "Bearer token-1"
    assert tokens.scopes == [scopes.HUB]


def rights(scope: str) -> dict[str, set[str]]:
    """Read scopes as SMART 2.2.0 writes them: system/Kind.letters, letters of "cruds" in order."""
    found = [re.fullmatch(r"system/([A-Za-z]+)\.(c?r?u?d?s?)", one) for one in scope.split()]
    return {one[1]: set(one[2]) for one in found if one}


def test_a_hub_asks_for_all_that_it_does_and_never_for_the_clinics_register() -> None:
    asked = rights(scopes.HUB)
    assert len(asked) == len(scopes.HUB.split())
    assert all({"r", "s"} <= asked[kind] for kind in {*SEARCHES, "Questionnaire", "Observation"})
    assert all({"c", "u"} <= asked[kind] for kind in {*PERSON, "Device", "AuditEvent"})
    assert asked.keys() == {
        *(*SEARCHES, *PERSON, "Questionnaire", "AuditEvent", "Observation", "Device", "Provenance")
    }
    assert "d" not in set().union(*asked.values())
    bridge = rights(scopes.BRIDGE)
    assert bridge["Basic"] == set("crus")
    assert all(bridge[kind] >= letters for kind, letters in asked.items())


def test_where_a_server_allows_less_the_readings_still_go_up(key_file: Path) -> None:
    tokens = Tokens(
        keys=public(key_file),
        now=lambda: time.time() + 86_400,
        allowed=set(scopes.READINGS.split()),
    )
    with server(tokens) as web:
        https = link(web.port, key_file)
        assert https.exchange(ASK).status == 200
        https.close()
    assert tokens.scopes == [scopes.READINGS]


def test_a_scope_that_the_settings_name_is_asked_for_and_no_other(key_file: Path) -> None:
    tokens = Tokens(keys=public(key_file), now=time.time, allowed=set(scopes.READINGS.split()))
    with server(tokens) as web:
        settings = Fhir(
            base_url=f"http://127.0.0.1:{web.port}/fhir",
            login_client_id="hub-1",
            login_key_file=key_file,
            login_scope="system/*.cruds",
        )
        https = HttpsLink(settings)
        assert https.exchange(ASK).status == 401
        https.close()
    assert tokens.scopes == []


def test_a_hub_whose_clock_is_a_day_wrong_logs_in_by_the_servers_clock(key_file: Path) -> None:
    tokens = Tokens(keys=public(key_file), now=lambda: time.time() + 86_400)
    with server(tokens) as web:
        https = link(web.port, key_file)
        assert https.exchange(ASK).status == 200
        https.close()


def test_a_token_is_renewed_before_it_ends(key_file: Path) -> None:
    seconds = [1000.0]
    tokens = Tokens(keys=public(key_file), now=lambda: 1.7e9 + seconds[0], expires_in=100)
    with server(tokens) as web:
        https = link(web.port, key_file, clock=lambda: seconds[0])
        for after_s in (0.0, 79.0, 2.0):
            seconds[0] += after_s
            assert https.exchange(ASK).status == 200
        https.close()
    assert tokens.given == ["token-1", "token-2"]


def test_a_token_the_server_took_back_is_replaced_when_the_engine_asks(key_file: Path) -> None:
    tokens = Tokens(keys=public(key_file), now=time.time)
    with server(tokens) as web:
        https = link(web.port, key_file)
        assert https.exchange(ASK).status == 200
        tokens.valid.clear()
        assert https.exchange(ASK).status == 401
        assert https.exchange(AGAIN).status == 200
        https.close()


def test_every_login_has_a_number_of_its_own_and_lasts_under_five_minutes(key_file: Path) -> None:
    tokens = Tokens(keys=public(key_file), now=time.time)
    with server(tokens) as web:
        https = link(web.port, key_file)
        for _ in range(3):
            assert https.exchange(AGAIN).status == 200
        https.close()
    assert len({claims["jti"] for claims in tokens.claims}) == 3
    assert all(claims["exp"] - claims["iat"] <= 300 for claims in tokens.claims)


def test_a_key_the_server_does_not_know_is_a_refused_login(
    key_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    other = logins.make(tmp_path / "other.pem", "ES384")
    tokens = Tokens(keys={"keys": [other.public()]}, now=time.time)
    with server(tokens) as web:
        https = link(web.port, key_file)
        assert https.exchange(ASK).status == 401
        https.close()
    assert "login refused error=invalid_client" in caplog.text


def test_a_server_that_says_no_token_endpoint_is_a_refused_login(key_file: Path) -> None:
    tokens = Tokens(keys=public(key_file), now=time.time, well_known=False)
    with server(tokens) as web:
        https = link(web.port, key_file)
        assert https.exchange(ASK).status == 401
        https.close()


def test_a_server_in_trouble_is_asked_later_not_called_a_refusal(key_file: Path) -> None:
    with serving(reply(503, b"", Retry_After="7")) as web:
        https = link(web.port, key_file)
        answer = https.exchange(ASK)
        https.close()
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")


@pytest.mark.parametrize(
    "endpoint", ["http://tokens.example.org/token", "ftp://127.0.0.1/t", "//127.0.0.1/token"]
)
def test_no_statement_is_sent_in_the_clear_to_another_machine(
    key_file: Path, endpoint: str
) -> None:
    described = json.dumps({"token_endpoint": endpoint}).encode()
    with serving(reply(200, described)) as web:
        https = link(web.port, key_file)
        assert https.exchange(ASK).status == 401
        https.close()
    assert [method for method, _, _ in web.heard] == ["GET"]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"access_token": "abc"}',
        b'{"access_token": "", "token_type": "bearer"}',
        b'{"access_token": "a b", "token_type": "bearer"}',
        b'{"access_token": "a\\r\\nx: y", "token_type": "bearer"}',
        b'{"access_token": 7, "token_type": "bearer"}',
        b'{"access_token": "abc", "token_type": "mac"}',
    ],
)
def test_what_is_no_bearer_token_is_none(said: bytes) -> None:
    assert smart.granted(Answer(status=200, body=said)) is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("300", 300.0), ('"120"', 120.0), ("null", 300.0), ("-5", 1.0), ("1e99", 86_400.0)],
)
def test_a_tokens_life_is_taken_as_said_within_reason(said: str, seconds: float) -> None:
    body = f'{{"access_token": "abc", "token_type": "Bearer", "expires_in": {said}}}'
    found = smart.granted(Answer(status=200, body=body.encode()))
    assert found == smart.Granted(token="abc", expires_in_s=seconds)  # noqa: S106 - no secret


def test_a_keys_id_is_its_thumbprint_by_rfc_7638(key: tuple[Path, LoginKey]) -> None:
    jwk = key[1].public()
    assert JWKRegistry.import_key(jwk).thumbprint() == key[1].key_id


def test_the_public_half_holds_nothing_private(key: tuple[Path, LoginKey]) -> None:
    assert not {"d", "p", "q", "dp", "dq", "qi"} & key[1].public().keys()
    assert stat.S_IMODE(key[0].stat().st_mode) == 0o600


def test_the_command_makes_a_key_once_and_shows_it_again(tmp_path: Path) -> None:
    path = tmp_path / "etc" / "login.pem"
    run = [sys.executable, "-m", "agent.cli.main", "login", "key", "--file", str(path)]
    made = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    again = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    shown = subprocess.run([*run, "--show"], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(made.stdout) == json.loads(shown.stdout)
    assert json.loads(made.stdout)["keys"][0]["crv"] == "P-384"
    assert (again.returncode, "LOGIN-01" in again.stderr) == (1, True)


@pytest.mark.parametrize("octets", [b"", b"-----BEGIN", b"x" * 10_000])
def test_a_file_that_is_no_key_is_named(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "login.pem"
    path.write_bytes(octets)
    with pytest.raises(HubError, match=r"login\.pem") as refused:
        link(9, path)
    assert refused.value.code == "NET-04"


HALF = (
    '[hub]\nid = "h"\n[patient]\nreference = "Patient/1"\n[fhir]\nbase_url = "https://x.example"\n'
)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ('login_client_id = "hub-1"', "CFG-05"),
        ('login_key_file = "/etc/hearth/login.pem"', "CFG-05"),
        ('login_client_id = "h"\nlogin_key_file = "/k"\ntoken_file = "/t"', "CFG-03"),
        (
            'login_client_id = "h"\nlogin_key_file = "/k"\nlogin_token_url = "http://x.example/t"',
            "CFG-03",
        ),
    ],
)
def test_half_a_login_in_the_settings_is_refused(lines: str, code: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(HALF + lines, source="hearth.toml")
    assert refused.value.code == code

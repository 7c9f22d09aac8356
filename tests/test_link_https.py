"""The HTTPS link against a loopback server that says what each test wants, octet by octet."""

from __future__ import annotations

import logging
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from config.schema import Fhir
from sync.exchange import Answer, Purpose, Request
from sync.links.https import MAX_ANSWER_OCTETS, HttpsLink
from tests.fakes.certificates import Authority
from tests.fakes.web import octets, reply, serving
from vitals.errors import HubError

ASK = Request(
    purpose=Purpose.CHECK, method="GET", path="Observation?identifier=urn:hearth:reading%7Ch123"
)
STATUS_200 = b"HTTP/1.1 200 OK\r\n"


def ask(port: int, request: Request = ASK, *, scheme: str = "http", **options: object) -> Answer:
    settings = Fhir(base_url=f"{scheme}://127.0.0.1:{port}/fhir", **options)  # type: ignore[arg-type]
    link = HttpsLink(settings)
    try:
        return link.exchange(request)
    finally:
        link.close()


@pytest.mark.parametrize(
    "base_url",
    [
        "http://fhir.example.org/r4",
        "http://10.0.0.5/fhir",
        "http://127.0.0.1@fhir.example.org/r4",
        "http://localhost.example.org/r4",
        "ftp://fhir.example.org/r4",
        "fhir.example.org/r4",
    ],
)
def test_readings_never_travel_in_the_clear(base_url: str) -> None:
    with pytest.raises(HubError) as refused:
        HttpsLink(Fhir(base_url=base_url))
    assert refused.value.code == "NET-01"


def test_a_request_says_what_it_was_given_and_brings_back_what_was_said() -> None:
    with serving(reply(201, b'{"id":"x"}', ETag='W/"1"')) as web:
        body = Request(
            purpose=Purpose.SINGLE,
            method="PUT",
            path="Observation/h1",
            body=b"{}",
            headers={"content-type": "application/fhir+json"},
        )
        answer = ask(web.port, body)
    assert (answer.status, answer.body, answer.headers["etag"]) == (201, b'{"id":"x"}', 'W/"1"')
    [(method, path, headers)] = web.heard
    assert (method, path) == ("PUT", "/fhir/Observation/h1")
    assert headers["content-type"] == "application/fhir+json"
    assert headers["content-length"] == "2"


def test_a_transaction_goes_to_the_base_itself() -> None:
    with serving(reply(200)) as web:
        ask(web.port, Request(purpose=Purpose.TRANSACTION, method="POST", path="", body=b"{}"))
    assert web.heard[0][1] == "/fhir"


def test_requests_share_one_connection() -> None:
    ports: set[int] = set()

    def note(handler: BaseHTTPRequestHandler) -> None:
        ports.add(handler.client_address[1])
        reply(200)(handler)

    with serving(note) as web:
        link = HttpsLink(Fhir(base_url=f"http://127.0.0.1:{web.port}"))
        for _ in range(5):
            assert link.exchange(ASK).status == 200
        link.close()
    assert len(ports) == 1


# Nobody knows what became of these.


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"HTTP/1.1 20",),
        (b"SSH-2.0-OpenSSH_9.6\r\n",),
        (STATUS_200 + b"content-length: 100\r\n\r\n{",),
        (STATUS_200 + b"transfer-encoding: chunked\r\n\r\n5\r\nab",),
        (STATUS_200 + b"transfer-encoding: chunked\r\n\r\nzz\r\n",),
        (STATUS_200 + b"content-length: 3\r\ncontent-encoding: gzip\r\n\r\nabc",),
    ],
)
def test_an_answer_cut_short_or_garbled_is_an_unknown_outcome(pieces: tuple[bytes, ...]) -> None:
    with serving(octets(*pieces)) as web:
        assert ask(web.port) == Answer(status=None)


def test_a_server_that_is_not_there_is_an_unknown_outcome() -> None:
    with serving(reply(200)) as web:
        port = web.port
    assert ask(port) == Answer(status=None)


def test_a_server_that_says_nothing_in_time_is_an_unknown_outcome() -> None:
    over = threading.Event()

    def hang(_: BaseHTTPRequestHandler) -> None:
        over.wait(10)

    with serving(hang) as web:
        assert ask(web.port, timeout_s=0.05) == Answer(status=None)
        over.set()


def test_an_answer_that_drips_for_ever_is_given_up() -> None:
    ticks = iter(range(0, 1000, 10))  # ten seconds between one octet and the next
    drops = (STATUS_200 + b"content-length: 2\r\n\r\n", b"{", b"}")
    with serving(octets(*drops)) as web:
        settings = Fhir(base_url=f"http://127.0.0.1:{web.port}", timeout_s=5)
        link = HttpsLink(settings, clock=lambda: next(ticks))
        assert link.exchange(ASK) == Answer(status=None)
        link.close()


def test_an_answer_larger_than_any_honest_one_is_given_up_and_the_link_goes_on() -> None:
    says = iter([reply(200, b"x" * (MAX_ANSWER_OCTETS + 1)), reply(200, b"{}")])

    def in_turn(handler: BaseHTTPRequestHandler) -> None:
        next(says)(handler)

    with serving(in_turn) as web:
        link = HttpsLink(Fhir(base_url=f"http://127.0.0.1:{web.port}"))
        assert link.exchange(ASK) == Answer(status=None)
        assert link.exchange(ASK).body == b"{}"
        link.close()


def test_a_redirect_is_an_answer_and_nothing_is_sent_on() -> None:
    with serving(reply(200)) as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.port}/"
        with serving(reply(307, Location=there)) as web:
            assert ask(web.port).status == 307
    assert elsewhere.heard == []


# Who may talk to whom.


def test_the_token_is_read_again_only_when_it_lapsed(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n", encoding="ascii")
    with serving(reply(200)) as web:
        link = HttpsLink(Fhir(base_url=f"http://127.0.0.1:{web.port}", token_file=file))
        link.exchange(ASK)
        file.write_text("second\n", encoding="ascii")
        link.exchange(ASK)
        link.exchange(Request(purpose=Purpose.CHECK, method="GET", path="", fresh_token=True))
        link.close()
    sent = [headers["authorization"] for _, _, headers in web.heard]
    assert sent == ["Bearer first", "Bearer first", "Bearer second"]


def test_a_token_file_that_is_gone_is_no_crash(tmp_path: Path) -> None:
    with serving(reply(401)) as web:
        assert ask(web.port, token_file=tmp_path / "none").status == 401
    assert "authorization" not in web.heard[0][2]


def _tls(certificate: Path, key: Path, clients: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    return context


def test_a_server_whose_authority_is_trusted_is_talked_to(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(reply(200), _tls(*authority.sign("server"))) as web:
        assert ask(web.port, scheme="https", ca_file=authority.file).status == 200


def test_a_server_that_cannot_prove_itself_hears_nothing(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "Another authority")
    with serving(reply(200), _tls(*authority.sign("server"))) as web:
        assert ask(web.port, scheme="https", ca_file=other.file).status is None
        assert ask(web.port, scheme="https").status is None
    assert web.heard == []


def test_a_certificate_for_another_machine_is_not_enough(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(reply(200), _tls(*authority.sign("server", "127.0.0.2"))) as web:
        assert ask(web.port, scheme="https", ca_file=authority.file).status is None
    assert web.heard == []


def test_a_hub_shows_its_own_certificate_where_it_has_one(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.sign("hub")
    with serving(reply(200), _tls(*authority.sign("server"), authority.file)) as web:
        trusted = {"scheme": "https", "ca_file": authority.file}
        shown = {"client_cert_file": certificate, "client_key_file": key}
        assert ask(web.port, **trusted).status is None  # type: ignore[arg-type]
        assert ask(web.port, **trusted, **shown).status == 200  # type: ignore[arg-type]


def test_certificate_files_that_cannot_be_used_are_named_by_setting(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate", encoding="ascii")
    for ca_file in (tmp_path / "ca.pem", tmp_path / "none.pem"):
        with pytest.raises(HubError) as refused:
            HttpsLink(Fhir(base_url="https://fhir.example.org/r4", ca_file=ca_file))
        assert refused.value.code == "NET-02"
        assert "fhir.ca_file" in refused.value.fix


def test_no_address_of_a_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="sync")
    with serving(octets(b"garbage")) as web:
        ask(web.port)
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("sync")]
    assert ours
    assert not [text for text in ours if "Observation" in text or "127.0.0.1" in text]

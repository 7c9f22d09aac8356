"""The clinic's own certificates are told well before they end, and made anew by one command."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.demo.server import DemoServer
from agent.fleet import found, servers, words
from agent.fleet.clinic import Clinic, opened
from agent.fleet.needs import Urgency
from agent.fleet.servers import Held
from sync import certificates
from tests.fakes import clinics
from tests.fakes.certificates import Authority
from tests.fakes.clinic import PASSPHRASE, run
from tests.fakes.tls import greeting, server_side

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def held(name: str, *, days: float, newer: bool = False) -> Held:
    return Held(name=name, ends=NOW + timedelta(days=days), newer=newer)


def test_nothing_is_said_while_all_last_for_a_month() -> None:
    names = ("broker", "bridge", "issuing", "root")
    assert servers.needs([held(name, days=30.1) for name in names], NOW) == []


@pytest.mark.parametrize(
    ("days", "urgency", "said"),
    [
        (29.9, Urgency.SOON, "The broker's certificate ends in 29 days: from then on"),
        (9.5, Urgency.TODAY, "The broker's certificate ends in 9 days: from then on"),
        (0.1, Urgency.TODAY, "The broker's certificate ends in 2 hours: from then on"),
        (-1.0, Urgency.NOW, "The broker's certificate ended on 2026-11-27: since then"),
    ],
)
def test_what_ends_is_told_a_month_ahead_with_what_it_costs_and_what_to_do(
    days: float, urgency: Urgency, said: str
) -> None:
    (need,) = servers.needs([held("broker", days=days), held("bridge", days=300)], NOW)
    assert need.urgency is urgency
    assert need.what.startswith(said)
    assert need.what.endswith("no hub sends by the broker.")
    assert "hearth fleet certificates" in need.do
    assert all(len(line) <= words.WIDTH for line in words.own([need]))


def test_one_that_was_made_and_not_carried_over_is_told_as_that() -> None:
    (need,) = servers.needs([held("bridge", days=5, newer=True)], NOW)
    assert need.do.startswith("A newer one is made: carry it over")


@pytest.fixture
def anne(tmp_path: Path, sekmet: DemoServer) -> Iterator[Clinic]:
    """Make a clinic whose broker really listens, with the certificate of its kit."""
    made = clinics.clinic(tmp_path / "clinic", sekmet.base_url, tenant="served")
    kit = made.folder / "broker"
    with greeting(server_side(kit / "broker.pem", kit / "broker.key")) as port:
        settings = made.folder / "clinic.toml"
        settings.write_text(settings.read_text().replace("port = 8883", f"port = {port}"))
        yield opened(made.folder, "ann")


def test_what_the_broker_shows_counts_until_the_new_one_is_carried_over(anne: Clinic) -> None:
    in_a_year = datetime.now(UTC) + timedelta(days=340)
    (before,) = [one for one in servers.held(anne) if one.name == "broker"]
    assert before.shown
    assert not before.newer
    assert {need.urgency for need in servers.needs(servers.held(anne), in_a_year)} == {Urgency.SOON}

    found.kits_again(anne, secret=anne.secret(PASSPHRASE), now=in_a_year)
    kept = {one.name: one for one in servers.held(anne)}
    assert (kept["broker"].shown, kept["broker"].newer, kept["broker"].ends) == (
        *(True, True),
        before.ends,
    )
    assert not kept["bridge"].shown  # nobody listens there: the copy counts
    assert kept["bridge"].ends > in_a_year + timedelta(days=360)
    assert kept["issuing"].ends > in_a_year + timedelta(days=1800)
    assert "carried over" in "\n".join(servers.in_words(list(kept.values())))


def test_new_certificates_fit_the_old_root_and_the_old_hubs(anne: Clinic) -> None:
    before = anne.issuing()
    found.kits_again(anne, secret=anne.secret(PASSPHRASE), now=datetime.now(UTC))
    assert certificates.key_hash(before) == certificates.key_hash(anne.issuing())
    for name in ("broker", "bridge"):
        pem = (anne.folder / name / f"{name}.pem").read_bytes()
        assert certificates.is_from(certificates.read_all(pem)[0], anne.root())
        assert (anne.folder / "shown" / f"{name}.pem").read_bytes() in pem


def test_whoever_listens_there_without_being_of_the_clinic_is_not_believed(
    anne: Clinic, tmp_path: Path
) -> None:
    cert, key = Authority(tmp_path).sign("stranger")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with greeting(context) as port:
        settings = anne.folder / "clinic.toml"
        there = f"port = {anne.config.broker.port}"
        settings.write_text(settings.read_text().replace(there, f"port = {port}"))
        found_ = {one.name: one for one in servers.held(opened(anne.folder, "ann"))}
    assert not found_["broker"].shown


def test_the_command_renews_shows_and_tells_what_to_carry_where(
    anne: Clinic, tmp_path: Path
) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)
    options = ["--clinic", str(anne.folder), "--operator", "ann"]
    shown = json.loads(run("fleet", "certificates", "--show", "--json", *options).out)
    assert [one["name"] for one in shown["certificates"]] == ["broker", "bridge", "issuing", "root"]
    assert not shown["made"]
    made = run("fleet", "certificates", "--passphrase-file", str(passphrase), *options).out
    assert "systemctl restart mosquitto" in made
    assert "systemctl restart hearth-bridge" in made

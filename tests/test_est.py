"""A clinic with an authority of its own: hubs' requests go there by EST, and openssl signs them."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.bridge import load_bridge
from sync import certificates, est
from sync.links.est import EstAuthority, EstLink
from tests.fakes.clinics import Desk, desk, joined
from tests.fakes.doors import Where, served
from tests.fakes.est_ca import EstCa
from vitals.errors import HubError, LinkError


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> EstCa:
    return EstCa(tmp_path_factory.mktemp("hospital"))


@pytest.fixture
def server(hospital: EstCa) -> Iterator[Where]:
    root = hospital.folder / "root.pem"
    with served(hospital.answer, identity=hospital.folder / "server.pem", client_root=root) as at:
        yield at


def authority(hospital: EstCa, server: Where) -> EstAuthority:
    return EstAuthority(
        f"https://{server.host}/.well-known/est/hubs",
        root=(hospital.folder / "root.pem").read_bytes(),
        identity=hospital.folder / "bridge.pem",
    )


def test_a_hub_gets_its_certificate_from_the_hospitals_own_authority(
    anne: Desk, hospital: EstCa, server: Where, tmp_path: Path
) -> None:
    config = load_bridge(anne.clinic.folder / "bridge" / "bridge.toml")
    enrol = replace(
        config.enrol,
        issuing_file=None,
        est_url=f"https://{server.host}/.well-known/est/hubs",
        est_cert_file=hospital.folder / "bridge.pem",
        est_ca_file=hospital.folder / "root.pem",
    )
    with desk(anne.clinic, config=replace(config, enrol=enrol)) as at, at.open() as door:
        invitation, entry = at.invite(door.host)
        joined(invitation, tmp_path)
    identity = (tmp_path / "state" / "clinic" / "identity.pem").read_bytes()
    leaf = certificates.read_all(identity)[0]
    top = certificates.read_all((hospital.folder / "root.pem").read_bytes())[0]
    assert certificates.is_from(leaf, top)
    assert certificates.name_of(leaf) == entry.hub


def test_what_openssl_wrote_is_read_and_what_we_write_openssl_reads(
    hospital: EstCa, server: Where
) -> None:
    own = authority(hospital, server)
    assert [certificates.name_of(one) for one in own.cacerts()] == ["Hospital authority"]
    key = certificates.new_key()
    request = certificates.read_request(certificates.request(key, "hub-1"))
    leaf, *_ = own.sign(request, name="hub-1")
    assert certificates.name_of(leaf) == "hub-1"
    assert certificates.key_hash(leaf) == certificates.key_hash(request)
    assert certificates.is_from(leaf, own.cacerts()[0])


def test_a_certificate_for_another_hub_is_not_handed_on(hospital: EstCa, server: Where) -> None:
    request = certificates.read_request(certificates.request(certificates.new_key(), "hub-1"))
    hospital.renames = "hub-2"
    try:
        with pytest.raises(HubError) as refused:
            authority(hospital, server).sign(request, name="hub-1")
    finally:
        hospital.renames = ""
    assert refused.value.code == "ENR-31"
    with pytest.raises(HubError) as misnamed:
        authority(hospital, server).sign(request, name="hub-2")
    assert misnamed.value.code == "ENR-31"


def test_an_authority_that_wants_another_certificate_says_so(
    hospital: EstCa, server: Where
) -> None:
    root = (hospital.folder / "root.pem").read_bytes()
    line = EstLink(f"https://{server.host}", root=root, prefix="/.well-known/est/hubs/")
    with pytest.raises(HubError) as refused:
        line.enrol(certificates.request(certificates.new_key(), "hub-1"))
    line.close()
    assert refused.value.code == "ENR-31"
    assert "401" in refused.value.message


def test_an_authority_that_is_away_is_asked_again_later(hospital: EstCa) -> None:
    away = authority(hospital, Where("127.0.0.1:9", []))
    with pytest.raises(LinkError) as gone:
        away.cacerts()
    assert gone.value.code == "ENR-20"


@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2029 00:00:00", "x"]
)
def test_a_date_that_is_none_is_passed_over(hospital: EstCa, date: str) -> None:
    root = hospital.folder / "root.pem"
    identity = hospital.folder / "server.pem"
    with served(hospital.answer, identity=identity, client_root=root, date=date) as odd:
        line = EstLink(f"https://{odd.host}", root=root.read_bytes(), prefix=f"{est.PREFIX}hubs/")
        found, told = line.cacerts()
        line.close()
    assert found
    assert told is None


def test_whoever_answers_in_drops_is_hung_up_on() -> None:
    def drip() -> None:
        line, _ = listening.accept()
        with line, suppress(OSError):  # until it is hung up on
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while True:
                line.sendall(b"x")
                time.sleep(0.01)

    seconds = itertools.count(0.0, 7.0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        line = EstLink(f"http://{host}", root=None, clock=lambda: next(seconds))
        with pytest.raises(LinkError) as told:
            line.cacerts()
        line.close()
        dripping.join(20)
    assert told.value.code == "ENR-20"
    assert next(seconds) < 100


@pytest.mark.parametrize("status", [202, 500, 503])
def test_an_authority_that_cannot_now_is_asked_again_later(hospital: EstCa, status: int) -> None:
    root = hospital.folder / "root.pem"
    with (
        served(
            lambda *_: (status, b"", "text/plain"),
            identity=hospital.folder / "server.pem",
            client_root=root,
        ) as busy,
        pytest.raises(LinkError) as later,
    ):
        authority(hospital, busy).cacerts()
    assert later.value.code == "ENR-30"


@given(st.binary(max_size=200))
def test_whatever_comes_as_certificates_is_read_or_refused(octets: bytes) -> None:
    for body in (octets, est.written(octets)):
        with pytest.raises(ValueError, match="not"):
            est.certificates_of(body)


@given(st.text(max_size=60))
def test_whatever_is_in_the_header_is_a_secret_or_none(text: str) -> None:
    assert est.secret_of({"authorization": text}) is None
    found = est.secret_of({"authorization": f"Basic {text}"})
    assert found is None or isinstance(found, bytes)


def test_a_secret_is_read_as_it_was_shown() -> None:
    assert est.secret_of(est.basic("invitation", b"\x00\xff")) == b"\x00\xff"

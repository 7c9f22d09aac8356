"""Where the way to server or broker ends is told by its name, over real TLS on loopback."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from agent.clock import HubClock
from agent.doctor import certificates, network
from agent.doctor.finding import Finding, Grade
from agent.doctor.place import Place
from config.schema import Config, Enrol, Fhir, Hub, Mqtt, Patient
from tests.fakes.certificates import Authority
from tests.fakes.tls import greeting, server_side
from tests.fakes.web import reply, serving

LIMIT_S = 90
HOST = "127.0.0.1"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    config = Config(
        hub=Hub(id="hub-1", state_dir=tmp_path),
        patient=Patient(reference="Patient/1"),
        fhir=Fhir(base_url="http://127.0.0.1:1/fhir"),
    )
    return Place(config=config, now=HubClock())


def broker(place: Place, mqtt: Mqtt) -> Finding:
    (found,) = network.check_broker(replace(place, config=replace(place.config, mqtt=mqtt)))
    return found


def server(place: Place, base_url: str, ca_file: Path | None = None) -> Finding:
    fhir = Fhir(base_url=base_url, ca_file=ca_file)
    (found,) = network.check_server(replace(place, config=replace(place.config, fhir=fhir)))
    return found


def test_a_broker_with_a_trusted_certificate_is_well(place: Place, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    theirs, ours = authority.sign("broker", lasting=31), authority.sign("hub-1")
    with greeting(server_side(*theirs, asks=authority.file)) as port:
        found = broker(
            place,
            Mqtt(host=HOST, port=port, ca_file=authority.file, cert_file=ours[0], key_file=ours[1]),
        )
    assert (found.grade, "trusted" in found.what) == (Grade.GOOD, True)


def test_a_broker_whose_certificate_ends_within_a_month_is_told_of(
    place: Place, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    with greeting(server_side(*authority.sign("broker", lasting=12))) as port:
        found = broker(place, Mqtt(host=HOST, port=port, ca_file=authority.file))
    assert found.grade is Grade.LOOK
    assert found.what == "The broker answers; its certificate ends in 12 days."
    assert "hearth fleet certificates" in found.do


def test_a_broker_of_another_authority_is_not_trusted(place: Place, tmp_path: Path) -> None:
    known, stranger = Authority(tmp_path), Authority(tmp_path, "Stranger")
    with greeting(server_side(*stranger.sign("broker"))) as port:
        found = broker(place, Mqtt(host=HOST, port=port, ca_file=known.file))
    assert found.grade is Grade.BROKEN
    assert "SSLCertVerificationError" in found.what


def test_a_broker_whose_authority_file_is_gone_is_told(place: Place, tmp_path: Path) -> None:
    with greeting(server_side(*Authority(tmp_path).sign("broker"))) as port:
        found = broker(place, Mqtt(host=HOST, port=port, ca_file=tmp_path / "gone.pem"))
    assert "FileNotFoundError" in found.what


def test_no_broker_in_the_settings_is_well(place: Place) -> None:
    assert network.check_broker(place)[0].grade is Grade.GOOD


def test_a_server_of_another_authority_is_told_from_one_that_is_out_of_date(
    place: Place, tmp_path: Path
) -> None:
    known, stranger = Authority(tmp_path), Authority(tmp_path, "Stranger")
    with serving(reply(200), server_side(*stranger.sign("a"))) as web:
        untrusted = server(place, f"https://127.0.0.1:{web.port}/r4", known.file)
    with serving(reply(200), server_side(*known.sign("b", days=-30))) as web:
        late = server(place, f"https://127.0.0.1:{web.port}/r4", known.file)

    assert "not one that this hub trusts" in untrusted.what
    assert "By this hub's date" in late.what


def test_a_server_that_opens_the_line_and_says_nothing_is_told_within_the_limit(
    place: Place,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fhir = Fhir(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/r4", timeout_s=1.0)
        (found,) = network.check_server(replace(place, config=replace(place.config, fhir=fhir)))
    assert "no answer comes" in found.what


def test_an_unencrypted_server_elsewhere_is_refused_before_anything_is_sent(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply(200)) as web:
        # A name of this machine that is not loopback's own, as a hosts file would give it.
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda _host, port, **more: real("127.0.0.1", port, **more)
        )
        found = server(place, f"http://fhir.clinic.example:{web.port}/r4")
        assert web.heard == []
    assert found.what == "Readings may not travel unencrypted."


def test_certificates_in_the_settings_are_read_by_their_own_dates(
    place: Place, tmp_path: Path
) -> None:
    cert, _ = Authority(tmp_path).sign("hub-1", days=-2)
    config = replace(place.config, mqtt=Mqtt(host="b", ca_file=cert, cert_file=cert))
    found = certificates.check(replace(place, config=config))

    assert [one.grade for one in found] == [Grade.BROKEN, Grade.BROKEN]
    assert found[0].what.startswith("mqtt.ca_file ended on 2")
    assert datetime.fromisoformat(found[0].what[-11:-1]) < datetime.now().astimezone().replace(
        tzinfo=None
    )


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("TSS2 PRIVATE KEY", "is inside its TPM"),
        ("PRIVATE KEY", "pose as this hub, see what is sent"),
    ],
)
def test_what_the_place_of_the_hubs_own_key_is_worth_is_said(
    place: Place, tmp_path: Path, head: str, said: str
) -> None:
    identity = tmp_path / "identity.pem"
    identity.write_text(f"-----BEGIN {head}-----\nAA==\n-----END {head}-----\n")
    config = replace(place.config, enrol=Enrol(host="b.example:1", identity_file=identity))
    found = certificates.check(replace(place, config=config))
    assert any(said in one.what for one in found)
    assert found[0].grade is Grade.GOOD


def test_a_hub_of_no_clinic_has_no_key_of_its_own_to_speak_of(place: Place) -> None:
    assert [one.what for one in certificates.check(place)] == [
        "The settings name none; the system's own authorities count."
    ]

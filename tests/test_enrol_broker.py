"""A renewed certificate at a real broker: shown from the next connection on, without a restart."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

from sync.envelope import Address
from sync.links.mqtt import MqttLink
from tests.fakes.bridged import KEY
from tests.fakes.broker import Broker
from tests.fakes.certificates import Authority


def test_a_hub_whose_certificate_is_renewed_comes_in_without_a_restart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other").sign("hub-1")  # this broker believes another one
    certificate, key = tmp_path / "identity.pem", tmp_path / "identity.key"
    shutil.copy(stranger[0], certificate)
    shutil.copy(stranger[1], key)
    with Broker(tmp_path) as broker:
        settings = broker.settings("hub-1", KEY.public)
        own = replace(settings, cert_file=certificate, key_file=key)
        link = MqttLink(own, Address(tenant="t", hub="hub-1"))
        try:
            assert not link.ready(1.5)
            shutil.copy(broker.files["hub-1"][0], certificate)
            shutil.copy(broker.files["hub-1"][1], key)
            assert link.ready(40)
        finally:
            link.close()


def test_a_certificate_that_is_half_written_costs_no_connection(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        certificate, key = tmp_path / "identity.pem", tmp_path / "identity.key"
        shutil.copy(broker.files["hub-1"][0], certificate)
        shutil.copy(broker.files["hub-1"][1], key)
        settings = broker.settings("hub-1", KEY.public)
        own = replace(settings, cert_file=certificate, key_file=key)
        link = MqttLink(own, Address(tenant="t", hub="hub-1"))
        try:
            assert link.ready(20)
            certificate.write_bytes(certificate.read_bytes()[:100])
            broker.kill()
            while link.ready(0):  # until it has noticed
                time.sleep(0.02)
            broker.start()
            assert link.ready(40)
        finally:
            link.close()

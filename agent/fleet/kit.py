"""What a new clinic's broker and bridge are set up with: their settings as text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from config.clinic import ClinicConfig
from config.write import written

BRIDGE_NAME = "bridge"
RESERVED = frozenset({BRIDGE_NAME, "broker"})
"""Names on certificates that no hub may have: the broker gives "bridge" every topic."""


def rules(tenant: str) -> str:
    """Return mosquitto's access rules: a hub's name is its certificate's."""
    return f"""\
# A hub writes and reads its own topics and no other hub's.
pattern readwrite hearth/v1/{tenant}/%u/#

user {BRIDGE_NAME}
topic readwrite hearth/v1/{tenant}/#
topic read $share/#
"""


def mosquitto(config: ClinicConfig, folder: PurePath) -> str:
    """Return mosquitto's settings, with its files in this folder."""
    return f"""\
# The clinic's MQTT broker. Every client shows a certificate that the clinic signed.
listener {config.broker.port}
cafile {folder / "root.pem"}
certfile {folder / "broker.pem"}
keyfile {folder / "broker.key"}
crlfile {folder / "revoked.pem"}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
allow_anonymous false
acl_file {folder / "rules"}
set_tcp_nodelay true
persistence false
max_packet_size 20000000
"""


def bridge(config: ClinicConfig, folder: PurePath, *, signers: Sequence[str]) -> str:
    """Return the bridge's settings, with its files in this folder.

    `signers` are the public keys of the machines whose invitations to visits count.
    """
    here = config.bridge.host in {"127.0.0.1", "localhost"}
    tables: dict[str, Mapping[str, object]] = {
        "bridge": {
            "tenant": config.clinic.tenant,
            "key_file": str(folder / "bridge.key"),
        },
        "mqtt": {
            "host": config.broker.host,
            "port": config.broker.port,
            "ca_file": str(folder / "root.pem"),
            "cert_file": str(folder / "bridge.pem"),
            "key_file": str(folder / "bridge.pem"),
        },
        "fhir": {"base_url": config.fhir.base_url, "timeout_s": 10.0, **_access(config)},
        "web": {
            "enabled": True,
            "host": config.bridge.host if here else "0.0.0.0",  # noqa: S104 - with a certificate
            "port": config.bridge.port,
            "origin": f"https://{config.bridge.host}:{config.bridge.port}",
            "cert_file": str(folder / "bridge.pem"),
            "key_file": str(folder / "bridge.pem"),
            "client_ca_file": str(folder / "root.pem"),
            "signers": list(signers),
        },
        "enrol": {
            "root_file": str(folder / "root.pem"),
            "issuing_file": str(folder / "issuing.pem"),
        },
    }
    return written(tables)


def _access(config: ClinicConfig) -> dict[str, object]:
    """Return how the clinic's own machines log in at the server: the bridge does it likewise."""
    fhir = config.fhir
    found = {
        "ca_file": fhir.ca_file,
        "client_cert_file": fhir.client_cert_file,
        "client_key_file": fhir.client_key_file,
        "token_file": fhir.token_file,
        "login_client_id": fhir.login_client_id,
        "login_key_file": fhir.login_key_file,
    }
    return {name: str(value) for name, value in found.items() if value}

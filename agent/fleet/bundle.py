"""What a new hub is told: its settings as TOML, without a path of its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.clinic import ClinicConfig
from config.load import parse
from config.write import written
from vitals.errors import HubError


def settings(  # noqa: PLR0913 - what a hub is told
    config: ClinicConfig,
    *,
    hub: str,
    patients: Sequence[str],
    meters: Sequence[str],
    language: str = "",
    timezone: str = "",
) -> str:
    """Write the settings of one hub, as the hub itself will read them.

    Parameters
    ----------
    patients : sequence of str
        Relative references, the home's own patient first.
    meters : sequence of str
        Each `ADDRESS`, or `DRIVER@ADDRESS`, or `DRIVER@usb`.

    Raises
    ------
    HubError
        FLEET-15 for a meter that cannot be understood.
    ConfigError
        When a hub could not use them.
    """
    homes = config.homes
    tables: dict[str, Any] = {
        "hub": {
            "id": hub,
            "tenant": config.clinic.tenant,
            "timezone": timezone or homes.timezone,
        },
        "patient": {"reference": patients[0]},
        "fhir": {"base_url": config.fhir.base_url},
        "mqtt": {
            "host": config.broker.host,
            "port": config.broker.port,
            "bridge_key": config.bridge.key,
        },
        "screen": {"language": language or homes.language, "phone": homes.phone},
        "meter": [meter_of(one) for one in meters],
    }
    text = written(tables)
    parse(text, source="the hub's settings")
    return text


def meter_of(text: str) -> Mapping[str, str]:
    """Read a meter as it was typed; raises HubError FLEET-15."""
    driver, at, where = text.rpartition("@")
    if at and not driver:
        raise _no_meter(text)
    if where == "usb" or where.startswith("/dev/"):
        found = {"port": where}
    elif where.count(":") == 5:  # noqa: PLR2004 - six octets of a Bluetooth address
        found = {"address": where.upper()}
    else:
        raise _no_meter(text)
    return {**found, "driver": driver} if driver else found


def _no_meter(text: str) -> HubError:
    return HubError(
        f"{text} names no meter.",
        fix="Write --meter 00:22:09:4B:1A:7C as on its label, or DRIVER@usb for one on a cable.",
        code="FLEET-15",
    )

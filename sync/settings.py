"""Hub settings that the care team signs, and that can never go back.

A JSON object: `v` 1, `tenant`, `hub`, `version` (counts up), `settings` (TOML text), `signer` (the
signer's public key, hex) and `signature` (Ed25519, hex) over `hearth/settings/1`, tenant, hub,
version and the settings' SHA-256, each with its length before it. It comes as the input of a Task
with the code `hub-settings`, from a server that may store it but cannot make it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sync import signing
from vitals.errors import HubError

TASK_CODE = "hub-settings"
ROTATE_CODE = "hub-rotate"
"""Of a Task that asks a hub for a new key and certificate. Unsigned: it can do nothing else."""
MAX_OCTETS = 64 * 1024
_FORM = 1
_MOST_VERSION = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings that were signed for this very hub, newer than any before."""

    version: int
    text: str


def sign(*, tenant: str, hub: str, version: int, text: str, key: signing.Key) -> str:
    """Write signed settings."""
    signature = key.sign(_signed(tenant, hub, version, text))
    return json.dumps(
        {
            "v": _FORM,
            "tenant": tenant,
            "hub": hub,
            "version": version,
            "settings": text,
            "signer": key.public.hex(),
            "signature": signature.hex(),
        }
    )


def opened(text: str, *, tenant: str, hub: str, signers: Collection[str], newest: int) -> Settings:
    """Read signed settings.

    Parameters
    ----------
    text : str
        What came.
    tenant, hub : str
        Whom they must be for.
    signers : collection of str
        Public keys of those who may sign, in hex.
    newest : int
        The version that this hub has; only a higher one is taken.

    Raises
    ------
    HubError
        SET-01 too large or not of this form, SET-02 for another hub, SET-03 not signed by one who
        may, SET-04 a version that is not newer.
    """
    found = _form(text)
    name, asked, version = str(found["hub"]), str(found["tenant"]), int(found["version"])
    settings, signer = str(found["settings"]), str(found["signer"])
    # Nothing of it is looked at more closely before it is known who wrote it.
    signature = _octets(found["signature"])
    known = signer in signers
    message = _signed(asked, name, version, settings)
    if not known or not signing.is_signed(_octets(signer), message, signature):
        raise HubError(
            "Settings came that nobody who may has signed.",
            fix="Sign them anew on a machine of the clinic that is still trusted.",
            code="SET-03",
        )
    if (asked, name) != (tenant, hub):
        raise HubError(
            "Settings came that are signed for another hub.",
            fix="Sign settings for this hub.",
            code="SET-02",
        )
    if version <= newest:
        raise HubError(
            f"Settings came with version {version}; this hub has {newest}.",
            fix="Sign them anew: the version counts up by itself.",
            code="SET-04",
        )
    return Settings(version=version, text=settings)


def _form(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if len(text) <= MAX_OCTETS else None
    except (ValueError, RecursionError):
        found = None
    names = ("tenant", "hub", "settings", "signer", "signature")
    good = (
        isinstance(found, dict)
        and found.get("v") == _FORM
        and all(isinstance(found.get(name), str) for name in names)
        and type(found.get("version")) is int
        and 0 < found["version"] < _MOST_VERSION
    )
    if not good or found is None:
        raise HubError(
            "Settings came that this hub cannot read.",
            fix=f"Send what `hearth fleet settings` signed, at most {MAX_OCTETS} octets.",
            code="SET-01",
        )
    return dict(found)


def _octets(text: object) -> bytes:
    try:
        return bytes.fromhex(str(text))
    except ValueError:
        return b""


def _signed(tenant: str, hub: str, version: object, text: str) -> bytes:
    digest = hashlib.sha256(text.encode()).digest()
    parts = (b"hearth/settings/1", tenant.encode(), hub.encode(), str(version).encode(), digest)
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

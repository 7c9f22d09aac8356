"""Signs settings for hubs, on a machine of the clinic: a key in a file, a counter for each hub."""

from __future__ import annotations

import json
import os
from pathlib import Path

from config.load import parse
from sync import signing
from sync.settings import MAX_OCTETS, TASK_CODE, sign
from vitals.errors import HubError

_OWNER_ONLY = 0o600
_MOST = MAX_OCTETS // 2  # as JSON, with the signature, it grows


def make_key(path: Path) -> str:
    """Make a signing key in a new file; return its public half in hex.

    Raises
    ------
    HubError
        FLEET-01 when the file is there already, FLEET-02 when it cannot be written.
    """
    key = signing.Key()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.private().hex() + "\n")
            file.flush()
            os.fsync(handle)
    except FileExistsError:
        raise HubError(
            f"There is a signing key in {path} already, and hubs trust it.",
            fix="Keep it: add --show to print its public half. Or choose another --file.",
            code="FLEET-01",
        ) from None
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from None
    return key.public.hex()


def read_key(path: Path) -> signing.Key:
    """Read a signing key; raises HubError FLEET-02 when it cannot be used."""
    try:
        return signing.Key(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from None
    except ValueError:
        raise _unusable(path, "it is no key") from None


def signed(settings: Path, *, key_file: Path) -> str:
    """Sign a hub's settings under the next version of that hub; return what goes into the Task.

    The settings are read as the hub would read them, so that what cannot work is told here. The
    counter stands beside the key, one number a hub, and is written before anything is signed.

    Raises
    ------
    ConfigError
        When the settings are wrong.
    HubError
        FLEET-02 for a key or counter that cannot be used, FLEET-03 for settings too large.
    """
    key = read_key(key_file)
    try:
        text = settings.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _unusable(settings, type(error).__name__) from None
    hub = parse(text, source=str(settings)).hub
    if len(text.encode()) > _MOST:
        raise HubError(
            f"The settings {settings} are too large for a hub.",
            fix=f"Keep them under {_MOST} octets; comments count.",
            code="FLEET-03",
        )
    version = _next(key_file.with_name(f"{key_file.name}.versions"), f"{hub.tenant}/{hub.id}")
    return sign(tenant=hub.tenant, hub=hub.id, version=version, text=text, key=key)


def _next(path: Path, hub: str) -> int:
    try:
        versions = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        version = int(versions.get(hub, 0)) + 1
        scratch = path.with_name(f"{path.name}.new")
        with scratch.open("w", encoding="utf-8") as file:
            json.dump({**versions, hub: version}, file)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise _unusable(path, type(error).__name__) from None
    return version


def _unusable(path: Path, why: str) -> HubError:
    return HubError(
        f"{path} cannot be used: {why}.",
        fix="Name the right file, and run this as the one who may read it and write beside it.",
        code="FLEET-02",
    )


def task(signed_text: str, *, patient: str) -> str:
    """Write signed settings as the Task that a hub looks for (FHIR R4), one line of JSON."""
    return json.dumps(
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "code": {"coding": [{"code": TASK_CODE}], "text": "New settings for the hub"},
            "for": {"reference": patient},
            "input": [{"type": {"text": "settings"}, "valueString": signed_text}],
        }
    )

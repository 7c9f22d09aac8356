"""What a running hub does about the clinic that it joined: made out of its settings."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

from agent.audit import Audit
from agent.clock import HubClock
from agent.enrol.place import CLINIC, NOTE
from agent.status import Status
from config.schema import Config

if TYPE_CHECKING:
    from agent.downlink import Downlink
    from agent.enrol.renew import Renewal


def renewal_of(
    config: Config, down: Downlink, *, status: Status, audit: Audit, clock: HubClock
) -> Renewal | None:
    """Return what keeps the certificate fresh, None for a hub that joined no clinic by itself.

    What the care team sends down may ask it for a new key at any time.
    """
    enrol = config.enrol
    if not enrol.host or enrol.root_file is None:
        return None
    # Here, because a hub that joined no clinic must not pay for it.
    from agent.enrol.renew import Renewal  # noqa: PLC0415
    from sync.links.est import EstLink  # noqa: PLC0415

    root = enrol.root_file.read_bytes() if enrol.root_file.exists() else b""
    made = Renewal(
        config,
        dial=lambda shown: EstLink(f"https://{enrol.host}", root=root, identity=shown),
        now=lambda: clock().at,
        status=status,
        audit=audit,
        first=lambda: os.kill(os.getpid(), signal.SIGTERM),  # to start anew, with the broker
    )
    down.rotate = made.ask
    return made


def note_joined(config: Config, audit: Audit) -> None:
    """Note in the hub's own trail who enrolled it; `hearth enroll` left word of it."""
    path = config.hub.state_dir / CLINIC / NOTE
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        by, what, why = (str(said[name]) for name in ("by", "what", "why"))
    except (OSError, ValueError, KeyError, TypeError):
        return
    audit.note(by=by, what=what, why=why)
    path.unlink()


def awaits_certificate(config: Config) -> bool:
    """Tell whether the broker must wait for this hub's first certificate."""
    identity = config.enrol.identity_file
    return bool(config.enrol.host) and identity is not None and not identity.exists()

"""Settings that the care team signed: checked, kept, and taken up at the next start."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.enrol.place import BRIDGE_KEY as BRIDGE_KEY_FILE
from agent.enrol.place import CLINIC
from config.load import ConfigError, load, parse
from config.schema import Config, Hub
from sync.inbox import Memory
from sync.settings import opened
from vitals.errors import HubError

if TYPE_CHECKING:
    from sync.roster import Roster

log = logging.getLogger(__name__)

FILE_NAME = "settings.toml"
_VERSION, _ROSTER = "settings/version", "settings/roster"
_LIMIT_S = 30.0
_OWNER_ONLY = 0o600
_KEY_DIGITS = 64
_TAKEN = "Settings {} are on the hub and take effect as it restarts."


class Applied:
    """Takes signed settings, each version once and never an older one.

    Parameters
    ----------
    config : Config
        What runs now.
    memory : Memory
        Where the newest version's number is kept, sealed: it survives restarts.
    restart : callable
        Called when new settings are on disk; the hub then starts anew with them.
    """

    def __init__(self, config: Config, memory: Memory, restart: Callable[[], None]) -> None:
        """Keep the parts."""
        self._config, self._memory, self._restart = config, memory, restart

    @property
    def version(self) -> int:
        """Return the newest version that was ever taken here, 0 for none."""
        kept = int(self._memory.recall(_VERSION) or b"0")
        return max(kept, self._config.hub.settings_version)

    def signers(self) -> Collection[str]:
        """Return who may sign: by the newest list that the clinic's root signed, else the file."""
        kept = self._memory.recall(_ROSTER)
        if kept is None:
            return self._config.hub.signers
        return self._listed(kept.decode("utf-8", "replace")).keys()

    def take_list(self, text: str) -> str:
        """Take a list of signers; return what became of it, in words for the care team."""
        kept = self._memory.recall(_ROSTER)
        try:
            newest = self._listed(kept.decode("utf-8", "replace")).version if kept else 0
            list_ = self._listed(text, newest=newest)
        except HubError as error:
            log.warning("list of signers not taken code=%s", error.code)
            return f"{error.message} ({error.code})"
        self._memory.remember(_ROSTER, text.encode()).result(_LIMIT_S)
        self._seal_to(list_.bridge)
        return f"The list of signers {list_.version} is on the hub."

    def _seal_to(self, bridge: str) -> None:
        """Seal to this key of the bridge's from the next start on, and start anew; "" for no news.

        What waits is not sealed yet, and what is on its way opens by the old key.
        """
        if not bridge or bridge == self._config.mqtt.bridge_key or not self._config.mqtt.host:
            return
        _write(_bridge_file(self._config.hub.state_dir), bridge)
        self._restart()

    def _listed(self, text: str, *, newest: int = 0) -> Roster:
        """Read a list; raises HubError SET-06 to SET-08."""
        # Here, because a hub that joined no clinic must not pay for it.
        from sync import certificates, roster  # noqa: PLC0415

        path = self._config.enrol.root_file
        try:
            root = None if path is None else certificates.read_all(path.read_bytes())[0]
        except (OSError, ValueError):
            root = None
        if root is None:
            raise HubError(
                "A list of signers came, and this hub joined no clinic that could have signed it.",
                fix="Name the signers in the hub's own settings file, under hub.signers.",
                code="SET-08",
            )
        return roster.opened(text, tenant=self._config.hub.tenant, root=root, newest=newest)

    def take(self, text: str, signers: Collection[str] | None = None) -> str:
        """Take settings; return what became of them, in words for the care team."""
        hub = self._config.hub
        try:
            settings = opened(
                text,
                tenant=hub.tenant,
                hub=hub.id,
                signers=self.signers() if signers is None else signers,
                newest=self.version,
            )
            wanted = parse(settings.text, source=f"settings {settings.version}")
            _same_hub(wanted, hub)
        except (HubError, ConfigError) as error:
            if error.code == "SET-04" and self._is_current(text):
                return _TAKEN.format(self.version)
            log.warning("settings not taken code=%s", error.code)
            return f"{error.message} ({error.code})"
        # The number first: settings that are half written may never count as new again.
        self._memory.remember(_VERSION, str(settings.version).encode()).result(_LIMIT_S)
        _write(hub.state_dir / FILE_NAME, settings.text)
        self._restart()
        return _TAKEN.format(settings.version)

    def _is_current(self, text: str) -> bool:
        """Tell whether these are the very settings taken last: they came twice, or a cut came."""
        try:
            kept = (self._config.hub.state_dir / FILE_NAME).read_text(encoding="utf-8")
            found = json.loads(text)
        except (OSError, ValueError):
            return False
        return (found["version"], found["settings"]) == (self.version, kept)


def _same_hub(wanted: Config, hub: Hub) -> None:
    if (wanted.hub.id, wanted.hub.tenant) != (hub.id, hub.tenant):
        raise HubError(
            "The settings name another hub than they are signed for.",
            fix="Write this hub's id and tenant under [hub].",
            code="SET-05",
        )


def with_applied(path: Path) -> Config:
    """Return the settings to run with: the care team's newest, else those of the file.

    Who may sign, where the store is and how the hub logs in stay as the file has them: nobody takes
    a hub over by settings. Settings that are damaged on disk are passed over.
    """
    given = _newer_key(load(path))
    applied = given.hub.state_dir / FILE_NAME
    if not applied.exists():
        return given
    try:
        wanted = load(applied)
    except ConfigError as error:
        log.error("applied settings unreadable code=%s", error.code)  # noqa: TRY400 - no traceback
        return given
    if (wanted.hub.id, wanted.hub.tenant) != (given.hub.id, given.hub.tenant):
        return given
    kept = replace(
        wanted.hub,
        state_dir=given.hub.state_dir,
        signers=given.hub.signers,
        settings_version=given.hub.settings_version,
    )
    return replace(wanted, hub=kept, fhir=given.fhir, mqtt=given.mqtt, enrol=given.enrol)


def _bridge_file(state_dir: Path) -> Path:
    return state_dir / CLINIC / BRIDGE_KEY_FILE


def _newer_key(config: Config) -> Config:
    """Return the settings with the bridge's key that the clinic's root signed last, if it did."""
    try:
        key = _bridge_file(config.hub.state_dir).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return config
    known = len(key) == _KEY_DIGITS and set(key) <= set("0123456789abcdef")
    return replace(config, mqtt=replace(config.mqtt, bridge_key=key)) if known else config


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    scratch = path.with_suffix(".new")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    scratch.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

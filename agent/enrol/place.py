"""Where a hub keeps what it got from its clinic, and how it is put there: all of it, or nothing.

While a hub enrols, everything lies in `enrolling/` beside the store. A step that was done is not
done again; what is there when the settings file appears is whole. Root may enrol a hub whose
service runs as another user: what is written belongs to whom the state folder belongs.
"""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.enrol.keybox import CONFIGURATION_FILE
from agent.identity import write_key
from config.load import parse
from config.write import written
from vitals.errors import HubError

PENDING, CLINIC = "enrolling", "clinic"
ROOT, IDENTITY, KEY, SETTINGS, ROSTER = (
    "root.pem",
    "identity.pem",
    "key.pem",
    "settings.json",
    "roster.json",
)
SECRET, NOTE = "invitation", "enrolled.json"
BRIDGE_KEY = "bridge-key"  # what the clinic told this hub later: to which key to seal
_FOLDER, _OPEN, _READABLE = 0o700, 0o755, 0o644  # the service that reads the settings is not root


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One hub's files.

    Parameters
    ----------
    settings : Path
        The settings file that makes a hub of this machine.
    state_dir : Path
        Where the store is.
    """

    settings: Path
    state_dir: Path

    @property
    def pending(self) -> Path:
        """Return the folder of an enrolment under way."""
        return self.state_dir / PENDING

    @property
    def clinic(self) -> Path:
        """Return the folder of what the clinic gave this hub."""
        return self.state_dir / CLINIC

    def kept(self, name: str) -> bytes | None:
        """Return what an earlier attempt left of this step, None for nothing."""
        path = self.pending / name
        return path.read_bytes() if path.exists() else None

    def keep(self, name: str, octets: bytes) -> None:
        """Keep what a step gave, durably; raises HubError ENR-41 for a folder that is a link."""
        self._folder(self.pending)
        self.own(self._written(self.pending / name, octets))

    def begin(self, secret_hash: str) -> None:
        """Begin with this invitation; what another one left is thrown away."""
        if self.kept("begun") != secret_hash.encode():
            self.give_up()
            self.keep("begun", secret_hash.encode())

    def give_up(self) -> None:
        """Leave nothing of an enrolment under way."""
        shutil.rmtree(self.pending, ignore_errors=True)

    def finish(self, settings: str, *, version: int, signers: list[str], host: str) -> None:
        """Put everything where the hub looks for it: the settings file is the last and the sign."""
        self._folder(self.clinic)
        for name in (ROOT, ROSTER, CONFIGURATION_FILE, IDENTITY, KEY, SECRET, NOTE, BRIDGE_KEY):
            octets = self.kept(name)
            if octets is None:
                (self.clinic / name).unlink(missing_ok=True)
            else:
                self.own(self._written(self.clinic / name, octets))
        text = self._settings(settings, version=version, signers=signers, host=host)
        self._open_folder(self.settings.parent)
        self._written(self.settings, text.encode()).chmod(_READABLE)
        # What the care team sent to this machine in an earlier life is not for this one.
        (self.state_dir / "settings.toml").unlink(missing_ok=True)
        self.give_up()

    def _settings(self, text: str, *, version: int, signers: list[str], host: str) -> str:
        tables: dict[str, Any] = tomllib.loads(text)
        tables["hub"] |= {
            "state_dir": str(self.state_dir),
            "signers": signers,
            "settings_version": version,
        }
        identity = str(self.clinic / IDENTITY)
        root = str(self.clinic / ROOT)
        if tables.get("mqtt", {}).get("host"):
            tables["mqtt"] |= {"ca_file": root, "cert_file": identity, "key_file": identity}
        tables["enrol"] = {"host": host, "root_file": root, "identity_file": identity}
        whole = written(tables)
        parse(whole, source="the clinic's settings")
        head = "# Written by hearth enroll from settings that the clinic signed.\n\n"
        return head + whole

    def note(self, **said: object) -> None:
        """Leave word for the hub's own trail, which the hub writes down when it starts."""
        self.keep(NOTE, json.dumps(said).encode())

    def _folder(self, path: Path) -> None:
        if path.is_symlink():  # root would write, and give away, whatever it leads to
            raise HubError(
                f"{path} leads elsewhere: it is a link.",
                fix="Find out who made it; remove it, and enrol again.",
                code="ENR-41",
            )
        path.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        self.own(path)

    def _open_folder(self, path: Path) -> None:
        """Make the settings' folder, if it is new, one that the service can look into."""
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(_OPEN)

    def _written(self, path: Path, octets: bytes) -> Path:
        write_key(path, octets)
        return path

    def own(self, path: Path) -> None:
        """Give a file to whom the state folder belongs."""
        if os.geteuid() == 0:
            whose = self.state_dir.stat()
            os.chown(path, whose.st_uid, whose.st_gid, follow_symlinks=False)

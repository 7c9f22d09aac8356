"""Keeps a hub's certificate fresh while the hub runs: at two thirds of its life, over mutual TLS.

A hub that was unplugged past its certificate's end shows its old key in the request instead; one
that was set up from a file gets its first certificate here. Nothing is in the way of readings: they
wait, sealed, whatever becomes of this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cryptography import x509

from agent.enrol.ask import Line, asked
from agent.enrol.keybox import box_of, key_in
from agent.enrol.place import KEY, SECRET
from agent.identity import write_key
from agent.status import Status
from config.schema import Config
from sync import certificates
from sync.invitation import read as read_invitation
from vitals.errors import HubError, LinkError

log = logging.getLogger(__name__)

LOOK_S = 3600.0
_SOON_S = 60.0
_STEP_S = 5.0  # so soon it does what the care team asks
ALARM = "ENR-40"


class Audit(Protocol):
    """The hub's trail."""

    def note(self, *, by: str, what: str, seq: int = 0, why: str = "") -> None:
        """Write an event down."""


Dial = Callable[[Path | None], Line]
"""Makes a line to the clinic's bridge, which shows this certificate, or none."""


class Renewal:
    """Looks after the certificate of one hub.

    Parameters
    ----------
    config : Config
        With the clinic that the hub joined; without one there is nothing to do.
    dial : callable
        How the bridge is reached.
    now : callable
        The time of day.
    first : callable
        Called when a hub that was set up from a file has its first certificate.
    """

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        config: Config,
        *,
        dial: Dial,
        now: Callable[[], datetime],
        status: Status,
        audit: Audit,
        first: Callable[[], object],
    ) -> None:
        """Keep the parts; nothing is asked yet."""
        self._config, self._dial, self._now = config, dial, now
        self._status, self._audit, self._first = status, audit, first
        self._wanted = self._called = False
        self._renewed_at: datetime | None = None

    async def run(self) -> None:
        """Look every hour, sooner where a certificate is wanted and the network was away."""
        wait_s = _SOON_S
        while True:
            waited_s = 0.0
            while waited_s < wait_s and not self._called:
                await asyncio.sleep(_STEP_S)
                waited_s += _STEP_S
            self._called = False
            done = await asyncio.to_thread(self.look)
            wait_s = LOOK_S if done else min(wait_s * 2, LOOK_S)

    def ask(self) -> str:
        """Have a new key and certificate made soon; return what becomes of it, in words.

        Any thread may ask. Whoever writes on the clinic's server can: so, once an hour at most.
        """
        last = self._renewed_at
        if last is not None and abs((self._now() - last).total_seconds()) < LOOK_S:
            return "The hub made a new key within the last hour; ask again later."
        self._wanted = self._called = True
        return "The hub makes a new key, and asks the clinic for its certificate."

    def look(self) -> bool:
        """Do what is to be done now; tell whether it was done, or nothing was.

        What a person must mend is an alarm, never an end of the hub.
        """
        try:
            self.once()
        except LinkError as error:
            log.info("certificate not renewed code=%s", error.code)
            return False
        except (HubError, OSError, ValueError) as error:
            code = error.code if isinstance(error, HubError) else ALARM
            log.warning("certificate not renewed code=%s", code)
            self._status.alarm(ALARM, f"The hub's certificate cannot be renewed ({code}).")
            return True
        self._status.clear(ALARM)
        return True

    def once(self) -> str:
        """Renew if it is time; return what was done, empty for nothing.

        Raises
        ------
        LinkError, HubError
            As `ask.asked` does.
        OSError, ValueError
            For files that cannot be used.
        """
        enrol = self._config.enrol
        if not enrol.host or enrol.root_file is None or enrol.identity_file is None:
            return ""
        root = certificates.read_all(enrol.root_file.read_bytes())[0]
        if not enrol.identity_file.exists():
            return self._fetched(enrol.identity_file, root)
        pem = enrol.identity_file.read_bytes()
        present = certificates.read_all(pem)[0]
        wanted = self._wanted
        if self._now() < certificates.renew_after(present) and not wanted:
            return ""
        late = self._now() >= present.not_valid_after_utc
        # Past its end TLS shows it no more: the request, signed with the old key, shows it instead.
        own = key_in(pem)
        box = box_of(own)
        key = own if late else box.new()
        line = self._dial(None if late else enrol.identity_file)
        try:
            chain = asked(line, key, name=self._config.hub.id, root=root, box=box)
        finally:
            line.close()
        self._write(enrol.identity_file, key, chain)
        self._renewed_at, self._wanted = self._now(), False
        why = "after its end" if late else "asked by the care team" if wanted else ""
        self._audit.note(by="hub", what="renewed", why=why)
        return "renewed"

    def _fetched(self, identity: Path, root: x509.Certificate) -> str:
        folder = identity.parent
        if not (folder / SECRET).exists():
            return ""
        key = (folder / KEY).read_bytes()
        invitation = read_invitation((folder / SECRET).read_text(encoding="ascii"))
        line = self._dial(None)
        try:
            chain = asked(
                line,
                key,
                name=self._config.hub.id,
                root=root,
                box=box_of(key),
                secret=invitation.secret,
            )
        finally:
            line.close()
        self._write(identity, key, chain)
        (folder / SECRET).unlink()
        (folder / KEY).unlink()
        self._audit.note(by="hub", what="enrolled", why="first certificate")
        self._first()
        return "first"

    def _write(self, identity: Path, key: bytes, chain: list[x509.Certificate]) -> None:
        write_key(identity, key + certificates.pem_of(chain))

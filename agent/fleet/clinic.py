"""A clinic's folder on one machine of its care team: what is where, and how it is opened."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography import x509

from agent.clock import HubClock
from agent.fleet.trail import Trail
from agent.identity import write_key
from config.clinic import ROLES, ClinicConfig, load_clinic
from config.write import written
from sync import certificates, locked, roster, scopes, signing
from sync.bridge.invitations import Invitations
from sync.bridge.register import Register
from sync.links.https import HttpsLink
from vitals.errors import HubError

SETTINGS, SECRET, SIGNING = "clinic.toml", "secret.locked", "signing.locked"
ROOT, ISSUING, ROSTER = "root.pem", "issuing.pem", "roster.json"
BROKER, BRIDGE, SHOWN = "broker", "bridge", "shown"
SECRET_OCTETS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An open line to the clinic's FHIR server, and what stands there."""

    link: HttpsLink
    register: Register
    invitations: Invitations


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """One clinic, as one machine of its care team has it.

    Parameters
    ----------
    folder : Path
        Where everything is; `README.md` of this package says what.
    config : ClinicConfig
        Its settings.
    operator : str
        Who sits at the keyboard.
    """

    folder: Path
    config: ClinicConfig
    operator: str

    @property
    def tenant(self) -> str:
        """Return the clinic's name in topics and seals."""
        return self.config.clinic.tenant

    def allow(self, role: str) -> None:
        """See that the operator may do what this role may.

        A table in a file that the operator can read keeps slips away, not malice: what truly stands
        between two machines is which of them holds the clinic's secret.

        Raises
        ------
        HubError
            FLEET-12 for one who may not, or is not listed.
        """
        given = {one.login: one.role for one in self.config.operator}.get(self.operator, "")
        if given in ROLES[: ROLES.index(role) + 1]:
            return
        raise HubError(
            f"{self.operator} may not do this: it takes the role {role}.",
            fix=f"Ask an admin of the clinic, who lists you in {self.folder / SETTINGS}.",
            code="FLEET-12",
        )

    def root(self) -> x509.Certificate:
        """Return the clinic's root certificate."""
        return certificates.read_all(octets_of(self.folder / ROOT))[0]

    def issuing(self) -> x509.Certificate:
        """Return the certificate under which a bridge signs hubs'."""
        return certificates.read_all(octets_of(self.folder / ISSUING))[0]

    def roster_text(self) -> str:
        """Return the signed list of the machines that may sign."""
        return octets_of(self.folder / ROSTER).decode("utf-8", "replace")

    def roster(self) -> roster.Roster:
        """Return the list of the machines that may sign, checked."""
        return roster.opened(self.roster_text(), tenant=self.tenant, root=self.root())

    def secret(self, passphrase: str) -> bytes:
        """Unlock the clinic's secret, which only the first machine has; raises HubError."""
        if not (self.folder / SECRET).exists():
            raise HubError(
                "This machine does not hold the clinic's secret, and cannot do this.",
                fix="Do it on the clinic's first machine, or restore the secret from its sheet.",
                code="FLEET-13",
            )
        return locked.unlock(octets_of(self.folder / SECRET), passphrase)

    def signing_key(self, passphrase: str) -> signing.Key:
        """Unlock this machine's signing key; raises HubError FLEET-10 for a wrong passphrase."""
        return signing.Key(locked.unlock(octets_of(self.folder / SIGNING), passphrase))

    def trail(self) -> Trail:
        """Return the audit trail of this machine."""
        return Trail(self.folder, machine=f"fleet-{self.config.clinic.machine}", now=HubClock())

    @contextmanager
    def line(self) -> Iterator[Line]:
        """Open a line to the clinic's server for as long as the block lasts."""
        link = HttpsLink(self.config.fhir, scope=scopes.CLINIC)
        try:
            yield Line(
                link=link,
                register=Register(link, tenant=self.tenant, clock=time.monotonic),
                invitations=Invitations(link),
            )
        finally:
            link.close()


def opened(folder: Path, operator: str) -> Clinic:
    """Open a clinic's folder.

    Raises
    ------
    HubError
        FLEET-11 when there is no clinic.
    ConfigError
        When its settings are wrong.
    """
    if not (folder / SETTINGS).exists():
        raise HubError(
            f"There is no clinic in {folder}.",
            fix="Name its folder with --clinic, or make one: hearth fleet init.",
            code="FLEET-11",
        )
    return Clinic(folder=folder, config=load_clinic(folder / SETTINGS), operator=operator)


def octets_of(path: Path) -> bytes:
    """Read one of a clinic's files; raises HubError FLEET-02 when it cannot be."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HubError(
            f"{path} cannot be used: {error.strerror or type(error).__name__}.",
            fix="Name the right folder, and run this as the one who may read it.",
            code="FLEET-02",
        ) from None


def keep(path: Path, octets: bytes) -> None:
    """Write one of a clinic's files, whole or not at all, readable by its owner alone."""
    write_key(path, octets)


def new_secret() -> bytes:
    """Make a clinic's secret, out of which its root, issuing and bridge keys are derived."""
    return secrets.token_bytes(SECRET_OCTETS)


def root_key(secret: bytes) -> certificates.PrivateKey:
    """Return the root's key."""
    return certificates.key_from(locked.derived(secret, "root/1", 48))


def issuing_key(secret: bytes) -> certificates.PrivateKey:
    """Return the key by which bridges sign hubs' certificates."""
    return certificates.key_from(locked.derived(secret, "issuing/1", 48))


def bridge_key(secret: bytes, number: int = 1) -> bytes:
    """Return the bridge's private key (X25519), to which hubs seal readings; the first is 1."""
    return locked.derived(secret, f"bridge/{number}", 32)


def bridge_keys(secret: bytes, count: int) -> bytes:
    """Write all keys that a bridge opens by, the newest first, as its key file has them."""
    keys = [bridge_key(secret, number) for number in range(count, 0, -1)]
    return "".join(f"{key.hex()}\n" for key in keys).encode()


def text_of(config: ClinicConfig) -> str:
    """Write a machine's settings as TOML."""
    return written(
        {
            "clinic": asdict(config.clinic),
            "fhir": asdict(config.fhir),
            "broker": asdict(config.broker),
            "bridge": asdict(config.bridge),
            "homes": asdict(config.homes),
            "operator": [asdict(one) for one in config.operator],
        }
    )

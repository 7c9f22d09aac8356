"""Makes a clinic: its secret, what is derived and signed, and the kits of broker and bridge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from agent.fleet import clinic as at
from agent.fleet import deny, kit
from config.clinic import Broker, Clinic, ClinicConfig, Door, Operator, check, load_clinic
from config.load import parsed
from config.schema import Fhir
from sync import certificates, hpke, locked, roster, signing
from sync.certificates import Signer
from vitals.errors import HubError

_HERE = frozenset({"127.0.0.1", "localhost"})
_INSTALLED = {at.BROKER: Path("/etc/mosquitto/hearth"), at.BRIDGE: Path("/etc/hearth/bridge")}


def made(  # noqa: PLR0913 - what a clinic is made of
    folder: Path,
    config: ClinicConfig,
    *,
    secret: bytes,
    passphrase: str,
    now: datetime,
    folders: Mapping[str, Path] | None = None,
    version: int = 1,
) -> signing.Key:
    """Make a clinic in a folder: all at once, the settings last, so that nothing half-made counts.

    Parameters
    ----------
    secret : bytes
        A new one, or one typed back from the backup sheet.
    version : int
        Of the list of signers: higher than any that hubs saw before.
    folders : mapping, optional
        Where the kits of "broker" and "bridge" will stand, if not as `stands` says.

    Raises
    ------
    HubError
        FLEET-01 when there is a clinic already, FLEET-02 when the folder cannot be written.
    """
    checked(folder, config)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = folder.resolve()
        key = signing.Key()
        top = _signed(folder, config, secret, now)
        list_ = roster.Roster(
            tenant=config.clinic.tenant,
            version=version,
            signers=((config.clinic.machine, key.public.hex()),),
        )
        at.keep(folder / at.ROSTER, list_.written(top.key).encode())
        at.keep(folder / at.SIGNING, locked.lock(key.private(), passphrase))
        at.keep(folder / at.SECRET, locked.lock(secret, passphrase))
        places = stands(folder, config) | dict(folders or {})
        kits(
            folder,
            config,
            secret=secret,
            top=top,
            now=now,
            folders=places,
            signers=[key.public.hex()],
        )
        at.keep(folder / at.SETTINGS, written(config, secret).encode())
    except OSError as error:
        raise HubError(
            f"The clinic cannot be written to {folder}: {error.strerror}.",
            fix="Name a folder that you may write to.",
            code="FLEET-02",
        ) from None
    return key


def known(  # noqa: PLR0913 - what names a clinic
    settings: Path | None,
    *,
    fhir: str,
    bridge: str,
    broker: str,
    name: str,
    admin: str,
    keys: int = 1,
) -> ClinicConfig:
    """Return a clinic's settings: from a file of it, or as somebody names the few that matter.

    Raises
    ------
    ConfigError
        When the file cannot be used, or a name is missing.
    """
    if settings is not None:
        return load_clinic(settings)
    door, door_port = place(bridge, 8443)
    host, port = place(broker or door, 8883)
    return ClinicConfig(
        clinic=Clinic(tenant=name),
        fhir=Fhir(base_url=fhir),
        broker=Broker(host=host, port=port),
        bridge=Door(host=door, port=door_port, keys=keys),
        operator=(Operator(login=admin, role="admin"),),
    )


def place(text: str, port: int) -> tuple[str, int]:
    """Read HOST or HOST:PORT."""
    host, colon, digits = text.rpartition(":")
    return (host, int(digits)) if colon and digits.isdigit() else (text, port)


def kits_again(clinic: at.Clinic, *, secret: bytes, now: datetime) -> None:
    """Make the kits of broker and bridge anew, and what signs hubs' certificates; same keys."""
    folder = clinic.folder.resolve()
    top = Signer(certificate=clinic.root(), key=at.root_key(secret))
    below = certificates.issuing(top, at.issuing_key(secret), clinic=clinic.tenant, now=now)
    at.keep(folder / at.ISSUING, certificates.pem_of([below.certificate]))
    places = stands(folder, clinic.config)
    signers = sorted(clinic.roster().keys())
    kits(folder, clinic.config, secret=secret, top=top, now=now, folders=places, signers=signers)


def stands(folder: Path, config: ClinicConfig) -> dict[str, Path]:
    """Return where the kits will stand: as systemd/README.md says, or here on one machine."""
    wanted = {at.BROKER: config.broker.host, at.BRIDGE: config.bridge.host}
    return {
        name: folder / name if host in _HERE else _INSTALLED[name] for name, host in wanted.items()
    }


def checked(folder: Path, config: ClinicConfig) -> None:
    """See that a clinic can be made here, before anybody is asked for a passphrase; raises so."""
    if (folder / at.SETTINGS).exists():
        raise HubError(
            f"There is a clinic in {folder} already, and hubs trust it.",
            fix="Keep it, or name another folder.",
            code="FLEET-01",
        )
    written(config, bytes(at.SECRET_OCTETS))


def _signed(folder: Path, config: ClinicConfig, secret: bytes, now: datetime) -> Signer:
    name = config.clinic.tenant
    top = certificates.root(at.root_key(secret), clinic=name, now=now)
    below = certificates.issuing(top, at.issuing_key(secret), clinic=name, now=now)
    at.keep(folder / at.ROOT, certificates.pem_of([top.certificate]))
    at.keep(folder / at.ISSUING, certificates.pem_of([below.certificate]))
    return top


def kits(  # noqa: PLR0913 - what a kit is made of
    folder: Path,
    config: ClinicConfig,
    *,
    secret: bytes,
    top: Signer,
    now: datetime,
    folders: Mapping[str, Path],
    signers: Sequence[str],
) -> None:
    """Write what is carried to the broker's and the bridge's machine, with fresh certificates."""
    broker, bridge = folder / at.BROKER, folder / at.BRIDGE
    pem = (folder / at.ROOT).read_bytes()
    server = certificates.new_key()
    shown = certificates.server(
        top, server, name="broker", hosts=_hosts(config.broker.host), now=now
    )
    for path, octets in {
        broker / "root.pem": pem,
        broker / "broker.key": certificates.key_pem(server),
        broker / "broker.pem": certificates.pem_of([shown]),
        broker / deny.FILE: _denied(broker / deny.FILE, folder, secret, now),
        broker / "rules": kit.rules(config.clinic.tenant).encode(),
        broker / "mosquitto.conf": kit.mosquitto(config, folders[at.BROKER]).encode(),
        folder / at.SHOWN / "broker.pem": certificates.pem_of([shown]),
    }.items():
        at.keep(path, octets)
    own = certificates.new_key()
    hosts = _hosts(config.bridge.host)
    ours = certificates.server(top, own, name=kit.BRIDGE_NAME, hosts=hosts, now=now)
    issuing = at.issuing_key(secret)
    for path, octets in {
        bridge / "root.pem": pem,
        bridge / "bridge.pem": certificates.key_pem(own) + certificates.pem_of([ours]),
        bridge / "issuing.pem": certificates.key_pem(issuing) + (folder / at.ISSUING).read_bytes(),
        bridge / "bridge.key": at.bridge_keys(secret, config.bridge.keys),
        folder / at.SHOWN / "bridge.pem": certificates.pem_of([ours]),
        bridge / "bridge.toml": kit.bridge(config, folders[at.BRIDGE], signers=signers).encode(),
    }.items():
        at.keep(path, octets)


def _denied(path: Path, folder: Path, secret: bytes, now: datetime) -> bytes:
    """Return the broker's deny list as it is, an empty one where there is none."""
    return path.read_bytes() if path.exists() else deny.written(folder, secret, (), now)


def _hosts(host: str) -> Sequence[str]:
    return sorted(_HERE) if host in _HERE else (host,)


def written(config: ClinicConfig, secret: bytes) -> str:
    """Write the clinic's settings, with the bridge's public key in them."""
    newest = hpke.Reader(at.bridge_key(secret, config.bridge.keys)).public.hex()
    public = config.bridge.key or newest
    text = at.text_of(replace(config, bridge=replace(config.bridge, key=public)))
    parsed(ClinicConfig, text, source="the clinic's settings", check=check)
    return text


def in_words(folder: Path, config: ClinicConfig) -> list[str]:
    """Return what was made, and what to do next, for a person."""
    places = stands(folder.resolve(), config)
    lines = [f"The clinic {config.clinic.tenant} is in {folder}. Whatever is private is locked."]
    for name, host in ((at.BROKER, config.broker.host), (at.BRIDGE, config.bridge.host)):
        if host not in _HERE:
            lines.append(f"{folder / name}: move it to {host}, there to {places[name]}.")
    if len(lines) > 1:
        lines.append("These hold keys that are not locked: leave no copy behind. Every step is in")
        lines.append("systemd/README.md, The clinic's two servers.")
    return [
        *lines,
        f"Next: hearth fleet sheet --clinic {folder}   (print it, put it in a safe)",
        f"Then: hearth fleet invite --clinic {folder} --patient Patient/...",
    ]


def renewed(clinic: at.Clinic) -> list[str]:
    """Return what to do with certificates that were made anew, for a person."""
    steps = []
    for name, host, also, unit in (
        (at.BROKER, clinic.config.broker.host, "broker.key", "mosquitto"),
        (at.BRIDGE, clinic.config.bridge.host, "issuing.pem", "hearth-bridge"),
    ):
        if host not in _HERE:
            file = clinic.folder / name / f"{name}.pem"
            steps.append(f"To the {name} {host}, over those there: {file} and {also};")
        steps.append(f"{'There' if host not in _HERE else 'Here'}: systemctl restart {unit}")
    steps.append("To see that they count: hearth fleet certificates --show")
    return [
        "New certificates for a year. Until they are in place the old ones count.",
        *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
        "",
    ]

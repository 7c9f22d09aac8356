"""Certificates that were taken back: what the register keeps of each, and the broker's list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from sync.certificates import ROOT_DAYS, Signer

SLACK = timedelta(minutes=10)  # a broker's clock may be a little behind this one


def revoked(above: Signer, serials: Iterable[int], *, now: datetime) -> bytes:
    """Write the list of certificates that were taken back (RFC 5280, section 5), as PEM.

    It never runs out while its root lives: past its end a broker would refuse every hub.
    """
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(above.certificate.subject)
        .last_update(now - SLACK)
        .next_update(now + timedelta(days=ROOT_DAYS))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key()),
            critical=False,
        )
    )
    for serial in sorted(serials):
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
        made = made.add_revoked_certificate(one.build())
    return made.sign(above.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def mark(certificate: x509.Certificate) -> str:
    """Return what the register keeps of a certificate: serial number in hex, and when it ends."""
    ends = certificate.not_valid_after_utc.isoformat(timespec="seconds")
    return f"{certificate.serial_number:x} {ends}"


def marked(text: str) -> tuple[int, datetime | None]:
    """Read what `mark` wrote: serial number, 0 for none, and the end, None where unknown."""
    serial, _, ends = text.partition(" ")
    try:
        number = int(serial, 16)
        moment = datetime.fromisoformat(ends) if ends else None
    except ValueError:
        return 0, None
    return max(number, 0), moment if moment is not None and moment.tzinfo is not None else None

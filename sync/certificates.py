"""The clinic's certificates (RFC 5280): a root that stays at home, and what is signed for hubs.

    root (20 years, offline)
    ├── issuing (5 years, at the bridge, clients only) ── hubs (30 days, renewed by themselves)
    └── broker, bridge (1 year)

The issuing certificate is bound to client authentication: who steals it from a bridge can make no
server that a hub would believe. P-256 with SHA-256 throughout. No clock here: `now` is an argument.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs7,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.invitation import PIN_OCTETS

ROOT_DAYS, ISSUING_DAYS, SERVER_DAYS, HUB_DAYS = 7305, 1826, 366, 30
_SLACK = timedelta(minutes=10)  # a hub's clock may be a little behind the clinic's
_RENEW_AT = 2 / 3

PrivateKey = ec.EllipticCurvePrivateKey


def new_key() -> PrivateKey:
    """Make a P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def key_from(octets: bytes) -> PrivateKey:
    """Return the P-256 key of 48 octets (FIPS 186-5, A.2.1: so many that none is likelier)."""
    order = (
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SP 800-186, 3.2.1.3
    )
    return ec.derive_private_key(int.from_bytes(octets, "big") % (order - 1) + 1, ec.SECP256R1())


def key_pem(key: PrivateKey) -> bytes:
    """Write a private key in the clear (PKCS #8)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_key(pem: bytes) -> PrivateKey:
    """Read a private key; raises ValueError when it is no P-256 key."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not an elliptic-curve key")  # noqa: TRY004 - as every other wrong key
    return key


def signed(key: PrivateKey, message: bytes) -> bytes:
    """Sign a message with the root's key (ECDSA, SHA-256, DER)."""
    return key.sign(message, ec.ECDSA(hashes.SHA256()))


def is_signed(root: x509.Certificate, message: bytes, signature: bytes) -> bool:
    """Tell whether the owner of the root signed a message."""
    try:
        _public(root).verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def pin(certificate: x509.Certificate) -> bytes:
    """Return the first 16 octets of SHA-256 over the public key: it outlives a renewed root."""
    return key_hash(certificate)[:PIN_OCTETS]


def key_hash(holder: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """Return SHA-256 over the SubjectPublicKeyInfo (RFC 7469, 2.4)."""
    form = PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(holder.public_key().public_bytes(Encoding.DER, form)).digest()


def name_of(holder: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """Return the common name, empty if there is none."""
    found = holder.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A certificate that signs others, with its key."""

    certificate: x509.Certificate
    key: PrivateKey


def root(key: PrivateKey, *, clinic: str, now: datetime) -> Signer:
    """Make the clinic's root."""
    made = _draft(_named(f"Hearth {clinic}"), None, key.public_key(), now, ROOT_DAYS)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    made = made.add_extension(_SIGNS, critical=True)
    return Signer(certificate=made.sign(key, hashes.SHA256()), key=key)


def issuing(above: Signer, key: PrivateKey, *, clinic: str, now: datetime) -> Signer:
    """Make the certificate by which a bridge signs hubs' certificates, and nothing else."""
    subject = _named(f"Hearth {clinic} hubs")
    made = _draft(subject, above, key.public_key(), now, ISSUING_DAYS)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = made.add_extension(_SIGNS, critical=True)
    made = made.add_extension(_CLIENTS, critical=False)
    return Signer(certificate=made.sign(above.key, hashes.SHA256()), key=key)


def server(
    above: Signer, key: PrivateKey, *, name: str, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    """Sign the certificate of the clinic's broker or bridge, for these names and addresses."""
    made = _draft(_named(name), above, key.public_key(), now, SERVER_DAYS)
    made = made.add_extension(
        x509.SubjectAlternativeName([_host(h) for h in hosts]), critical=False
    )
    made = made.add_extension(_SERVERS, critical=False)
    return _ended(made).sign(above.key, hashes.SHA256())


def hub(
    above: Signer, request: x509.CertificateSigningRequest, *, name: str, now: datetime
) -> x509.Certificate:
    """Sign a hub's certificate for 30 days. The name is ours to give; the request's is not read."""
    made = _draft(_named(name), above, request.public_key(), now, HUB_DAYS)
    made = made.add_extension(_CLIENTS, critical=False)
    return _ended(made).sign(above.key, hashes.SHA256())


def request(key: PrivateKey, name: str) -> bytes:
    """Write a certificate signing request (PKCS #10, DER)."""
    asked = x509.CertificateSigningRequestBuilder().subject_name(_named(name))
    return asked.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def der_of(asked: x509.CertificateSigningRequest) -> bytes:
    """Write a request as it came."""
    return asked.public_bytes(Encoding.DER)


def read_request(der: bytes) -> x509.CertificateSigningRequest:
    """Read a request; raises ValueError for one that is not signed by its own P-256 key."""
    try:
        found = x509.load_der_x509_csr(der)
        key = found.public_key()
        good = isinstance(key, ec.EllipticCurvePublicKey) and found.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not a certificate signing request") from None
    if not good or not isinstance(cast("ec.EllipticCurvePublicKey", key).curve, ec.SECP256R1):
        raise ValueError("not a request of a P-256 key")
    return found


def read_all(pem: bytes) -> list[x509.Certificate]:
    """Read certificates, one after another; raises ValueError for none."""
    return x509.load_pem_x509_certificates(pem)


def read_der(der: bytes) -> x509.Certificate:
    """Read one certificate as TLS hands it over; raises ValueError."""
    return x509.load_der_x509_certificate(der)


def pem_of(certificates: Sequence[x509.Certificate]) -> bytes:
    """Write certificates, one after another."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def packed(certificates: Sequence[x509.Certificate]) -> bytes:
    """Write certificates as EST carries them: PKCS #7 certs-only, DER (RFC 7030, 4.1.3)."""
    return pkcs7.serialize_certificates(list(certificates), Encoding.DER)


def unpacked(der: bytes) -> list[x509.Certificate]:
    """Read what `packed` wrote; raises ValueError."""
    try:
        return pkcs7.load_der_pkcs7_certificates(der)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("not PKCS #7") from None


def is_from(certificate: x509.Certificate, above: x509.Certificate) -> bool:
    """Tell whether one certificate was signed by another's key."""
    try:
        certificate.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def path(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], top: x509.Certificate
) -> list[x509.Certificate] | None:
    """Return a certificate and what leads from it to the root, without it; None if nothing does."""
    chain = [leaf]
    while not is_from(chain[-1], top):
        above = next((one for one in others if is_from(chain[-1], one)), None)
        if above is None or above in chain:
            return None
        chain.append(above)
    return chain


def renew_after(certificate: x509.Certificate) -> datetime:
    """Return when two thirds of a certificate's life are over."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins + (ends - begins) * _RENEW_AT


def _public(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not an elliptic-curve key")  # noqa: TRY004 - as every other wrong key
    return key


def _draft(
    subject: x509.Name,
    above: Signer | None,
    key: ec.EllipticCurvePublicKey | object,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    own = cast("ec.EllipticCurvePublicKey", key)
    issuer = subject if above is None else above.certificate.subject
    signer = own if above is None else above.key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own), critical=False)
    )


def _ended(made: x509.CertificateBuilder) -> x509.CertificateBuilder:
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return made.add_extension(_USED, critical=True)


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return x509.DNSName(text)


def _usage(*, signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_others,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_others,
        crl_sign=signs_others,
        encipher_only=False,
        decipher_only=False,
    )


_SIGNS, _USED = _usage(signs_others=True), _usage(signs_others=False)
_CLIENTS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
_SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])

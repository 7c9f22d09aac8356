"""Where a hub's key for its certificate is made and stays: a file of its own, or inside its TPM.

In the TPM: Debian's `tpm2-openssl` makes a P-256 key there; the file then holds only a form of it
that this very TPM can load (TSS2 PRIVATE KEY). TLS signs through the TPM as well, so the hub's
process is started with the settings of `CONFIGURATION`. A hub without a TPM keeps its key in a file
that only its own user reads.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from typing import Protocol

from sync import certificates, est
from vitals.errors import HubError

CONFIGURATION_FILE = "openssl.cnf"
CONFIGURATION = """\
# Lets TLS use a key that is inside this machine's TPM. Hashes and ciphers stay with the processor.
openssl_conf = hearth
[hearth]
providers = providers
alg_section = algorithms
[algorithms]
default_properties = ?provider=tpm2,tpm2.digest!=yes,tpm2.cipher!=yes
[providers]
default = active
tpm2 = active
[active]
activate = 1
"""
_LIMIT_S = 60.0
_IN_TPM = b"-----BEGIN TSS2 PRIVATE KEY-----"
_KEY = re.compile(
    rb"-----BEGIN (?:TSS2 |EC )?PRIVATE KEY-----.*?-----END [A-Z0-9 ]+-----\n", re.DOTALL
)
_PEM = re.compile(rb"-----BEGIN [^-]+-----(.*?)-----END", re.DOTALL)
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")  # RFC 5758, 3.2: without parameters


class KeyBox(Protocol):
    """A place for keys."""

    def new(self) -> bytes:
        """Make a P-256 key; return the PEM by which TLS finds it. Raises HubError ENR-27."""

    def request(self, key: bytes, name: str) -> bytes:
        """Return a certificate request for it (PKCS #10, DER). Raises HubError ENR-27."""


class FileBox:
    """Keeps keys in their files."""

    def new(self) -> bytes:
        """Make a key."""
        return certificates.key_pem(certificates.new_key())

    def request(self, key: bytes, name: str) -> bytes:
        """Sign a request."""
        return certificates.request(certificates.read_key(key), name)


class TpmBox:
    """Keeps keys in the TPM.

    Parameters
    ----------
    environment : mapping, optional
        Where the TPM is, for tpm2-openssl (`TPM2OPENSSL_TCTI`); /dev/tpmrm0 if left out.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Keep where the TPM is."""
        self._environment = {**os.environ, **(environment or {})}

    def new(self) -> bytes:
        """Have the TPM make a key."""
        words = ("genpkey", "-provider", "tpm2", "-algorithm", "EC", "-pkeyopt", "group:P-256")
        made = self._openssl(*words)
        if not made.startswith(_IN_TPM):
            raise _no_tpm("openssl made a key outside of it")
        return made

    def request(self, key: bytes, name: str) -> bytes:
        """Have the TPM sign a request."""
        words = ("req", "-new", "-provider", "tpm2", "-provider", "default", "-key", "/dev/stdin")
        made = self._openssl(*words, "-subj", f"/CN={name}", given=key)
        found = _PEM.search(made)
        if found is None:
            raise _no_tpm("openssl gave no request")
        return without_parameters(est.read(found[1]))

    def _openssl(self, *words: str, given: bytes = b"") -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - fixed words and the hub's own name
                ["openssl", *words],  # noqa: S607 - found on PATH
                input=given,
                capture_output=True,
                check=True,
                env=self._environment,
                timeout=_LIMIT_S,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _no_tpm(f"openssl failed ({type(error).__name__})") from None
        return done.stdout


def box_of(key: bytes, environment: Mapping[str, str] | None = None) -> KeyBox:
    """Return the box that a key is in."""
    return TpmBox(environment) if _IN_TPM in key else FileBox()


def key_in(pem: bytes) -> bytes:
    """Return the key out of a file with its certificates; raises ValueError when there is none."""
    found = _KEY.search(pem)
    if found is None:
        raise ValueError("no key in it")
    return found[0]


def without_parameters(request: bytes) -> bytes:
    """Return a request as RFC 5758 wants it; tpm2-openssl 1.1 writes NULL behind the algorithm.

    The algorithm stands outside of what is signed (RFC 2986, 4.2). Raises HubError ENR-27 for what
    is no request.
    """
    try:
        begin, end = _span(request, 0)
        _, signed = _span(request, begin)
        _, algorithm = _span(request, signed)
    except IndexError:
        raise _no_tpm("openssl gave no request") from None
    inner = request[begin:signed] + _ECDSA_SHA256 + request[algorithm:end]
    size = len(inner).to_bytes(2, "big").lstrip(b"\0")  # at least 128 octets: a key and a signature
    return bytes([0x30, 0x80 | len(size)]) + size + inner


def _span(der: bytes, at: int) -> tuple[int, int]:
    """Return where the content of a DER value begins and ends (X.690, 8.1.3)."""
    length, begin = der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, begin = int.from_bytes(der[begin : begin + count], "big"), begin + count
    if begin + length > len(der):
        raise IndexError
    return begin, begin + length


def _no_tpm(why: str) -> HubError:
    return HubError(
        f"The key cannot be made in this machine's TPM: {why}.",
        fix="Install Debian's tpm2-openssl and see that /dev/tpmrm0 is there; or leave --tpm out.",
        code="ENR-27",
    )

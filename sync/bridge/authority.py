"""The clinic's own authority: signs hubs with the issuing key that a bridge holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from sync import certificates
from sync.certificates import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAuthority:
    """Signs for 30 days under the issuing certificate. `now` tells the time of day."""

    root: x509.Certificate
    issuing: Signer
    now: Callable[[], datetime]

    def cacerts(self) -> Sequence[x509.Certificate]:
        """Return the root and the issuing certificate."""
        return (self.root, self.issuing.certificate)

    def sign(self, request: x509.CertificateSigningRequest, *, name: str) -> list[x509.Certificate]:
        """Sign; the name is what the clinic calls the hub, not what the request says."""
        made = certificates.hub(self.issuing, request, name=name, now=self.now())
        return [made, self.issuing.certificate]

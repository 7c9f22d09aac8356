"""Asks the clinic for a certificate, first or next, and checks what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from cryptography import x509

from agent.enrol.keybox import KeyBox
from sync import certificates
from vitals.errors import HubError


class Line(Protocol):
    """A way to the clinic's bridge; `sync.links.est.EstLink` is one."""

    def cacerts(self) -> tuple[list[x509.Certificate], datetime | None]:
        """Return the authority's certificates, and what the other side's clock shows."""

    def settings(self, secret: bytes) -> Mapping[str, Any]:
        """Return the signed settings and the list of signers."""

    def enrol(
        self, request: bytes, *, secret: bytes | None = None, again: bool = False
    ) -> list[x509.Certificate]:
        """Return the certificate for a request, and what is between it and the root."""

    def close(self) -> None:
        """Close the line."""


def asked(  # noqa: PLR0913 - what a request is made of
    line: Line,
    key: bytes,
    *,
    name: str,
    root: x509.Certificate,
    box: KeyBox,
    secret: bytes | None = None,
) -> list[x509.Certificate]:
    """Ask for a certificate, first or next; return it with what is between it and the root.

    Raises
    ------
    LinkError, HubError
        As the line does; ENR-22 for one that is not for this key, this name and from this root.
    """
    request = box.request(key, name)
    found = line.enrol(request, secret=secret, again=secret is None)
    wanted = certificates.key_hash(certificates.read_request(request))
    leaf = next((one for one in found if certificates.key_hash(one) == wanted), None)
    chain = _chain(leaf, found, line, root) if leaf is not None else None
    if leaf is None or chain is None or certificates.name_of(leaf) != name:
        raise HubError(
            "The certificate that came is not for this hub, or not from its clinic.",
            fix="Ask the clinic for a new invitation.",
            code="ENR-22",
        )
    return chain


def _chain(
    leaf: x509.Certificate, found: Sequence[x509.Certificate], line: Line, root: x509.Certificate
) -> list[x509.Certificate] | None:
    """Return what leads from a hub's certificate to the clinic's root, or to its other authority.

    The line believes the clinic's root alone, so what the bridge says over it about an authority
    elsewhere (RFC 7030, 4.1.3) is as good as the root's own word.
    """
    own = certificates.path(leaf, found, root)
    if own is not None:
        return own
    known, _ = line.cacerts()
    tops = [one for one in known if certificates.is_from(one, one)]
    paths = (certificates.path(leaf, [*found, *known], top) for top in tops)
    return next((path for path in paths if path is not None), None)

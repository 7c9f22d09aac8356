"""Which of the clinic's machines may sign settings: a list that only the root's key can change.

A JSON object: `v` 1, `tenant`, `version` (counts up), `signers` (name and public key in hex of
each), where bridges have a newer key than the first one `bridge` (its public half in hex), and
`signature` by the root's key over all of that. A machine that was removed cannot put
itself back, and an older list is refused by whoever saw a newer one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from sync import certificates
from vitals.errors import HubError

MAX_OCTETS = 16 * 1024
_FORM = 1
_KEY_DIGITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The machines that may sign: names and public keys in hex.

    `bridge` is the public key to which hubs seal from now on; empty for the one in their settings.
    """

    tenant: str
    version: int
    signers: tuple[tuple[str, str], ...]
    bridge: str = ""

    def keys(self) -> frozenset[str]:
        """Return the public keys."""
        return frozenset(key for _, key in self.signers)

    def written(self, root: certificates.PrivateKey) -> str:
        """Sign the list with the root's key."""
        body: dict[str, Any] = {
            "v": _FORM,
            "tenant": self.tenant,
            "version": self.version,
            "signers": [list(one) for one in self.signers],
        }
        if self.bridge:
            body["bridge"] = self.bridge
        signature = certificates.signed(root, _message(body))
        return json.dumps({**body, "signature": signature.hex()})


def opened(text: str, *, tenant: str, root: x509.Certificate, newest: int = 0) -> Roster:
    """Read a list.

    Raises
    ------
    HubError
        SET-06 not of this form, not signed by this root, or for another clinic; SET-07 older than
        the one this machine has.
    """
    found = _form(text)
    signature = found.pop("signature")
    if not certificates.is_signed(root, _message(found), signature) or found["tenant"] != tenant:
        raise _not_ours()
    if found["version"] < newest:
        raise HubError(
            f"A list of signers came with version {found['version']}; this hub has {newest}.",
            fix="Send the clinic's present list; an older one is never taken.",
            code="SET-07",
        )
    signers = tuple((name, key) for name, key in found["signers"])
    bridge = found.get("bridge", "")
    return Roster(tenant=tenant, version=found["version"], signers=signers, bridge=bridge)


def _form(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if len(text) <= MAX_OCTETS else None
        signature = bytes.fromhex(found["signature"]) if isinstance(found, dict) else b""
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _not_ours() from None
    rows = found.get("signers") if isinstance(found, dict) else None
    if (
        not isinstance(found, dict)
        or found.keys() - {"bridge"} != {"v", "tenant", "version", "signers", "signature"}
        or found["v"] != _FORM
        or not isinstance(found["tenant"], str)
        or type(found["version"]) is not int
        or not isinstance(rows, list)
        or not all(map(_is_signer, rows))
        or not _is_key(found.get("bridge", "0" * _KEY_DIGITS))
    ):
        raise _not_ours()
    return {**found, "signature": signature}


def _is_signer(row: object) -> bool:
    if not (isinstance(row, list) and len(row) == 2 and all(isinstance(o, str) for o in row)):  # noqa: PLR2004 - a name and a key
        return False
    return _is_key(row[1])


def _is_key(text: object) -> bool:
    if not isinstance(text, str):
        return False
    return len(text) == _KEY_DIGITS and set(text) <= set("0123456789abcdef")


def _message(body: dict[str, Any]) -> bytes:
    kept = {name: one for name, one in body.items() if name != "signature"}
    return b"hearth/roster/1\n" + json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()


def _not_ours() -> HubError:
    return HubError(
        "A list of signers came that this clinic's root has not signed.",
        fix="Send the list that `hearth fleet machine` wrote, whole.",
        code="SET-06",
    )

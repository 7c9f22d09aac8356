"""An invitation to a visit: signed by the clinic, for one hub, for a while, for one use. Pure.

A link is `https://bridge/visit/#PAYLOAD.SIGNATURE.PRIVATE`: all of it in the fragment, which no
browser sends to a server. The first two parts are the token; the third is the visit's private key,
which never leaves the page. Whoever has the link is whom the clinic invited.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from agent.visit.messages import VERSION, Id, Text, Token
from agent.visit.text import from_text, to_text
from sync import p256, signing
from vitals.errors import HubError

PAGE = "/visit/"
LEEWAY_S = 60
"""How far the clinic's clock and a hub's may be apart."""
LONGEST_S = 24 * 3600

_SIGNED = b"hearth/visit/1\ninvitation\n"
_CANCELS = b"hearth/visit/1\ncancel\n"
_Named = Annotated[str, Meta(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
_Reference = Annotated[str, Meta(pattern=r"^([A-Za-z]{1,40}/[A-Za-z0-9\-.]{1,64})?$")]
_Moment = Annotated[int, Meta(ge=0, le=2**40)]


class Invitation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may call which hub, and when. Nothing in it is about the patient.

    Parameters
    ----------
    tenant, hub, visit
        Which hub, and the visit's own random name.
    who, role, caller
        Who calls, as the screen shows it; `caller` is their reference on the server, such as
        "Practitioner/12", by which the care team may allow them to be answered automatically.
    appointment
        Reference of the Appointment it belongs to, where there is one.
    nbf, exp
        Seconds since 1970: not before, and no longer than.
    page, hub_key, seal
        Public keys in base64url: the visit's and the hub's (P-256, uncompressed), and the one that
        letters to the hub are sealed to (X25519).
    """

    v: int
    tenant: _Named
    hub: _Named
    visit: Id
    who: Text
    role: Text = ""
    caller: _Reference = ""
    appointment: _Reference = ""
    nbf: _Moment
    exp: _Moment
    page: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{87}$")]
    hub_key: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{87}$")]
    seal: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$")]

    @property
    def page_key(self) -> bytes:
        """Return the public key that what the page says is signed by."""
        return from_text(self.page)

    @property
    def seal_key(self) -> bytes:
        """Return the public key that letters to the hub are sealed to."""
        return from_text(self.seal)


def minted(invitation: Invitation, key: signing.Key) -> Token:
    """Sign an invitation; return the token."""
    payload = msgspec.json.encode(invitation)
    return f"{to_text(payload)}.{to_text(key.sign(_SIGNED + payload))}"


def link(origin: str, token: Token, private: bytes) -> str:
    """Return what the clinician opens."""
    return f"{origin.rstrip('/')}{PAGE}#{token}.{to_text(private)}"


def taken_apart(address: str) -> tuple[Token, p256.Key]:
    """Return the token and the private key of a link, as the page finds them.

    Raises
    ------
    HubError
        VISIT-01 when it is no whole link.
    """
    token, _, private = urlsplit(address).fragment.rpartition(".")
    try:
        return token, p256.Key(from_text(private))
    except ValueError:
        raise damaged() from None


def opened(token: Token, signers: Collection[bytes]) -> Invitation:
    """Read a token that one of these keys signed.

    Raises
    ------
    HubError
        VISIT-01 when it is no invitation, or nobody who may has signed it.
    """
    first, _, second = token.partition(".")
    try:
        payload, signature = from_text(first), from_text(second)
        found = msgspec.json.decode(payload, type=Invitation)
    except (ValueError, msgspec.DecodeError, RecursionError):
        raise damaged() from None
    if not any(signing.is_signed(key, _SIGNED + payload, signature) for key in signers):
        raise damaged()
    if found.v != VERSION or not found.nbf < found.exp <= found.nbf + LONGEST_S:
        raise damaged()
    return found


def in_time(invitation: Invitation, now: datetime, *, late_s: float = 0.0) -> None:
    """Ask that an invitation holds now, or held until `late_s` ago.

    Raises
    ------
    HubError
        VISIT-02 when it is over, VISIT-03 when it has not begun.
    """
    at_s = now.timestamp()
    if at_s > invitation.exp + LEEWAY_S + late_s:
        raise HubError(
            "This invitation is over.",
            fix="Ask for a new one: hearth visit invite.",
            code="VISIT-02",
        )
    if at_s < invitation.nbf - LEEWAY_S:
        raise HubError(
            "This invitation does not hold yet.",
            fix="Open the link again when the visit is due.",
            code="VISIT-03",
        )


def damaged() -> HubError:
    """Return the error for what is no invitation of this clinic's."""
    return HubError(
        "This link is damaged, or your clinic did not make it.",
        fix="Copy the whole link again, or ask for a new one.",
        code="VISIT-01",
    )


class _Cancelled(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    v: int
    tenant: _Named
    hub: _Named
    visit: Id
    exp: _Moment


def cancellation(tenant: str, hub: str, visit: str, exp: int, key: signing.Key) -> str:
    """Sign that an invitation holds no more, whose time ends at `exp` (seconds since 1970)."""
    made = _Cancelled(v=VERSION, tenant=tenant, hub=hub, visit=visit, exp=exp)
    payload = msgspec.json.encode(made)
    return f"{to_text(payload)}.{to_text(key.sign(_CANCELS + payload))}"


def cancelled(text: str, signers: Collection[bytes], *, tenant: str, hub: str) -> tuple[str, int]:
    """Return which visit of this hub is cancelled, and when its invitation would have ended.

    Raises
    ------
    HubError
        VISIT-01 for anything that one of these keys has not signed for this hub.
    """
    first, _, second = text.partition(".")
    try:
        payload, signature = from_text(first), from_text(second)
        found = msgspec.json.decode(payload, type=_Cancelled)
    except (ValueError, msgspec.DecodeError, RecursionError):
        raise damaged() from None
    if not any(signing.is_signed(key, _CANCELS + payload, signature) for key in signers):
        raise damaged()
    if (found.v, found.tenant, found.hub) != (VERSION, tenant, hub):
        raise damaged()
    return found.visit, found.exp

"""Why a hub does not take an invitation, or not now: each a sentence the clinician reads."""

from __future__ import annotations

from agent.visit.invitation import Invitation
from sync.envelope import Address
from vitals.errors import HubError

_NEW = "Ask for a new invitation: hearth visit invite."


def used() -> HubError:
    """Return the refusal of a link that somebody else has redeemed."""
    return HubError(
        "Somebody has used this link already; it works only once.",
        fix=f"If that was not you, tell your clinic. {_NEW}",
        code="VISIT-04",
    )


def cancelled() -> HubError:
    """Return the refusal of a visit that the clinic took back."""
    return HubError("Your clinic has cancelled this visit.", fix=_NEW, code="VISIT-05")


def other_hub() -> HubError:
    """Return the refusal of an invitation for another hub."""
    return HubError(
        "This invitation was made for another hub, or for a key this hub no longer has.",
        fix=_NEW,
        code="VISIT-06",
    )


def busy() -> HubError:
    """Return the refusal while another visit is under way; it may be tried again."""
    return HubError(
        "Somebody else of the care team is with the patient at this moment.",
        fix="Try again in a few minutes.",
        code="VISIT-07",
    )


def not_allowed() -> HubError:
    """Return the refusal where the patient has not allowed visits."""
    return HubError(
        "The patient has not allowed video visits.",
        fix="The patient allows them on the screen, under Help. Please call by telephone.",
        code="VISIT-08",
    )


def no_screen() -> HubError:
    """Return the refusal while no screen is there to ring; it may be tried again."""
    return HubError(
        "The patient's screen is off.",
        fix="Try again in a few minutes, or call by telephone.",
        code="VISIT-09",
    )


def too_many() -> HubError:
    """Return the refusal of more calls or invitations than anybody needs."""
    return HubError(
        "This home was called too often in a short time.",
        fix=f"Wait a few minutes. {_NEW}",
        code="VISIT-10",
    )


def for_another(found: Invitation, address: Address, hub_key: str) -> None:
    """Refuse (VISIT-06) an invitation that was made for another hub or for a key it had."""
    named = (found.tenant, found.hub, found.hub_key)
    if named != (address.tenant, address.hub, hub_key):
        raise other_hub()


def not_now(*, allowed: bool, screens: int) -> None:
    """Refuse to ring where the patient does not allow it (VISIT-08), or nothing can (VISIT-09)."""
    if not allowed:
        raise not_allowed()
    if not screens:
        raise no_screen()

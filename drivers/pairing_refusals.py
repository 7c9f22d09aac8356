"""Why a meter could not be paired: each a sentence, a way out and a code."""

from __future__ import annotations

from collections.abc import Sequence

from vitals.errors import HubError


def radio_missing() -> HubError:
    """Return that there is no Bluetooth to pair by."""
    return HubError(
        "The hub's Bluetooth is not working.",
        fix="Run: hearth doctor. Then try again.",
        code="BLE-01",
    )


def nothing_heard() -> HubError:
    """Return that no meter called."""
    return HubError(
        "No meter was heard that Hearth can read and that is not paired yet.",
        fix="Put the meter into pairing mode next to the hub (its manual says how) and try again.",
        code="PAIR-01",
    )


def several(found: Sequence[str]) -> HubError:
    """Return that it is not clear which one is meant."""
    return HubError(
        f"Several meters are calling: {'; '.join(found)}.",
        fix="Name the one: hearth device pair --address ADDRESS.",
        code="PAIR-02",
    )


def refused(*, asked: bool) -> HubError:
    """Return that meter and hub did not come together; `asked`: a person had typed or compared."""
    why = "the number was wrong, or came too late" if asked else "it is not in pairing mode"
    return HubError(
        f"The meter did not pair: most likely {why}. Nothing was changed.",
        fix="Put the meter into pairing mode again, then run: hearth device pair.",
        code="PAIR-03",
    )


def gone() -> HubError:
    """Return that one of the two went away in the middle."""
    return HubError(
        "The meter, or the hub's Bluetooth, went away in the middle. Nothing was changed.",
        fix="Put the meter next to the hub, into pairing mode again, then try again.",
        code="PAIR-04",
    )


def busy() -> HubError:
    """Return that one pairing goes on already."""
    return HubError(
        "A meter is being paired already.",
        fix="Finish that one, or wait two minutes.",
        code="PAIR-05",
    )


def stopped() -> HubError:
    """Return that a person said stop."""
    return HubError(
        "The pairing was stopped. Nothing was changed.",
        fix="Begin again when you like: hearth device pair.",
        code="PAIR-06",
    )


def no_passkey() -> HubError:
    """Return that what was typed cannot be a passkey."""
    return HubError(
        "That is no number of up to six digits.",
        fix="Type the digits as the meter or its label shows them.",
        code="PAIR-07",
    )

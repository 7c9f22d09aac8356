"""Beurer BF scales with user data (BF720, BF105, BF500, BF788, BF915).

They advertise with Beurer's company number 0x0611, a random static address and the services of
weight and body composition. Pairing shows a PIN on the display, to be confirmed with SET within
about 15 s. Each person has a slot and a consent code; the clock is written before the consent; a
refused consent costs the bond. Of 36 body-composition indications of a BF720 35 are empty, and
there is no list of users. Source: KristianP26/ble-scale-sync tests and issue 168.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.readings import composition_beside_weight, packets_beside_weight, weight_reading
from drivers.sessions.consent import ConsentSession
from drivers.sessions.packets import MEASUREMENT as COMPOSITION
from drivers.sessions.packets import SOURCE, PacketsSession
from drivers.sessions.session import Meeting, Session

WEIGHT = "2a9d"


def session(meeting: Meeting) -> Session:
    """Return one visit's procedure."""
    return PacketsSession(ConsentSession((WEIGHT, COMPOSITION), meeting))


DRIVER = Driver(
    name="beurer-bf",
    title="Beurer BF720, BF105, BF500, BF788, BF915 scales",
    match=Match(services=frozenset({"181d"}), company_ids=frozenset({0x0611})),
    notify={
        WEIGHT: weight_reading,
        COMPOSITION: composition_beside_weight,
        SOURCE: packets_beside_weight,
    },
    procedure=Procedure.VENDOR,
    session=session,
    history=History.UNSENT_ONLY,
    pairing=Pairing.PASSKEY_DISPLAY,
    bond_before_connect=True,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.BEFORE_READ,
    user_slots=8,
    evidence=Evidence.SPEC,
)

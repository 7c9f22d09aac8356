"""What a pairing agent may say yes to. Pure: a request and what is being paired in, a verdict out.

Outside pairing nothing is granted. Inside, only the one meter that a person chose may ask, and only
in the way its driver says: a meter that shows a passkey is not paired without one, or a stranger
who answers in its place would be believed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from drivers.driver import Pairing

MOST_DIGITS = 6
_DIGITS = re.compile(r"[0-9]{1,6}")
_WITH_PASSKEY = frozenset({Pairing.PASSKEY_DISPLAY, Pairing.PASSKEY_LABEL})


class Ask(Enum):
    """What BlueZ asks of an agent (doc/org.bluez.Agent.rst), by who has to do what."""

    TYPE_HERE = "type-here"  # RequestPasskey: the meter shows it, or its label does
    TYPE_THERE = "type-there"  # DisplayPasskey: to be typed on the meter
    COMPARE = "compare"  # RequestConfirmation: the same number on both
    AUTHORISE = "authorise"  # RequestAuthorization: just works
    PIN = "pin"  # RequestPinCode, DisplayPinCode: of Bluetooth Classic, which no meter here speaks
    SERVICE = "service"  # AuthorizeService: somebody wants to use this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of BlueZ: `device` is its object path, `passkey` the number to show."""

    ask: Ask
    device: str
    passkey: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Who is being paired: the object path, and how its driver says it pairs."""

    device: str
    pairing: Pairing


@dataclass(frozen=True, slots=True)
class Refuse:
    """No, and why: fixed words of ours, for the trail."""

    why: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Yes, without asking anybody."""


@dataclass(frozen=True, slots=True)
class AskPerson:
    """A person must type, compare, or be shown these digits."""

    ask: Ask
    digits: str = ""


Verdict = Refuse | Grant | AskPerson


def judge(request: Request, expected: Expected | None) -> Verdict:
    """Decide one request."""
    if why := _against(request, expected):
        return Refuse(why)
    if request.ask is Ask.AUTHORISE:
        return Grant()
    if request.passkey is None:
        return AskPerson(request.ask)
    return AskPerson(request.ask, f"{request.passkey:0{MOST_DIGITS}d}")


def _against(request: Request, expected: Expected | None) -> str:
    """Return why a request is refused, empty when it is not."""
    if expected is None:
        return "nobody is pairing a meter"
    if request.device != expected.device:
        return "another device than the one being paired"
    if request.ask in {Ask.PIN, Ask.SERVICE}:
        return "no meter needs that"
    if request.ask is Ask.AUTHORISE and expected.pairing in _WITH_PASSKEY:
        return "this meter pairs with a passkey, and none was asked for"
    shows = request.ask in {Ask.TYPE_THERE, Ask.COMPARE}
    if shows and not (request.passkey is not None and 0 <= request.passkey < 10**MOST_DIGITS):
        return "a passkey that is none"
    return ""


def passkey(typed: str) -> int | None:
    """Return the number that was typed, None when it cannot be a passkey (0 to 999999)."""
    plain = typed.strip().replace(" ", "")
    return int(plain) if plain.isascii() and _DIGITS.fullmatch(plain) else None

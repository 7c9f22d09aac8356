"""Checks what the running hub itself complains of."""

from __future__ import annotations

from collections.abc import Mapping

from agent import desk
from agent.codes.book import explain
from agent.doctor.finding import Finding, good, look, unknown
from agent.doctor.place import Place
from vitals.errors import HubError

NAME = "alarms"


def judge(alarms: Mapping[str, str]) -> list[Finding]:
    """Judge alarms that stand, by code; each is explained as `hearth explain` does."""
    found = []
    for code, sentence in sorted(alarms.items()):
        try:
            means, do = explain(code)
        except HubError as error:
            means, do = "This version of the command does not know that code.", error.fix
        found.append(look(NAME, f"{sentence} ({code})", means=means, do=do))
    return found or [good(NAME, "The hub complains of nothing.")]


def check(place: Place) -> list[Finding]:
    """Ask the running hub."""
    try:
        answer = desk.ask(place.config.hub.state_dir, {"do": "alarms"})
    except HubError:
        answer = None
    alarms = None if answer is None else answer.get("alarms")
    if isinstance(alarms, dict):
        return judge({str(code): str(sentence) for code, sentence in alarms.items()})
    return [
        unknown(
            NAME,
            "The hub could not be asked what it complains of.",
            means="It does not run, is busy, or this user may not ask it.",
            do="See what is said of the service; run the doctor as root.",
        )
    ]

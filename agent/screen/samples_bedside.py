"""One of every page behind the care team's code, made up; `samples.py` has the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from agent.screen.messages import Home
from agent.screen.values import MeterSeen, Way
from agent.screen.views.bedside import Language, Network, Night, Sound, Speech, TheMeters
from agent.screen.views.view import View


def bedside_views(full: Home) -> Iterator[tuple[str, View, Home]]:
    """Yield the name of every page, a view that shows it, and the home it shows."""
    meters = [
        MeterSeen(name="A&D UA-651BLE", heard=full.now - timedelta(minutes=25)),
        MeterSeen(name="Accu-Chek Guide", heard=full.now - timedelta(days=4), battery_low=True),
        MeterSeen(name="Beurer BF 720"),
        MeterSeen(name="Nonin 3230", heard=full.now - timedelta(days=1)),
    ]
    home = msgspec.structs.replace(full, hub="hub-0417", meters=meters)
    yield "settings-language", Language(), home
    yield "settings-sound", Sound(), home
    yield "settings-speech", Speech(), home
    yield "settings-night", Night(), home
    yield "settings-night-end", Night(since=21), home
    yield "settings-meters", TheMeters(), home
    yield "settings-meters-none", TheMeters(), full
    yield "settings-network", Network(), home
    away = {"way": Way.NO_NETWORK, "waiting": 12, "code": "SYNC-01"}
    yield "settings-network-away", Network(), msgspec.structs.replace(home, **away)

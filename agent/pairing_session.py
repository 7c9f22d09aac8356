"""One pairing in progress: who began it, how far it is, and what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from agent.adopted import AdoptedMeter
from drivers.pairing import Progress, Stage
from vitals.errors import HubError


@dataclass(slots=True)
class Session:
    """One pairing: what it shows now, and what came of it."""

    by: str
    address: str = ""
    begun: bool = False
    asked: bool = False
    shows: Progress = field(default_factory=lambda: Progress(stage=Stage.SEARCHING))
    made: AdoptedMeter | None = None
    error: HubError | None = None
    task: asyncio.Task[None] | None = None

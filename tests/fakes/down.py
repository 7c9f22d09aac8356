"""The way down of a hub, asked by hand: what came is given to it, and read back from its inbox."""

from __future__ import annotations

from pathlib import Path

from agent.applied import Applied
from agent.downlink import Downlink
from agent.status import Status
from config.schema import Config, Fhir, Hub, Patient
from sync.inbox import Inbox, Memory
from sync.poll import Poll


def downlink(folder: Path, memory: Memory) -> tuple[Downlink, Inbox]:
    """Return hub-1's way down as it starts on this memory, and its inbox."""
    config = Config(
        hub=Hub(id="hub-1", state_dir=folder),
        patient=Patient(reference="Patient/1"),
        fhir=Fhir(base_url="https://fhir.example/r4"),
    )
    inbox = Inbox(memory)
    down = Downlink(
        poll=Poll(patient="Patient/1"),
        inbox=inbox,
        applied=Applied(config, memory, lambda: None),
        status=Status(),
        hub_id="hub-1",
        patient="Patient/1",
    )
    return down, inbox

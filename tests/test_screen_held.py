"""A reading that was held and is the patient's after all: shown, done, and learned from."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent import hub
from agent.persons import NOT_LIKE_THEM
from config.schema import Config, Fhir, Hub, Patient, Radio, Screen
from tests.fakes.readings_now import weight
from tests.test_screen_display import HELLO

LIMIT_S = 90.0


async def test_a_weight_that_was_the_patients_after_all_is_shown_as_taken(tmp_path: Path) -> None:
    config = Config(
        hub=Hub(id="hub-1", state_dir=tmp_path),
        patient=Patient(reference="Patient/p"),
        fhir=Fhir(base_url="http://127.0.0.1:9/fhir"),
        radio=Radio(enabled=False),
        screen=Screen(enabled=True),
    )
    async with hub.assembled(config) as parts:
        record = weight("91.40", datetime.now(UTC))
        seq = (await asyncio.wrap_future(parts.outbox.put(record))).seq
        parked = parts.outbox.park(seq, code=NOT_LIKE_THEM, reason="unlike")
        await asyncio.wrap_future(parked)
        service = asyncio.create_task(hub.serve(parts))
        try:
            async with asyncio.timeout(LIMIT_S):
                await _answered(parts, seq)
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)


async def _answered(parts: hub.Parts, seq: int) -> None:
    assert parts.display is not None
    while not parts.display.path.exists():  # noqa: ASYNC110 - a file tells nobody
        await asyncio.sleep(0.02)
    reader, writer = await asyncio.open_unix_connection(parts.display.path)
    writer.write(HELLO)
    found: dict[str, Any] = {}
    while not found.get("held"):
        found = json.loads(await reader.readline())
    writer.write(json.dumps({"type": "mine", "seq": seq, "mine": True}).encode() + b"\n")
    while not found.get("readings"):
        found = json.loads(await reader.readline())
    assert [one["value"] for one in found["readings"]] == ["91.40"]
    assert found["held"] == []
    assert parts.outbox.recall("weights/Patient/p") == b'["91.40"]'
    writer.close()

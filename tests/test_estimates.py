"""An estimate by camera on its way to the chart: only where the care team wants it, and marked."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import desk, hub
from agent.clock import HubClock
from agent.demo.server import DemoServer, every, put
from agent.estimates import estimate, question
from config.schema import Camera, Config, Fhir, Hub, Patient, Radio
from tests.fakes.records import hub_time
from tests.test_camera_reading import AT, GIVEN, SEEN
from vitals.errors import HubError
from vitals.reading import Kind, Reading
from vitals.rppg.reading import reading, usb_address
from vitals.rppg.result import Refusal, Result

LIMIT_S = 60.0
REFUSED = Result(reasons=(Refusal.TOO_DARK,), seconds_used=30.0)


def made(result: Result = GIVEN) -> Reading:
    return reading(result, SEEN, AT)


@pytest.mark.parametrize("result", [GIVEN, REFUSED])
def test_what_the_camera_saw_reaches_the_hub_unchanged(result: Result) -> None:
    sent = made(result)
    assert estimate(question(sent), AT) == sent


async def _asked(
    folder: Path, base_url: str, camera: Camera, *questions: dict[str, Any]
) -> list[dict[str, Any] | str]:
    """Run a hub, ask its desk, and wait until it has sent what it kept."""
    config = Config(
        hub=Hub(id="hub-c", state_dir=folder),
        patient=Patient(reference="Patient/seen"),
        fhir=Fhir(base_url=base_url),
        radio=Radio(enabled=False),
        camera=camera,
    )
    async with hub.assembled(config) as parts:
        service = asyncio.create_task(hub.serve(parts))
        async with asyncio.timeout(LIMIT_S):
            await asyncio.to_thread(_until, (folder / desk.SOCKET).exists)
            answers = [await asyncio.to_thread(_told, folder, one) for one in questions]
            await asyncio.to_thread(_until, lambda: not parts.outbox.counts().pending)
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)
    return answers


def _told(folder: Path, asked: dict[str, Any]) -> dict[str, Any] | str:
    try:
        return desk.ask(folder, asked) or {}
    except HubError as error:
        return error.code


def _until(happened: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + LIMIT_S
    while not happened():
        assert time.monotonic() < limit_s
        time.sleep(0.05)


def _on_server(base_url: str) -> list[dict[str, Any]]:
    own = {"reference": "Patient/seen"}
    return [one for one in every(base_url, "Observation") if one["subject"] == own]


def test_an_estimate_is_on_the_server_as_preliminary_and_not_cleared(
    sekmet: DemoServer, tmp_path: Path
) -> None:
    put(sekmet.base_url, {"resourceType": "Patient", "id": "seen"})
    asked = question(made())
    wanted = Camera(enabled=True)
    answers = asyncio.run(_asked(tmp_path, sekmet.base_url, wanted, asked, asked))
    assert answers == [{"v": 1, "ok": True, "kept": True}, "CAM-03"]
    found = _on_server(sekmet.base_url)
    assert {one["status"] for one in found} == {"preliminary"}
    pulse = next(one for one in found if one["valueQuantity"]["value"] == 72.0)
    assert pulse["method"]["coding"][0]["code"] == "rppg-face-camera"
    assert "Not a cleared medical measurement" in pulse["note"][0]["text"]


def test_nothing_is_kept_while_estimates_are_off(sekmet: DemoServer, tmp_path: Path) -> None:
    before = len(_on_server(sekmet.base_url))
    answers = asyncio.run(_asked(tmp_path, sekmet.base_url, Camera(), question(made())))
    assert answers == ["CAM-01"]
    assert len(_on_server(sekmet.base_url)) == before


@pytest.mark.parametrize("wanted", [False, True])
def test_a_refusal_is_sent_only_where_it_was_asked_for(
    sekmet: DemoServer, tmp_path: Path, *, wanted: bool
) -> None:
    put(sekmet.base_url, {"resourceType": "Patient", "id": "seen"})
    before = len(_on_server(sekmet.base_url))
    camera = Camera(enabled=True, send_refusals=wanted)
    answers = asyncio.run(_asked(tmp_path, sekmet.base_url, camera, question(made(REFUSED))))
    assert answers == [{"v": 1, "ok": True, "kept": wanted}]
    after = _on_server(sekmet.base_url)
    assert len(after) == before + wanted
    assert not wanted or any("dataAbsentReason" in one for one in after)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["values", "about", "address", "version", "camera-pulse-rate"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_nothing_but_an_estimate_or_a_clear_refusal_comes_of_any_question(asked: object) -> None:
    if not isinstance(asked, dict):
        asked = {"values": asked, "about": "", "address": "a", "version": "1"}
    with contextlib.suppress(HubError):
        assert estimate(asked, hub_time()).kind is Kind.CAMERA


@pytest.mark.parametrize(
    "values",
    [
        {"systolic": ["120", "mm[Hg]"]},
        {"camera-pulse-rate": ["NaN", "/min"]},
        {"camera-pulse-rate": ["-3", "/min"]},
        {"camera-pulse-rate": ["72", "kg"]},
        {"camera-pulse-rate": ["1e9", "/min"]},
    ],
)
def test_a_number_that_no_camera_gives_is_refused(values: dict[str, list[str]]) -> None:
    with pytest.raises(HubError) as refused:
        estimate({**question(made()), "values": values}, HubClock()())
    assert refused.value.code == "CAM-02"


def test_a_camera_is_named_by_its_usb_port(tmp_path: Path) -> None:
    port = tmp_path / "devices" / "1-1.2:1.0"
    port.mkdir(parents=True)
    (tmp_path / "video0").mkdir()
    (tmp_path / "video0" / "device").symlink_to(port)
    assert usb_address(0, tmp_path) == "camera-1-1.2:1.0"
    assert usb_address(7, tmp_path) == "camera-video7"

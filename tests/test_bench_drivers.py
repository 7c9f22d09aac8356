"""The measurements that care teams and developers may print themselves."""

from __future__ import annotations

import asyncio

from agent.bench import drivers as bench_drivers
from drivers.decode import CHARACTERISTICS


def test_every_example_to_be_decoded_is_a_frame_that_can_be() -> None:
    assert set(bench_drivers.EXAMPLES) <= set(CHARACTERISTICS)
    speeds = bench_drivers.decoding()
    assert set(speeds) == set(bench_drivers.EXAMPLES)
    assert all(speed > 0 for speed in speeds.values())


def test_a_visit_ends_when_every_record_is_on_disk() -> None:
    found = asyncio.run(bench_drivers.visit(20))
    assert found["seconds"] > 0


def test_what_was_measured_is_said_in_words() -> None:
    lines = bench_drivers.in_words(
        {
            "decodes_per_s": {"2a35": 95000},
            "connect_to_stored": {"1": {"seconds": 0.13}},
            "room": {"meters": 30, "missed": 2, "seconds": 31.5},
            "hour_of_advertisements": {
                "advertisements": 1080000,
                "cpu_s": 3.0,
                "percent_of_a_core": 0.08,
            },
        }
    )
    assert lines[0] == "decoding 2a35: 95,000 frames/s"
    assert "2 missed" in lines[2]

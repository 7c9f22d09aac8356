"""The parts of the system test that can be wrong by themselves; running it proves the rest."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.house import ROOT
from tests.system.guest.adapter import whole_packets
from tests.system.instructions import instructions
from tests.system.report import Result, as_json, line

GUIDE = (ROOT / "systemd/README.md").read_text(encoding="utf-8")

_PACKETS = st.one_of(
    # command, ACL data, event (Core 5.4, Vol 4, Part E, 5.4.1, 5.4.2, 5.4.4), and our own two
    st.binary(max_size=255).map(lambda body: b"\x01\x03\x0c" + bytes((len(body),)) + body),
    st.binary(max_size=300).map(
        lambda body: b"\x02\x40\x20" + len(body).to_bytes(2, "little") + body
    ),
    st.binary(max_size=255).map(lambda body: b"\x04\x0e" + bytes((len(body),)) + body),
    st.sampled_from([b"\xfe", b"\xfd"]),
)


@given(packets=st.lists(_PACKETS, max_size=8), cuts=st.lists(st.integers(0, 900), max_size=8))
def test_packets_are_whole_however_they_come(packets: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(packets)
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    found, rest = [], b""
    for begin, end in pairwise(places):
        some, rest = whole_packets(rest + stream[begin:end])
        found += some
    assert (found, rest) == (packets, b"")


def test_the_guide_is_what_the_machine_is_installed_by() -> None:
    found = instructions(GUIDE)

    assert "bluez" in found.packages
    assert found.pins[0].startswith("python3 -m venv /opt/hearth")
    assert found.ours == ("/opt/hearth/bin/pip install --no-deps --no-build-isolation .",)
    assert found.hub[-2:] == ("sudo systemctl enable --now hearth", "systemctl status hearth")


@pytest.mark.parametrize("gone", ["sudo nano", "bluez", "--no-build-isolation .", "## Install on"])
def test_a_guide_that_lacks_a_step_is_not_guessed_at(gone: str) -> None:
    with pytest.raises(ValueError, match=r"systemd/README\.md"):
        instructions("\n".join(one for one in GUIDE.splitlines() if gone not in one))


def test_a_report_without_cases_is_no_good_report() -> None:
    assert as_json([], seconds=1.0, built_s={})["ok"] is False


def test_a_failed_case_is_told_from_one_that_held() -> None:
    held = Result(name="passkey", ok=True, what="read", seconds=1.0, figures={"pair_s": 2.0})
    failed = Result(name="watchdog", ok=False, what="not ended", seconds=1.0)

    assert line(held).startswith("ok ")
    assert "pair_s=2.00" in line(held)
    assert line(failed).startswith("FAILED ")
    assert as_json([held, failed], seconds=2.0, built_s={})["ok"] is False

"""The line between hub and screen: whole messages, one version, and nothing that was not meant."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis.strategies import binary, lists

from agent.screen import wire
from agent.screen.messages import MAX_LINE_OCTETS, Answered, Arrived, Hello, encoded
from agent.screen.values import Doing, How
from vitals.errors import HubError, LinkError

HELLO = b'{"type":"hello","version":3}\n'
ARRIVED = (
    b'{"type":"arrived","reading":{"seq":7,"doing":"blood-pressure","value":"128/82",'
    b'"unit":"mmHg","at":"2026-11-23T08:05:00+01:00","sent":false}}\n'
)


def _greeted() -> wire.Lines[object]:
    lines = wire.at_screen()
    assert lines.feed(HELLO) == []
    return lines  # type: ignore[return-value]  # what it says is looked at, not its kind


def test_a_message_is_read_as_it_was_written_by_hand() -> None:
    (message,) = _greeted().feed(ARRIVED)

    assert isinstance(message, Arrived)
    assert (message.reading.value, message.reading.doing) == ("128/82", Doing.BLOOD_PRESSURE)
    assert message.reading.at.isoformat() == "2026-11-23T08:05:00+01:00"


@pytest.mark.parametrize("cut", range(len(ARRIVED)))
def test_a_message_that_comes_in_two_pieces_is_one_message(cut: int) -> None:
    lines = _greeted()

    assert len([*lines.feed(ARRIVED[:cut]), *lines.feed(ARRIVED[cut:])]) == 1


def test_another_version_is_told_with_what_to_do() -> None:
    with pytest.raises(HubError) as told:
        wire.at_screen().feed(b'{"type":"hello","version":4}\n')

    assert told.value.code == "SCR-01"
    assert "systemctl restart" in told.value.fix


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[[[[[[\n",
        ARRIVED,
        b'{"type":"hello"}\n',
        b'{"type":"hello","version":"1"}\n',
        b'{"type":"home","now":"2026-11-23T08:05:00+01:00"}\n',
    ],
)
def test_whoever_does_not_say_hello_first_is_not_listened_to(line: bytes) -> None:
    with pytest.raises(LinkError) as told:
        wire.at_screen().feed(line)

    assert told.value.code == "SCR-02"


def test_the_hub_does_not_take_from_a_screen_what_only_a_hub_says() -> None:
    lines = wire.at_hub()
    lines.feed(HELLO)

    with pytest.raises(LinkError):
        lines.feed(ARRIVED)


@pytest.mark.parametrize(
    "line",
    [
        {"type": "answered", "task": "t", "how": "maybe"},
        {"type": "answered", "task": "t" * 65, "how": "done"},
        {"type": "passkey", "digits": "12345a"},
        {"type": "unlock", "code": "123"},
        {"type": "setting", "name": "server", "value": "x"},
        {"type": "consent", "topic": "everything", "given": True},
    ],
)
def test_an_answer_that_no_button_gives_is_refused(line: dict[str, object]) -> None:
    lines = wire.at_hub()
    lines.feed(HELLO)

    with pytest.raises(LinkError):
        lines.feed(json.dumps(line).encode() + b"\n")


def test_an_answer_is_read() -> None:
    lines = wire.at_hub()
    lines.feed(HELLO)

    found = lines.feed(b'{"type":"answered","task":"t1","how":"later"}\n')

    assert found == [Answered(task="t1", how=How.LATER)]


def test_a_line_without_an_end_is_not_collected_for_ever() -> None:
    lines = _greeted()

    most = MAX_LINE_OCTETS // 65536
    assert [lines.feed(b"x" * 65536) for _ in range(most)] == [[]] * most
    with pytest.raises(LinkError):
        lines.feed(b"x")


@given(lists(binary(max_size=300), max_size=5))
def test_noise_never_does_more_than_hang_up(pieces: list[bytes]) -> None:
    lines = wire.at_hub()
    with contextlib.suppress(LinkError, HubError):
        for piece in (HELLO, *pieces):
            lines.feed(piece)


def test_what_is_written_is_one_line_of_json_with_its_type() -> None:
    octets = encoded(Hello(version=3, software="0.1.0"))

    assert json.loads(octets) == {"type": "hello", "version": 3, "software": "0.1.0"}
    assert octets.endswith(b"\n")
    assert octets.count(b"\n") == 1

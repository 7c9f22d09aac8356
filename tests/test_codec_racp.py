"""Record Access Control Point: the same octets written and read.

Layout: Bluetooth GATT Specification Supplement, Record Access Control Point.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from drivers.codecs import racp
from drivers.codecs.racp import Message, Opcode, Operator, RecordCount, Request, Response
from vitals.errors import DecodeError
from vitals.reading import DeviceTime

NOON = DeviceTime(year=2026, month=5, day=19, hour=12, minute=0, second=0)
NOON_OCTETS = "ea0705130c0000"

ON_AIR: list[tuple[str, Message]] = [
    ("0101", Request(opcode=Opcode.REPORT, operator=Operator.ALL)),
    ("01040105001400", Request(opcode=Opcode.REPORT, operator=Operator.RANGE, bounds=(5, 20))),
    ("0401", Request(opcode=Opcode.COUNT, operator=Operator.ALL)),
    ("0403010f00", Request(opcode=Opcode.COUNT, operator=Operator.SINCE, bounds=(15,))),
    ("0300", Request(opcode=Opcode.ABORT, operator=Operator.NULL)),
    ("0201", Request(opcode=Opcode.DELETE, operator=Operator.ALL)),
    ("0105", Request(opcode=Opcode.REPORT, operator=Operator.OLDEST)),
    ("0106", Request(opcode=Opcode.REPORT, operator=Operator.NEWEST)),
    (
        f"010202{NOON_OCTETS}",
        Request(opcode=Opcode.REPORT, operator=Operator.UP_TO, bounds=(NOON,)),
    ),
    ("06000101", Response(request_code=1, response_code=1)),
    ("06000c02", Response(request_code=12, response_code=2)),
    ("05000201", RecordCount(count=258)),
]


@pytest.mark.parametrize(("octets", "message"), ON_AIR)
def test_a_message_is_written_as_the_vectors_have_it(octets: str, message: Message) -> None:
    assert racp.encode(message).hex() == octets


@pytest.mark.parametrize(("octets", "message"), ON_AIR)
def test_a_message_is_read_as_the_vectors_have_it(octets: str, message: Message) -> None:
    assert racp.decode(bytes.fromhex(octets)) == message


@given(
    opcode=sampled_from([Opcode.REPORT, Opcode.DELETE, Opcode.COUNT]),
    first=integers(0, 65535),
    last=integers(0, 65535),
)
def test_any_two_sequence_numbers_make_a_range(opcode: Opcode, first: int, last: int) -> None:
    octets = struct.pack("<BBBHH", opcode, 4, 1, first, last)
    request = Request(opcode=opcode, operator=Operator.RANGE, bounds=(first, last))
    assert racp.encode(request) == octets
    assert racp.decode(octets) == request


def test_finding_no_records_is_success() -> None:
    assert Response(request_code=1, response_code=6).succeeded
    assert Response(request_code=1, response_code=1).succeeded


@pytest.mark.parametrize("code", [0, 2, 3, 4, 5, 7, 8, 9, 10, 255])
def test_any_other_answer_is_no_success(code: int) -> None:
    assert not Response(request_code=1, response_code=code).succeeded


@pytest.mark.parametrize(
    ("octets", "sentence", "at"),
    [
        ("0001", "unknown opcode", 0),
        ("0701", "unknown opcode", 0),  # combined report, of the generic health sensor only
        ("0107", "unknown operator", 1),
        ("01030300", "unknown filter type", 2),
        ("0301", "operator that does not go with its opcode", 1),
        ("0100", "operator that does not go with its opcode", 1),
        ("06010101", "operator that does not go with its opcode", 1),
        ("010300", "unknown filter type", 2),
    ],
)
def test_a_message_out_of_the_rules_is_refused_where_it_breaks_them(
    octets: str, sentence: str, at: int
) -> None:
    with pytest.raises(DecodeError, match=sentence) as caught:
        racp.decode(bytes.fromhex(octets))
    assert caught.value.at == at


@pytest.mark.parametrize(
    ("opcode", "operator", "bounds"),
    [
        (Opcode.RESPONSE, Operator.ALL, ()),
        (Opcode.ABORT, Operator.ALL, ()),
        (Opcode.REPORT, Operator.NULL, ()),
        (Opcode.REPORT, Operator.ALL, (1,)),
        (Opcode.REPORT, Operator.SINCE, ()),
        (Opcode.REPORT, Operator.RANGE, (1,)),
        (Opcode.REPORT, Operator.RANGE, (1, NOON)),
        (Opcode.REPORT, Operator.SINCE, (65536,)),
        (Opcode.REPORT, Operator.SINCE, (-1,)),
    ],
)
def test_a_request_no_meter_could_understand_cannot_be_built(
    opcode: Opcode, operator: Operator, bounds: tuple[racp.Bound, ...]
) -> None:
    with pytest.raises(ValueError, match=r"opcode|operator|bounds|sequence"):
        Request(opcode=opcode, operator=operator, bounds=bounds)


def test_a_count_or_code_too_big_for_its_field_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="16 bits"):
        RecordCount(count=65536)
    with pytest.raises(ValueError, match="8 bits"):
        Response(request_code=256, response_code=1)

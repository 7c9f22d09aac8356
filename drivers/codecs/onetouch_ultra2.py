"""OneTouch Ultra2 by cable: lines of text, each with the sum of its characters behind it.

`P "SAT","03/21/15","16:45:24   ","  081 ","N","03", 00 09B6`: weekday, date, time, result, meal,
comment, and the sum of everything before the last space, modulo 65536, as four hex digits.

Sources: LifeScan's layout as glucometers-tech/glucometerutils (otultra2.py) and
tidepool-org/uploader (oneTouchUltra2.js) use it; both read real meters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from vitals.errors import DecodeError
from vitals.reading import DeviceTime, Health, Meal

_WAKE = b"\x11\r"
_CHECKED = re.compile(rb"([ -~]+) ([0-9A-F]{4})")
_NUMBER = re.compile(r'@ "([A-Z0-9]{9})"')
_VERSION = re.compile(r"\?([ -~]{1,40})")
_HEADER = re.compile(r'P ([0-9]{3}),"([A-Z0-9]{9})","(?:MG/DL |MMOL/L)"')
_TIME = r'"[A-Z]{3}","([0-9]{2})/([0-9]{2})/([0-9]{2})","([0-9]{2}):([0-9]{2}):([0-9]{2})   "'
_CLOCK = re.compile(rf"[FT] {_TIME}")
_RECORD = re.compile(
    rf'P {_TIME},"(?P<control>[C ]) (?P<value>[0-9]{{3}})(?P<damaged>[? ])",'
    r'"(?P<meal>[NBA])","(?P<comment>0[0-9]|1[01])", 00'
)
_CENTURY = 2000
_MEALS: Mapping[str, Meal] = {"B": Meal.PREPRANDIAL, "A": Meal.POSTPRANDIAL}
_HEALTH: Mapping[str, Health] = {"06": Health.STRESS, "09": Health.MENSES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What comes before a dump: how many records follow, and of which meter."""

    count: int
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One result in mg/dL, which is what the meter keeps even where its display shows mmol/L."""

    time: DeviceTime
    mg_per_dl: Decimal
    control_solution: bool
    meal: Meal | None
    comment: str  # "00" none to "11" other, as the meter's manual numbers them

    @property
    def health(self) -> Health | None:
        """Return the comment where it says the same as a word of ours; most do not."""
        return _HEALTH.get(self.comment)


def command(text: str) -> bytes:
    """Return the octets of a command: "DM@" serial number, "DM?" version, "DMF" clock, "DMP" all.

    "DMZ" would empty the meter's memory; nothing here sends it.
    """
    return _WAKE + text.encode("ascii") + b"\r"


def set_clock(time: DeviceTime) -> bytes:
    """Return the command that sets the clock; the meter answers as to "DMF"."""
    day = f"{time.month:02d}/{time.day:02d}/{time.year % 100:02d}"
    return command(f"DMT{day} {time.hour:02d}:{time.minute:02d}:{time.second:02d}")


def checked(line: bytes) -> str:
    """Return a line without its sum.

    Raises
    ------
    DecodeError
        When the sum is missing or is another, or a character is not printable ASCII.
    """
    found = _CHECKED.fullmatch(line)
    if found is None:
        raise DecodeError("The line does not end with its sum", at=max(len(line) - 1, 0))
    body, digits = found.groups()
    if sum(body) & 0xFFFF != int(digits, 16):
        raise DecodeError("The line's sum does not fit it", at=len(body))
    return body.decode("ascii")


def decode_number(line: bytes) -> str:
    """Decode the answer to "DM@": the serial number; raises DecodeError."""
    return str(_taken(_NUMBER, line, "serial number").group(1))


def decode_version(line: bytes) -> str:
    """Decode the answer to "DM?": the firmware's version and date; raises DecodeError."""
    return str(_taken(_VERSION, line, "version").group(1))


def decode_clock(line: bytes) -> DeviceTime:
    """Decode the answer to "DMF" or "DMT": the meter's clock; raises DecodeError."""
    return _time(_taken(_CLOCK, line, "clock"))


def decode_header(line: bytes) -> Header:
    """Decode the first line of a dump; raises DecodeError."""
    found = _taken(_HEADER, line, "header")
    return Header(count=int(found.group(1)), serial=found.group(2))


def decode_record(line: bytes) -> Record:
    """Decode one record of a dump.

    Raises
    ------
    DecodeError
        When the line breaks its rules, or the meter marks the result as damaged in its memory
        ("?" behind it): such a number is not to be believed.
    """
    found = _taken(_RECORD, line, "record")
    if found["damaged"] == "?":
        raise DecodeError("The meter marks this record as damaged", at=found.start("damaged"))
    return Record(
        time=_time(found),
        mg_per_dl=Decimal(found["value"]),
        control_solution=found["control"] == "C",
        meal=_MEALS.get(found["meal"]),
        comment=found["comment"],
    )


def _taken(pattern: re.Pattern[str], line: bytes, what: str) -> re.Match[str]:
    found = pattern.fullmatch(checked(line))
    if found is None:
        raise DecodeError(f"The line is no {what}", at=0)
    return found


def _time(found: re.Match[str]) -> DeviceTime:
    month, day, year, hour, minute, second = (int(found.group(part)) for part in range(1, 7))
    return DeviceTime(
        year=_CENTURY + year, month=month, day=day, hour=hour, minute=minute, second=second
    )

"""Records as few octets as possible, and back, exactly: the form in which the outbox seals them.

The form is numbered (`SCHEMA`). A later version may add forms, never change this one: octets
sealed years ago must open to the same record. What many records share (the meter, the patient)
is kept once, as a numbered *part*.

Pure: no key, no file, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from sync import forms, wire
from sync.record import Measured, Record, Unreadable
from vitals.errors import HubError
from vitals.reading import Context, MeterIdentity, Reading, Timing, Value

SCHEMA = 1

Part = MeterIdentity | str

_NO_CONTEXT = Context()
_LOGICAL_ID = re.compile(r"h[0-9a-f]{63}\Z")

_encode = msgspec.msgpack.Encoder().encode
_decode_record = msgspec.msgpack.Decoder(wire.MeasuredForm | wire.UnreadableForm).decode
_decode_part = msgspec.msgpack.Decoder(wire.MeterForm | str).decode


def shared(record: Record) -> tuple[Part, ...]:
    """Return the parts this record has in common with others: its meter, and its patient."""
    if isinstance(record, Measured):
        return record.reading.meter, record.patient
    return (record.meter,)


def pack(record: Record, numbers: Mapping[Part, int]) -> bytes:
    """Write one record in form `SCHEMA`.

    Parameters
    ----------
    record : Record
        A reading on its way, or a frame kept as evidence.
    numbers : Mapping[Part, int]
        The number of every part that `shared(record)` names.

    Raises
    ------
    HubError
        PACK-03 when a field cannot be written down, such as a number beyond 64 bits.
    """
    try:
        if isinstance(record, Measured):
            return _encode(_measured_form(record, numbers))
        return _encode(
            wire.UnreadableForm(
                meter=numbers[record.meter],
                received=forms.time_form(record.received),
                frame=forms.frames_form((record.frame,)),
                code=record.code,
                why=record.why,
            )
        )
    except (OverflowError, UnicodeEncodeError, msgspec.MsgspecError) as error:
        raise _unwritable() from error


def unpack(schema: int, octets: bytes, parts: Mapping[int, Part]) -> Record:
    """Read one record back, equal in every field to the one that was packed.

    A time zone comes back as its offset from UTC, without its name.

    Raises
    ------
    HubError
        PACK-01 for a form this version does not know, PACK-02 for octets that are not of that
        form or name a part that is not there. It never guesses.
    """
    _check_schema(schema)
    try:
        form = _decode_record(octets)
        if isinstance(form, wire.MeasuredForm):
            return _measured(form, parts)
        return Unreadable(
            frame=forms.frames(form.frame)[0],
            meter=_meter(parts, form.meter),
            received=forms.time(form.received),
            code=form.code,
            why=form.why,
        )
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise _unreadable() from error


def pack_part(part: Part) -> bytes:
    """Write one part in form `SCHEMA`."""
    try:
        if isinstance(part, str):
            return _encode(part)
        return _encode(
            wire.MeterForm(
                **{name: getattr(part, name) for name in wire.MeterForm.__struct_fields__}
            )
        )
    except (UnicodeEncodeError, msgspec.MsgspecError) as error:
        raise _unwritable() from error


def unpack_part(schema: int, octets: bytes) -> Part:
    """Read one part back. Raises as `unpack` does."""
    _check_schema(schema)
    try:
        form = _decode_part(octets)
        return form if isinstance(form, str) else MeterIdentity(**msgspec.structs.asdict(form))
    except (msgspec.MsgspecError, ValueError) as error:
        raise _unreadable() from error


def _measured_form(record: Measured, numbers: Mapping[Part, int]) -> wire.MeasuredForm:
    reading = record.reading
    values: list[wire.Number] = []
    for quantity, value in reading.values.items():
        values += (wire.pair_code(quantity, value.unit), forms.number_form(value.number))
    # By position: with names this takes half as long again, and it is done for every reading.
    return wire.MeasuredForm(
        bytes.fromhex("0" + record.id[1:]) if _LOGICAL_ID.match(record.id) else record.id,
        numbers[record.patient],
        numbers[reading.meter],
        wire.KIND_CODE[reading.kind],
        forms.time_form(reading.timing.received),
        values,
        forms.frames_form(reading.frames),
        _rest_form(record),
    )


def _rest_form(record: Measured) -> wire.RestForm:
    reading, timing = record.reading, record.reading.timing
    check, context, flags = timing.clock_check, reading.context, reading.flags
    return wire.RestForm(
        device_time=forms.device_time_form(timing.device_time) if timing.device_time else None,
        clock_check=forms.check_form(check, timing.received.boot_id) if check else None,
        live=timing.live,
        sequence=reading.sequence,
        user_slot=reading.user_slot,
        flags=forms.flags_form(flags) if flags else 0,
        context=None if context == _NO_CONTEXT else forms.context_form(context),
        context_follows=reading.context_follows,
        amends=record.amends,
    )


def _measured(form: wire.MeasuredForm, parts: Mapping[int, Part]) -> Measured:
    patient, rest = parts[form.patient], form.rest
    if not isinstance(patient, str):
        raise TypeError("a patient's number names a meter")
    values = {}
    for code, number in zip(form.values[::2], form.values[1::2], strict=True):
        quantity, unit = wire.pair(int(code))
        values[quantity] = Value(number=forms.number(number), unit=unit)
    received = forms.time(form.received)
    reading = Reading(
        kind=wire.KINDS[form.kind],
        values=values,
        timing=Timing(
            received=received,
            device_time=forms.device_time(rest.device_time) if rest.device_time else None,
            clock_check=forms.check(rest.clock_check, received.boot_id)
            if rest.clock_check
            else None,
            live=rest.live,
        ),
        meter=_meter(parts, form.meter),
        frames=forms.frames(form.frames),
        sequence=rest.sequence,
        user_slot=rest.user_slot,
        flags=forms.flags(rest.flags),
        context=forms.context(rest.context) if rest.context else _NO_CONTEXT,
        context_follows=rest.context_follows,
    )
    return Measured(id=_id(form.id), patient=patient, reading=reading, amends=rest.amends)


def _id(form: object) -> str:
    name = "h" + form.hex()[1:] if isinstance(form, bytes) else form
    if not isinstance(name, str):
        raise TypeError("an id is octets or text")
    return name


def _meter(parts: Mapping[int, Part], number: int) -> MeterIdentity:
    meter = parts[number]
    if isinstance(meter, str):
        raise TypeError("a meter's number names a patient")
    return meter


def _check_schema(schema: int) -> None:
    if schema != SCHEMA:
        raise HubError(
            f"A stored record has form {schema}, which this version of Hearth does not know.",
            fix="Install the version of Hearth that wrote it, or a newer one.",
            code="PACK-01",
        )


def _unreadable() -> HubError:
    return HubError(
        "A stored record opened but does not make sense.",
        fix="Report it with the version of Hearth that wrote it; the record stays where it is.",
        code="PACK-02",
    )


def _unwritable() -> HubError:
    return HubError(
        "A record has a field that cannot be written down.",
        fix="Report it with the model and firmware of the meter.",
        code="PACK-03",
    )

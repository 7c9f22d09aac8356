"""One frame in words: what a person would read on the device or in its manual."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import blood_pressure, date_time, glucose, glucose_context, racp
from drivers.codecs.ieee11073 import Number, text
from drivers.readings import concentration, user_facing_time
from drivers.show import fields as named
from drivers.show.fields import name, names
from drivers.show.shown import Shown
from vitals.quantity import Unit
from vitals.reading import Absent, DeviceTime, Value

_KILO = 3  # powers of ten: kilogram to gram, litre to millilitre
_SMALL_UNIT = {Unit.KILOGRAM: "g", Unit.LITRE: "mL"}
RANGE_WORDS = {
    blood_pressure.PulseRange.ABOVE: ["pulse above the cuff's range"],
    blood_pressure.PulseRange.BELOW: ["pulse below the cuff's range"],
}
_OPCODE_WORDS = {
    racp.Opcode.REPORT: "report records",
    racp.Opcode.DELETE: "delete records",
    racp.Opcode.ABORT: "abort",
    racp.Opcode.COUNT: "count records",
}
_OPERATOR_WORDS = {
    racp.Operator.ALL: ", all",
    racp.Operator.UP_TO: ", up to {0}",
    racp.Operator.SINCE: ", from {0} on",
    racp.Operator.RANGE: ", from {0} to {1}",
    racp.Operator.OLDEST: ", the oldest",
    racp.Operator.NEWEST: ", the newest",
}


def time_words(data: bytes) -> list[str]:
    """Say a Date Time (2A08)."""
    return [_clock(date_time.decode(data))]


def blood_pressure_words(data: bytes) -> list[str]:
    """Say a Blood Pressure Measurement (2A35): the result, then what else the cuff sent."""
    sent = blood_pressure.decode_measurement(data)
    unit = sent.flags.unit.text
    pressures = {text(sent.systolic), text(sent.diastolic)}
    result = f"{text(sent.systolic)}/{text(sent.diastolic)} {unit}"
    if all(isinstance(number, Absent) for number in (sent.systolic, sent.diastolic)):
        result = f"no blood pressure (the cuff sent {' and '.join(sorted(pressures))})"
    lines = [", ".join([result, *_details(sent.details)])]
    if not isinstance(sent.mean, Absent):
        lines.append(f"mean {text(sent.mean)} {unit}")
    return lines + _user(sent.details)


def cuff_pressure_words(data: bytes) -> list[str]:
    """Say an Intermediate Cuff Pressure (2A36)."""
    sent = blood_pressure.decode_cuff_pressure(data)
    now = f"cuff pressure {text(sent.cuff_pressure)} {sent.flags.unit.text} while measuring"
    return [", ".join([now, *_details(sent.details)]), "not a result", *_user(sent.details)]


def blood_pressure_feature_words(data: bytes) -> list[str]:
    """Say a Blood Pressure Feature (2A49)."""
    return _abilities(names(blood_pressure.decode_feature(data)))


def glucose_words(data: bytes) -> list[str]:
    """Say a Glucose Measurement (2A18): the result, then where it stands in the meter."""
    sent = glucose.decode_measurement(data)
    value = concentration(sent)
    parts = ["no glucose value"]
    if value is not None and sent.sample is not None:
        parts = [_amount(value), *_origin(sent.sample)]
    if sent.status is not None:
        parts += map(_plain, names(sent.status))
    parts.append(_clock(user_facing_time(sent)))
    follows = ", context follows" if glucose.Flags.CONTEXT_FOLLOWS in sent.flags else ""
    return [", ".join(parts), f"record {sent.sequence}{follows}"]


def glucose_context_words(data: bytes) -> list[str]:
    """Say a Glucose Measurement Context (2A34): the record it belongs to, then a line a fact."""
    sent = glucose_context.decode(data)
    lines = [f"context of record {sent.sequence}"]
    if sent.meal_code is not None:
        lines.append(f"meal: {_plain(name(glucose_context.Meal, sent.meal_code))}")
    if (eaten := sent.carbohydrate) is not None:
        what = name(glucose_context.CarbohydrateId, eaten.id_code)
        lines.append(f"carbohydrate: {_small(eaten.mass_kg, Unit.KILOGRAM)}, {_plain(what)}")
    if (taken := sent.medication) is not None:
        what = name(glucose_context.MedicationId, taken.id_code)
        lines.append(f"medication: {_small(taken.amount, taken.unit)}, {_plain(what)}")
    if (moved := sent.exercise) is not None:
        overrun = moved.duration_s == glucose_context.EXERCISE_OVERRUN_S
        how_long = "longer than 18 hours" if overrun else f"{moved.duration_s} s"
        lines.append(f"exercise: {how_long} at {moved.intensity_percent} %")
    if sent.tester_code is not None and sent.health_code is not None:
        lines.append(f"tested by: {_plain(name(glucose_context.Tester, sent.tester_code))}")
        lines.append(f"health: {_plain(name(glucose_context.Health, sent.health_code))}")
    if sent.hba1c_percent is not None:
        lines.append(f"HbA1c {text(sent.hba1c_percent)} %")
    return lines


def glucose_feature_words(data: bytes) -> list[str]:
    """Say a Glucose Feature (2A51)."""
    return _abilities(names(glucose.decode_feature(data)))


def racp_words(data: bytes) -> list[str]:
    """Say a Record Access Control Point message (2A52)."""
    match racp.decode(data):
        case racp.Request(opcode=opcode, operator=operator, bounds=bounds):
            which = _OPERATOR_WORDS.get(operator, "").format(*bounds)
            return [f"request: {_OPCODE_WORDS[opcode]}{which}"]
        case racp.RecordCount(count=count):
            return [f"answer: {count} record{'' if count == 1 else 's'}"]
        case racp.Response(request_code=request, response_code=response):
            asked = _plain(name(racp.Opcode, request))
            return [f"answer to {asked}: {_plain(name(racp.ResponseCode, response))}"]


def _details(details: blood_pressure.Details) -> list[str]:
    parts = []
    if details.pulse_rate is not None:
        parts.append(f"pulse {text(details.pulse_rate)}")
    if details.status is not None and details.pulse_range is not None:
        parts += map(_plain, names(details.status))
        parts += RANGE_WORDS.get(details.pulse_range, [])
    if details.time is not None:
        parts.append(_clock(details.time))
    return parts


def _user(details: blood_pressure.Details) -> list[str]:
    if details.user_id in {None, blood_pressure.UNKNOWN_USER}:
        return []
    return [f"user {details.user_id} of the cuff"]


def _amount(value: Value) -> str:
    if value.known is None:
        return f"no number ({text(value.number)})"
    return f"{text(value.number)} {value.unit.text}"


def _origin(sample: glucose.Sample) -> list[str]:
    type_name = _plain(name(glucose.SampleType, sample.type_code))
    location = _plain(name(glucose.SampleLocation, sample.location_code))
    unknown = sample.location_code == glucose.SampleLocation.NOT_AVAILABLE
    return [type_name] if unknown or location == type_name else [type_name, location]


def _clock(time: DeviceTime) -> str:
    local = time.local
    if local is None:
        return f"{str(time).replace('T', ' ')} (meter's clock, not a real moment)"
    return f"{local.isoformat(sep=' ')} (meter's clock)"


def _small(number: Number, unit: Unit) -> str:
    shown = number if isinstance(number, Absent) else number.scaleb(_KILO)
    return f"{text(shown)} {_SMALL_UNIT[unit]}"


def _abilities(features: list[str]) -> list[str]:
    return [f"can report: {', '.join(map(_plain, features)) or 'nothing extra'}"]


def _plain(identifier: str) -> str:
    return identifier.replace("_", " ")


SHOWN: Mapping[str, Shown] = {
    "2a08": Shown(title="Date Time", fields=named.time_fields, words=time_words),
    "2a18": Shown(title="Glucose Measurement", fields=named.glucose_fields, words=glucose_words),
    "2a34": Shown(
        title="Glucose Measurement Context",
        fields=named.glucose_context_fields,
        words=glucose_context_words,
    ),
    "2a35": Shown(
        title="Blood Pressure Measurement",
        fields=named.blood_pressure_fields,
        words=blood_pressure_words,
    ),
    "2a36": Shown(
        title="Intermediate Cuff Pressure",
        fields=named.cuff_pressure_fields,
        words=cuff_pressure_words,
    ),
    "2a49": Shown(
        title="Blood Pressure Feature",
        fields=named.blood_pressure_feature_fields,
        words=blood_pressure_feature_words,
    ),
    "2a51": Shown(
        title="Glucose Feature",
        fields=named.glucose_feature_fields,
        words=glucose_feature_words,
    ),
    "2a52": Shown(title="Record Access Control Point", fields=named.racp_fields, words=racp_words),
}

"""Every field of one frame under a plain name, for people and tools that look closely.

Numbers are text, so that no precision is lost in JSON; a special keeps its name ("NaN", "+INF");
a code without a meaning is `reserved_<code>`; a field that was not sent is left out.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Any

from drivers.codecs import blood_pressure, date_time, glucose, glucose_context, racp
from drivers.codecs.ieee11073 import text
from vitals.quantity import Unit
from vitals.reading import Absent, DeviceTime

Fields = dict[str, Any]

# Written with all digits of the factor, so that the raw precision stays visible.
_MG_PER_DL_IN_KG_PER_L = 100_000
_MMOL_PER_MOL = 1000


def time_fields(data: bytes) -> Fields:
    """Name the fields of a Date Time (2A08)."""
    return {"time": str(date_time.decode(data))}


def blood_pressure_fields(data: bytes) -> Fields:
    """Name the fields of a Blood Pressure Measurement (2A35)."""
    sent = blood_pressure.decode_measurement(data)
    return {
        "flags": int(sent.flags),
        "unit": sent.flags.unit.text,
        "systolic": text(sent.systolic),
        "diastolic": text(sent.diastolic),
        "map": text(sent.mean),
        **_details(sent.details),
    }


def cuff_pressure_fields(data: bytes) -> Fields:
    """Name the fields of an Intermediate Cuff Pressure (2A36)."""
    sent = blood_pressure.decode_cuff_pressure(data)
    return {
        "flags": int(sent.flags),
        "unit": sent.flags.unit.text,
        "cuff_pressure": text(sent.cuff_pressure),
        "diastolic": text(sent.diastolic),
        "map": text(sent.mean),
        **_details(sent.details),
    }


def blood_pressure_feature_fields(data: bytes) -> Fields:
    """Name the abilities in a Blood Pressure Feature (2A49)."""
    return {"features": names(blood_pressure.decode_feature(data))}


def glucose_fields(data: bytes) -> Fields:
    """Name the fields of a Glucose Measurement (2A18)."""
    sent = glucose.decode_measurement(data)
    fields: Fields = {
        "flags": int(sent.flags),
        "sequence": sent.sequence,
        "base_time": str(sent.base_time),
    }
    if sent.time_offset_min is not None:
        fields["time_offset_min"] = sent.time_offset_min
    if sent.sample is not None:
        fields |= _sample(sent.sample, in_moles=glucose.Flags.MOL_PER_L in sent.flags)
    if sent.status is not None:
        fields["status"] = names(sent.status)
    fields["context_follows"] = glucose.Flags.CONTEXT_FOLLOWS in sent.flags
    return fields


def glucose_context_fields(data: bytes) -> Fields:
    """Name the fields of a Glucose Measurement Context (2A34)."""
    sent = glucose_context.decode(data)
    fields: Fields = {"flags": int(sent.flags), "sequence": sent.sequence}
    if sent.extended_flags is not None:
        fields["extended_flags"] = sent.extended_flags
    if (eaten := sent.carbohydrate) is not None:
        fields["carb_id"] = name(glucose_context.CarbohydrateId, eaten.id_code)
        fields["carb_kg"] = text(eaten.mass_kg)
    if sent.meal_code is not None:
        fields["meal"] = name(glucose_context.Meal, sent.meal_code)
    if sent.tester_code is not None and sent.health_code is not None:
        fields["tester"] = name(glucose_context.Tester, sent.tester_code)
        fields["health"] = name(glucose_context.Health, sent.health_code)
    if (moved := sent.exercise) is not None:
        fields["exercise_s"] = moved.duration_s
        fields["exercise_pct"] = moved.intensity_percent
    if (taken := sent.medication) is not None:
        fields["medication_id"] = name(glucose_context.MedicationId, taken.id_code)
        fields["medication"] = text(taken.amount)
        fields["medication_unit"] = taken.unit.text
    if sent.hba1c_percent is not None:
        fields["hba1c_pct"] = text(sent.hba1c_percent)
    return fields


def glucose_feature_fields(data: bytes) -> Fields:
    """Name the abilities in a Glucose Feature (2A51)."""
    return {"features": names(glucose.decode_feature(data))}


def racp_fields(data: bytes) -> Fields:
    """Name the fields of a Record Access Control Point message (2A52)."""
    match racp.decode(data):
        case racp.Request() as sent:
            return {"opcode": int(sent.opcode), "operator": int(sent.operator), **_bounds(sent)}
        case racp.RecordCount(count=count):
            return {**_answer(racp.Opcode.COUNT_RESPONSE), "count": count}
        case racp.Response(request_code=request, response_code=response):
            return {
                **_answer(racp.Opcode.RESPONSE),
                "request_opcode": request,
                "response_code": response,
            }


def name(codes: type[IntEnum], code: int) -> str:
    """Return a code's name in lower case, `reserved_<code>` when it has none."""
    return codes(code).name.lower() if code in set(codes) else f"reserved_{code}"


def names(bits: IntFlag) -> list[str]:
    """Return the names of the bits that are set and defined, in lower case, lowest bit first."""
    return [str(bit.name).lower() for bit in bits]


def _details(details: blood_pressure.Details) -> Fields:
    fields: Fields = {}
    if details.time is not None:
        fields["timestamp"] = str(details.time)
    if details.pulse_rate is not None:
        fields["pulse_rate"] = text(details.pulse_rate)
    if details.user_id is not None:
        fields["user_id"] = details.user_id
    if details.status is not None and details.pulse_range is not None:
        fields["status"] = names(details.status)
        fields["pulse_rate_range"] = details.pulse_range.name.lower()
    return fields


def _sample(sample: glucose.Sample, *, in_moles: bool) -> Fields:
    raw = sample.concentration
    fields: Fields = {"raw_concentration": text(raw), "raw_unit": "mol/L" if in_moles else "kg/L"}
    if not isinstance(raw, Absent):
        unit = Unit.MMOL_PER_L if in_moles else Unit.MG_PER_DL
        factor = _MMOL_PER_MOL if in_moles else _MG_PER_DL_IN_KG_PER_L
        fields[_KEY[unit]] = text(raw * factor)
    fields["type"] = name(glucose.SampleType, sample.type_code)
    fields["sample_location"] = name(glucose.SampleLocation, sample.location_code)
    return fields


_KEY = {Unit.MG_PER_DL: "mg_per_dL", Unit.MMOL_PER_L: "mmol_per_L"}


def _bounds(request: racp.Request) -> Fields:
    if request.filter is None:
        return {}
    key = "sequence" if request.filter is racp.Filter.SEQUENCE else "time"
    shown = [str(bound) if isinstance(bound, DeviceTime) else bound for bound in request.bounds]
    keys = ("min", "max") if request.operator is racp.Operator.RANGE else (key,)
    return {"filter_type": int(request.filter), **dict(zip(keys, shown, strict=True))}


def _answer(opcode: racp.Opcode) -> Fields:
    return {"opcode": int(opcode), "operator": int(racp.Operator.NULL)}

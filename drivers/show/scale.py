"""Weight Scale and Body Composition Services, shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.codecs import body_composition, weight
from drivers.show.fields import Fields, names
from drivers.show.shown import Shown, amount, clock, listed
from vitals.quantity import Unit

_KEY = {Unit.KILOGRAM: "kg", Unit.POUND: "lb", Unit.METRE: "m", Unit.INCH: "in"}


def weight_fields(data: bytes) -> Fields:
    """Name the fields of a Weight Measurement (2A9D)."""
    sent = weight.decode_measurement(data)
    fields: Fields = {"flags": int(sent.flags), "raw_weight": sent.raw_weight}
    if sent.weight is None:
        fields["weight"] = "measurement_unsuccessful"
    else:
        fields[f"weight_{_KEY[sent.flags.unit]}"] = str(sent.weight)
    if sent.time is not None:
        fields["timestamp"] = str(sent.time)
    if sent.user_id is not None:
        fields["user_id"] = sent.user_id
    if sent.bmi is not None:
        fields["bmi"] = str(sent.bmi)
        fields[f"height_{_KEY[sent.flags.height_unit]}"] = str(sent.height)
    return fields


def weight_words(data: bytes) -> list[str]:
    """Say a Weight Measurement."""
    sent = weight.decode_measurement(data)
    parts = ["weighing failed"]
    if sent.weight is not None:
        parts = [amount(sent.weight, sent.flags.unit.text)]
    if sent.bmi is not None:
        parts += [f"BMI {sent.bmi}", f"height {amount(sent.height, sent.flags.height_unit.text)}"]
    if sent.time is not None:
        parts.append(clock(sent.time))
    return [", ".join(parts), *_whose(sent.user_id)]


def weight_feature_fields(data: bytes) -> Fields:
    """Name the abilities in a Weight Scale Feature (2A9E)."""
    sent = weight.decode_feature(data)
    return {
        "features": names(sent.features),
        "weight_resolution": sent.weight_resolution,
        "height_resolution": sent.height_resolution,
    }


def composition_fields(data: bytes) -> Fields:
    """Name the fields of a Body Composition Measurement (2A9C)."""
    sent = body_composition.decode_measurement(data)
    mass, height = _KEY[sent.flags.unit], _KEY[sent.flags.height_unit]
    fields: Fields = {"flags": int(sent.flags), "raw_fat": sent.raw_fat}
    sent_values = {
        "fat_pct": sent.fat_percent,
        "muscle_pct": sent.muscle_percent,
        f"muscle_mass_{mass}": sent.muscle_mass,
        f"fat_free_mass_{mass}": sent.fat_free_mass,
        f"soft_lean_mass_{mass}": sent.soft_lean_mass,
        f"body_water_mass_{mass}": sent.body_water_mass,
        "impedance_ohm": sent.impedance_ohm,
        f"weight_{mass}": sent.weight,
        f"height_{height}": sent.height,
    }
    fields |= {key: str(value) for key, value in sent_values.items() if value is not None}
    if sent.basal_metabolism_kj is not None:
        fields["basal_metabolism_kJ"] = sent.basal_metabolism_kj
    if sent.time is not None:
        fields["timestamp"] = str(sent.time)
    if sent.user_id is not None:
        fields["user_id"] = sent.user_id
    return fields


def composition_words(data: bytes) -> list[str]:
    """Say a Body Composition Measurement: the result, then everything else, a line each."""
    sent = body_composition.decode_measurement(data)
    if sent.is_stub:
        return ["nothing measured (an empty packet)"]
    fat = sent.fat_percent
    parts = ["analysis failed" if fat is None else f"{fat} % fat"]
    if sent.weight is not None:
        parts.append(amount(sent.weight, sent.flags.unit.text))
    if sent.time is not None:
        parts.append(clock(sent.time))
    return [", ".join(parts), *_composed(sent), *_whose(sent.user_id)]


def composition_feature_fields(data: bytes) -> Fields:
    """Name the abilities in a Body Composition Feature (2A9B)."""
    sent = body_composition.decode_feature(data)
    return {
        "features": names(sent.features),
        "mass_resolution": sent.mass_resolution,
        "height_resolution": sent.height_resolution,
    }


def _composed(sent: body_composition.Measurement) -> list[str]:
    mass, height = sent.flags.unit.text, sent.flags.height_unit.text
    said = {
        "basal metabolism": (sent.basal_metabolism_kj, "kJ"),
        "muscle": (sent.muscle_percent, "%"),
        "muscle mass": (sent.muscle_mass, mass),
        "fat-free mass": (sent.fat_free_mass, mass),
        "soft lean mass": (sent.soft_lean_mass, mass),
        "body water": (sent.body_water_mass, mass),
        "impedance": (sent.impedance_ohm, "ohm"),
        "height": (sent.height, height),
    }
    lines = [
        f"{what} {number} {unit}" for what, (number, unit) in said.items() if number is not None
    ]
    return [*lines, "one packet of two"] if sent.is_half else lines


def _whose(user_id: int | None) -> list[str]:
    if user_id is None:
        return []
    return ["an unknown user" if user_id == weight.UNKNOWN_USER else f"user {user_id} of the scale"]


def _abilities(fields: Callable[[bytes], Fields]) -> Callable[[bytes], list[str]]:
    def words(data: bytes) -> list[str]:
        return [f"can report: {listed(fields(data)['features'], 'nothing extra')}"]

    return words


SHOWN: Mapping[str, Shown] = {
    "2a9b": Shown(
        title="Body Composition Feature",
        fields=composition_feature_fields,
        words=_abilities(composition_feature_fields),
    ),
    "2a9c": Shown(
        title="Body Composition Measurement", fields=composition_fields, words=composition_words
    ),
    "2a9d": Shown(title="Weight Measurement", fields=weight_fields, words=weight_words),
    "2a9e": Shown(
        title="Weight Scale Feature",
        fields=weight_feature_fields,
        words=_abilities(weight_feature_fields),
    ),
}

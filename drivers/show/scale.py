"""Weight Scale and Body Composition Services, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import body_composition, weight
from drivers.show.fields import Fields, names
from drivers.show.shown import Shown, amount, clock, in_words, listed
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
    lines = [", ".join(parts)]
    if sent.user_id is not None:
        known = sent.user_id != weight.UNKNOWN_USER
        lines.append(f"user {sent.user_id} of the scale" if known else "an unknown user")
    return lines


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
    """Say a Body Composition Measurement."""
    sent = body_composition.decode_measurement(data)
    if sent.is_stub:
        return ["nothing measured (an empty packet)"]
    return in_words(composition_fields)(data)


def composition_feature_fields(data: bytes) -> Fields:
    """Name the abilities in a Body Composition Feature (2A9B)."""
    return {"features": names(body_composition.decode_feature(data))}


def _abilities(data: bytes) -> list[str]:
    return [f"can report: {listed(weight_feature_fields(data)['features'], 'nothing extra')}"]


SHOWN: Mapping[str, Shown] = {
    "2a9b": Shown(
        title="Body Composition Feature",
        fields=composition_feature_fields,
        words=in_words(composition_feature_fields),
    ),
    "2a9c": Shown(
        title="Body Composition Measurement", fields=composition_fields, words=composition_words
    ),
    "2a9d": Shown(title="Weight Measurement", fields=weight_fields, words=weight_words),
    "2a9e": Shown(title="Weight Scale Feature", fields=weight_feature_fields, words=_abilities),
}

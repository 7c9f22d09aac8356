"""Pulse Oximeter Service, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import pulse_oximeter
from drivers.codecs.ieee11073 import text
from drivers.codecs.pulse_oximeter import Pair, Quality
from drivers.show.fields import Fields, names
from drivers.show.shown import Shown, amount, clock, listed, plain


def spot_fields(data: bytes) -> Fields:
    """Name the fields of a PLX Spot-Check Measurement (2A5E)."""
    sent = pulse_oximeter.decode_spot(data)
    fields: Fields = {"flags": int(sent.flags), **_pair(sent.normal)}
    if sent.time is not None:
        fields["timestamp"] = str(sent.time)
    fields |= _quality(sent.quality)
    fields["clock_not_set"] = pulse_oximeter.SpotFlags.CLOCK_NOT_SET in sent.flags
    return fields


def continuous_fields(data: bytes) -> Fields:
    """Name the fields of a PLX Continuous Measurement (2A5F)."""
    sent = pulse_oximeter.decode_continuous(data)
    fields: Fields = {"flags": int(sent.flags), **_pair(sent.normal)}
    if sent.fast is not None:
        fields |= _pair(sent.fast, "fast_")
    if sent.slow is not None:
        fields |= _pair(sent.slow, "slow_")
    return fields | _quality(sent.quality)


def feature_fields(data: bytes) -> Fields:
    """Name the abilities in PLX Features (2A60)."""
    sent = pulse_oximeter.decode_features(data)
    fields: Fields = {"features": names(sent.features)}
    if sent.measurement_support is not None:
        fields["measurement_status_support"] = names(sent.measurement_support)
    if sent.sensor_support is not None:
        fields["sensor_status_support"] = names(sent.sensor_support)
    return fields


def spot_words(data: bytes) -> list[str]:
    """Say a PLX Spot-Check Measurement: the result, then what the oximeter thinks of it."""
    sent = pulse_oximeter.decode_spot(data)
    result = _result(sent.normal)
    if sent.time is not None:
        result += f", {clock(sent.time)}"
    if pulse_oximeter.SpotFlags.CLOCK_NOT_SET in sent.flags:
        result += ", clock not set"
    return [result, *_remarks(sent.quality)]


def continuous_words(data: bytes) -> list[str]:
    """Say a PLX Continuous Measurement."""
    sent = pulse_oximeter.decode_continuous(data)
    return [f"{_result(sent.normal)}, one of many a minute", *_remarks(sent.quality)]


def feature_words(data: bytes) -> list[str]:
    """Say PLX Features."""
    sent = pulse_oximeter.decode_features(data)
    return [f"can report: {listed(names(sent.features), 'nothing extra')}"]


def _pair(pair: Pair, which: str = "") -> Fields:
    return {f"{which}spo2": text(pair.spo2), f"{which}pulse_rate": text(pair.pulse_rate)}


def _quality(quality: Quality) -> Fields:
    fields: Fields = {}
    if quality.measurement_status is not None:
        fields["measurement_status"] = names(quality.measurement_status)
    if quality.sensor_status is not None:
        fields["sensor_status"] = names(quality.sensor_status)
    if quality.pulse_amplitude_index is not None:
        fields["pulse_amplitude_index"] = text(quality.pulse_amplitude_index)
    return fields


def _result(pair: Pair) -> str:
    oxygen = f"oxygen {amount(pair.spo2, '%')}"
    return f"{oxygen}, pulse {amount(pair.pulse_rate, 'a minute')}"


def _remarks(quality: Quality) -> list[str]:
    lines = []
    if quality.measurement_status:
        lines.append(f"measurement: {listed(names(quality.measurement_status), '')}")
    if quality.sensor_status:
        lines.append(f"sensor: {listed(names(quality.sensor_status), '')}")
    if quality.pulse_amplitude_index is not None:
        lines.append(f"pulse amplitude index {amount(quality.pulse_amplitude_index, '%')}")
    return [plain(line) for line in lines]


SHOWN: Mapping[str, Shown] = {
    "2a5e": Shown(title="PLX Spot-Check Measurement", fields=spot_fields, words=spot_words),
    "2a5f": Shown(
        title="PLX Continuous Measurement", fields=continuous_fields, words=continuous_words
    ),
    "2a60": Shown(title="PLX Features", fields=feature_fields, words=feature_words),
}

"""Battery Service, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import battery
from drivers.codecs.battery import Answer, ChargeLevel, ChargeState
from drivers.show.fields import Fields, name, names
from drivers.show.shown import Shown, plain

_STATE_WORDS = {
    ChargeState.CHARGING: "charging",
    ChargeState.DISCHARGING: "in use",
    ChargeState.NOT_USED: "not in use",
}


def level_fields(data: bytes) -> Fields:
    """Name the field of a Battery Level (2A19)."""
    return {"value": battery.decode_level(data)}


def level_words(data: bytes) -> list[str]:
    """Say a Battery Level."""
    return [f"battery {battery.decode_level(data)} %"]


def status_fields(data: bytes) -> Fields:
    """Name the fields of a Battery Level Status (2BED)."""
    sent = battery.decode_status(data)
    power = sent.power
    fields: Fields = {
        "flags": int(sent.flags),
        "battery_present": power.battery_present,
        "wired_power": name(Answer, power.wired_code),
        "wireless_power": name(Answer, power.wireless_code),
        "charge_state": power.charge_state.name.lower(),
        "charge_level": power.charge_level.name.lower(),
        "charging_type": power.charging_type,
        "faults": names(power.faults),
    }
    if sent.identifier is not None:
        fields["identifier"] = sent.identifier
    if sent.percent is not None:
        fields["percent"] = sent.percent
    if sent.service_code is not None:
        fields["service_required"] = name(Answer, sent.service_code)
        fields["battery_fault"] = sent.battery_fault
    return fields


def status_words(data: bytes) -> list[str]:
    """Say a Battery Level Status: how full, what it does, what is wrong."""
    sent = battery.decode_status(data)
    power = sent.power
    if not power.battery_present:
        return ["no battery"]
    parts = ["battery" if sent.percent is None else f"battery {sent.percent} %"]
    if power.charge_level is not ChargeLevel.UNKNOWN:
        parts.append(power.charge_level.name.lower())
    if power.charge_state in _STATE_WORDS:
        parts.append(_STATE_WORDS[power.charge_state])
    wrong = [f"charging fails: {plain(fault)}" for fault in names(power.faults)]
    if sent.battery_fault:
        wrong.append("the battery is faulty")
    if sent.service_code == Answer.YES:
        wrong.append("service required")
    return [", ".join(parts), *wrong]


SHOWN: Mapping[str, Shown] = {
    "2a19": Shown(title="Battery Level", fields=level_fields, words=level_words),
    "2bed": Shown(title="Battery Level Status", fields=status_fields, words=status_words),
}

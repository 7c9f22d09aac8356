"""Every case by its name, in the order in which a home goes through them."""

from __future__ import annotations

from tests.system import cases_bonds, cases_daily, cases_faults, cases_pairing, cases_power
from tests.system.lab import Case

# One machine, one boot.
DAY: dict[str, Case] = {
    "start": cases_daily.started,
    "no pairing": cases_daily.no_pairing,
    "just works": cases_pairing.just_works,
    "passkey": cases_pairing.passkey,
    "wrong passkey": cases_pairing.wrong_passkey,
    "bonded reconnect": cases_pairing.bonded_reconnect,
    "bond lost by meter": cases_bonds.lost_on_the_meter,
    "bond lost by hub": cases_bonds.lost_on_the_hub,
    "bluetoothd killed": cases_faults.bluetoothd_killed,
    "bluetoothd stopped": cases_faults.bluetoothd_stopped,
    "adapter replaced": cases_faults.adapter_replaced,
    "adapter switched off": cases_faults.adapter_switched_off,
    "radio deaf": cases_faults.radio_deaf,
    "agent killed": cases_faults.agent_killed,
}
# Another machine, beside it: the long ones, and the one that is switched off and on again.
NIGHT: dict[str, Case] = {
    "start": cases_daily.started,
    "1000 records": cases_daily.thousand_records,
    "idle": cases_daily.idle,
    "watchdog": cases_faults.watchdog,
    "power cut": cases_power.power_cut,
    "wrong clock": cases_power.wrong_clock,
}
SHORT = ("start", "no pairing", "passkey", "bonded reconnect", "bluetoothd killed", "power cut")

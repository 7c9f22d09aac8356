"""Checks the power supply: a weak one is behind many unexplained crashes of small boards.

`get_throttled` (Raspberry Pi documentation, vcgencmd): bit 0 under-voltage now, 1 frequency capped,
2 throttled, 3 soft temperature limit; bits 16 to 19 the same, at any time since the start.
"""

from __future__ import annotations

from agent.doctor.finding import Finding, broken, good, look, unknown
from agent.doctor.place import Place

NAME = "power"
_FILE = "sys/devices/platform/soc/soc:firmware/get_throttled"
_LOW_NOW, _LOW_SINCE = 1 << 0, 1 << 16
_SLOW_NOW = 1 << 1 | 1 << 2
_DO = "Use the board's own power supply and a short, thick cable; take what hangs on USB away."


def judge(flags: int) -> Finding:
    """Judge the firmware's flags."""
    if flags & _LOW_NOW:
        return broken(
            NAME,
            "The voltage is too low right now.",
            means="Writes to the card can be spoiled, and the radio drops out.",
            do=_DO,
        )
    if flags & _LOW_SINCE:
        return look(
            NAME,
            "The voltage was too low at some time since the start.",
            means="The supply is at its limit; the next load may bring the hub down.",
            do=_DO,
        )
    if flags & _SLOW_NOW:
        return look(
            NAME,
            "The processor is being slowed down.",
            means="The supply or the heat is at its limit. Readings are taken all the same.",
            do="See what is said of the temperature.",
        )
    return good(NAME, "The voltage never was too low since the start.")


def check(place: Place) -> list[Finding]:
    """Read the firmware's flags, from its file or by its command."""
    said = place.text(_FILE) or place.heard(["vcgencmd", "get_throttled"])
    try:
        return [judge(int((said or "").rpartition("=")[2], 16))]
    except ValueError:
        return [
            unknown(
                NAME,
                "This machine does not say whether its supply is strong enough.",
                means="Only a Raspberry Pi tells.",
                do="Nothing, unless it crashes: then try another power supply.",
            )
        ]

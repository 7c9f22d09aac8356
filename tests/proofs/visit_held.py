"""What the visit's proof must have shown on its poor line, on a machine fast or slow."""

from __future__ import annotations

from typing import Any

MOST_LOST_PERCENT = 5.0  # of what is sent into a narrow line, on a machine too slow for more


def too_slow(found: dict[str, Any]) -> str:
    """Say where this machine is too slow for pictures and sound to tell anything of the line."""
    ends = {"hearth": found, "aiortc": found["plain"]}
    slow = [name for name, one in ends.items() if not one.get("kept_up_300k", True)]
    if not slow:
        return ""
    return f"Even on a good line this machine carried too little of {' and '.join(slow)}."


def held(found: dict[str, Any]) -> bool:
    """Tell whether the poor line was worse for aiortc as it comes: else it proves nothing.

    A machine too slow for pictures and sound still tells how much was sent that the line dropped.
    """
    plain = found["plain"]
    if found["too_slow_to_compare"]:
        most = max(plain["lost_percent_300k"], MOST_LOST_PERCENT)
        return bool(found["vitals_told"] and found["lost_percent_300k"] <= most)
    poor = ("frozen_s_300k", "concealed_percent_300k")
    seen = [one for one in poor if one in found]
    return bool(found["vitals_told"] and all(found[one] < plain[one] for one in seen))

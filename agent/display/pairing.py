"""A pairing as the screen shows it: digits to type, to compare, and how it ended. Pure."""

from __future__ import annotations

from agent.screen.messages import Pair
from drivers.pairing import Progress, Stage


def pair_message(progress: Progress) -> Pair | None:
    """Return what to tell the screen at this step, None while there is nothing to do for anybody.

    A meter that pairs by itself shows only that it is ready; a search is shown to who began it.
    """
    meter = progress.title
    match progress.stage:
        case Stage.TYPE_HERE:
            return Pair(meter=meter, label=progress.label)
        case Stage.TYPE_THERE:
            return Pair(meter=meter, passkey=progress.digits)
        case Stage.COMPARE:
            return Pair(meter=meter, passkey=progress.digits, compare=True)
        case Stage.PAIRED:
            return Pair(meter=meter, ended=True, paired=True)
        case Stage.FAILED if meter:
            return Pair(meter=meter, ended=True)
        case _:
            return None

"""What things are called on every view: tasks, readings, and how far they have come."""

from __future__ import annotations

from collections.abc import Mapping

from agent.screen.page import Card, Header, Tone
from agent.screen.values import Doing, Shown, Task, Way
from agent.screen.views.view import Seen
from agent.screen.words import Words, counted, marked

_NO_TIME = "\N{EN DASH}:\N{EN DASH}"

TITLES: Mapping[Doing, str] = {
    Doing.BLOOD_PRESSURE: marked("Blood pressure"),
    Doing.GLUCOSE: marked("Blood sugar"),
    Doing.WEIGHT: marked("Weight"),
    Doing.OXYGEN: marked("Oxygen"),
    Doing.TEMPERATURE: marked("Temperature"),
    Doing.MEDICINE: marked("Medicine"),
    Doing.QUESTIONS: marked("A few questions"),
    Doing.PHOTO: marked("Photo"),
    Doing.CAMERA: marked("Pulse by camera"),
    Doing.OTHER: marked("Task"),
}
TIME_FOR: Mapping[Doing, str] = {
    Doing.BLOOD_PRESSURE: marked("Time for your blood pressure"),
    Doing.GLUCOSE: marked("Time for your blood sugar"),
    Doing.WEIGHT: marked("Time to step on the scale"),
    Doing.OXYGEN: marked("Time for your oxygen"),
    Doing.TEMPERATURE: marked("Time for your temperature"),
    Doing.MEDICINE: marked("Time for your medicine"),
    Doing.QUESTIONS: marked("Time for a few questions"),
    Doing.PHOTO: marked("Time for the photo"),
    Doing.CAMERA: marked("Time for your pulse"),
    Doing.OTHER: marked("Something is due"),
}


def title(task: Task, words: Words) -> str:
    """Return what a task is called: the care team's words where it has any."""
    return task.title or words(TITLES[task.doing])


def card(one: Shown, seen: Seen, *, held: bool = False) -> Card:
    """Return one reading in large type, every digit as it was measured.

    `held` is one of which nobody has said yet whose it is: it goes to nobody meanwhile.
    """
    words = seen.words
    state = words("Your care team has it") if one.sent else words("Kept safe, on its way")
    upper, _, lower = one.value.partition("/")
    return Card(
        icon=one.doing.value,
        label=words(TITLES[one.doing]),
        value=words.number(one.value),
        unit=one.unit,
        note=words.roughly(one.at, seen.now) if seen.now else "",
        state_icon="clock" if held else "there" if one.sent else "on-the-way",
        state=words("Waits for your answer") if held else state,
        tone=Tone.DONE if one.sent and not held else Tone.PLAIN,
        trend=tuple(one.trend),
        said=words("{upper} over {lower}", upper=upper, lower=lower) if lower else "",
    )


def header(seen: Seen) -> Header:
    """Return the strip above every page."""
    home, words = seen.home, seen.words
    if home is None or seen.now is None:
        return Header(
            clock="", day="", state_icon="clock", state=words("Starting"), tone=Tone.PLAIN
        )
    icon, state, tone = _STATES[home.way]
    return Header(
        clock=words.clock(seen.now) if home.clock_set else _NO_TIME,
        day=words.day(seen.now) if home.clock_set else "",
        state_icon=icon,
        state=words.count(*state, home.waiting) if isinstance(state, tuple) else words(state),
        tone=tone,
    )


_STATES: Mapping[Way, tuple[str, str | tuple[str, str], Tone]] = {
    Way.ALL_THERE: ("there", marked("Your care team has everything"), Tone.DONE),
    Way.ON_THE_WAY: (
        "on-the-way",
        counted("{n} reading on its way", "{n} readings on their way"),
        Tone.PLAIN,
    ),
    Way.NO_NETWORK: (
        "no-network",
        counted("No network. {n} reading kept safe", "No network. {n} readings kept safe"),
        Tone.DUE,
    ),
    Way.REFUSED: ("alert", marked("Some readings need your care team"), Tone.DUE),
}

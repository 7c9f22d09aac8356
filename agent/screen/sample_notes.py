"""One of every word of the hub's own, made up: for pictures, and for tests of what people see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from agent.screen.messages import Home
from agent.screen.values import About, Doing, Note
from agent.screen.views.notes import OneNote
from agent.screen.views.view import View

_KINDS = {
    About.LIMIT: Doing.BLOOD_PRESSURE,
    About.TREND: Doing.WEIGHT,
    About.QUIET: Doing.WEIGHT,
    About.BATTERY: Doing.BLOOD_PRESSURE,
    About.WAITING: Doing.GLUCOSE,
    About.OFF: Doing.TEMPERATURE,
    About.BOND: Doing.BLOOD_PRESSURE,
}
_METERS = (
    *(Doing.BLOOD_PRESSURE, Doing.GLUCOSE, Doing.WEIGHT),
    *(Doing.OXYGEN, Doing.TEMPERATURE, Doing.OTHER),
)


def notes(full: Home) -> Iterator[tuple[str, View | None, Home | None]]:
    """Yield a name, the view on top and the home below it."""
    for about, doing in _KINDS.items():
        yield f"note-{about.value}", OneNote(note=_note(about, doing, full)), full
    untold = msgspec.structs.replace(_note(About.LIMIT, Doing.WEIGHT, full), told=False)
    yield "note-untold", OneNote(note=untold), full
    yield "today-note-untold", None, msgspec.structs.replace(full, notes=[untold])
    for doing in _METERS:
        yield f"note-quiet-{doing.value}", OneNote(note=_note(About.QUIET, doing, full)), full
    for about in (About.LIMIT, About.QUIET):
        note = _note(about, _KINDS[about], full)
        yield f"today-note-{about.value}", None, msgspec.structs.replace(full, notes=[note])


def _note(about: About, doing: Doing, full: Home) -> Note:
    at = full.now - timedelta(hours=1)
    return Note(id=f"n-{about.value}", about=about, doing=doing, at=at, days=12, told=True)

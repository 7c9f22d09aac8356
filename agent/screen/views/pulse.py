"""Pulse by camera: permission, live guidance, and an honest end with or without a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.screen.messages import Consent, FromHub, Home
from agent.screen.page import Button, Card, Glass, Page, Ring, Symbol, Tone
from agent.screen.sight import Blind, Progress, Sight
from agent.screen.values import Topic
from agent.screen.views.photo import LIVE
from agent.screen.views.view import Effect, Look, Say, Seen, Step, Tell, View, no, yes
from agent.screen.words import marked

LONGEST_S = 30.0
# One sentence for each thing that a patient can change; the codes are vitals.rppg.result.Refusal's.
GUIDANCE: Mapping[str, str] = {
    "no-face": marked("Show the camera your whole face."),
    "two-faces": marked("Only one face, please."),
    "too-dark": marked("More light on your face, please."),
    "too-bright": marked("Turn a little from the bright light."),
    "moving": marked("Lean back and keep still."),
    "talking": marked("Please do not talk."),
    "flicker": marked("Another lamp, please: this one flickers."),
    "frames-missing": marked("Please wait a moment."),
    "no-pulse": marked("Face the camera, please."),
    "background-pulses": marked("Please turn off the television."),
    "regions-disagree": marked("Look straight at the camera."),
    "methods-disagree": marked("Sit in steady light."),
    "too-short": marked("Stay seated a little longer."),
    "too-weak": marked("Come a little closer."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching(View):
    """A measurement by camera, from permission to its end."""

    task: str
    progress: Progress | None = None
    blind: bool = False
    busy = True
    looks = True

    def page(self, seen: Seen) -> Page:
        """Show what to do now."""
        words = seen.words
        if not _allowed(seen):
            return Page(
                name="pulse-consent",
                heading=words("May the camera measure your pulse?"),
                hint=words("No picture is kept."),
                figure=Symbol(icon="camera", tone=Tone.ACTION),
                buttons=(yes(words), no(words)),
                back=words("Back"),
            )
        if self.progress is None or self.blind:
            return self._ready(seen)
        return self._ended(seen) if self.progress.over else self._going(self.progress, seen)

    def _ready(self, seen: Seen) -> Page:
        words = seen.words
        start = Button(action="look", label=words("Start"), icon="next", tone=Tone.ACTION)
        return Page(
            name="pulse-none" if self.blind else "pulse-ready",
            heading=words("The camera is resting") if self.blind else words("Look at the camera"),
            hint=words("Please plug it in again.")
            if self.blind
            else words("Sit back. Keep still."),
            figure=Symbol(icon="camera", tone=Tone.ACTION),
            buttons=(start,),
            back=words("Back"),
        )

    def _going(self, progress: Progress, seen: Seen) -> Page:
        words = seen.words
        sentence = GUIDANCE.get(progress.guidance, "")
        left = max(LONGEST_S - progress.seconds, 0)
        return Page(
            name="pulse-guide" if sentence else "pulse-going",
            heading=words(sentence) if sentence else words("Very good. Keep still."),
            figure=Glass(picture=LIVE, outline="face", tone=Tone.DUE if sentence else Tone.DONE)
            if sentence
            else Ring(done=progress.seconds / LONGEST_S, text=f"{left:.0f}", tone=Tone.DONE),
            back=words("Stop"),
        )

    def _ended(self, seen: Seen) -> Page:
        words, progress = seen.words, self.progress
        fine = Button(action="back", label=words("OK"), icon="check", tone=Tone.ACTION)
        if progress is None or progress.pulse_bpm is None:
            again = Button(action="look", label=words("Once more"), icon="camera")
            return Page(
                name="pulse-unknown",
                heading=words("No sure number this time"),
                hint=words("More light often helps."),
                figure=Symbol(icon="light", tone=Tone.PLAIN),
                buttons=(again, fine),
            )
        return Page(
            name="pulse-done",
            heading=words("Thank you"),
            hint=words("An estimate, not a medical measurement."),
            figure=Card(
                icon="camera",
                label=words("Pulse by camera"),
                value=f"{progress.pulse_bpm:.0f}",
                unit=words("a minute"),
                note="",
            ),
            buttons=(fine,),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Give permission, start, stop."""
        if not _allowed(seen):
            if action == "yes":
                given = Consent(topic=Topic.CAMERA, given=True)
                return Step(view=self, effects=(Tell(message=given),))
            return Step(view=None)
        if action == "look":
            going = replace(self, progress=Progress(seconds=0.0, guidance="no-face"), blind=False)
            return Step(view=going, effects=(Look(what="measure"),))
        return Step(view=None if action == "back" else self)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Look away at once when the permission is taken back."""
        if isinstance(message, Home) and self.progress is not None and not _allowed(seen):
            return Step(view=None)
        return None

    def saw(self, sight: Sight, seen: Seen) -> Step:
        """Follow the camera; say a new sentence aloud, once."""
        if isinstance(sight, Blind):
            return Step(view=replace(self, progress=None, blind=True))
        if not isinstance(sight, Progress) or self.progress is None or self.progress.over:
            return Step(view=self)
        view = replace(self, progress=sight)
        said = view.page(seen).speech
        new = said != self.page(seen).speech
        effects: tuple[Effect, ...] = (Say(text=said),) if new else ()
        if sight.estimate is not None:
            effects = (Tell(message=sight.estimate), *effects)
        return Step(view=view, effects=effects)


def _allowed(seen: Seen) -> bool:
    return seen.home is not None and Topic.CAMERA in seen.home.consents

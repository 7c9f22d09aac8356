"""A picture for the care team: framing, a look at it, and only then is it sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.messages import Consent, FromHub, Home, Photo
from agent.screen.page import Button, Glass, Page, Symbol, Tone
from agent.screen.sight import Sight, Snapped
from agent.screen.values import Topic
from agent.screen.views.thanks import Thanks
from agent.screen.views.view import Effect, Look, Seen, Step, Tell, View, no, yes

LIVE, TAKEN = "live", "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photographing(View):
    """From permission to a picture that the patient has seen."""

    task: str
    snapped: Snapped | None = None
    allowed: bool = False
    busy = True
    looks = True

    def begins(self, seen: Seen) -> tuple[Effect, ...]:
        """Switch the camera on where it is allowed already."""
        return (Look(what="on"),) if _allowed(seen) else ()

    def page(self, seen: Seen) -> Page:
        """Ask for permission, frame, or show what was taken."""
        words = seen.words
        if not _allowed(seen):
            return Page(
                name="photo-consent",
                heading=words("May your care team see a photo?"),
                hint=words("You see it first."),
                figure=Symbol(icon="photo", tone=Tone.ACTION),
                buttons=(yes(words), no(words)),
                back=words("Back"),
            )
        if self.snapped is None:
            return Page(
                name="photo-frame",
                heading=words("Fill the frame"),
                hint=words("Good light. Hold still."),
                figure=Glass(picture=LIVE, outline="frame", tone=Tone.ACTION),
                buttons=(
                    Button(
                        action="take", label=words("Take photo"), icon="photo", tone=Tone.ACTION
                    ),
                ),
                back=words("Back"),
            )
        return self._look_at(self.snapped, seen)

    def _look_at(self, snapped: Snapped, seen: Seen) -> Page:
        words = seen.words
        hints = {
            "dark": words("It is rather dark. Once more with light?"),
            "blurred": words("It is not quite sharp. Once more?"),
            "": words("It looks clear."),
        }
        again = Button(action="again", label=words("Once more"), icon="photo")
        send = Button(action="send", label=words("Send"), icon="there", tone=Tone.ACTION)
        return Page(
            name="photo-look",
            heading=words("Send this photo?"),
            hint=hints[snapped.doubt],
            figure=Glass(picture=TAKEN),
            buttons=(send, again),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Give permission, take, look, send."""
        if not _allowed(seen):
            return self._permitted(action)
        if action == "take":
            return Step(view=self, effects=(Look(what="keep"),))
        if action == "again":
            return Step(view=replace(self, snapped=None), effects=(Look(what="on"),))
        if action == "send" and self.snapped is not None:
            told = Photo(task=self.task, jpeg=self.snapped.jpeg)
            thanks = Thanks(text=seen.words("Your photo is on its way."))
            return Step(view=thanks, effects=(Tell(message=told),))
        return Step(view=None if action == "back" else self)

    def _permitted(self, action: str) -> Step:
        if action == "yes":
            given = Consent(topic=Topic.PHOTOS, given=True)
            return Step(view=self, effects=(Tell(message=given), Look(what="on")))
        return Step(view=None)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Look away at once when the permission is taken back."""
        if not isinstance(message, Home):
            return None
        allowed = _allowed(seen)
        return Step(view=None if self.allowed and not allowed else replace(self, allowed=allowed))

    def saw(self, sight: Sight, seen: Seen) -> Step:
        """Take the picture that was kept."""
        del seen
        return Step(view=replace(self, snapped=sight) if isinstance(sight, Snapped) else self)


def _allowed(seen: Seen) -> bool:
    return seen.home is not None and Topic.PHOTOS in seen.home.consents

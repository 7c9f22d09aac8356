"""Help: what the hub is doing, whom to call, what was allowed; and the care team's own door."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.messages import Consent
from agent.screen.page import Button, Page, Row, Rows, Tone
from agent.screen.values import Topic, Way
from agent.screen.views.settings import Locked
from agent.screen.views.view import Seen, Step, Tell, View
from agent.screen.words import marked

_DOING = {
    Way.ALL_THERE: marked("Your hub is working"),
    Way.ON_THE_WAY: marked("Your hub is sending"),
    Way.NO_NETWORK: marked("No network. Nothing is lost."),
    Way.REFUSED: marked("Your care team is needed"),
}
_TOPICS = {
    Topic.CAMERA: ("camera", marked("Pulse by camera")),
    Topic.VISITS: ("phone", marked("Video calls")),
    Topic.PHOTOS: ("photo", marked("Photos")),
}


@dataclass(frozen=True, slots=True)
class Helping(View):
    """What is the matter, in one sentence."""

    def page(self, seen: Seen) -> Page:
        """Say what the hub does and whom to call; a code for the person on the phone."""
        words, home = seen.words, seen.home
        if home is None or not seen.connected:
            heading, code, phone = words("Your hub is starting"), "", ""
        else:
            heading, code, phone = words(_DOING[home.way]), home.code, home.phone
        rows = []
        if phone:
            rows.append(Row(icon="phone", title=phone, note=words("Your care team")))
        if code:
            rows.append(Row(icon="help", title=code, note=words("Tell them this")))
        rows.append(Row(icon="check", title=words("What I allow"), action="consents", note=""))
        return Page(
            name="help",
            heading=heading,
            body=Rows(rows=tuple(rows)),
            buttons=(Button(action="settings", label=words("For the care team"), icon="lock"),),
            back=words("Back"),
            spoken=" ".join(part for part in (heading, phone) if part),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Open what was pressed."""
        del seen
        if action == "settings":
            return Step(view=self, opens=Locked())
        if action == "consents":
            return Step(view=self, opens=Consents())
        return Step(view=None if action == "back" else self)


@dataclass(frozen=True, slots=True)
class Consents(View):
    """What the patient allows. A press takes it back at once, or gives it."""

    def page(self, seen: Seen) -> Page:
        """Show each with what it is now."""
        words = seen.words
        given = seen.home.consents if seen.home else []
        rows = tuple(
            Row(
                icon=icon,
                title=words(title),
                note=words("Allowed. Press to stop.")
                if topic in given
                else words("Off. Press to allow."),
                tone=Tone.DONE if topic in given else Tone.PLAIN,
                action=f"topic:{topic.value}",
            )
            for topic, (icon, title) in _TOPICS.items()
        )
        return Page(
            name="consents",
            heading=words("What I allow"),
            body=Rows(rows=rows),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Tell the hub the other answer."""
        if action.startswith("topic:") and seen.home is not None:
            topic = Topic(action[6:])
            told = Consent(topic=topic, given=topic not in seen.home.consents)
            return Step(view=self, effects=(Tell(message=told),))
        return Step(view=None if action == "back" else self)

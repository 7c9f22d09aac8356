"""A visit: the clinician's picture, who it is, that nothing is recorded, and four buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.media import Accept, Adjust, Connect, Disconnect, Mention
from agent.screen.messages import (
    Arrived,
    Calling,
    Dial,
    FromHub,
    HangUp,
    Home,
    Offered,
    Pair,
    Remote,
    Ring,
    Wanted,
)
from agent.screen.page import Button, Page, Sign, Stage, Symbol, Tone
from agent.screen.sight import Sight
from agent.screen.values import CallState, Doing, Topic
from agent.screen.views.names import TIME_FOR
from agent.screen.views.view import Effect, Say, Seen, Step, Tell, View
from agent.screen.words import Words
from agent.visit.media.news import Offer, Redial, Standing, State

THEIRS, MINE = "theirs", "mine"
WORDS_S = 45.0
_LOUDNESS = (
    0,
    2,
    4,
    -2,
)  # steps of 3 dB: what each press on the button makes of it, round and round


@dataclass(frozen=True, slots=True, kw_only=True)
class InCall(View):
    """A visit from the patient's yes to its end."""

    dial: Dial
    state: State
    words: tuple[str, ...] = ()
    words_s: float = 0.0
    muted: bool = False
    camera: bool = True
    loudness: int = 0
    wanted: Doing | None = None
    underway: frozenset[int] = frozenset()
    stays = True
    busy = True

    def page(self, seen: Seen) -> Page:
        """Show the call, or how it stands."""
        words, who = seen.words, self.dial.who
        if self.state.standing is Standing.CONNECTING:
            return Page(
                name="connecting",
                heading=words("Connecting"),
                hint=who,
                figure=Symbol(icon="phone", tone=Tone.DONE),
                buttons=(_hang_up(words),),
            )
        if self.state.standing is Standing.LOST:
            return Page(
                name="call-lost",
                heading=words("One moment, the call is coming back"),
                hint=who,
                figure=Symbol(icon="no-network", tone=Tone.DUE),
                buttons=(_hang_up(words),),
            )
        return Page(
            name="call",
            heading=words(TIME_FOR[self.wanted]) if self.wanted else who,
            hint=self._hint(seen),
            body=Stage(
                theirs=THEIRS if self.state.theirs else "",
                mine=MINE if self._is_seen else "",
                signs=self._signs(words),
            ),
            buttons=self._buttons(words),
            spoken=words(TIME_FOR[self.wanted]) if self.wanted else "",
        )

    def _hint(self, seen: Seen) -> str:
        if self.wanted is None and self.words and seen.at_s - self.words_s < WORDS_S:
            return seen.words("Both see: {four}", four=" ".join(self.words))
        return seen.words("Not recorded")

    @property
    def _is_seen(self) -> bool:
        return self.camera and not self.state.camera_fault

    def _signs(self, words: Words) -> tuple[Sign, ...]:
        """Say what others see and hear of this room, and what does not work."""
        if not self.camera:
            camera = Sign(icon="camera-off", text=words("Camera is off"))
        elif self.state.camera_fault:
            camera = Sign(icon="camera-off", text=words("No camera"), tone=Tone.DUE)
        else:
            camera = Sign(icon="camera", text=words("Camera is on"), tone=Tone.DONE)
        if self.muted:
            sound = Sign(icon="mute", text=words("You are muted"), tone=Tone.DUE)
        elif self.state.sound_fault == "VISIT-34":
            sound = Sign(icon="mute", text=words("No loudspeaker"), tone=Tone.DUE)
        elif self.state.sound_fault:
            sound = Sign(icon="mute", text=words("No microphone"), tone=Tone.DUE)
        elif self.state.they_mute:
            sound = Sign(icon="mute", text=words("They are muted"))
        else:
            sound = Sign(icon="microphone", text=words("They hear you"), tone=Tone.DONE)
        return camera, sound

    def _buttons(self, words: Words) -> tuple[Button, ...]:
        up = _after(self.loudness) > self.loudness
        loudness = words("Louder") if up else words("Quieter")
        return (
            Button(action="mute", label=words("Sound on"), icon="microphone")
            if self.muted
            else Button(action="mute", label=words("Mute"), icon="mute"),
            Button(action="camera", label=words("Camera off"), icon="camera-off")
            if self.camera
            else Button(action="camera", label=words("Camera on"), icon="camera"),
            Button(action="louder", label=loudness, icon="sound"),
            _hang_up(words),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Mute, close the camera, change the loudness, hang up."""
        if action in {"no", "back"}:
            told = Tell(message=Calling(call=self.dial.call, state=CallState.OVER))
            return self._over(seen, told)
        view = self
        if action == "mute":
            view = replace(self, muted=not self.muted)
        elif action == "camera":
            view = replace(self, camera=not self.camera)
        elif action == "louder":
            view = replace(self, loudness=_after(self.loudness))
        return Step(view=view, effects=(view.adjusted,) if view != self else ())

    @property
    def adjusted(self) -> Adjust:
        """Return how the patient wants it."""
        return Adjust(muted=self.muted, camera=self.camera, loudness=self.loudness)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Dial again, take the answer, ask for a measurement, end. Nothing else comes between."""
        match message:
            case Dial():
                return Step(view=replace(self, dial=message), effects=(connect(message, seen),))
            case Remote(words=words):
                view = replace(self, words=tuple(words), words_s=seen.at_s)
                return Step(view=view, effects=(Accept(remote=message),))
            case Wanted() | Arrived():
                return self._asked(message, seen)
            case Home():
                return self._sent(message)
            case HangUp():
                return self._over(seen)
        return Step(view=self) if isinstance(message, Ring | Pair) else None

    def _sent(self, home: Home) -> Step:
        """Tell of readings that were asked for once the server has them."""
        there = [one for one in home.readings if one.sent and one.seq in self.underway]
        view = replace(self, underway=self.underway - {one.seq for one in there})
        return Step(view=view, effects=tuple(Mention(reading=one) for one in there))

    def _asked(self, message: Wanted | Arrived, seen: Seen) -> Step:
        if isinstance(message, Arrived):
            if message.reading.doing is not self.wanted:
                return Step(view=self)  # nobody in the call asked for it
            done = Say(text=seen.words("Thank you."))
            seq = message.reading.seq
            view = replace(self, wanted=None, underway=self.underway | {seq})
            return Step(view=view, effects=(Mention(reading=message.reading), done))
        view = replace(self, wanted=None if message.done else message.doing)
        if view.wanted is None:
            return Step(view=view)
        return Step(view=view, effects=(Say(text=seen.words(TIME_FOR[view.wanted])),))

    def saw(self, sight: Sight, seen: Seen) -> Step:
        """Follow the call, and tell the hub of it."""
        match sight:
            case Offer(call=call, sdp=sdp) if sdp:
                return self._telling(Offered(call=call, sdp=sdp))
            case Offer(call=call):
                return self._telling(Calling(call=call, state=CallState.BROKEN))
            case Redial():
                return self._telling(Calling(call=self.dial.call, state=CallState.LOST))
            case State(standing=Standing.OVER):
                lost = Tell(message=Calling(call=self.dial.call, state=CallState.LOST))
                return self._over(seen, lost)
            case State(standing=standing, call=call):
                view = replace(self, state=sight)
                live = standing is Standing.LIVE
                came = live and (self.state.standing, self.state.call) != (standing, call)
                effects = (_connected(call),) if came else ()
                return Step(view=view, effects=effects)
            case _:
                return Step(view=self)

    def _telling(self, message: Offered | Calling) -> Step:
        return Step(view=self, effects=(Tell(message=message),))

    def joined(self, seen: Seen) -> tuple[Effect, ...]:
        """Tell a hub that has come back of a call that is up."""
        del seen
        up = self.state.standing is Standing.LIVE
        return (_connected(self.state.call),) if up else ()

    def _over(self, seen: Seen, *effects: Effect) -> Step:
        over = Over(who=self.dial.who, since_s=seen.at_s)
        return Step(view=over, effects=(Disconnect(), *effects))


@dataclass(frozen=True, slots=True, kw_only=True)
class Over(View):
    """The visit is over, and the camera off."""

    who: str
    since_s: float
    stays = True

    def page(self, seen: Seen) -> Page:
        """Say so."""
        words = seen.words
        fine = Button(action="back", label=words("OK"), icon="check", tone=Tone.ACTION)
        return Page(
            name="call-over",
            heading=words("The visit is over"),
            hint=words("The camera is off."),
            figure=Symbol(icon="camera-off", tone=Tone.PLAIN),
            buttons=(fine,),
        )

    def ticked(self, seen: Seen) -> Step:
        """Close by itself."""
        return Step(view=None if seen.at_s - self.since_s > _OVER_S else self)


_OVER_S = 20.0


def begin(dial: Dial, seen: Seen) -> tuple[InCall, tuple[Effect, ...]]:
    """Return the view of a call that begins, and what is done for it."""
    return InCall(dial=dial, state=State(call=dial.call)), (connect(dial, seen),)


def connect(dial: Dial, seen: Seen) -> Connect:
    """Return what connects: estimates only where the care team wants them and the patient too."""
    return Connect(dial=dial, vitals=dial.vitals and _allowed(seen.home))


def _allowed(home: Home | None) -> bool:
    return home is not None and Topic.CAMERA in home.consents


def _connected(call: str) -> Tell:
    return Tell(message=Calling(call=call, state=CallState.CONNECTED))


def _after(loudness: int) -> int:
    return _LOUDNESS[(_LOUDNESS.index(loudness) + 1) % len(_LOUDNESS)]


def _hang_up(words: Words) -> Button:
    return Button(action="no", label=words("Hang up"), icon="cross", tone=Tone.STOP)

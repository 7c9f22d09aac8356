"""What each event makes of a visit: the hub's side of the signalling, as pure functions.

Every function takes the visit as it is and returns it as it becomes, with what is to be done. The
edge (`agent/visit/desk.py`) keeps it on disk whenever it changed, before anything is done.
"""

from __future__ import annotations

from msgspec.structs import replace

from agent.screen.messages import Calling, Dial, HangUp, Offered, Remote, Ring, Visit, Wanted
from agent.screen.values import CallState, Doing
from agent.visit import sdp, words
from agent.visit.letters import Reply, Standing, TaskFor
from agent.visit.live import Effect, Live, Noted, Now, Phase, Tell, ToPage
from agent.visit.messages import (
    Answer,
    Asked,
    Bye,
    Ended,
    FromHub,
    FromPage,
    InCall,
    Measure,
    MeasureState,
    Offer,
    Redial,
    Ringing,
    What,
    Why,
)

LIMITS_S = {
    Phase.RINGING: 60.0,
    Phase.DIALING: 20.0,
    Phase.OFFERED: 20.0,
    Phase.JOINING: 20.0,
    Phase.WAITING: 60.0,
}
"""How long each phase may last. One that is over its time is dialled anew, or ends the visit."""
LONGEST_S = 4 * 3600.0
MOST_DIALS = 100
MOST_ASKED = 20
RELOAD_S = 10.0
"""How long it goes on ringing for a page that is gone."""
SCREEN_WORD_S = 3.0
"""How long a screen that came back has to say that its call is still up."""

Done = tuple[Live, list[Effect]]
_BETWEEN = frozenset({Phase.DIALING, Phase.OFFERED, Phase.JOINING, Phase.WAITING})
_CALLED = _BETWEEN | {Phase.CONNECTED}


def began(live: Live, auto_s: int) -> Done:
    """Ring: the invitation is redeemed on disk."""
    live = replace(live, auto=auto_s > 0)
    return live, [Tell(message=_ring(live, auto_s)), *_say(live, Ringing(visit=live.visit, n=0))]


def returned(live: Live, reply: Reply, now: Now) -> Done:
    """Take back the page that redeemed it: its line was lost, or it was loaded anew."""
    effects: list[Effect] = []
    if live.reply is not None and live.reply != reply:
        effects += _say(live, Ended(visit=live.visit, n=0, why=Why.ELSEWHERE), Standing.OVER)
    live = replace(live, reply=reply)
    match live.phase:
        case Phase.RINGING:
            return live, [*effects, *_say(live, Ringing(visit=live.visit, n=0))]
        case Phase.OFFERED:
            return live, [*effects, *_say(live, _offer(live, now))]
        case Phase.WAITING if not now.asking:
            live, more = _dial(live, now)
            return live, [*effects, *more]
        case Phase.CONNECTED | Phase.JOINING:
            return live, [*effects, *_say(live, InCall(visit=live.visit, n=0, call=live.call))]
    return live, effects


def said(live: Live, message: FromPage, now: Now) -> Done:
    """Answer what the page said."""
    match message:
        case Answer(call=call, sdp=text) if live.phase is Phase.OFFERED and call == live.call:
            return _answered(live, text, now)
        case Redial(call=call) if call == live.call and live.phase in _CALLED - {Phase.DIALING}:
            return _dial(live, now)
        case Measure(what=what) if live.phase is Phase.CONNECTED:
            return _asked(live, what, now)
        case Bye():
            return ended(live, Why.BYE, now)
    return live, []


def screen_said(live: Live, message: Visit | Offered | Calling, now: Now) -> Done:
    """Answer what the screen said."""
    match message:
        case Visit(accepted=True) if live.phase is Phase.RINGING:
            live = replace(live, accepted_at=now.at)
            live, effects = _dial(live, now)
            return live, [Noted(what="visit-accepted", why=live.who), *effects]
        case Visit(accepted=False):
            why = Why.DECLINED if live.phase is Phase.RINGING else Why.HUNG_UP
            return ended(live, why, now)
        case Offered(call=call, sdp=text) if live.phase is Phase.DIALING and call == live.call:
            live = replace(live, phase=Phase.OFFERED, since_s=now.s, offer=text)
            return live, _say(live, _offer(live, now))
        case Calling(call=call, state=state) if call == live.call:
            return _media(live, state, now)
    return live, []


def page_gone(live: Live, reply: Reply, now: Now) -> Done:
    """Note that a page's line is gone; a call that is up goes on without it."""
    if live.reply != reply:
        return live, []
    live = replace(live, reply=None)
    if live.phase is Phase.RINGING:  # it may only have been loaded anew
        late_s = now.s - LIMITS_S[Phase.RINGING] + RELOAD_S
        live = replace(live, since_s=min(live.since_s, late_s))
    return live, []


def screen_gone(live: Live, now: Now) -> Done:
    """Note that no screen is there any more: its call is gone with it."""
    if live.phase in _CALLED:
        return replace(live, phase=Phase.WAITING, since_s=now.s), []
    return live, []


def screen_here(live: Live) -> Done:
    """Tell a screen that came back what it missed; whether it has a call, it says itself."""
    if live.phase is Phase.RINGING:
        return live, [Tell(message=_ring(live, 0))]
    return live, []


def screen_silent(live: Live, now: Now) -> Done:
    """Dial anew: a screen came back and has no call."""
    if live.phase is Phase.WAITING and live.reply is not None:
        return _dial(live, now)
    return live, []


def stored(live: Live, doing: Doing) -> Done:
    """Note that a reading is on disk: the clinician may have asked for it."""
    open_ = [
        number
        for number, what in live.asked.items()
        if number not in live.arrived and what.value == doing.value
    ]
    if not open_ or live.phase is Phase.ENDED:
        return live, []
    live = replace(live, arrived=(*live.arrived, *open_))
    state = MeasureState(visit=live.visit, n=0, what=What(doing.value), state=Asked.ARRIVED)
    wanted = Wanted(call=live.call, doing=doing, done=True)
    return live, [Tell(message=wanted), *_say(live, state)]


def not_made(live: Live, what: What) -> Done:
    """Tell the page that the server did not take a task."""
    state = MeasureState(visit=live.visit, n=0, what=what, state=Asked.FAILED)
    return live, _say(live, state)


def ticked(live: Live, now: Now) -> Done:
    """Answer that time passed."""
    if live.began_at and (now.at - live.began_at).total_seconds() > LONGEST_S:
        return ended(live, Why.OVER, now)
    limit_s = LIMITS_S.get(live.phase)
    if limit_s is None or now.s - live.since_s <= limit_s:
        return live, []
    if live.phase is Phase.RINGING:
        return ended(live, Why.NO_ANSWER, now)
    if live.phase in {Phase.OFFERED, Phase.JOINING} and live.reply is not None:
        return _dial(live, now)
    return ended(live, Why.LOST, now)


def ended(live: Live, why: Why, now: Now) -> Done:
    """End it: nothing rings, no camera is on, both sides know."""
    if live.phase is Phase.ENDED:
        return live, []
    before = live.phase
    live = replace(live, phase=Phase.ENDED, why=why, ended_at=now.at, since_s=now.s)
    stop: list[Effect] = [Tell(message=HangUp(visit=live.visit, why=why.value))]
    if before is Phase.RINGING:
        stop.insert(0, Tell(message=replace(_ring(live, 0), ended=True)))
    noted = Noted(what="visit-ended", why=f"{live.who}: {why.value}")
    return live, [*stop, noted, *_say(live, Ended(visit=live.visit, n=0, why=why), Standing.OVER)]


def _answered(live: Live, text: str, now: Now) -> Done:
    try:
        both = sdp.fingerprint(live.offer), sdp.fingerprint(text)
    except ValueError:
        return ended(live, Why.LOST, now)
    found = words.four(visit=live.visit, hub=both[0], page=both[1], language=now.language)
    live = replace(live, phase=Phase.JOINING, since_s=now.s)
    return live, [Tell(message=Remote(call=live.call, sdp=text, words=list(found)))]


def _media(live: Live, state: CallState, now: Now) -> Done:
    if state is CallState.OVER:
        return ended(live, Why.HUNG_UP, now)
    if state is CallState.BROKEN:
        return ended(live, Why.LOST, now)
    if state is CallState.LOST and live.phase in {Phase.CONNECTED, Phase.JOINING}:
        if live.reply is not None:
            return _dial(live, now)
        return replace(live, phase=Phase.WAITING, since_s=now.s), []
    if state is CallState.CONNECTED and live.phase in {Phase.JOINING, Phase.WAITING}:
        back, first = live.phase is Phase.WAITING, live.began_at is None
        live = replace(
            live, phase=Phase.CONNECTED, since_s=now.s, began_at=live.began_at or now.at, cut=False
        )
        effects: list[Effect] = [Noted(what="visit-began", why=live.who)] if first else []
        if back:
            effects += _say(live, InCall(visit=live.visit, n=0, call=live.call))
        return live, effects
    return live, []


def _asked(live: Live, what: What, now: Now) -> Done:
    open_ = {one for number, one in live.asked.items() if number not in live.arrived}
    if what in open_:  # it was asked for already, and the page did not hear so
        return live, _say(live, MeasureState(visit=live.visit, n=0, what=what, state=Asked.ASKED))
    if len(live.asked) >= MOST_ASKED:
        return live, []
    number = len(live.asked) + 1
    live = replace(live, asked={**live.asked, str(number): what})
    wanted = Wanted(call=live.call, doing=Doing(what.value))
    state = MeasureState(visit=live.visit, n=0, what=what, state=Asked.ASKED)
    effects: list[Effect] = [Tell(message=wanted), Noted(what="visit-asked", why=live.who)]
    task = TaskFor(
        what=what,
        number=number,
        visit=live.visit,
        patient=now.patient,
        encounter=now.encounter,
        who=live.who,
    )
    return live, [*effects, *_say(live, state, task=task)]


def _dial(live: Live, now: Now) -> Done:
    if live.dials >= MOST_DIALS:
        return ended(live, Why.LOST, now)
    if not now.screens:
        return replace(live, phase=Phase.WAITING, since_s=now.s), []
    live = replace(
        live, phase=Phase.DIALING, since_s=now.s, call=now.name, offer="", dials=live.dials + 1
    )
    dial = Dial(
        visit=live.visit,
        call=live.call,
        who=live.who[:200],
        ice=list(now.ice),
        vitals=now.vitals,
    )
    return live, [Tell(message=dial)]


def _ring(live: Live, auto_s: int) -> Ring:
    return Ring(id=live.visit, who=live.who[:200], role=live.role[:200], auto_s=auto_s)


def _offer(live: Live, now: Now) -> Offer:
    return Offer(
        visit=live.visit,
        n=0,
        call=live.call,
        sdp=live.offer,
        ice=list(now.ice),
        language=now.language,
    )


def _say(
    live: Live,
    message: FromHub,
    standing: Standing | None = None,
    *,
    task: TaskFor | None = None,
) -> list[Effect]:
    if live.reply is None:
        return []
    inside = Standing.WAITING if live.phase is Phase.RINGING else Standing.IN_VISIT
    return [
        ToPage(
            reply=live.reply,
            token=live.token,
            said=message,
            standing=standing or inside,
            task=task,
        )
    ]

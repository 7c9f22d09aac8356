"""Which of the hub's messages may lay a view on top of what is shown."""

from __future__ import annotations

from agent.screen.media import Prepare
from agent.screen.messages import Arrived, Ask, Dial, FromHub, Home, Pair, Ring
from agent.screen.values import Due, Task
from agent.screen.views.arrived import Arrived as JustArrived
from agent.screen.views.incall import begin
from agent.screen.views.mine import WasItYou
from agent.screen.views.pairing import Pairing
from agent.screen.views.ringing import Ringing
from agent.screen.views.task import OneTask
from agent.screen.views.view import Chime, Effect, Say, Seen, View

Interruption = tuple[View, tuple[Effect, ...]]


def interruption(message: FromHub, before: Home | None, seen: Seen) -> Interruption | None:
    """Return the view that a message opens by itself, with its sound; None for most.

    `before` is the home as it was told before this message: a task that was not due then and is
    now is a reminder.
    """
    if isinstance(message, Dial):  # of a visit that was on when this program began anew
        return begin(message, seen)
    found: View | None = None
    sound = "reminder"
    match message:
        case Ring(ended=False):
            found, sound = Ringing(ring=message, since_s=seen.at_s, rang_s=seen.at_s), "ring"
        case Pair(ended=False):
            found = Pairing(pair=message)
        case Ask():
            found = WasItYou(reading=message.reading)
        case Arrived():
            found, sound = JustArrived(reading=message.reading, since_s=seen.at_s), "arrived"
        # A clock that nobody set may be hours off: nothing rings by it at three in the morning.
        case Home(clock_set=True) if before is not None and (new := newly_due(before, message)):
            found = OneTask(task=new[0])
    if found is None:
        return None
    effects: tuple[Effect, ...] = (Chime(name=sound), Say(text=found.page(seen).speech))
    return found, (Prepare(), *effects) if isinstance(found, Ringing) else effects


def newly_due(before: Home, now: Home) -> list[Task]:
    """Return the tasks that became due between two tellings, or waited for the clock to be set."""
    was = {task.id for task in before.tasks if task.due is Due.NOW and before.clock_set}
    return [task for task in now.tasks if task.due is Due.NOW and task.id not in was]

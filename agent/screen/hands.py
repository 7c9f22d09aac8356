"""Hands that shake: what counts as one press on the glass, and what two buttons or keys do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.shapes import Scene, Target

SETTLE_S = 0.35
"""After a page changed, presses are not taken for this long: a second tap was meant for the old."""
HELD_S = 8.0
"""A finger that rests longer than this is leaning on the glass, not pressing."""
SLIP = 40.0
"""How far a finger may slide between touch and release, in units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the hand is doing. `focus` is the target that "choose" presses; -1 for none."""

    since_s: float = 0.0
    down: Target | None = None
    down_s: float = 0.0
    at: tuple[float, float] = (0.0, 0.0)
    focus: int = -1


def new_page(hands: Hands, at_s: float, *, keep_focus: bool) -> Hands:
    """Begin a page: nothing is pressed on it yet; who uses keys begins at the first target."""
    return replace(hands, since_s=at_s, down=None, focus=0 if keep_focus else -1)


def touched(hands: Hands, scene: Scene, x: float, y: float, at_s: float) -> Hands:
    """Note where a finger came down."""
    if at_s - hands.since_s < SETTLE_S:
        return replace(hands, down=None)
    return replace(hands, down=scene.at(x, y), down_s=at_s, at=(x, y), focus=-1)


def released(hands: Hands, scene: Scene, x: float, y: float, at_s: float) -> tuple[Hands, str]:
    """Note that the finger left; return the action of what it pressed, or nothing."""
    down, left = hands.down, replace(hands, down=None)
    if down is None or down not in scene.targets or at_s - hands.down_s > HELD_S:
        return left, ""
    slid = abs(x - hands.at[0]) + abs(y - hands.at[1])
    return left, down.action if down.rect.holds(x, y) or slid < SLIP else ""


def stepped(hands: Hands, scene: Scene, by: int = 1) -> Hands:
    """Move the focus to the next target, round and round."""
    count = len(scene.targets)
    if not count:
        return replace(hands, focus=-1)
    if hands.focus < 0:
        return replace(hands, focus=0 if by > 0 else count - 1)
    return replace(hands, focus=(hands.focus + by) % count)


def focused(hands: Hands, scene: Scene) -> str:
    """Return what the target with the focus is called, to be said to whoever cannot see it."""
    there = 0 <= hands.focus < len(scene.targets)
    return scene.targets[hands.focus].label if there else ""


def chosen(hands: Hands, scene: Scene, at_s: float) -> str:
    """Return the action of the target that has the focus, or nothing."""
    if at_s - hands.since_s < SETTLE_S or not 0 <= hands.focus < len(scene.targets):
        return ""
    return scene.targets[hands.focus].action

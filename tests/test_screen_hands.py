"""Hands that shake, lean, slip and tap twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis.strategies import floats, integers, lists, tuples

from agent.screen import hands
from agent.screen.hands import HELD_S, SETTLE_S, Hands
from agent.screen.shapes import Rect, Scene, Target

YES = Target(rect=Rect(0, 400, 390, 76), action="yes", label="Yes")
NO = Target(rect=Rect(410, 400, 390, 76), action="no", label="No")
SCENE = Scene(width=800, height=480, shapes=(), targets=(YES, NO))


def _pressed(
    down: tuple[float, float], up: tuple[float, float], *, at_s: float = 10.0, for_s: float = 0.1
) -> str:
    held = hands.touched(Hands(), SCENE, *down, at_s)
    return hands.released(held, SCENE, *up, at_s + for_s)[1]


def test_a_press_counts_when_the_finger_leaves() -> None:
    assert _pressed((100, 430), (100, 430)) == "yes"
    assert _pressed((500, 430), (505, 425)) == "no"


def test_a_finger_that_trembles_off_the_edge_still_presses_what_it_meant() -> None:
    assert _pressed((380, 430), (395, 440)) == "yes"


def test_a_finger_that_slides_away_presses_nothing() -> None:
    assert _pressed((100, 430), (500, 430)) == ""
    assert _pressed((100, 430), (100, 100)) == ""


def test_a_finger_that_leans_on_the_glass_presses_nothing() -> None:
    assert _pressed((100, 430), (100, 430), for_s=HELD_S + 1) == ""


def test_a_press_beside_everything_is_nothing() -> None:
    assert _pressed((100, 100), (100, 430)) == ""


def test_the_second_tap_of_a_double_tap_does_not_press_what_came_up_under_it() -> None:
    fresh = hands.new_page(Hands(), 10.0, keep_focus=False)
    too_soon = hands.touched(fresh, SCENE, 100, 430, 10.0 + SETTLE_S - 0.05)
    meant = hands.touched(fresh, SCENE, 100, 430, 10.0 + SETTLE_S + 0.05)

    assert hands.released(too_soon, SCENE, 100, 430, 10.5)[1] == ""
    assert hands.released(meant, SCENE, 100, 430, 10.5)[1] == "yes"


def test_a_finger_that_came_down_before_the_page_changed_presses_nothing_on_the_new_one() -> None:
    held = hands.touched(Hands(), SCENE, 100, 430, 10.0)
    changed = hands.new_page(held, 10.1, keep_focus=False)

    assert hands.released(changed, SCENE, 100, 430, 11.0)[1] == ""


def test_two_buttons_go_round_and_choose() -> None:
    one = hands.stepped(Hands(), SCENE)
    two = hands.stepped(one, SCENE)
    three = hands.stepped(two, SCENE)

    assert [hands.chosen(each, SCENE, 10.0) for each in (one, two, three)] == ["yes", "no", "yes"]
    assert hands.chosen(hands.stepped(Hands(), SCENE, -1), SCENE, 10.0) == "no"


def test_choosing_before_moving_on_chooses_nothing() -> None:
    assert hands.chosen(Hands(), SCENE, 10.0) == ""


def test_on_a_page_without_targets_nothing_can_be_chosen() -> None:
    empty = Scene(width=800, height=480, shapes=(), targets=())

    assert hands.chosen(hands.stepped(Hands(), empty), empty, 10.0) == ""


@given(
    lists(
        tuples(
            floats(min_value=-50, max_value=900),
            floats(min_value=-50, max_value=600),
            integers(min_value=0, max_value=3),
        )
    )
)
def test_whatever_the_hand_does_it_presses_a_target_or_nothing(
    moves: list[tuple[float, float, int]],
) -> None:
    now, at_s = Hands(), 10.0
    for x, y, what in moves:
        at_s += 0.2
        action = ""
        if what == 0:
            now = hands.touched(now, SCENE, x, y, at_s)
        elif what == 1:
            now, action = hands.released(now, SCENE, x, y, at_s)
        elif what == 2:
            now = hands.stepped(now, SCENE)
        else:
            now = hands.new_page(now, at_s, keep_focus=now.focus >= 0)
        assert action in {"", "yes", "no"}

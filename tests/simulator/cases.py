"""The sweep: which cases there are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tests.simulator.case import Camera, Case, Light, Motion, Person, Subject
from tests.simulator.draws import CODECS, LIGHTS, MOTIONS, Random, camera, person
from tests.simulator.negatives import NEGATIVES
from tests.simulator.skin import FITZPATRICK

_NEGATIVE_PER_CENT = 42
_TONES = tuple(FITZPATRICK)
_EASY_CODECS = CODECS[:3]
_SECONDS = 30.0


def cases(seed: int, count: int) -> list[Case]:
    """Draw a sweep: 42 % negatives, the rest people.

    Six people in a row share motion, light, camera and amplitude and differ in skin tone and body:
    so tones are compared at equal light. Every third six are still, well lit, before a fair camera.
    """
    drawn: list[Case] = []
    negatives = 0
    for number in range(count):
        if (number + 1) * _NEGATIVE_PER_CENT // 100 > negatives:
            drawn.append(_negative(seed, number, negatives))
            negatives += 1
        else:
            drawn.append(_positive(seed, number, number - negatives))
    return drawn


def _positive(seed: int, number: int, place: int) -> Case:
    group = place // len(_TONES)
    shared = np.random.default_rng([seed, 10, group])
    own = np.random.default_rng([seed, 11, number])
    room = _easy(shared) if group % 3 == 0 else _ordinary(shared)
    return _case(seed, number, person(own, _TONES[place % len(_TONES)], room.amplitude), room)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What six people share."""

    amplitude: float
    motion: Motion
    light: Light
    camera: Camera


def _easy(random: Random) -> _Room:
    """Draw a still, well-lit seat; the amplitude is that of real faces rather than the faintest."""
    codec, quality = _EASY_CODECS[int(random.integers(len(_EASY_CODECS)))]
    fair = replace(camera(random), codec=codec, quality=quality, lost=0.0, doubled=0.0, late=0.0)
    return _Room(
        amplitude=_amplitude(random, 0.003),
        motion=MOTIONS["still"](random),
        light=LIGHTS["steady"](random),
        camera=fair,
    )


def _ordinary(random: Random) -> _Room:
    return _Room(
        amplitude=_amplitude(random, 0.001),
        motion=MOTIONS[str(random.choice(list(MOTIONS)))](random),
        light=LIGHTS[str(random.choice(list(LIGHTS)))](random),
        camera=camera(random),
    )


def _amplitude(random: Random, least: float) -> float:
    return float(np.exp(random.uniform(np.log(least), np.log(0.01))))


def _case(seed: int, number: int, who: Person, room: _Room) -> Case:
    return Case(
        number=number,
        seed=seed * 1_000_003 + number,
        seconds=_SECONDS,
        kind="person",
        negative=False,
        subject=Subject.PERSON,
        person=who,
        motion=room.motion,
        light=room.light,
        camera=room.camera,
    )


def _negative(seed: int, number: int, place: int) -> Case:
    """Return one that should get no answer: each kind in turn, over all tones."""
    random = np.random.default_rng([seed, 12, number])
    tone = _TONES[(place // len(NEGATIVES)) % len(_TONES)]
    room = _Room(
        amplitude=_amplitude(random, 0.001),
        motion=MOTIONS["still"](random),
        light=LIGHTS[str(random.choice(["steady", "drifting"]))](random),
        camera=camera(random),
    )
    calm = _case(seed, number, person(random, tone, room.amplitude), room)
    kind = tuple(NEGATIVES)[place % len(NEGATIVES)]
    return NEGATIVES[kind](replace(calm, kind=kind, negative=True), random)

"""What happens before the camera at the moment of each frame: the one story that the fast trace and
the rendered picture both tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.simulator.case import Camera, Case, Motion
from tests.simulator.heart import Truth, body
from tests.simulator.lamp import exposure, light_behind, light_on_face
from tests.simulator.skin import Floats
from tests.simulator.wander import Wander

_BLINK_S = 0.15
_FIDGET_S = 0.6
_SYLLABLES_HZ = (3.0, 6.0)  # of the jaw in speech: Chandrasekaran et al., PLoS Comput. Biol. 2009
_BEAT_IN_HEAD = 0.0004  # face widths; the ballistocardiographic nod, some 0.06 mm
_BREATH_IN_HEAD = 0.002  # face widths


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """One row a frame that the camera delivers, in order.

    Parameters
    ----------
    at_s : (n,) float64, seconds
        Time stamps, all different.
    shown : (n,) intp
        Which row a frame shows: its own, or the one before where the camera sent a picture twice.
    pulse, breath : (n,) float64
        As `heart.Body` says. No pulse in what is not alive.
    head : (n, 2) float64, face widths
        Where the head is, right and down of its usual place.
    roll, turn : (n,) float64, radians
        Tilt in the picture; turn to the side.
    jaw, lids : (n,) float64, 0 to 1
        How far the mouth is open and the eyes are shut.
    face_light, back_light : (n, 3) float64
        Red, green, blue light on the face and on the wall, linear; 1 fills the sensor.
    gain : (n,) float64
        What the camera's exposure makes of it.
    """

    case: Case
    truth: Truth
    at_s: Floats
    shown: np.ndarray[tuple[int], np.dtype[np.intp]]
    pulse: Floats
    breath: Floats
    head: Floats
    roll: Floats
    turn: Floats
    jaw: Floats
    lids: Floats
    face_light: Floats
    back_light: Floats
    gain: Floats

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.at_s)


def scene(case: Case) -> Scene:
    """Act out a case. Two calls give the same, whatever happened in between."""
    random = np.random.default_rng([case.seed, 2])
    at, shown = _frames(case.camera, case.seconds, random)
    alive = body(case.person, case.seconds, case.seed)
    pulse = alive.pulse(at) if case.subject.has_pulse else np.zeros_like(at)
    breath = alive.breath(at) if case.subject.has_pulse else np.zeros_like(at)
    head = _places(case.motion, at, case.seconds, random)
    head[:, 1] += _BEAT_IN_HEAD * pulse - _BREATH_IN_HEAD * breath
    face = light_on_face(case.light, at, random)
    back = light_behind(case.light, face)
    return Scene(
        case=case,
        truth=alive.truth,
        at_s=at,
        shown=shown,
        pulse=pulse,
        breath=breath,
        head=head,
        roll=0.4 * case.motion.turn * Wander(random, low_hz=0.05, high_hz=0.5)(at),
        turn=case.motion.turn * Wander(random, low_hz=0.05, high_hz=0.5)(at),
        jaw=_jaw(case.motion.talking, at, random) * case.subject.has_muscles,
        lids=_lids(case.motion.blinks_per_min, at, case.seconds, random) * case.subject.has_muscles,
        face_light=face,
        back_light=back,
        gain=exposure(case.camera, (0.4 * face + 0.6 * back).mean(axis=1), at),
    )


def _frames(
    camera: Camera, seconds: float, random: np.random.Generator
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Return when frames were taken, and which picture each shows. The first is never lost."""
    at = np.arange(0.0, seconds, 1.0 / camera.fps)
    kept = random.uniform(size=len(at)) >= camera.lost
    kept[0] = True
    late = (random.uniform(size=len(at)) < camera.late) * 0.5 / camera.fps
    spread = np.clip(random.normal(0, camera.jitter_ms / 1000.0, len(at)), 0, 0.4 / camera.fps)
    at = (at + spread + late)[kept]
    shown = np.arange(len(at))
    again = random.uniform(size=len(at)) < camera.doubled
    again[0] = False
    shown[again] = shown[np.flatnonzero(again) - 1]
    return at, shown


def _places(motion: Motion, at_s: Floats, seconds: float, random: np.random.Generator) -> Floats:
    """Return where the head is (n, 2): sway, regular movement, and changes of posture."""
    sway = [Wander(random, low_hz=0.1, high_hz=0.7)(at_s) for _ in range(2)]
    place = motion.sway * np.stack(sway, axis=1) * (1.0, 0.5)
    angle = random.uniform(0, np.pi)
    wobble = 1.0 + 0.2 * Wander(random, low_hz=0.05, high_hz=0.2)(at_s)
    swing = wobble * np.sin(2 * np.pi * (motion.shake_hz * at_s + random.uniform()))
    place += motion.shake * swing[:, np.newaxis] * (np.cos(angle), np.sin(angle))
    for start in _moments(motion.fidgets_per_min, seconds, random):
        to = random.normal(0, (0.06, 0.03), 2)
        place += _ease((at_s - start) / _FIDGET_S)[:, np.newaxis] * to
    return np.asarray(place)


def _jaw(talking: float, at_s: Floats, random: np.random.Generator) -> Floats:
    """Return how far the mouth is open: syllables, in phrases of a second or two."""
    if not talking:
        return np.zeros_like(at_s)
    syllables = Wander(random, low_hz=_SYLLABLES_HZ[0], high_hz=_SYLLABLES_HZ[1])(at_s)
    phrases = Wander(random, low_hz=0.15, high_hz=0.6)(at_s)
    speaks = _ease((np.quantile(phrases, talking) - phrases) * 4.0 + 0.5)
    return np.asarray(np.clip(0.4 + 0.35 * syllables, 0, 1) * speaks)


def _lids(
    blinks_per_min: float, at_s: Floats, seconds: float, random: np.random.Generator
) -> Floats:
    shut = np.zeros_like(at_s)
    for start in _moments(blinks_per_min, seconds, random):
        shut = np.maximum(shut, 1.0 - np.abs(at_s - start) / _BLINK_S)
    return np.clip(1.5 * shut, 0, 1)


def _moments(per_min: float, seconds: float, random: np.random.Generator) -> Floats:
    return random.uniform(0, seconds, random.poisson(per_min * seconds / 60.0))


def _ease(turn: Floats) -> Floats:
    """Return 0 before 0, 1 after 1, and a soft way between."""
    inside = np.clip(turn, 0.0, 1.0)
    return np.asarray(inside * inside * (3.0 - 2.0 * inside))

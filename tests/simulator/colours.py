"""The fast way: mean colours and evidence of each frame, by a picture's physics but without one.

Where it is simpler than a rendered clip: a face is three regions, each some tens of blocks of 8x8
pixels of slightly different tint; nobody looks for the face, so that a face in the picture is found
every time and followed to a twentieth of a pixel; rounding to 8 bits is white noise; and JPEG and
MPEG-4 touch the mean of a block only. What moves, shines, flickers and beats is the same `Scene`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tests.simulator.blocks import compressed
from tests.simulator.case import Case, Subject
from tests.simulator.lamp import mains
from tests.simulator.scene import Scene, scene
from tests.simulator.shapes import FULL, GAMMA
from tests.simulator.skin import Floats, skin
from tests.simulator.wander import Wander

# Name, row in the picture, share of the face's area, how much the pulse is worth there, how late
# it comes (s), and how the light on it changes when the head turns.
_REGIONS = (
    ("forehead", 0.32, 0.10, 1.0, 0.0, 0.1),
    ("left_cheek", 0.50, 0.05, 0.9, 0.012, 0.7),
    ("right_cheek", 0.50, 0.05, 0.9, 0.012, -0.7),
)
_WALL_ROW = 0.4
_WALL_RGB = (0.45, 0.43, 0.40)
_LUMA = np.array([0.299, 0.587, 0.114])
_TINT = 0.05  # spread of the blocks of a region
_CORRELATED = 2.0  # neighbouring pixels share their noise: the camera filled in two of three
_NOISE_CHANGE = 2.0 / np.sqrt(np.pi)  # mean absolute difference of two noises of deviation 1
_EDGES = 1.5  # levels a pixel: how much the texture changes a pixel that moves by one
_LIPS = 40.0  # levels between lips and the inside of the mouth


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Colours:
    """What a perfect camera side would hand to an estimator, one row a frame, and the truth.

    `columns` holds, by name: at_s (n,), background (n, 3), box (n, 4), faces (n,), saturated (n,),
    dark (n,), skin_change (n,), mouth_change (n,), shoulders (n,); `regions` the mean red, green
    and blue (n, 3), 0 to 255, of forehead and cheeks. NaN where there is no face.
    """

    scene: Scene
    regions: Mapping[str, Floats]
    columns: Mapping[str, Floats]


def colours(case: Case) -> Colours:
    """Play a case without drawing it: about 30 ms for half a minute."""
    told = scene(case)
    random = np.random.default_rng([case.seed, 3])
    regions = {region[0]: _region(told, region, random) for region in _REGIONS}
    blocks = np.concatenate(list(regions.values()), axis=1)
    means = {name: values.mean(axis=1)[told.shown] for name, values in regions.items()}
    columns = {
        "at_s": told.at_s,
        "background": _background(told, random)[told.shown],
        "saturated": (blocks >= 250.0).any(axis=2).mean(axis=1)[told.shown],
        "dark": (blocks[..., 1] < 20.0).mean(axis=1)[told.shown],
        **_movement(told, blocks, random),
    }
    if not case.subject.has_face:
        means = {name: np.full_like(values, np.nan) for name, values in means.items()}
        columns |= {
            name: np.full_like(columns[name], np.nan)
            for name in ("box", "saturated", "dark", "skin_change", "mouth_change", "shoulders")
        }
    return Colours(scene=told, regions=means, columns=columns)


def _region(
    told: Scene, region: tuple[str, float, float, float, float, float], random: np.random.Generator
) -> Floats:
    """Return the blocks (n, k, 3) of one region as the camera delivers them."""
    _, row, area, strength, late_s, shade = region
    case = told.case
    body = skin(melanin=case.person.melanin, blood=case.person.blood)
    beat = np.interp(told.at_s - late_s, told.at_s, told.pulse)[:, np.newaxis]
    # The camera writes the root of the light: a share there is GAMMA times as much in light.
    diffuse = body.diffuse * (1.0 + GAMMA * case.person.amplitude * strength * beat * body.pulse)
    turned = shade * told.turn + case.light.side * told.head[:, 0]
    gloss = case.person.gloss * np.maximum(1.0 + 3.0 * turned + 2.0 * told.head[:, 1], 0.0)
    lit = told.face_light * told.gain[:, np.newaxis]
    lit = lit * _mains(told, row) * np.maximum(1.0 + turned, 0.2)[:, np.newaxis]
    light = lit * (diffuse + gloss[:, np.newaxis])
    face = case.camera.face_share * case.camera.width
    light = light * (1.0 + _slip(told, face, random) + 0.01 * told.jaw[:, np.newaxis] * (row > 0.4))
    return _camera(told, light, area * 1.3 * face**2, random)


def _camera(told: Scene, light: Floats, pixels: float, random: np.random.Generator) -> Floats:
    """Turn linear light (n, 3) into the blocks (n, k, 3) of a region of so many pixels."""
    count = int(np.clip(pixels / 64, 4, 60))
    tint = 1.0 + _TINT * random.standard_normal((count, 1))
    levels = FULL * np.clip(light[:, np.newaxis] * tint, 0.0, 1.0) ** (1 / GAMMA)
    deviation = _noise(told.case, levels)
    per_block = deviation * np.sqrt(_CORRELATED * count / pixels)
    noisy = levels + per_block * random.standard_normal(levels.shape)
    return compressed(np.clip(noisy, 0.0, FULL), told.case.camera, random)


def _noise(case: Case, levels: Floats) -> Floats:
    """Return the standard deviation of a pixel: photons, reading, and rounding to 8 bits."""
    well = case.camera.full_well
    light = np.maximum(levels / FULL, 0.02) ** GAMMA
    photons = np.sqrt(light / well + (case.camera.read_noise / well) ** 2)
    written = FULL / GAMMA * light ** (1 / GAMMA - 1) * photons
    return np.asarray(np.sqrt(written**2 + 1 / 12))


def _slip(told: Scene, face: float, random: np.random.Generator) -> Floats:
    """Return what (n, 1) a region's colour changes because it is not followed exactly."""
    wander = [Wander(random, low_hz=0.1, high_hz=3.0)(told.at_s) for _ in range(2)]
    lag = 0.03 * (told.head - told.head.mean(axis=0)) * face
    error = 0.05 * np.stack(wander, axis=1) + lag
    return np.asarray((error @ random.normal(0, 0.001, 2))[:, np.newaxis])


def _background(told: Scene, random: np.random.Generator) -> Floats:
    light = told.back_light * told.gain[:, np.newaxis] * _mains(told, _WALL_ROW) * _WALL_RGB
    if told.case.subject is Subject.BLACK:
        light = np.zeros_like(light)
    pixels = (0.1 * told.case.camera.width) ** 2
    return np.asarray(_camera(told, light, pixels, random).mean(axis=1))


def _mains(told: Scene, row: float) -> Floats:
    rows = row + np.linspace(-0.05, 0.05, 5)
    light = mains(told.case.light, told.at_s, rows, fps=told.case.camera.fps)
    return np.asarray(light.mean(axis=1, keepdims=True))


def _movement(told: Scene, blocks: Floats, random: np.random.Generator) -> dict[str, Floats]:
    """Return where the face is and how much skin and mouth change from frame to frame."""
    case, count = told.case, len(told)
    face = case.camera.face_share * case.camera.width
    centre = np.array([case.camera.width, 0.9 * case.camera.height]) / 2
    size = np.array([face, 1.3 * face])
    place = (centre + told.head * face - size / 2)[told.shown]
    place += 0.05 * random.standard_normal((count, 2))
    deviation = float(_noise(case, blocks).mean())
    step = np.abs(np.diff(told.head * face, axis=0, prepend=told.head[:1] * face)).sum(axis=1)
    luma = (blocks @ _LUMA).mean(axis=1)
    steady = _NOISE_CHANGE * deviation + np.abs(np.diff(luma, prepend=luma[0])) + _EDGES * step
    speech = _LIPS * np.abs(np.diff(told.jaw, prepend=told.jaw[0]))
    fresh = told.shown == np.arange(count)
    looked = np.arange(count) % max(1, round(case.camera.fps)) == 0
    rise = case.person.breath_depth * face * told.breath + 0.5 * told.head[:, 1] * face
    return {
        "box": np.column_stack([place, np.broadcast_to(size, (count, 2))]),
        "faces": np.where(looked, float(_faces(case.subject)), np.nan),
        "skin_change": np.where(fresh, steady, 0.0),
        "mouth_change": np.where(fresh, steady + speech, 0.0),
        "shoulders": 0.85 * case.camera.height - rise + 0.05 * random.standard_normal(count),
    }


def _faces(subject: Subject) -> int:
    return 2 if subject is Subject.TWO_PEOPLE else int(subject.has_face)

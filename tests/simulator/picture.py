"""The slow way: every frame drawn, written by a camera and read again, with the truth beside it.

A face is drawn once (several times where it talks) in the light of a white lamp, with its slope for
the pulse and for the gloss; a frame moves it, lights it and sets it before the wall. Simpler than a
real one: the head turns as a flat picture with moving shade does, and the lamp casts no shadows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tests.simulator import lamp
from tests.simulator.actor import Actor
from tests.simulator.case import Case, Subject
from tests.simulator.heart import Truth
from tests.simulator.room import Layer, screen, wall
from tests.simulator.scene import Scene, scene
from tests.simulator.sensor import Frame, Sensor, delivered
from tests.simulator.shapes import GAMMA, Single, single
from tests.simulator.skin import Floats

_SEAT = 0.24  # of the picture's width: how far two people sit from the middle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimedPicture:
    """One frame as a program gets it, and when it was taken, seconds."""

    at_s: float
    bgr: Frame


class Clip:
    """A case as a film. `truth` is what an estimator should say; iterating draws the frames."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.scene = scene(case)

    @property
    def truth(self) -> Truth:
        return self.scene.truth

    def __len__(self) -> int:
        return len(self.scene)

    def __iter__(self) -> Iterator[TimedPicture]:
        """Draw the frames, in order. Each iteration gives the same."""
        frames = delivered(self._frames(), self.case.camera)
        for at_s, bgr in zip(self.scene.at_s, frames, strict=True):
            yield TimedPicture(at_s=float(at_s), bgr=bgr)

    def _frames(self) -> Iterator[Frame]:
        stage = Stage(self.scene)
        sensor = Sensor(self.case.camera, self.case.seed)
        last: Frame | None = None
        for number, shown in enumerate(self.scene.shown):
            if last is None or shown == number:
                last = sensor(stage.picture(number))
            yield last


class Stage:
    """Draws one frame after the other of a scene, before the sensor sees it."""

    def __init__(self, told: Scene) -> None:
        case = told.case
        self._told = told
        self._wall = wall(case.camera, case.seed)
        self._actors: list[Actor] = []
        self._screen: tuple[Layer, Layer] | None = None
        if case.subject is Subject.TWO_PEOPLE:
            self._actors = [Actor(told, -_SEAT), Actor(_other(told), _SEAT)]
        elif case.subject.has_face:
            self._actors = [Actor(told)]
        if case.subject is Subject.TELEVISION:
            self._screen = screen(case.camera, case.camera.face_share * case.camera.width)

    def picture(self, frame: int) -> Single:
        """Return (h, w, 3) float32, blue first, 0 to 255 and beyond where the sensor is full."""
        told = self._told
        if told.case.subject is Subject.BLACK:
            return np.zeros_like(self._wall)
        behind = _written(told.back_light[frame] * told.gain[frame])
        canvas = single(cv2.multiply(self._wall, np.array([*behind, 0.0])))
        lit = self._lit(frame)
        if self._screen is not None:
            glow, rim = self._screen
            canvas = rim.colour + canvas * (1.0 - rim.cover[..., np.newaxis])
            canvas = glow.colour * lit + canvas * (1.0 - glow.cover[..., np.newaxis])
        for actor in self._actors:
            actor.draw(canvas, frame, lit)
        if told.case.light.mains:
            rows = np.linspace(0.0, 1.0, canvas.shape[0])
            at, fps = told.at_s[frame : frame + 1], told.case.camera.fps
            bands = lamp.mains(told.case.light, at, rows, fps=fps)[0]
            canvas *= single(bands ** (1 / GAMMA))[:, np.newaxis, np.newaxis]
        return canvas

    def _lit(self, frame: int) -> Single:
        """Return the light (1, w, 3) along the picture, as levels, blue first."""
        told = self._told
        light = _written(told.face_light[frame] * told.gain[frame])
        camera = told.case.camera
        away = (np.arange(camera.width) - camera.width / 2) / (camera.face_share * camera.width)
        side = np.clip(1.0 + told.case.light.side * away, 0.4, 1.6) ** (1 / GAMMA)
        return single(side[:, np.newaxis] * light)[np.newaxis]


def _written(light: Floats) -> Floats:
    """Return what light (3,) does to levels, blue first."""
    return np.asarray(light[::-1] ** (1 / GAMMA))


def _other(told: Scene) -> Scene:
    """Return the scene of the second person: another body in the same light."""
    case = told.case
    person = replace(case.person, rate_bpm=case.person.rate_bpm * 0.8 + 8.0)
    other = scene(replace(case, seed=case.seed + 500_000, person=person))
    count = min(len(told), len(other))
    rows = np.minimum(np.arange(len(told)), count - 1)
    return replace(
        told,
        case=other.case,
        pulse=other.pulse[rows],
        breath=other.breath[rows],
        head=other.head[rows],
        roll=other.roll[rows],
        turn=other.turn[rows],
        jaw=other.jaw[rows],
        lids=other.lids[rows],
    )

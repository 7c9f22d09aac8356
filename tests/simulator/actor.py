"""Whoever sits before the camera: a head and shoulders, set into the picture frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tests.simulator.case import Case, Subject
from tests.simulator.portrait import ABOVE, ACROSS, Face, face
from tests.simulator.room import MIDDLE, printed, shoulders
from tests.simulator.scene import Scene
from tests.simulator.shapes import GAMMA, Single, single

_ROOM = 4  # pixels around a drawing, for what a turn and a part of a pixel need
_PLASTIC = 3.0  # how much more a doll shines
_DIMMEST = 0.2  # what is left of the light on a side that turns away
_JAWS = 12  # drawings from shut to open; between two of them a frame is a mixture
_EYES = (0.40, 0.56)  # rows of the drawing that the lids change


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """A layer in its place: its upper left corner on the canvas, and its light (1, w, 3)."""

    colour: Single
    cover: Single
    corner: tuple[int, int]
    light: Single

    def on(self, canvas: Single) -> None:
        """Paint over the canvas as far as the sheet lies on it."""
        left, top = self.corner
        high, wide = self.cover.shape
        rows = slice(max(top, 0), min(top + high, canvas.shape[0]))
        columns = slice(max(left, 0), min(left + wide, canvas.shape[1]))
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return
        part = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        under = canvas[rows, columns]
        under *= cv2.cvtColor(1.0 - self.cover[part], cv2.COLOR_GRAY2BGR)
        under += self.colour[part] * self.light[:, part[1]]


class Actor:
    """One head and its shoulders, and what the scene does to them.

    Parameters
    ----------
    aside : share of the picture's width
        Where the seat is, right of the middle.
    """

    def __init__(self, told: Scene, aside: float = 0.0) -> None:
        case = told.case
        self._told = told
        self._width = case.camera.face_share * case.camera.width
        self._seat = np.array(
            [case.camera.width * (0.5 + aside), case.camera.height * MIDDLE], dtype=np.float64
        )
        self._faces = _drawings(case, self._width)
        awake = case.subject.has_muscles
        self._shut = face(case.person, self._width, case.seed, lids=1.0) if awake else None
        self._torso = shoulders(case.person, case.camera, self._width, case.seed)

    def draw(self, canvas: Single, frame: int, lit: Single) -> None:
        """Set the actor before what is on the canvas, in the light (1, w, 3) of the room."""
        if self._told.case.subject is not Subject.PHOTO:
            self._shoulders(frame, lit, canvas.shape[0]).on(canvas)
        self._head(frame, lit).on(canvas)

    def _head(self, frame: int, lit: Single) -> Sheet:
        """Turn, tilt and move the drawing of this moment to its place."""
        told = self._told
        place = self._seat + told.head[frame] * self._width
        cover = self._faces[0].cover
        size = (cover.shape[1] + 2 * _ROOM + 1, cover.shape[0] + 2 * _ROOM + 1)
        middle = np.array([round(ACROSS * self._width), round(ABOVE * self._width)])
        corner = np.floor(place).astype(int) - middle - _ROOM
        cos, sin = np.cos(told.roll[frame]), np.sin(told.roll[frame])
        turn = np.array([[cos * np.cos(told.turn[frame]), -sin], [sin, cos]])
        matrix = np.column_stack([turn, place - corner - turn @ middle])
        across = (np.arange(size[0]) + corner[0] - place[0]) / self._width
        shade = np.maximum(1.0 + 2.0 * told.turn[frame] * np.clip(across, -0.6, 0.6), _DIMMEST)
        columns = np.clip(np.arange(size[0]) + corner[0], 0, lit.shape[1] - 1)
        drawn = self._face(frame)
        return Sheet(
            colour=single(cv2.warpAffine(drawn.colour, matrix, size)),
            cover=single(cv2.warpAffine(drawn.cover, matrix, size)),
            corner=(int(corner[0]), int(corner[1])),
            light=lit[:, columns] * single(shade ** (1 / GAMMA))[:, np.newaxis],
        )

    def _face(self, frame: int) -> Face:
        """Return the face of this moment: mouth, blood, gloss and lids."""
        told = self._told
        drawn = _between(self._faces, float(told.jaw[frame]))
        turned = told.turn[frame] + told.case.light.side * told.head[frame, 0]
        shine = max(-1.0, 3.0 * turned + 2.0 * told.head[frame, 1])
        colour = single(cv2.scaleAdd(drawn.pulse, float(told.pulse[frame]), drawn.colour))
        colour = single(cv2.scaleAdd(drawn.gloss, float(shine), colour))
        shut = float(told.lids[frame])
        if self._shut is not None and shut > 0:
            rows = slice(*(int(part * colour.shape[0]) for part in _EYES))
            colour[rows] += single(shut * (self._shut.colour[rows] - self._faces[0].colour[rows]))
        return replace(drawn, colour=colour)

    def _shoulders(self, frame: int, lit: Single, height: int) -> Sheet:
        """Lift the shoulders with the breath and let them follow half of the head's way."""
        told = self._told
        torso = self._torso
        rise = told.case.person.breath_depth * told.breath[frame]
        top = int(self._seat[1])
        way = self._seat - (torso.cover.shape[1] / 2, top) + 0.5 * told.head[frame] * self._width
        way[1] -= rise * self._width
        matrix = np.column_stack([np.eye(2), way])
        size = (lit.shape[1], height - top)

        def moved(layer: Single) -> Single:
            return single(cv2.warpAffine(layer, matrix, size, borderMode=cv2.BORDER_REPLICATE))

        return Sheet(
            colour=moved(torso.colour), cover=moved(torso.cover), corner=(0, top), light=lit
        )


def _drawings(case: Case, width: float) -> list[Face]:
    """Draw the face once, or with the mouth from shut to open if it talks."""
    person = case.person
    if not case.subject.has_pulse:
        person = replace(person, amplitude=0.0)
    if case.subject is Subject.DOLL:
        person = replace(person, gloss=_PLASTIC * person.gloss)
    talks = case.subject.has_muscles and case.motion.talking > 0
    jaws = np.linspace(0.0, 1.0, _JAWS if talks else 1)
    drawn = [face(person, width, case.seed, jaw=float(jaw)) for jaw in jaws]
    return [printed(one) for one in drawn] if case.subject is Subject.PHOTO else drawn


def _between(drawings: list[Face], part: float) -> Face:
    """Return a mixture of the two nearest of several drawings, the first at 0, the last at 1."""
    if len(drawings) == 1:
        return drawings[0]
    at = part * (len(drawings) - 1)
    low = min(int(at), len(drawings) - 2)
    first, second, share = drawings[low], drawings[low + 1], at - low

    def mix(one: Single, other: Single) -> Single:
        return single(cv2.addWeighted(one, 1.0 - share, other, share, 0.0))

    return Face(
        colour=mix(first.colour, second.colour),
        cover=mix(first.cover, second.cover),
        pulse=mix(first.pulse, second.pulse),
        gloss=mix(first.gloss, second.gloss),
    )

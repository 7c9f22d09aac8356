"""One case of the sweep: everything there is to set, and nothing by default that matters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Subject(Enum):
    """What sits before the camera, and whether there is a pulse to be read."""

    PERSON = "person"
    TWO_PEOPLE = "two people"
    WALL = "wall"
    PHOTO = "photograph"
    TELEVISION = "television"
    DOLL = "doll"
    BLACK = "black"

    @property
    def alive(self) -> bool:
        """Tell whether one person's pulse can be asked for."""
        return self is Subject.PERSON

    @property
    def has_pulse(self) -> bool:
        """Tell whether blood moves in it at all."""
        return self in (Subject.PERSON, Subject.TWO_PEOPLE)

    @property
    def has_muscles(self) -> bool:
        """Tell whether it can blink and talk; a television shows somebody who can."""
        return self.has_pulse or self is Subject.TELEVISION

    @property
    def has_face(self) -> bool:
        """Tell whether a detector of faces should find one."""
        return self not in (Subject.WALL, Subject.BLACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A body.

    Parameters
    ----------
    tone : str
        Fitzpatrick type, I to VI.
    melanin, blood : float
        As for `skin.skin`.
    amplitude : float
        Peak to peak of the pulse in the green channel of the light from inside the skin, as a
        share of it, as the camera writes it: 0.001 to 0.01. What is seen is less by the gloss.
    gloss : float
        Share of the light that skin throws back from its surface, without a pulse.
    rate_bpm, drift_bpm, arrhythmia, jitter_ms : float
        Mean pulse rate; slow drift; respiratory sinus arrhythmia as a share of the rate; how much
        early or late each beat is (the last two: root mean square and amplitude).
    breaths_per_min, breath_depth : float
        Respiratory rate; rise of the shoulders from the middle, in face widths.
    """

    tone: str
    melanin: float
    blood: float
    amplitude: float
    gloss: float
    rate_bpm: float
    drift_bpm: float
    arrhythmia: float
    jitter_ms: float
    breaths_per_min: float
    breath_depth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How a head moves.

    Parameters
    ----------
    name : str
        The class in reports.
    sway : float
        Root mean square of slow sway (0.1 to 0.7 Hz), in face widths.
    shake, shake_hz : float
        Amplitude of a regular movement, in face widths, and its rate.
    turn : float
        Root mean square of turning the head, radians.
    fidgets_per_min : float
        Sudden changes of posture.
    talking : float
        Share of the time with the mouth moving.
    blinks_per_min : float
    """

    name: str
    sway: float
    shake: float
    shake_hz: float
    turn: float
    fidgets_per_min: float
    talking: float
    blinks_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How a room is lit.

    Parameters
    ----------
    name : str
        The class in reports.
    level : float
        Linear brightness of a white card beside the face; 1 is where the sensor is full.
    warmth : float
        -1 for a blue window, 1 for a warm lamp.
    side : float
        Change of the light over one face width, as a share.
    drift, steps_per_min : float
        Root mean square of slow change, as a share; sudden changes of 2 to 8 per cent.
    flicker, flicker_hz, flicker_behind : float
        Amplitude of a screen's or lamp's flicker on the face, as a share; its rate, 0 for the
        irregular light of a film; and how much of it reaches the wall behind.
    mains : float
        Depth of the 100 Hz of lamps on mains, as a share.
    """

    name: str
    level: float
    warmth: float
    side: float
    drift: float
    steps_per_min: float
    flicker: float
    flicker_hz: float
    flicker_behind: float
    mains: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How a camera sees it.

    Parameters
    ----------
    width, height : int, pixels
    fps : float
        Frames a second while none is lost.
    face_share : float
        Width of the face over width of the picture.
    auto_exposure : bool
        The camera follows the light in steps; otherwise locked.
    full_well, read_noise : float, electrons
        Where a pixel is full, and the noise of reading it: a small well is much gain.
    codec : str
        "raw", "mjpg" or "mpeg4".
    quality : int
        Of JPEG, 1 to 100; 0 for the other two.
    jitter_ms : float
        Spread of the moments frames are taken at. Their time stamps tell it.
    lost, doubled, late : float
        Share of frames that never come, that show the picture before, and that are taken half a
        frame late.
    """

    width: int
    height: int
    fps: float
    face_share: float
    auto_exposure: bool
    full_well: float
    read_noise: float
    codec: str
    quality: int
    jitter_ms: float
    lost: float
    doubled: float
    late: float

    @property
    def compression(self) -> str:
        """Return codec and quality in one word, for reports."""
        return f"{self.codec} {self.quality}" if self.quality else self.codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One clip, repeatable to the last bit from what stands here.

    `kind` is its class in reports: "person", or what makes it a negative. `negative` marks clips
    that should get no answer: nobody there, no pulse, or a picture that no one could read.
    """

    number: int
    seed: int
    seconds: float
    kind: str
    negative: bool
    subject: Subject
    person: Person
    motion: Motion
    light: Light
    camera: Camera

    @property
    def easy(self) -> bool:
        """Tell whether this is a still, well-lit person before a fair camera."""
        return (
            not self.negative
            and self.motion.name == "still"
            and self.light.name == "steady"
            and self.camera.compression in ("raw", "mjpg 95", "mjpg 90")
        )

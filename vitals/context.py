"""The fixed words of a reading: its kind, what the device said of it, what surrounded it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The act of measuring."""

    BLOOD_PRESSURE = "blood-pressure"
    GLUCOSE = "glucose"
    OXYGEN_SATURATION = "oxygen-saturation"
    BODY_TEMPERATURE = "body-temperature"
    BODY_WEIGHT = "body-weight"
    BODY_COMPOSITION = "body-composition"
    HEART_RATE = "heart-rate"
    CAMERA = "camera"  # an estimate from video: uncleared, and never a device's measurement


class Flag(Enum):
    """What the device, or our own plausibility check, said about a measurement."""

    BODY_MOVEMENT = "body-movement"
    CUFF_LOOSE = "cuff-loose"
    IRREGULAR_PULSE = "irregular-pulse"
    PULSE_RATE_ABOVE_RANGE = "pulse-rate-above-range"
    PULSE_RATE_BELOW_RANGE = "pulse-rate-below-range"
    IMPROPER_POSITION = "improper-position"
    BATTERY_LOW = "battery-low"
    SENSOR_FAULT = "sensor-fault"
    SAMPLE_TOO_SMALL = "sample-too-small"
    STRIP_INSERTION_ERROR = "strip-insertion-error"
    WRONG_STRIP = "wrong-strip"
    RESULT_TOO_HIGH = "result-too-high"
    RESULT_TOO_LOW = "result-too-low"
    TEMPERATURE_TOO_HIGH = "temperature-too-high"
    TEMPERATURE_TOO_LOW = "temperature-too-low"
    READ_INTERRUPTED = "read-interrupted"
    GENERAL_FAULT = "general-fault"
    TIME_FAULT = "time-fault"
    NOT_VALIDATED = "not-validated"  # an oximeter's early estimate, or one it calls questionable
    SIGNAL_POOR = "signal-poor"
    LOW_PERFUSION = "low-perfusion"
    NOT_WORN = "not-worn"  # probe, strap or contact off the body
    INTERFERENCE = "interference"
    DEVICE_ALERT = "device-alert"
    SESSION_STOPPED = "session-stopped"
    CALIBRATION_DUE = "calibration-due"
    WEIGHING_FAILED = "weighing-failed"
    DEMO = "demo"
    TESTING = "testing"
    # Ours, never the device's: the number is sent as it came, marked as questionable.
    IMPLAUSIBLE = "implausible"


class Meal(Enum):
    """Glucose context, Meal (GATT 2A34)."""

    PREPRANDIAL = "preprandial"
    POSTPRANDIAL = "postprandial"
    FASTING = "fasting"
    CASUAL = "casual"
    BEDTIME = "bedtime"


class SampleLocation(Enum):
    """Where a glucose sample was taken (GATT 2A18)."""

    FINGER = "finger"
    ALTERNATE_SITE = "alternate-site"
    EARLOBE = "earlobe"
    CONTROL_SOLUTION = "control-solution"
    SUBCUTANEOUS = "subcutaneous"


class Carbohydrate(Enum):
    """Glucose context, Carbohydrate ID (GATT 2A34)."""

    BREAKFAST = "breakfast"
    LUNCH = "lunch"
    DINNER = "dinner"
    SNACK = "snack"
    DRINK = "drink"
    SUPPER = "supper"
    BRUNCH = "brunch"


class Tester(Enum):
    """Glucose context, Tester (GATT 2A34)."""

    SELF = "self"
    PROFESSIONAL = "professional"
    LAB = "lab"


class Health(Enum):
    """Glucose context, Health (GATT 2A34)."""

    MINOR_ISSUE = "minor-issue"
    MAJOR_ISSUE = "major-issue"
    MENSES = "menses"
    STRESS = "stress"
    NONE = "none"


class Medication(Enum):
    """Glucose context, Medication ID (GATT 2A34)."""

    RAPID_ACTING = "rapid-acting"
    SHORT_ACTING = "short-acting"
    INTERMEDIATE_ACTING = "intermediate-acting"
    LONG_ACTING = "long-acting"
    PREMIXED = "premixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """How a pressure was taken that the hub's screen led the patient through.

    Parameters
    ----------
    rest_s
        Quiet sitting before the first reading of the set.
    number
        Which reading of the set it is, from 1.
    since_previous_s
        How long after the reading before it in the set; None for the first.
    """

    rest_s: int
    number: int
    since_previous_s: int | None = None


class Posture(Enum):
    """How the patient sat or lay while blood pressure was taken."""

    SITTING = "sitting"
    STANDING = "standing"
    LYING = "lying"


class BodySite(Enum):
    """Where a cuff, a thermometer, a probe or a strap was."""

    MOUTH = "mouth"
    ARMPIT = "armpit"
    EAR = "ear"
    TYMPANUM = "tympanum"
    FINGER = "finger"
    TOE = "toe"
    RECTUM = "rectum"
    GASTROINTESTINAL = "gastrointestinal"
    BODY = "body"
    CHEST = "chest"
    WRIST = "wrist"
    HAND = "hand"
    EARLOBE = "earlobe"
    FOOT = "foot"
    OTHER = "other"
    LEFT_UPPER_ARM = "left-upper-arm"
    RIGHT_UPPER_ARM = "right-upper-arm"
    LEFT_WRIST = "left-wrist"
    RIGHT_WRIST = "right-wrist"

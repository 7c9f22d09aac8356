"""Quantities under the field's own names: IEEE 11073 MDC and LOINC codes, and what cannot be true.

Sources: HL7 Personal Health Device IG 2.0.0 (MDC codes, 32 bit), FHIR R4 vital-signs profiles and
US Core 9.0.0 (LOINC and UCUM).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from vitals.unit import Unit

__all__ = ["GLUCOSE_QUANTITIES", "Quantity", "Term", "Unit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What one quantity is called, in which units it may come, and what cannot be true of it.

    `mdc` is 0 for what no communicating device measures (the camera's estimates). `loinc_also`
    holds further LOINC codes that a profile asks for beside the first, with their names.
    """

    text: str
    mdc: int
    mdc_name: str
    loinc: Mapping[Unit, str]
    loinc_text: str
    possible: Mapping[Unit, tuple[Decimal, Decimal]]
    loinc_also: tuple[tuple[str, str], ...] = ()

    @property
    def units(self) -> frozenset[Unit]:
        """Return the units this quantity may be given in."""
        return frozenset(self.possible)


class Quantity(Enum):
    """Something we measure. The value is a stable name for storage; `term` has the codes."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    MEAN_ARTERIAL = "mean-arterial"
    PULSE_RATE = "pulse-rate"
    GLUCOSE_CAPILLARY_WHOLE_BLOOD = "glucose-capillary-whole-blood"
    GLUCOSE_CAPILLARY_PLASMA = "glucose-capillary-plasma"
    GLUCOSE_VENOUS_WHOLE_BLOOD = "glucose-venous-whole-blood"
    GLUCOSE_VENOUS_PLASMA = "glucose-venous-plasma"
    GLUCOSE_ARTERIAL_WHOLE_BLOOD = "glucose-arterial-whole-blood"
    GLUCOSE_ARTERIAL_PLASMA = "glucose-arterial-plasma"
    GLUCOSE_UNDETERMINED_WHOLE_BLOOD = "glucose-undetermined-whole-blood"
    GLUCOSE_UNDETERMINED_PLASMA = "glucose-undetermined-plasma"
    GLUCOSE_INTERSTITIAL_FLUID = "glucose-interstitial-fluid"
    GLUCOSE_CONTROL_SOLUTION = "glucose-control-solution"
    GLUCOSE = "glucose"
    OXYGEN_SATURATION = "oxygen-saturation"
    OXIMETER_PULSE_RATE = "oximeter-pulse-rate"
    PULSE_AMPLITUDE_INDEX = "pulse-amplitude-index"
    BODY_TEMPERATURE = "body-temperature"
    BODY_WEIGHT = "body-weight"
    BODY_HEIGHT = "body-height"
    BODY_MASS_INDEX = "body-mass-index"
    BODY_FAT = "body-fat"
    FAT_FREE_MASS = "fat-free-mass"
    SOFT_LEAN_MASS = "soft-lean-mass"
    BODY_WATER_MASS = "body-water-mass"
    MUSCLE_PERCENTAGE = "muscle-percentage"
    MUSCLE_MASS = "muscle-mass"
    IMPEDANCE = "impedance"
    BASAL_METABOLISM = "basal-metabolism"
    HEART_RATE = "heart-rate"
    CAMERA_PULSE_RATE = "camera-pulse-rate"
    CAMERA_RESPIRATORY_RATE = "camera-respiratory-rate"
    CAMERA_SDNN = "camera-sdnn"
    CAMERA_RMSSD = "camera-rmssd"

    # Members are singletons: their identity is their hash. Enum would hash the name each time.
    __hash__ = object.__hash__

    @property
    def term(self) -> Term:
        """Return the codes, units and possible range."""
        return _TERMS[self]

    @property
    def is_glucose(self) -> bool:
        """Tell whether this is a glucose concentration of any specimen."""
        return self in GLUCOSE_QUANTITIES


def _pressure(text: str, mdc: int, mdc_name: str, loinc: str, loinc_text: str) -> Term:
    # No cuff of this class can inflate past 300 mmHg; 0 is what some send for "not measured".
    return Term(
        text=text,
        mdc=mdc,
        mdc_name=mdc_name,
        loinc={Unit.MMHG: loinc, Unit.KPA: loinc},
        loinc_text=loinc_text,
        possible={
            Unit.MMHG: (Decimal(0), Decimal(400)),
            Unit.KPA: (Decimal(0), Decimal("53.4")),
        },
    )


def _up_to(*most: tuple[Unit, str]) -> Mapping[Unit, tuple[Decimal, Decimal]]:
    return {unit: (Decimal(0), Decimal(number)) for unit, number in most}


_PERCENT = _up_to((Unit.PERCENT, "100"))


def _plain(  # noqa: PLR0913 - a row of a table
    text: str,
    mdc: int = 0,
    mdc_name: str = "",
    loinc: str = "",
    loinc_text: str = "",
    *,
    possible: Mapping[Unit, tuple[Decimal, Decimal]],
) -> Term:
    return Term(
        text=text,
        mdc=mdc,
        mdc_name=mdc_name,
        loinc=dict.fromkeys(possible, loinc) if loinc else {},
        loinc_text=loinc_text,
        possible=possible,
    )


def _rate(text: str, mdc: int = 0, mdc_name: str = "") -> Term:
    possible = _up_to((Unit.PER_MINUTE, "400"))
    return _plain(text, mdc, mdc_name, "8867-4", "Heart rate", possible=possible)


def _mass(
    text: str, mdc: int = 0, mdc_name: str = "", loinc: str = "", loinc_text: str = ""
) -> Term:
    # Bariatric scales end at 500 kg; the widest field of the radio at 1,310 lb.
    possible = _up_to((Unit.KILOGRAM, "655.34"), (Unit.POUND, "1310.68"))
    return _plain(text, mdc, mdc_name, loinc, loinc_text, possible=possible)


_GlucoseCodes = tuple[str, dict[Unit, str]]


def _glucose(mdc: int, mdc_name: str, codes: _GlucoseCodes, text: str = "glucose") -> Term:
    # 2,000 mg/dL is above any living patient's and above every home meter's range (600).
    loinc_text, loinc = codes
    return Term(
        text=text,
        mdc=mdc,
        mdc_name=mdc_name,
        loinc=loinc,
        loinc_text=loinc_text,
        possible={
            Unit.MG_PER_DL: (Decimal(0), Decimal(2000)),
            Unit.MMOL_PER_L: (Decimal(0), Decimal(111)),
        },
    )


_CAPILLARY: _GlucoseCodes = (
    "Glucose [Mass/volume] in Capillary blood by Glucometer",
    {Unit.MG_PER_DL: "41653-7", Unit.MMOL_PER_L: "14743-9"},
)
_BLOOD: _GlucoseCodes = ("Glucose [Mass/volume] in Blood", {Unit.MG_PER_DL: "2339-0"})
_PLASMA: _GlucoseCodes = ("Glucose [Mass/volume] in Serum or Plasma", {Unit.MG_PER_DL: "2345-7"})
_INTERSTITIAL: _GlucoseCodes = (
    "Glucose [Mass/volume] in Interstitial fluid",
    {Unit.MG_PER_DL: "99504-3", Unit.MMOL_PER_L: "105272-9"},
)
_UNCODED: _GlucoseCodes = ("", {})

_TERMS: Mapping[Quantity, Term] = {
    Quantity.SYSTOLIC: _pressure(
        "systolic", 150021, "MDC_PRESS_BLD_NONINV_SYS", "8480-6", "Systolic blood pressure"
    ),
    Quantity.DIASTOLIC: _pressure(
        "diastolic", 150022, "MDC_PRESS_BLD_NONINV_DIA", "8462-4", "Diastolic blood pressure"
    ),
    Quantity.MEAN_ARTERIAL: _pressure(
        "mean", 150023, "MDC_PRESS_BLD_NONINV_MEAN", "8478-0", "Mean blood pressure"
    ),
    Quantity.PULSE_RATE: _rate("pulse", 149546, "MDC_PULS_RATE_NON_INV"),
    Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD: _glucose(
        160184, "MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD", _CAPILLARY
    ),
    Quantity.GLUCOSE_CAPILLARY_PLASMA: _glucose(
        160188, "MDC_CONC_GLU_CAPILLARY_PLASMA", _CAPILLARY
    ),
    Quantity.GLUCOSE_VENOUS_WHOLE_BLOOD: _glucose(160192, "MDC_CONC_GLU_VENOUS_WHOLEBLOOD", _BLOOD),
    Quantity.GLUCOSE_VENOUS_PLASMA: _glucose(160196, "MDC_CONC_GLU_VENOUS_PLASMA", _PLASMA),
    Quantity.GLUCOSE_ARTERIAL_WHOLE_BLOOD: _glucose(
        160200, "MDC_CONC_GLU_ARTERIAL_WHOLEBLOOD", _UNCODED
    ),
    Quantity.GLUCOSE_ARTERIAL_PLASMA: _glucose(160204, "MDC_CONC_GLU_ARTERIAL_PLASMA", _UNCODED),
    Quantity.GLUCOSE_CONTROL_SOLUTION: _glucose(
        160208, "MDC_CONC_GLU_CONTROL", _UNCODED, "control solution"
    ),
    Quantity.GLUCOSE_INTERSTITIAL_FLUID: _glucose(160212, "MDC_CONC_GLU_ISF", _INTERSTITIAL),
    Quantity.GLUCOSE_UNDETERMINED_WHOLE_BLOOD: _glucose(
        160364, "MDC_CONC_GLU_UNDETERMINED_WHOLEBLOOD", _BLOOD
    ),
    Quantity.GLUCOSE_UNDETERMINED_PLASMA: _glucose(
        160368, "MDC_CONC_GLU_UNDETERMINED_PLASMA", _PLASMA
    ),
    Quantity.GLUCOSE: _glucose(160020, "MDC_CONC_GLU_GEN", _UNCODED),
    Quantity.OXYGEN_SATURATION: Term(
        text="oxygen saturation",
        mdc=150456,
        mdc_name="MDC_PULS_OXIM_SAT_O2",
        loinc={Unit.PERCENT: "2708-6"},
        loinc_text="Oxygen saturation in Arterial blood",
        loinc_also=(("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),),
        possible=_PERCENT,
    ),
    Quantity.OXIMETER_PULSE_RATE: _rate("pulse", 149530, "MDC_PULS_OXIM_PULS_RATE"),
    Quantity.PULSE_AMPLITUDE_INDEX: _plain(
        "pulse amplitude index", 150488, "MDC_BLD_PERF_INDEX", possible=_PERCENT
    ),
    Quantity.BODY_TEMPERATURE: _plain(
        "temperature",
        150364,
        "MDC_TEMP_BODY",
        "8310-5",
        "Body temperature",
        # Thermometers that also measure a bath or a bottle send those under the same name.
        possible=_up_to((Unit.CELSIUS, "60"), (Unit.FAHRENHEIT, "140")),
    ),
    Quantity.BODY_WEIGHT: _mass("weight", 188736, "MDC_MASS_BODY_ACTUAL", "29463-7", "Body weight"),
    Quantity.BODY_HEIGHT: _plain(
        "height",
        188740,
        "MDC_LEN_BODY_ACTUAL",
        "8302-2",
        "Body height",
        possible=_up_to((Unit.METRE, "3"), (Unit.INCH, "119")),
    ),
    Quantity.BODY_MASS_INDEX: _plain(
        "body mass index",
        188752,
        "MDC_RATIO_MASS_BODY_LEN_SQ",
        "39156-5",
        "Body mass index (BMI) [Ratio]",
        possible=_up_to((Unit.KG_PER_M2, "500")),
    ),
    Quantity.BODY_FAT: _plain(
        "body fat",
        188748,
        "MDC_BODY_FAT",
        "41982-0",
        "Percentage of body fat Measured",
        possible=_PERCENT,
    ),
    Quantity.FAT_FREE_MASS: _mass("fat-free mass", 188756, "MDC_MASS_BODY_FAT_FREE"),
    Quantity.SOFT_LEAN_MASS: _mass("soft lean mass", 188760, "MDC_MASS_BODY_SOFT_LEAN"),
    Quantity.BODY_WATER_MASS: _mass("body water", 188764, "MDC_BODY_WATER"),
    Quantity.MUSCLE_PERCENTAGE: _plain("muscle", possible=_PERCENT),
    Quantity.MUSCLE_MASS: _mass("muscle mass"),
    Quantity.IMPEDANCE: _plain("impedance", possible=_up_to((Unit.OHM, "6553.5"))),
    Quantity.BASAL_METABOLISM: _plain(
        "basal metabolism", possible=_up_to((Unit.KILOJOULE, "65535"))
    ),
    Quantity.HEART_RATE: _rate("heart rate", 147842, "MDC_ECG_HEART_RATE"),
    Quantity.CAMERA_PULSE_RATE: _rate("pulse seen by camera"),
    Quantity.CAMERA_RESPIRATORY_RATE: _plain(
        "breathing seen by camera",
        loinc="9279-1",
        loinc_text="Respiratory rate",
        possible=_up_to((Unit.PER_MINUTE, "150")),
    ),
    Quantity.CAMERA_SDNN: _plain(
        "SDNN seen by camera",
        loinc="80404-7",
        loinc_text="R-R interval.standard deviation (Heart rate variability)",
        possible=_up_to((Unit.MILLISECOND, "1000")),
    ),
    Quantity.CAMERA_RMSSD: _plain(
        "RMSSD seen by camera", possible=_up_to((Unit.MILLISECOND, "1000"))
    ),
}

GLUCOSE_QUANTITIES: frozenset[Quantity] = frozenset(
    quantity for quantity in Quantity if quantity.value.startswith("glucose")
)

"""Quantities and units under the field's own names: IEEE 11073 MDC, LOINC and UCUM codes.

Sources: HL7 Personal Health Device IG 2.0.0 (MDC codes, 32 bit), FHIR R4 vital-signs profiles
(LOINC and UCUM), IEEE 11073-10101 units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTerm:
    """One unit: its UCUM code, how people write it, and its MDC code (0 where MDC has none)."""

    ucum: str
    text: str
    mdc: int


class Unit(Enum):
    """Every unit a reading may carry. The value is the UCUM code, so it survives any storage."""

    MMHG = "mm[Hg]"
    KPA = "kPa"
    PER_MINUTE = "/min"
    MG_PER_DL = "mg/dL"
    MMOL_PER_L = "mmol/L"
    PERCENT = "%"
    KILOGRAM = "kg"
    LITRE = "L"
    SECOND = "s"

    # Members are singletons: their identity is their hash. Enum would hash the name each time.
    __hash__ = object.__hash__

    @property
    def ucum(self) -> str:
        """Return the UCUM code."""
        return self.value

    @property
    def text(self) -> str:
        """Return the unit as people write it."""
        return _UNITS[self].text

    @property
    def mdc(self) -> int:
        """Return the MDC unit code, 0 where MDC has none."""
        return _UNITS[self].mdc


_UNITS: Mapping[Unit, UnitTerm] = {
    unit: UnitTerm(ucum=unit.value, text=text, mdc=mdc)
    for unit, text, mdc in (
        (Unit.MMHG, "mmHg", 266016),
        (Unit.KPA, "kPa", 265987),
        (Unit.PER_MINUTE, "beats/minute", 264864),
        (Unit.MG_PER_DL, "mg/dL", 264274),
        (Unit.MMOL_PER_L, "mmol/L", 266866),
        (Unit.PERCENT, "%", 262688),
        (Unit.KILOGRAM, "kg", 263875),
        (Unit.LITRE, "L", 0),
        (Unit.SECOND, "s", 264320),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What one quantity is called, in which units it may come, and what cannot be true of it."""

    text: str
    mdc: int
    mdc_name: str
    loinc: Mapping[Unit, str]
    loinc_text: str
    possible: Mapping[Unit, tuple[Decimal, Decimal]]

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
    Quantity.PULSE_RATE: Term(
        text="pulse",
        mdc=149546,
        mdc_name="MDC_PULS_RATE_NON_INV",
        loinc={Unit.PER_MINUTE: "8867-4"},
        loinc_text="Heart rate",
        possible={Unit.PER_MINUTE: (Decimal(0), Decimal(400))},
    ),
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
}

GLUCOSE_QUANTITIES: frozenset[Quantity] = frozenset(
    quantity for quantity in Quantity if quantity.value.startswith("glucose")
)

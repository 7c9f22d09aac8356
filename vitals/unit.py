"""The units a reading may carry: UCUM codes, how people write them, and their MDC codes.

Sources: UCUM; IEEE 11073-10101 (units, partition 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    POUND = "[lb_av]"
    LITRE = "L"
    SECOND = "s"
    CELSIUS = "Cel"
    FAHRENHEIT = "[degF]"
    METRE = "m"
    CENTIMETRE = "cm"
    INCH = "[in_i]"
    KG_PER_M2 = "kg/m2"
    KILOJOULE = "kJ"
    OHM = "Ohm"
    MILLISECOND = "ms"

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
        (Unit.POUND, "lb", 263904),
        (Unit.CELSIUS, "°C", 268192),
        (Unit.FAHRENHEIT, "°F", 266560),
        (Unit.METRE, "m", 0),
        (Unit.CENTIMETRE, "cm", 0),
        (Unit.INCH, "in", 0),
        (Unit.KG_PER_M2, "kg/m²", 0),
        (Unit.KILOJOULE, "kJ", 0),
        (Unit.OHM, "Ω", 0),
        (Unit.MILLISECOND, "ms", 264338),
    )
}

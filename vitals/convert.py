"""One unit into another, for comparing a reading with a rule. What was measured is never changed.

Factors: NIST SP 811, appendix B.8 (mmHg, pound, degree Fahrenheit); glucose by its molar mass of
180.156 g/mol (C6H12O6, IUPAC atomic weights).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from vitals.unit import Unit

_KPA_PER_MMHG = Decimal("0.133322")
_KG_PER_LB = Decimal("0.45359237")
_MG_DL_PER_MMOL_L = Decimal("18.0156")
_WAYS: Mapping[tuple[Unit, Unit], Callable[[Decimal], Decimal]] = {
    (Unit.MMHG, Unit.KPA): lambda number: number * _KPA_PER_MMHG,
    (Unit.KPA, Unit.MMHG): lambda number: number / _KPA_PER_MMHG,
    (Unit.KILOGRAM, Unit.POUND): lambda number: number / _KG_PER_LB,
    (Unit.POUND, Unit.KILOGRAM): lambda number: number * _KG_PER_LB,
    (Unit.CELSIUS, Unit.FAHRENHEIT): lambda number: number * 9 / 5 + 32,
    (Unit.FAHRENHEIT, Unit.CELSIUS): lambda number: (number - 32) * 5 / 9,
    (Unit.MMOL_PER_L, Unit.MG_PER_DL): lambda number: number * _MG_DL_PER_MMOL_L,
    (Unit.MG_PER_DL, Unit.MMOL_PER_L): lambda number: number / _MG_DL_PER_MMOL_L,
}


def in_unit(number: Decimal, given: Unit, wanted: Unit) -> Decimal | None:
    """Return a number in another unit, None where there is no way from one to the other."""
    if given is wanted:
        return number
    way = _WAYS.get((given, wanted))
    return None if way is None else way(number)

"""What colour skin is, and how it changes with every beat: light through melanin and blood.

An independent check of this file: the colour of the pulse that comes out is that which de Haan and
van Leest measured on faces (Physiol. Meas. 35(9):1913, 2014), within some 10 degrees at every tone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Share of the epidermis that is melanosomes: 1.3-6.3 % in light, 11-16 % in moderately pigmented
# and 18-43 % in dark skin (S. L. Jacques, "Skin Optics", omlc.org, 1998).
FITZPATRICK: Mapping[str, float] = {
    "I": 0.015,
    "II": 0.035,
    "III": 0.063,
    "IV": 0.13,
    "V": 0.22,
    "VI": 0.38,
}
# Wavelength, and what a mole of haemoglobin absorbs with and without oxygen, cm-1/M:
# S. Prahl's tabulation, omlc.org/spectra/hemoglobin, 1998.
_BLOOD = np.array(
    [
        (450, 62816.0, 103292.0),
        (460, 44480.0, 23388.8),
        (470, 33209.2, 16156.4),
        (480, 26629.2, 14550.0),
        (490, 23684.4, 16684.0),
        (500, 20932.8, 20862.0),
        (510, 20035.2, 25773.6),
        (520, 24202.4, 31589.6),
        (530, 39956.8, 39036.4),
        (540, 53236.0, 46592.0),
        (550, 43016.0, 53412.0),
        (560, 32613.2, 53788.0),
        (570, 44496.0, 45072.0),
        (580, 50104.0, 37020.0),
        (590, 14400.8, 28324.4),
        (600, 3200.0, 14677.2),
        (610, 1506.0, 9443.6),
        (620, 942.0, 6509.6),
        (630, 610.0, 5148.8),
        (640, 442.0, 4345.2),
        (650, 368.0, 3750.12),
        (660, 319.6, 3226.56),
        (670, 294.0, 2795.12),
    ]
)
_NM = _BLOOD[:, 0]
_OXYGEN = 0.75  # arterial and venous blood together
_GRAMS_PER_L = 150.0
_GRAMS_PER_MOLE = 64500.0
_EPIDERMIS_CM = 0.006
# Centre and width of what a camera's red, green and blue pixels see, nm: wide, as filters are.
_SEES = ((600.0, 40.0), (540.0, 40.0), (465.0, 30.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Skin:
    """How skin answers white light, in red, green, blue, and linear light.

    Parameters
    ----------
    diffuse : (3,) float64, 0 to 1
        Share of the light that comes back from inside the skin, tinted.
    pulse : (3,) float64
        Relative change of `diffuse` with more blood, green being -1: the dichromatic model's
        pulsatile direction.
    """

    diffuse: Floats
    pulse: Floats


def skin(*, melanin: float, blood: float) -> Skin:
    """Return the colour of skin and of its pulse.

    Parameters
    ----------
    melanin : share of the epidermis, 0.01 to 0.45
    blood : share of the dermis, 0.002 to 0.03
    """
    through = np.exp(-2.0 * _EPIDERMIS_CM * (melanin * _melanosome() + (1 - melanin) * _bare()))
    back = _dermis(blood)
    more = (_dermis(blood * 1.01) - back) / 0.01
    sees = np.array([np.exp(-0.5 * ((_NM - centre) / width) ** 2) for centre, width in _SEES])
    sees /= sees.sum(axis=1, keepdims=True)
    diffuse = sees @ (through * back)
    change = sees @ (through * more) / diffuse
    return Skin(diffuse=diffuse, pulse=change / abs(change[1]))


def _melanosome() -> Floats:
    """Return absorption, cm-1: S. L. Jacques, omlc.org/spectra/melanin/mua.html, 1998."""
    return np.asarray(1.70e12 * _NM**-3.48)


def _bare() -> Floats:
    """Return absorption of tissue without pigment and blood, cm-1: Jacques, "Skin Optics"."""
    return np.asarray(0.244 + 85.3 * np.exp(-(_NM - 154.0) / 66.2))


def _dermis(blood: float) -> Floats:
    """Return the diffuse reflectance of deep tissue with so much blood.

    R = exp(-7 / sqrt(3 (1 + scattering / absorption))): S. L. Jacques, "Diffuse reflectance from
    a semi-infinite medium", omlc.org, 1999; scattering of skin from Phys. Med. Biol. 58:R37, 2013.
    """
    moles = _OXYGEN * _BLOOD[:, 1] + (1 - _OXYGEN) * _BLOOD[:, 2]
    whole = 2.303 * moles * _GRAMS_PER_L / _GRAMS_PER_MOLE
    absorbs = blood * whole + (1 - blood) * _bare()
    scatters = 46.0 * (_NM / 500.0) ** -1.421
    return np.asarray(np.exp(-7.0 / np.sqrt(3.0 * (1.0 + scatters / absorbs))))

"""Whether a picture is worth sending: bright enough and sharp enough. Pure; only ever a question.

Source of the measure: variance of the Laplacian, Pech-Pacheco et al., ICPR 2000, 3, 314-317.
"""

from __future__ import annotations

_DARK = 60.0
_BLURRED = 18.0


def doubt(grey: bytes, wide: int, high: int) -> str:
    """Tell what may be doubted of a picture.

    Parameters
    ----------
    grey : bytes
        One octet a pixel, row by row, `wide * high` of them: a part at the camera's own
        resolution, because a smaller copy is always sharp.

    Returns
    -------
    str
        "dark", "blurred", or nothing.
    """
    if sum(grey) / max(len(grey), 1) < _DARK:
        return "dark"
    return "blurred" if sharpness(grey, wide, high) < _BLURRED else ""


def sharpness(grey: bytes, wide: int, high: int) -> float:
    """Return the variance of the Laplacian; 0 for a picture of one colour."""
    found = [
        grey[at - wide] + grey[at + wide] + grey[at - 1] + grey[at + 1] - 4 * grey[at]
        for row in range(1, high - 1)
        for at in range(row * wide + 1, row * wide + wide - 1)
    ]
    if not found:
        return 0.0
    mean = sum(found) / len(found)
    return sum((one - mean) ** 2 for one in found) / len(found)

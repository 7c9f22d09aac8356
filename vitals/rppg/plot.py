"""One picture that shows what was seen and why it was believed or not, drawn with OpenCV alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vitals.errors import HubError
from vitals.rppg.frame import Picture
from vitals.rppg.result import Result
from vitals.rppg.skin import Masks
from vitals.rppg.trace import Floats, Trace

Colour = tuple[int, int, int]  # blue, green, red

_WIDE, _HIGH = 1280, 960
_INK: Colour = (40, 40, 40)
_FAINT: Colour = (205, 205, 205)
_GOOD: Colour = (70, 130, 30)
_BAD: Colour = (40, 40, 190)
# Told apart without colour sight, after Okabe and Ito (2008): blue, vermilion, bluish green.
_LINES: tuple[Colour, ...] = ((178, 114, 0), (0, 94, 213), (115, 158, 0))
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_LARGE, _NORMAL, _SMALL = 1.5, 0.7, 0.55
_TREND_S = 1.5


@dataclass(frozen=True, slots=True)
class _Frame:
    """A place on the sheet with axes: x to the right and y upwards, in their own units."""

    left: int
    top: int
    wide: int
    high: int
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: Floats, y: Floats) -> Picture:
        """Return points (n, 1, 2) on the sheet."""
        across = self.left + (x - self.x[0]) / max(self.x[1] - self.x[0], 1e-9) * self.wide
        up = (np.clip(y, *self.y) - self.y[0]) / max(self.y[1] - self.y[0], 1e-9)
        down = self.top + self.high * (1 - up)
        return np.stack([across, down], axis=1).round().astype(np.int32)[:, np.newaxis]  # type: ignore[return-value]


def plot(
    result: Result,
    trace: Trace,
    *,
    picture: Picture | None,
    flat: Picture | None,
    masks: Masks | None,
) -> Picture:
    """Draw the face with its regions, the colour traces, the pulse, the rates and the decision.

    Parameters
    ----------
    picture : (h, w, 3) uint8, blue first, or None
        The last picture; shown where there is no face.
    flat, masks
        The face laid flat and where its skin is, or None.

    Returns
    -------
    (960, 1280, 3) uint8, blue first
    """
    sheet = np.full((_HIGH, _WIDE, 3), 255, np.uint8)
    _draw_face(sheet, picture, flat, masks)
    _draw_traces(sheet, trace)
    _draw_pulse(sheet, result)
    _draw_rates(sheet, result)
    _draw_decision(sheet, result)
    return sheet


def save(sheet: Picture, path: Path) -> None:
    """Write a drawing as PNG; raise HubError (VIT-05) where it cannot be written."""
    try:
        path.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
    except OSError as error:
        raise HubError(
            f"The drawing cannot be written there: {error.strerror}.",
            fix="Name a file in a folder that exists and that you may write to.",
            code="VIT-05",
        ) from None


def _draw_face(
    sheet: Picture, picture: Picture | None, flat: Picture | None, masks: Masks | None
) -> None:
    shown = picture if flat is None else flat
    _text(sheet, "What was looked at", 40, 40)
    if shown is None:
        _text(sheet, "no picture", 40, 90)
        return
    scale = min(336 / shown.shape[1], 392 / shown.shape[0])
    size = (max(1, round(shown.shape[1] * scale)), max(1, round(shown.shape[0] * scale)))
    large = cv2.resize(shown, size, interpolation=cv2.INTER_CUBIC)
    if masks is not None and flat is not None:
        for colour, (_, mask) in zip(_LINES, sorted(masks.regions.items()), strict=False):
            whole = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
            around, _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
            cv2.drawContours(large, around, -1, colour, 3, cv2.LINE_AA)
    sheet[60 : 60 + size[1], 40 : 40 + size[0]] = large


def _draw_traces(sheet: Picture, trace: Trace) -> None:
    """Draw green of every region, without its slow trend, in per cent of itself."""
    lines = {
        name: _ripple(trace.at_s, rgb[:, 1])
        for name, rgb in sorted(trace.regions.items())
        if np.isfinite(rgb[:, 1]).sum() > 1
    }
    _lines(sheet, (490, 60, 750, 170), trace.at_s, lines, "Green of the skin, %")


def _draw_pulse(sheet: Picture, result: Result) -> None:
    seen = result.insight
    at_s = np.empty(0) if seen is None else seen.at_s
    lines = {} if seen is None else {"pulse": seen.pulse}
    _lines(sheet, (490, 300, 750, 150), at_s, lines, "Pulse, share of green")


def _draw_rates(sheet: Picture, result: Result) -> None:
    seen = result.insight
    rates = np.empty(0) if seen is None else seen.rates_bpm
    lines = {} if seen is None else {"likelihood": seen.likelihood}
    place = (490, 530, 750, 150)
    _lines(sheet, place, rates, lines, "Likelihood of each rate, per minute", unit="")
    if seen is not None and result.pulse_rate_bpm is not None:
        frame = _Frame(*place, (float(rates[0]), float(rates[-1])), (0.0, 1.0))
        (x, y), (_, end) = frame.at(np.full(2, result.pulse_rate_bpm), np.array([0.0, 1.0]))[:, 0]
        cv2.line(sheet, (int(x), int(y)), (int(x), int(end)), _GOOD, 2, cv2.LINE_AA)


def _draw_decision(sheet: Picture, result: Result) -> None:
    given = result.pulse_rate_bpm is not None
    head = f"{result.pulse_rate_bpm:.0f} per minute" if given else "No pulse rate"
    _text(sheet, head, 40, 785, size=_LARGE, colour=_GOOD if given else _BAD, thick=3)
    breath = result.respiratory_rate_bpm
    lines = [f"{breath:.0f} breaths per minute" if breath is not None else "no breathing rate"]
    if result.hrv is not None:
        lines.append(f"SDNN {result.hrv.sdnn_ms:.0f} ms, RMSSD {result.hrv.rmssd_ms:.0f} ms")
    # Nobody is ever 100 % sure.
    lines.append(f"{min(99.9, 100 * result.confidence):.1f} % sure to be within 5 per minute")
    lines.append(f"from {result.seconds_used:.0f} s")
    for number, line in enumerate(lines):
        _text(sheet, line, 40, 828 + 30 * number, size=0.6)
    for number, reason in enumerate(result.reasons[:4]):
        _text(
            sheet,
            f"{reason.code}: {reason.sentence}",
            490,
            780 + 30 * number,
            size=_SMALL,
            colour=_BAD,
        )
    warning = "An estimate by camera, not a cleared medical measurement."
    _text(sheet, warning, 40, _HIGH - 16, size=_SMALL)


def _lines(  # noqa: PLR0913 - what to draw, where, and its words
    sheet: Picture,
    place: tuple[int, int, int, int],
    x: Floats,
    lines: Mapping[str, Floats],
    title: str,
    *,
    unit: str = " s",
) -> None:
    """Draw lines over a common x, with what the axes say at their ends."""
    left, top, wide, high = place
    _text(sheet, title, left, top - 14)
    cv2.rectangle(sheet, (left, top), (left + wide, top + high), _FAINT, 1)
    known = [y[np.isfinite(y)] for y in lines.values()]
    if not known or not sum(map(len, known)):
        _text(sheet, "nothing to show", left + 20, top + high // 2, colour=_FAINT)
        return
    everything = np.concatenate(known)
    low, top_y = float(np.quantile(everything, 0.002)), float(np.quantile(everything, 0.998))
    frame = _Frame(*place, (float(x[0]), float(x[-1])), (min(low, 0.0), max(top_y, 1e-9)))
    _axes(sheet, frame, unit)
    for number, (colour, (name, y)) in enumerate(zip(_LINES, lines.items(), strict=False)):
        there = np.isfinite(y)
        cv2.polylines(sheet, [frame.at(x[there], y[there])], False, colour, 2, cv2.LINE_AA)  # noqa: FBT003 - OpenCV's order
        if len(lines) > 1:
            across = left + wide - 150 * (len(lines) - number)
            _text(sheet, name.replace("_", " "), across, top - 14, size=_SMALL, colour=colour)


def _axes(sheet: Picture, frame: _Frame, unit: str) -> None:
    left, bottom = frame.left, frame.top + frame.high
    for part in range(5):
        value = frame.x[0] + part / 4 * (frame.x[1] - frame.x[0])
        shown = value - frame.x[0] if unit else value
        across = left + part * frame.wide // 4
        cv2.line(sheet, (across, bottom), (across, bottom + 6), _INK, 1)
        _text(sheet, f"{shown:.0f}{unit}", across - 16, bottom + 26, size=_SMALL)
    for value, down in ((frame.y[1], frame.top + 14), (frame.y[0], bottom)):
        words = f"{value:.2g}"
        across = left - 12 - cv2.getTextSize(words, _FONT, _SMALL, 1)[0][0]
        _text(sheet, words, across, down, size=_SMALL)


def _ripple(at_s: Floats, level: Floats) -> Floats:
    """Return what is faster than a breath, in per cent of the mean."""
    known = np.isfinite(level)
    rate_hz = (len(at_s) - 1) / max(at_s[-1] - at_s[0], 1e-9)
    width = max(1, min(int(_TREND_S * rate_hz), int(known.sum())))
    padded = np.pad(level[known], (width // 2, width - 1 - width // 2), mode="edge")
    trend = np.convolve(padded, np.ones(width) / width, mode="valid")
    out = np.full(len(level), np.nan)
    out[known] = 100 * (level[known] / np.maximum(trend, 1e-9) - 1)
    return out


def _text(  # noqa: PLR0913 - place, size and colour of a line
    sheet: Picture,
    words: str,
    left: int,
    bottom: int,
    *,
    size: float = _NORMAL,
    colour: Colour = _INK,
    thick: int = 1,
) -> None:
    cv2.putText(sheet, words, (left, bottom), _FONT, size, colour, thick, cv2.LINE_AA)

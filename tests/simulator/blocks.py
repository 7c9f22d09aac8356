"""What compression does to the mean colour of a block of 8x8 pixels."""

from __future__ import annotations

import numpy as np

from tests.simulator.case import Camera
from tests.simulator.skin import Floats

# ITU-T T.871: red, green, blue to luma and two colour differences.
_YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
_RGB = np.linalg.inv(_YCC)
_MIDDLE = (128.0, 0.0, 0.0)  # luma is coded about its middle
# First entries of the tables of ITU-T T.81, annex K, which every JPEG encoder scales.
_LUMA_STEP, _CHROMA_STEP = 16.0, 17.0
_PIXELS = 8.0  # the first coefficient is 8 times the mean
_INTRA_EVERY = 12  # of libavcodec's MPEG-4, in frames
_INTRA_STEP = 8.0
_QUANTISER = (4.0, 10.0)
_AROUND_CHROMA = 4  # blocks of luma beside one of each colour difference: 4:2:0


def compressed(blocks: Floats, camera: Camera, random: np.random.Generator) -> Floats:
    """Return blocks (n, k, 3) of red, green, blue as they come out of the camera's codec.

    Blocks that change less than a step from the frame before, or round to the same step, stay as
    they are: this, and not noise, is what takes a pulse away.
    """
    if camera.codec == "raw":
        return blocks
    ycc = blocks @ _YCC.T - _MIDDLE
    count = ycc.shape[1] - ycc.shape[1] % _AROUND_CHROMA
    luma = ycc[:, :count, 0]
    chroma = ycc[:, :count, 1:].reshape(len(ycc), -1, _AROUND_CHROMA, 2).mean(axis=2)
    if camera.codec == "mjpg":
        scale = _jpeg_scale(camera.quality)
        luma = _rounded(luma, max(1.0, np.round(_LUMA_STEP * scale)))
        chroma = _rounded(chroma, max(1.0, np.round(_CHROMA_STEP * scale)))
    else:
        quantiser = random.uniform(*_QUANTISER)
        luma, chroma = _held(luma, quantiser), _held(chroma, quantiser)
    whole = np.concatenate([luma[..., np.newaxis], np.repeat(chroma, _AROUND_CHROMA, 1)], axis=2)
    return np.asarray(np.clip((whole + _MIDDLE) @ _RGB.T, 0.0, 255.0))


def _jpeg_scale(quality: int) -> float:
    """Return what the Independent JPEG Group's libjpeg multiplies the tables with."""
    return (50.0 / quality) if quality < 50 else (2.0 - quality / 50.0)


def _rounded(means: Floats, step: float) -> Floats:
    """Round half away from zero, as libjpeg does."""
    steps = np.floor(np.abs(means) * _PIXELS / step + 0.5 + 1e-9)
    return np.asarray(np.sign(means) * steps * step / _PIXELS)


def _held(means: Floats, quantiser: float) -> Floats:
    """Code every twelfth frame anew, and between them only what changed by two quantisers.

    ISO/IEC 14496-2, 7.4.4: the H.263 method's dead zone, on the first coefficient.
    """
    out = np.empty_like(means)
    now = means[0]
    for frame, wanted in enumerate(means):
        if frame % _INTRA_EVERY == 0:
            now = _rounded(wanted, _INTRA_STEP)
        else:
            change = (wanted - now) * _PIXELS
            levels = np.trunc(np.abs(change) / (2 * quantiser))
            coded = np.sign(change) * quantiser * (2 * levels + 1) * (levels > 0)
            now = now + coded / _PIXELS
        out[frame] = now
    return out

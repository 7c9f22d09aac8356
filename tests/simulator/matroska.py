"""Write video with the true time of every frame: Motion JPEG in Matroska (RFC 9559, RFC 8794)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2

from tests.simulator.sensor import Frame

_CLUSTER_MS = 5000  # a block's time is 16 bits, from its cluster's
_KEY_FRAME = 0x80
_NS_PER_MS = 1_000_000


def write(path: Path, frames: Iterable[tuple[float, Frame]], quality: int) -> int:
    """Write frames (seconds, picture) as JPEG of a quality; return how many.

    Times are kept to the millisecond and must not fall.
    """
    count = 0
    with path.open("wb") as file:
        begun: int | None = None
        cluster: list[bytes] = []
        for count, (at_s, bgr) in enumerate(frames, start=1):
            at_ms = round(1000 * at_s)
            if count == 1:
                file.write(_head(bgr.shape[1], bgr.shape[0]))
            if begun is None or at_ms - begun >= _CLUSTER_MS:
                file.write(_cluster(begun or 0, cluster))
                begun, cluster = at_ms, []
            cluster.append(_block(at_ms - begun, _jpeg(bgr, quality)))
        file.write(_cluster(begun or 0, cluster))
    return count


def _jpeg(bgr: Frame, quality: int) -> bytes:
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def _head(width: int, height: int) -> bytes:
    kind = _text("4282", "matroska") + _number("4287", 4) + _number("4285", 2)
    info = _number("2AD7B1", _NS_PER_MS) + _text("4D80", "test") + _text("5741", "test")
    picture = _element("E0", _number("B0", width) + _number("BA", height))
    track = _number("D7", 1) + _number("73C5", 1) + _number("83", 1) + _number("9C", 0)
    entry = _element("AE", track + _text("86", "V_MJPEG") + picture)
    open_ended = bytes.fromhex("18538067") + b"\x01" + b"\xff" * 7  # a segment of unknown size
    return (
        _element("1A45DFA3", kind)
        + open_ended
        + _element("1549A966", info)
        + _element("1654AE6B", entry)
    )


def _cluster(at_ms: int, blocks: list[bytes]) -> bytes:
    return _element("1F43B675", _number("E7", at_ms) + b"".join(blocks)) if blocks else b""


def _block(after_ms: int, data: bytes) -> bytes:
    return _element("A3", b"\x81" + after_ms.to_bytes(2, "big") + bytes([_KEY_FRAME]) + data)


def _number(name: str, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _text(name: str, value: str) -> bytes:
    return _element(name, value.encode("ascii"))


def _element(name: str, body: bytes) -> bytes:
    return bytes.fromhex(name) + (len(body) | 1 << 56).to_bytes(8, "big") + body

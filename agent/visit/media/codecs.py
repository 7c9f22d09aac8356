"""Our own VP8 and Opus encoders, on PyAV: a track that gives packets needs none of aiortc's.

aiortc 1.16 keeps VP8 between 250 kbit/s and 1.5 Mbit/s (codecs/vpx.py) and Opus at 96 kbit/s in
stereo (codecs/opus.py): more than a poor line has. A `MediaStreamTrack` may give `av.Packet`
instead of frames, and aiortc then only packs them; nothing of it is changed for that.
"""

from __future__ import annotations

from fractions import Fraction

from av import AudioFrame, CodecContext, Packet
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.stream import VideoStream

from agent.visit.media.ladder import Rung
from agent.visit.media.pixels import Planes
from vitals.rppg.frame import Picture

VIDEO_HZ, RATE_HZ = 90_000, 48_000
VIDEO_CLOCK, AUDIO_CLOCK = Fraction(1, VIDEO_HZ), Fraction(1, RATE_HZ)
BLOCK = 960
"""Samples of one packet of sound: 20 ms."""
OPUS_BITRATE = 24_000
# A key picture takes at most so many times an ordinary one's share: larger ones fill the queue of a
# poor line by themselves, and everything behind them waits.
_MAX_INTRA_PERCENT = 200
_OPUS = {
    "application": "voip",
    "vbr": "constrained",
    # The receiver mends a lost packet from the next one (RFC 6716, 2.1.7); how much is kept for
    # that follows from the loss that is expected.
    "fec": "1",
    "packet_loss": "10",
}


class Vp8:
    """Pictures in, VP8 out, at whatever rung is asked for. Not for two threads at once."""

    def __init__(self) -> None:
        """Start without an encoder: the first picture makes one."""
        self._codec: VideoCodecContext | None = None
        self._rung: Rung | None = None
        self._planes = Planes()

    def encode(
        self, picture: Picture, pts: int, rung: Rung, *, key: bool
    ) -> Packet[VideoStream] | None:
        """Encode one picture (h, w, 3), scaled to the rung's size.

        Parameters
        ----------
        pts : int
            In units of `VIDEO_CLOCK`.
        key : bool
            Whether it must stand alone: the receiver asked for that.
        """
        high, wide = picture.shape[:2]
        width, height = rung.size(wide, high)
        frame = self._planes.of(picture, (width, height))
        codec = self._codec
        if codec is None or self._rung != rung or (codec.width, codec.height) != (width, height):
            codec = self._codec = _vp8(width, height, rung)
            self._rung = rung
        frame.pts, frame.time_base = pts, VIDEO_CLOCK
        frame.pict_type = PictureType.I if key else PictureType.NONE
        packets = codec.encode(frame)
        if not packets:
            return None
        (packet,) = packets
        packet.pts, packet.time_base = pts, VIDEO_CLOCK
        return packet


def _vp8(width: int, height: int, rung: Rung) -> VideoCodecContext:
    codec = CodecContext.create("libvpx", "w")
    codec.width, codec.height = width, height
    codec.pix_fmt = "yuv420p"
    codec.bit_rate = rung.bitrate
    codec.framerate = Fraction(rung.fps)
    codec.time_base = VIDEO_CLOCK
    codec.gop_size = 3000
    codec.qmin, codec.qmax = 2, 56
    codec.thread_count = 1
    codec.options = {
        "deadline": "realtime",
        "cpu-used": "-16",  # a third of the time less than -8, for 0.07 dB
        "lag-in-frames": "0",
        "bufsize": str(rung.bitrate // 2),
        "minrate": str(rung.bitrate),
        "maxrate": str(rung.bitrate),
        "undershoot-pct": "100",
        "overshoot-pct": "15",
        "max-intra-rate": str(_MAX_INTRA_PERCENT),
        "noise-sensitivity": "0",  # a fifth of the time, for noise that a webcam has little of
        "static-thresh": "1",
    }
    return codec


class Opus:
    """Sound in, Opus out: mono, 24 kbit/s, with forward error correction.

    It never falls silent (no DTX): 24 kbit/s are little, and a packet every 20 ms is what tells
    both ends that the line stands while nobody speaks.
    """

    def __init__(self) -> None:
        """Make the encoder."""
        codec: AudioCodecContext = CodecContext.create("libopus", "w")
        codec.bit_rate = OPUS_BITRATE
        codec.format, codec.layout = "s16", "mono"
        codec.sample_rate = RATE_HZ
        codec.time_base = AUDIO_CLOCK
        codec.options = dict(_OPUS)
        self._codec = codec

    def encode(self, samples: bytes, pts: int) -> Packet[AudioStream] | None:
        """Encode `BLOCK` samples of 16 bits in the machine's order; pts in samples."""
        frame = AudioFrame(format="s16", layout="mono", samples=BLOCK)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, pts, AUDIO_CLOCK
        packets = self._codec.encode(frame)
        if not packets:
            return None
        (packet,) = packets
        packet.pts, packet.time_base = pts, AUDIO_CLOCK
        return packet

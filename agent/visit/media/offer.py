"""What is asked of the other side in the offer's own text (SDP, RFC 8866). Pure."""

from __future__ import annotations

import re

from agent.visit.media.codecs import OPUS_BITRATE

_OPUS = re.compile(r"(?m)^a=rtpmap:(\d+) opus/48000/2\r?$")


def tuned(sdp: str) -> str:
    """Return an offer that asks for sound as we send it: 24 kbit/s, mono, with error correction.

    The parameters are those of RFC 7587, 6.1; a browser encodes by what the other side asks for.
    """
    found = _OPUS.search(sdp)
    if found is None:
        return sdp
    wanted = (
        f"a=fmtp:{found[1]} maxaveragebitrate={OPUS_BITRATE};stereo=0;sprop-stereo=0;"
        "useinbandfec=1;usedtx=0\r\n"
    )
    end = found.end() + 1
    return sdp[:end] + wanted + sdp[end:]

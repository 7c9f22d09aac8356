"""What the receiver tells of the picture it gets: loss, its estimate (REMB), key pictures wanted.

aiortc 1.16 hands RTCP to the sender that its router knows for a source, and keeps to itself what it
reads there. `Feedback` takes the sender's place in that router, listens, and passes everything on:
two names of aiortc that are not public, `RTCDtlsTransport._rtp_router` and
`RTCRtpSender._handle_rtcp_packet`, are all that is used for it. `tests/test_visit_call.py` hears a
real receiver ask through it, so another aiortc that differs is found out.
"""

from __future__ import annotations

import asyncio

from aiortc import RTCRtpSender
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)
from aiortc.stats import RTCOutboundRtpStreamStats, RTCRemoteInboundRtpStreamStats

from agent.visit.media.ladder import RUNGS, Line
from agent.visit.media.resend import Resend

_SMOOTH = 0.85  # aiortc's RTT_ALPHA (rtcrtpsender.py): how much of the old there is in the new
_SETTLE_S = 0.1  # and the way there and back: so soon nothing of a new picture can be missed
_GAP_S = 1.5  # nothing was heard for so long: the line was gone, and with it what was sent


class Feedback:
    """Listens to RTCP about one sender."""

    def __init__(self, sender: RTCRtpSender) -> None:
        """Prepare; `listen` begins, once the sender sends."""
        self._sender = sender
        self._ssrc = sender._ssrc  # noqa: SLF001 - see the module
        self._listening = False
        self.key_wanted = False
        self.bitrate = RUNGS[0].bitrate
        self._resend = Resend()
        self._heard = False
        self._heard_s: float | None = None
        self._again = self._sent = 0
        self._lost: float | None = None
        self._remb_bps: int | None = None
        self._rtt_s: float | None = None
        self._smooth_s: float | None = None

    def listen(self) -> None:
        """Take the sender's place; may be called again and again."""
        if not self._listening:
            self._listening = True
            router = self._sender.transport._rtp_router  # noqa: SLF001 - see the module
            router.register_sender(self, ssrc=self._ssrc)

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        """Note what is said, and let the sender do with it what it always does, within reason."""
        now_s = asyncio.get_running_loop().time()
        self._back(now_s)
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self._again += self._resend.fresh(packet.lost)
            packet.lost = self._resend.allowed(
                packet.lost, now_s, self.bitrate, self._smooth_s or 0.0
            )
        await self._sender._handle_rtcp_packet(packet)  # noqa: SLF001
        match packet:
            case RtcpRrPacket() | RtcpSrPacket():
                await self._report()
            case RtcpPsfbPacket(fmt=fmt) if fmt in {RTCP_PSFB_PLI, RTCP_PSFB_FIR}:
                self.key_wanted = True
            case RtcpPsfbPacket(fmt=fmt) if fmt == RTCP_PSFB_APP:
                self._remb(packet.fci)
            case _:
                return

    def _back(self, now_s: float) -> None:
        """Begin a new picture where the line is back after a gap: the receiver lost the old one.

        It would ask for hundreds of packets first, and for a new picture only seconds later.
        """
        if self._heard_s is not None and now_s - self._heard_s > _GAP_S:
            self.key_wanted = True
            self._begin(now_s)
        self._heard, self._heard_s = True, now_s

    def _begin(self, now_s: float) -> None:
        self._resend.pause(now_s + _SETTLE_S + (self._smooth_s or 0.0))

    def sends(self, bitrate: int, *, less: bool) -> None:
        """Note how many bits a second are sent now, and whether they are fewer than before."""
        self.bitrate = bitrate
        if less:
            self._begin(asyncio.get_running_loop().time())

    def _remb(self, fci: bytes) -> None:
        try:
            self._remb_bps, _ = unpack_remb_fci(fci)
        except ValueError:
            return

    async def _report(self) -> None:
        for found in (await self._sender.getStats()).values():
            if isinstance(found, RTCRemoteInboundRtpStreamStats):
                self._lost = found.fractionLost / 256
                if found.roundTripTime is not None:
                    self._unsmoothed(found.roundTripTime)

    def _unsmoothed(self, smooth_s: float) -> None:
        """Take aiortc's slow mean apart: a line that fills up must be noticed at once."""
        if self._smooth_s is None:
            self._rtt_s = smooth_s
        elif smooth_s != self._smooth_s:
            self._rtt_s = max((smooth_s - _SMOOTH * self._smooth_s) / (1 - _SMOOTH), 0.0)
        self._smooth_s = smooth_s

    async def line(self, passed_s: float) -> Line:
        """Return what was learned since this was last asked."""
        sent = 0
        for found in (await self._sender.getStats()).values():
            if isinstance(found, RTCOutboundRtpStreamStats):
                sent = found.packetsSent
        line = Line(
            passed_s=passed_s,
            sent=max(sent - self._sent, 0),
            again=self._again,
            lost=self._lost,
            remb_bps=self._remb_bps,
            rtt_s=self._rtt_s,
            heard=self._heard,
        )
        self._sent, self._again, self._heard = sent, 0, False
        self._lost = self._remb_bps = self._rtt_s = None
        return line

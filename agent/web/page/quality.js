// How good the connection is, out of what RTCPeerConnection.getStats tells (W3C, WebRTC statistics).
// Pure.

// Sums up one report: a Map of statistics by id.
export function summary(report) {
  const sum = { received: 0, lost: 0, rttMs: null, frames: 0, frozenS: 0, hasVideo: false };
  for (const one of report.values()) {
    if (one.type === "inbound-rtp") {
      sum.received += one.packetsReceived ?? 0;
      sum.lost += Math.max(0, one.packetsLost ?? 0);
      if (one.kind === "video") {
        sum.hasVideo = true;
        sum.frames += one.framesDecoded ?? 0;
        sum.frozenS += one.totalFreezesDuration ?? 0;
      }
    } else if (one.type === "remote-inbound-rtp" && Number.isFinite(one.roundTripTime)) {
      sum.rttMs = Math.max(sum.rttMs ?? 0, 1000 * one.roundTripTime);
    }
  }
  return sum;
}

// Judges what happened between two sums, `seconds` apart: "good", "fair", "poor", or "unknown".
export function judged(before, now, seconds) {
  if (!before || !now || !(seconds > 0)) return "unknown";
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  if (received < 0 || received + lost === 0) return received < 0 ? "unknown" : "poor";
  const share = lost / (received + lost);
  const rate = now.hasVideo ? (now.frames - before.frames) / seconds : null;
  const frozen = (now.frozenS - before.frozenS) / seconds;
  const rtt = now.rttMs ?? 0;
  const noPicture = rate !== null && rate < 1; // a camera that is off is not a bad line
  if (share > 0.1 || rtt > 600 || frozen > 0.3 || (rate !== null && !noPicture && rate < 8)) {
    return "poor";
  }
  if (share > 0.03 || rtt > 300 || frozen > 0 || (rate !== null && !noPicture && rate < 15)) {
    return "fair";
  }
  return "good";
}

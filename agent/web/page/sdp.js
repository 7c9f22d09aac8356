// The one fact of a session description that a visit needs: its DTLS fingerprint (RFC 8122, 5).
// Pure.

const LINE = /^a=fingerprint:(\S+) ([0-9A-Fa-f:]+)\s*$/;
const SHA256 = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/;

// Returns it in capitals, or null when there is none, or two that differ.
export function fingerprint(sdp) {
  const found = new Set();
  for (const line of sdp.split("\n")) {
    const match = LINE.exec(line);
    if (match?.[1].toLowerCase() === "sha-256") found.add(match[2].toUpperCase());
  }
  const [only] = found;
  return found.size === 1 && SHA256.test(only) ? only : null;
}

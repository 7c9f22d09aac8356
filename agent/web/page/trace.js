// A pulse wave as the path of an SVG: a small trace without a scale. Pure.

// Returns path data within width × height; "" when there is no wave, or nothing moves in it.
export function path(wave, width, height) {
  if (wave.length < 2) return "";
  const sorted = [...wave].sort((a, b) => a - b);
  // One sample in twenty may be an artefact; it must not press the rest flat.
  const low = sorted[Math.floor(0.025 * (sorted.length - 1))];
  const high = sorted[Math.ceil(0.975 * (sorted.length - 1))];
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return "";
  const step = width / (wave.length - 1);
  const points = wave.map((value, at) => {
    const share = Math.min(1, Math.max(0, (value - low) / span));
    return `${(at * step).toFixed(1)} ${((1 - share) * height).toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}

// How far an estimate may be trusted by the gate's own probability.
export function grade(share) {
  if (share >= 0.9) return "good";
  return share >= 0.75 ? "fair" : "poor";
}

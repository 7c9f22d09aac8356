// How long to wait before trying again. Pure.

// The line to the bridge: 1, 2, 4, 8, 8 … s; a tenth of chance, so that pages do not come in step.
export function lineMs(tries, chance) {
  return Math.min(8000, 1000 * 2 ** Math.min(tries, 3)) * (0.95 + 0.1 * chance);
}

// The call: soon at first, because the way may be back any moment; then every five seconds.
const REDIAL_MS = [1000, 1000, 1500, 2000, 2000, 3000];

export function redialMs(tries, chance) {
  return (REDIAL_MS[tries] ?? 5000) * (0.95 + 0.1 * chance);
}

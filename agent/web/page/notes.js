// Reads what comes on the data channel, beside picture and sound. Pure.
// It comes from the other end of the call, and is still taken for garbage until proven otherwise.

const MAX_TEXT = 4096;
const MAX_WAVE = 120;
const LABEL = /^[a-z][a-z0-9-]{0,39}$/;
const VALUE = /^[\d.,/<> +-]{1,24}$/; // as the meter wrote it: 128/82, 5.6
const UNIT = /^[\p{L}\d%°/[\]{}.* µ-]{0,24}$/u;

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const isRate = (value) => value === null || (isNumber(value) && value > 0 && value < 400);
const isShare = (value) => isNumber(value) && value >= 0 && value <= 1;
const isLabel = (value) => typeof value === "string" && (value === "" || LABEL.test(value));

function vitals(found) {
  const wave = found.pulse ?? [];
  const told = {
    pulse: found.pulse_bpm ?? null,
    pulseShare: found.pulse_confidence ?? 0,
    breathing: found.breaths_bpm ?? null,
    breathingShare: found.breaths_confidence ?? 0,
    refusal: found.refusal ?? "",
    wave,
  };
  const whole =
    found.estimate === "uncleared" && // what does not say so is not shown at all
    isRate(told.pulse) &&
    isRate(told.breathing) &&
    isShare(told.pulseShare) &&
    isShare(told.breathingShare) &&
    isLabel(told.refusal) &&
    Array.isArray(wave) &&
    wave.length <= MAX_WAVE &&
    wave.every(isNumber);
  return whole ? told : null;
}

function here(found) {
  const { muted = false, camera = true, microphone = true } = found;
  const whole = [muted, camera, microphone, found.vitals ?? false].every(
    (value) => typeof value === "boolean",
  );
  return whole ? { muted, camera, microphone, vitals: found.vitals ?? false } : null;
}

function reading(found) {
  const { id, what, value, unit = "", at, sent = "no", doubted = false } = found;
  const whole =
    typeof id === "string" &&
    id.length > 0 &&
    id.length <= 64 &&
    typeof what === "string" &&
    LABEL.test(what) &&
    typeof value === "string" &&
    VALUE.test(value) &&
    typeof unit === "string" &&
    UNIT.test(unit) &&
    typeof at === "string" &&
    at.length <= 40 &&
    !Number.isNaN(Date.parse(at)) &&
    ["no", "yes", "refused"].includes(sent) &&
    typeof doubted === "boolean";
  return whole ? { id, what, value, unit, at: Date.parse(at), sent, doubted } : null;
}

function progress(found) {
  const { what, step } = found;
  const whole =
    typeof what === "string" &&
    LABEL.test(what) &&
    ["resting", "measuring", "declined"].includes(step);
  return whole ? { what, step } : null;
}

const READERS = { vitals, here, reading, progress };

// Returns {type, …} or null.
export function note(text) {
  if (typeof text !== "string" || text.length > MAX_TEXT) return null;
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (found === null || typeof found !== "object" || found.v !== 1) return null;
  const reader = Object.hasOwn(READERS, found.type) ? READERS[found.type] : null;
  const told = reader ? reader(found) : null;
  return told && { type: found.type, ...told };
}

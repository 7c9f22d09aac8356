// Camera, microphone and loudspeaker: asked for, watched, measured, tried.

const WISHES = {
  video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30, max: 30 } },
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};
const DEVICE = { video: "videoinput", audio: "audioinput" };
const PERMISSION = { video: "camera", audio: "microphone" };
// What getUserMedia fails with (W3C, Media Capture and Streams, 10.3), in our words.
const FAULTS = {
  NotAllowedError: "blocked",
  SecurityError: "blocked",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

export const faultOf = (error) => FAULTS[error?.name] ?? "busy";

export class Devices {
  // `told()` hears of every change: a device plugged in or out, a track that stopped.
  constructor(told) {
    this.told = told;
    this.tracks = { video: null, audio: null };
    this.state = { video: "unasked", audio: "unasked" };
    this.chosen = { video: "", audio: "", output: "" };
    this.known = [];
    navigator.mediaDevices?.addEventListener("devicechange", () => this.look());
  }

  // Learns which devices there are; their names are empty until the browser allows them.
  async look() {
    this.known = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    this.told();
  }

  // Whether the browser will give both without asking a person.
  async allowed() {
    const states = await Promise.all(["video", "audio"].map(permission));
    return states.every((state) => state === "granted");
  }

  // Turns on what there is. One that is missing or blocked does not cost the other.
  async start() {
    await this.look();
    const kinds = ["video", "audio"].filter((kind) => this.has(kind));
    for (const kind of ["video", "audio"]) if (!this.has(kind)) this.state[kind] = "missing";
    if (kinds.length > 0 && !(await this.#get(kinds)) && kinds.length > 1) await this.#each(kinds);
    await this.look();
  }

  // After both were refused together: whether one of them alone would do.
  async #each(kinds) {
    const blocked = this.state.video === "blocked";
    const denied = await Promise.all(kinds.map(async (kind) => (await permission(kind)) === "denied"));
    if (blocked && !denied.includes(true)) return; // a person said no to both: ask no second time
    for (const [at, kind] of kinds.entries()) {
      if (!denied[at]) await this.#get([kind]);
    }
  }

  has(kind) {
    return this.known.some((one) => one.kind === DEVICE[kind]);
  }

  // Turns on again what `stopAll` turned off.
  async wake() {
    const kinds = ["video", "audio"].filter((kind) => this.state[kind] === "on" && !this.tracks[kind]);
    if (kinds.length > 0) await this.#get(kinds);
    await this.look();
  }

  // Takes another device of a kind, or the same one again.
  async choose(kind, id = this.chosen[kind]) {
    this.chosen[kind] = id;
    await this.#get([kind]);
    await this.look();
  }

  // Asks for these kinds together; returns whether they came.
  async #get(kinds) {
    const wishes = {};
    for (const kind of kinds) {
      const id = this.chosen[kind];
      wishes[kind] = { ...WISHES[kind], ...(id ? { deviceId: { exact: id } } : {}) };
      this.stop(kind);
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wishes);
      for (const track of stream.getTracks()) this.#keep(track);
      return true;
    } catch (error) {
      for (const kind of kinds) this.state[kind] = faultOf(error);
      return false;
    }
  }

  #keep(track) {
    const { kind } = track;
    this.tracks[kind] = track;
    this.state[kind] = "on";
    track.onended = () => {
      if (this.tracks[kind] !== track) return;
      this.tracks[kind] = null;
      this.state[kind] = "unplugged";
      this.told();
    };
  }

  stop(kind) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = null;
  }

  // Turns the camera's light off, not only its picture.
  turnOff(kind) {
    this.stop(kind);
    this.state[kind] = "off";
    this.told();
  }

  mute(muted) {
    if (this.tracks.audio) this.tracks.audio.enabled = !muted;
  }

  stopAll() {
    this.stop("video");
    this.stop("audio");
  }
}

async function permission(kind) {
  try {
    return (await navigator.permissions.query({ name: PERMISSION[kind] })).state;
  } catch {
    return "prompt"; // a browser that does not tell will ask
  }
}

// How loud a microphone is, 0 to 100 of what is comfortable speech; `stop()` ends it.
export function meter(track, told) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    const decibel = 10 * Math.log10(power + 1e-9);
    told(Math.max(0, Math.min(100, Math.round((decibel + 60) * 2))));
  }, 100);
  return {
    stop() {
      clearInterval(timer);
      context.close();
    },
  };
}

const RATE = 16_000;
const NOTES_HZ = [392, 494, 587];
const NOTE_S = 0.35;

// Three notes as a WAV file (RIFF, PCM, 16 bit, mono): an audio element can send it to any output.
export function notes() {
  const each = Math.round(RATE * NOTE_S);
  const samples = Int16Array.from({ length: each * NOTES_HZ.length }, (_, at) => {
    const within = (at % each) / each;
    const swell = Math.sin(Math.PI * within) ** 0.5;
    return 8000 * swell * Math.sin((2 * Math.PI * NOTES_HZ[Math.floor(at / each)] * at) / RATE);
  });
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, letters) =>
    [...letters].forEach((letter, n) => head.setUint8(at + n, letter.charCodeAt(0)));
  text(0, "RIFF");
  head.setUint32(4, 36 + samples.byteLength, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, 2 * RATE, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  text(36, "data");
  head.setUint32(40, samples.byteLength, true);
  return new Blob([head, samples], { type: "audio/wav" });
}

export async function play(sink) {
  const audio = new Audio(URL.createObjectURL(notes()));
  audio.onended = () => URL.revokeObjectURL(audio.src);
  if (sink && audio.setSinkId) await audio.setSinkId(sink);
  await audio.play();
}

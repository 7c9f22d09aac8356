// Joins the parts of a visit: the model decides, the edges do, the views show.

import { Call } from "./call.js";
import { Devices, meter } from "./devices.js";
import { start, step } from "./model.js";
import { note } from "./notes.js";
import { at, put } from "./page.js";
import { judged, summary } from "./quality.js";
import { sentence } from "./view_check.js";
import { four } from "./words.js";

const MOST_READINGS = 50;

export class Visit {
  // `show(state, shows)` paints; `book` has the four words.
  constructor({ words, book, memory, show }) {
    Object.assign(this, { book, memory });
    this.paint = show;
    this.state = { ...start(Date.now()), inVisit: memory.inVisit() };
    this.calls = []; // the one that is shown first; a new one behind it until it connects
    this.shows = {
      words,
      devices: new Devices(() => this.#devicesChanged()),
      now: Date.now(),
      level: 0,
      asking: false,
      muted: false,
      dark: true,
      silenced: false,
      quality: "unknown",
      estimate: null,
      here: null,
      readings: [],
    };
  }

  show() {
    this.shows.now = Date.now();
    this.paint(this.state, this.shows);
  }

  // Ends before it began: this page has nothing to call with.
  stop(why) {
    this.state = { ...this.state, view: "end", end: { why, code: "", again: false, ms: 0 } };
    this.show();
  }

  // Puts one event through the model and does what it says.
  event(type, detail = {}) {
    const before = this.state;
    const event = { type, at: Date.now(), chance: Math.random(), ...detail };
    const [state, doings] = step(before, event);
    this.state = state;
    if (state.inVisit && !before.inVisit) this.memory.joined();
    for (const [doing, more] of doings) this.#do(doing, more);
    if (state !== before || type === "tick") this.show();
  }

  #do(doing, detail) {
    const doings = {
      "open line": () => this.talk.open(),
      "close line": () => this.talk.close(),
      knock: () => this.talk.knock(),
      say: () => this.talk.say(detail),
      dial: () => this.#dial(detail),
      "hang up": () => this.#hangUp(),
      forget: () => this.memory.forget(),
      "wake devices": () => this.shows.devices.wake(),
    };
    doings[doing]();
  }

  // The call.

  async #dial(offer) {
    const call = new Call(offer, (type, detail) => this.#called(call, type, detail));
    for (const old of this.calls.slice(1)) old.close();
    this.calls = [...this.calls.slice(0, 1), call];
    try {
      const { sdp, hub, page } = await call.answer(this.shows.devices.tracks);
      const { visit } = this.talk.link;
      const words = await four(this.book, { visit, hub, page, language: offer.language });
      if (!this.calls.includes(call)) return; // another offer came, or the visit is over
      this.event("words", { words });
      this.event("answered", { call: call.id, sdp });
    } catch {
      this.event("failed", { call: call.id });
    }
  }

  #called(call, type, detail) {
    if (type === "track") this.#watch(call, detail);
    else if (type === "note") this.#noted(note(detail));
    else if (type === "open") this.#tellThere();
    else {
      if (type === "connected") this.#connected(call);
      this.event(type, { call: call.id });
    }
  }

  // Only now does the old picture give way to the new.
  #connected(call) {
    for (const old of this.calls) if (old !== call) old.close();
    this.calls = [call];
    this.before = null;
    const remote = at("remote");
    if (remote.srcObject !== call.stream) remote.srcObject = call.stream;
    this.hear();
    this.#looked(call);
  }

  // Browsers play sound only after a press; the page was pressed, but not every browser counts it.
  async hear() {
    try {
      await at("remote").play();
      this.shows.silenced = false;
    } catch (error) {
      this.shows.silenced = error.name === "NotAllowedError";
    }
    this.show();
  }

  #watch(call, track) {
    for (const type of ["mute", "unmute", "ended"]) {
      track.addEventListener(type, () => this.#looked(call));
    }
  }

  #looked(call) {
    if (call !== this.calls[0]) return;
    const [track] = call.stream.getVideoTracks();
    this.shows.dark = !track || track.muted || track.readyState === "ended";
    this.show();
  }

  #noted(told) {
    if (!told) return;
    const { type, ...detail } = told;
    if (type === "vitals") this.shows.estimate = { ...detail, at: Date.now() };
    if (type === "here") this.shows.here = detail;
    if (type === "progress") this.event("progress", detail);
    if (type === "reading") this.#arrived(detail);
    this.show();
  }

  #arrived(reading) {
    const { readings, words } = this.shows;
    const known = readings.some((one) => one.id === reading.id);
    this.shows.readings = known
      ? readings.map((one) => (one.id === reading.id ? reading : one))
      : [...readings, reading].slice(-MOST_READINGS);
    if (!known) put(at("told"), sentence(reading, words));
    this.event("progress", { what: reading.what, step: "done" });
  }

  #tellThere() {
    const { muted, devices } = this.shows;
    const told = { type: "there", muted, camera: devices.tracks.video !== null };
    for (const call of this.calls) call.note(told);
  }

  async measureQuality() {
    const [call] = this.calls;
    if (!call || this.state.view !== "call") return;
    const { before } = this;
    const now = { sum: summary(await call.stats()), at: Date.now() };
    this.before = now;
    const seconds = before ? (now.at - before.at) / 1000 : 0;
    this.shows.quality = judged(before?.sum, now.sum, seconds);
  }

  #hangUp() {
    for (const call of this.calls) call.close();
    this.calls = [];
    this.shows.devices.stopAll();
    this.#devicesChanged();
    at("remote").srcObject = null;
  }

  // Camera and microphone.

  async turnOn() {
    if (this.shows.asking) return;
    this.shows.asking = true;
    this.show();
    await this.shows.devices.start();
    this.shows.asking = false;
    this.show();
  }

  #devicesChanged() {
    const { devices } = this.shows;
    const { video, audio } = devices.tracks;
    if (this.state.view === "end" && (video || audio)) devices.stopAll();
    devices.mute(this.shows.muted);
    for (const element of [at("preview"), at("self")]) {
      if ((element.srcObject?.getVideoTracks()[0] ?? null) !== video) {
        element.srcObject = video ? new MediaStream([video]) : null;
      }
    }
    if (this.metered !== audio) {
      this.meter?.stop();
      this.metered = audio;
      this.meter = audio ? meter(audio, (level) => Object.assign(this.shows, { level })) : null;
    }
    for (const call of this.calls) call.send(devices.tracks);
    this.#tellThere();
    this.show();
  }

  mute() {
    const { shows } = this;
    shows.muted = !shows.muted;
    shows.devices.mute(shows.muted);
    this.#tellThere();
    this.show();
  }

  camera() {
    const { devices } = this.shows;
    if (devices.tracks.video) devices.turnOff("video");
    else devices.choose("video");
  }

  async listenAt(id) {
    this.shows.devices.chosen.output = id;
    await at("remote").setSinkId(id);
  }
}

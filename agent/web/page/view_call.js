// Shows the call: picture, connection, words, estimates, measurements.

import { UNDER_WAY } from "./model.js";
import { at, made, put, resting, shown } from "./page.js";
import { lasted } from "./texts.js";
import { grade, path } from "./trace.js";
import { sentence } from "./view_check.js";

const STALE_MS = 5000;
const OTHERS = ["glucose", "oxygen", "temperature", "weight"];

export function call(state, shows) {
  const { words, now } = shows;
  const lost = state.call !== null && state.call.state !== "up";
  put(at("duration"), lasted(state.beganAt ? now - state.beganAt : 0));
  connection(lost ? "lost" : shows.quality, words);
  shown("lost", lost);
  if (lost) put(at("lost-text"), lostText(state, words));
  shown("line-lost", state.line.state !== "open" && !lost);
  shown("hear", shows.silenced && !lost);
  picture(shows, lost);
  buttons(shows, words);
  fourWords(state);
  vitals(shows);
  measures(state, shows);
}

function lostText(state, words) {
  if (!navigator.onLine) return words.say("lost.offline");
  const { tries } = state.call;
  return tries ? words.say("lost.redialling", { count: tries }) : words.say("lost.waiting");
}

function connection(quality, words) {
  at("quality").dataset.quality = quality;
  put(at("quality").querySelector("span"), words.say(`quality.${quality}`));
}

function picture({ dark, devices, muted, here, words }, lost) {
  const off = here?.camera === false;
  shown("no-picture", (dark || off) && !lost);
  put(at("no-picture"), words.say(off ? "call.patient.dark" : "call.nopicture"));
  at("remote").classList.toggle("dim", dark || off || lost);
  shown("no-self", !devices.tracks.video);
  shown("muted", muted);
  const silent = here !== null && (here.muted || !here.microphone);
  shown("patient-muted", silent && !lost);
}

function buttons({ devices, muted }, words) {
  const camera = devices.tracks.video !== null;
  pressed("mute", muted, words.say(muted ? "call.unmute" : "call.mute"));
  pressed("camera", !camera, words.say(camera ? "call.camera.off" : "call.camera.on"));
  shown("microphone-gone", devices.state.audio === "unplugged");
  shown("camera-gone", devices.state.video === "unplugged");
}

function pressed(id, off, text) {
  at(id).dataset.off = off ? "yes" : "no";
  put(at(id).querySelector("span"), text);
}

function fourWords({ words }) {
  const list = words?.list ?? [];
  if (at("words").dataset.key !== list.join()) {
    at("words").dataset.key = list.join();
    at("words").replaceChildren(...list.map((one) => made("li", one)));
  }
  document.querySelector(".words").dataset.answer = words?.answer ?? "";
  shown("words-open", words !== null && words.answer === null);
  shown("words-done", words?.answer === "same");
}

function vitals({ words, now, estimate, here }) {
  const off = here !== null && !here.vitals;
  const age = estimate ? now - estimate.at : Infinity;
  const fresh = !off && age < STALE_MS;
  shown("vitals", fresh);
  put(at("vitals-why"), vitalsText(off, fresh, estimate, age, words));
  if (!fresh) return;
  number("pulse", estimate.pulse, estimate.pulseShare, words);
  number("breathing", estimate.breathing, estimate.breathingShare, words);
  // A wave whose pulse was not believed would look like one that was.
  const wave = estimate.pulse === null ? [] : estimate.wave;
  const drawn = path(wave, 300, 60);
  at("trace").firstElementChild.setAttribute("d", drawn);
  at("trace").toggleAttribute("hidden", !drawn);
}

function vitalsText(off, fresh, estimate, age, words) {
  if (off) return words.say("vitals.off");
  if (!estimate) return words.say("vitals.waiting");
  if (!fresh) return words.say("vitals.stale", { seconds: Math.round(age / 1000) });
  if (estimate.pulse !== null || !estimate.refusal) return "";
  const key = `reason.${estimate.refusal}`;
  return words.say(words.has(key) ? key : "reason.other");
}

// An estimate that was not given is a dash: never the last one, never a zero.
function number(id, value, share, words) {
  put(at(id), value === null ? "–" : words.number(value));
  const quality = words.say(`vitals.quality.${grade(share)}`);
  const text = value === null ? words.say("vitals.none") : `${words.say("vitals.quality")}: ${quality}`;
  put(at(`${id}-grade`), text);
  at(`${id}-grade`).dataset.grade = value === null ? "none" : grade(share);
}

function measures(state, { words, readings }) {
  const pressure = state.measures["blood-pressure"];
  resting(at("ask-pressure"), UNDER_WAY.includes(pressure));
  for (const button of at("asks").children) {
    resting(button, UNDER_WAY.includes(state.measures[button.value]));
    put(button, words.say(`measure.${button.value}`));
  }
  rows(at("asked"), Object.entries(state.measures).filter(([, step]) => step !== "done"), ([what, step]) => {
    const row = made("li", `${words.say(`measure.${what}`)}: ${words.say(`measure.${step}`)}`);
    row.dataset.step = step;
    return row;
  });
  shown("readings", readings.length > 0);
  shown("unmeasured", readings.length === 0 && Object.keys(state.measures).length === 0);
  rows(at("readings"), readings, (one) => reading(one, words));
}

// Makes a list anew only when it would read differently, so that it is not announced again.
function rows(list, items, make) {
  const fresh = items.map(make);
  const text = fresh.map((one) => one.textContent).join("\n");
  if (list.dataset.key === text) return;
  list.dataset.key = text;
  list.replaceChildren(...fresh);
}

function reading(one, words) {
  const row = made("li", "");
  const key = { yes: "measure.sent", refused: "measure.refused" }[one.sent] ?? "measure.unsent";
  row.append(
    made("strong", sentence(one, words)),
    made("span", words.say(key), one.sent === "yes" ? "done" : "soft"),
  );
  if (one.doubted) row.append(made("span", words.say("measure.doubted"), "due"));
  return row;
}

// The buttons for everything but blood pressure, made once.
export function asks(press) {
  at("asks").replaceChildren(
    ...OTHERS.map((what) => {
      const button = made("button", "", "quiet");
      button.type = "button";
      button.value = what;
      button.addEventListener("click", () => press(what));
      return button;
    }),
  );
}

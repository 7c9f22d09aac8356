// The page's beginning: reads the invitation, listens to the person, shows the visit.

import { play } from "./devices.js";
import { keys } from "./keys.js";
import { Memory } from "./memory.js";
import { at, put, translate } from "./page.js";
import { Talk } from "./talk.js";
import { chosen, Words } from "./texts.js";
import * as calling from "./view_call.js";
import * as around from "./view_check.js";
import { Visit } from "./visit.js";

const TICK_MS = 250;
const QUALITY_MS = 2000;
const VIEWS = { check: around.check, wait: around.wait, call: calling.call, end: around.end };

let wasLost = false;
let focused = null;

function show(state, shows) {
  if (document.body.dataset.view !== state.view) turn(state.view);
  VIEWS[state.view](state, shows);
  const { words } = shows;
  const titles = { check: "check.title", wait: `wait.title.${state.phase}`, call: "call.title" };
  document.title = `${words.say(titles[state.view] ?? `end.${state.end.why}`)} – Hearth`;
  keepFocus(state.view);
  const lost = state.view === "call" && state.call.state !== "up";
  if (lost === wasLost) return;
  wasLost = lost;
  put(at("warned"), lost ? words.say("lost.title") : "");
  put(at("told"), lost || state.view !== "call" ? "" : words.say("lost.back"));
}

function turn(view) {
  document.body.dataset.view = view;
  for (const one of document.querySelectorAll("main > section")) {
    one.hidden = one.dataset.view !== view;
  }
  at(`${view}-title`).focus({ preventScroll: true });
  scrollTo(0, 0);
}

// What had the focus may have gone away: then it goes to where the next step is, not to nowhere.
function keepFocus(view) {
  if (!focused || focused.checkVisibility()) return;
  focused = null;
  const next = view === "check" ? at("call") : at(`${view}-title`);
  next.focus({ preventScroll: true });
}

function listen(visit, memory) {
  const press = (id, work) => at(id).addEventListener("click", work);
  press("ask", () => visit.turnOn());
  press("retry", () => visit.turnOn());
  press("play", async () => {
    await play(visit.shows.devices.chosen.output);
    put(at("played"), visit.shows.words.say("check.playing"));
  });
  press("call", () => !visit.shows.asking && visit.event("call"));
  press("again", () => visit.event("call"));
  press("stop", () => visit.event("leave"));
  press("end", () => visit.event("leave"));
  press("mute", () => visit.mute());
  press("camera", () => visit.camera());
  press("hear", () => visit.hear());
  press("same", () => visit.event("same"));
  press("differ", () => visit.event("differ"));
  press("ask-pressure", () => visit.event("measure", { what: "blood-pressure" }));
  calling.asks((what) => visit.event("measure", { what }));
  for (const button of document.querySelectorAll(".again")) {
    button.addEventListener("click", () => visit.turnOn());
  }
  const change = (id, work) => at(id).addEventListener("change", () => work(at(id).value));
  change("language", (language) => {
    memory.language = language;
    speak(visit, new Words(language));
  });
  change("cameras", (id) => visit.shows.devices.choose("video", id));
  change("microphones", (id) => visit.shows.devices.choose("audio", id));
  change("loudspeakers", (id) => visit.listenAt(id));
  for (const type of ["pointerdown", "keydown"]) {
    addEventListener(type, () => visit.event("touched"), { passive: true });
  }
  addEventListener("focusin", ({ target }) => (focused = target));
  addEventListener("beforeunload", (event) => {
    if (["wait", "call"].includes(visit.state.view)) event.preventDefault();
  });
  addEventListener("online", () => visit.event("online"));
}

function speak(visit, words) {
  visit.shows.words = words;
  translate(words);
  visit.show();
}

function address() {
  const url = new URL("line", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

async function begin(memory) {
  const link = memory.link();
  const words = new Words(memory.language ?? chosen(navigator.languages));
  at("language").value = words.language;
  const book = await (await fetch("words.json")).json();
  const visit = new Visit({ words, book, memory, show });
  listen(visit, memory);
  translate(words);
  if (!globalThis.RTCPeerConnection || !navigator.mediaDevices || !crypto.subtle) {
    return visit.stop("unsupported");
  }
  const own = link && (await keys(link).catch(() => null));
  if (!own) return visit.stop("nolink");
  const told = (type, detail) => visit.event(type, detail);
  visit.talk = new Talk(address(), { link, keys: own, party: memory.party(link.visit), memory, told });
  visit.show();
  setInterval(() => visit.event("tick"), TICK_MS);
  setInterval(() => visit.measureQuality(), QUALITY_MS);
  await visit.shows.devices.look();
  if (await visit.shows.devices.allowed()) await visit.turnOn();
  return null;
}

await begin(new Memory(globalThis));
at("view").removeAttribute("aria-busy");
